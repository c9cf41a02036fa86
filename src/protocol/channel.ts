/**
 * Channel: how the two halves of a protocol talk. A protocol is a pair of async functions over a channel; who carries the bytes
 * (memory in tests, gRPC between nodes) is not its business.
 *
 * Messages arrive in order, exactly once. A message has a kind ("gbdt/histograms") and a body; `receive(kind)` raises
 * `PeerProtocolError` when another kind arrives, `TransportError` when the link is gone. After an error the channel is dead.
 */
export interface Channel {
  /** Resolves when the body may be reused and the link has room again (back-pressure). */
  send(kind: string, body: Uint8Array): Promise<void>;
  /** The next message, which must be of this kind. The returned bytes are the caller's own. */
  receive(kind: string): Promise<Uint8Array>;
}

/** Bytes and messages of one session, by kind; both directions. */
export interface TrafficEntry {
  readonly messages: number;
  readonly bytes: number;
}
export interface Traffic {
  readonly sent: Readonly<Record<string, TrafficEntry>>;
  readonly received: Readonly<Record<string, TrafficEntry>>;
}

/** What a message of each direction looks like to an observer: kind and length. The transcript that T18 compares. */
export interface TranscriptEntry {
  readonly direction: 'sent' | 'received';
  readonly kind: string;
  readonly bytes: number;
}

/** A channel that also counts; every adapter provides it. */
export interface MeteredChannel extends Channel {
  traffic(): Traffic;
}

type Counts = Map<string, { messages: number; bytes: number }>;

/** Wraps any channel with counting; `onMessage` sees kinds and lengths, never bodies. */
export function meter(channel: Channel, onMessage: (entry: TranscriptEntry) => void = () => {}): MeteredChannel {
  const sent: Counts = new Map();
  const received: Counts = new Map();
  const count = (counts: Counts, direction: 'sent' | 'received', kind: string, bytes: number): void => {
    const entry = counts.get(kind) ?? { messages: 0, bytes: 0 };
    entry.messages += 1;
    entry.bytes += bytes;
    counts.set(kind, entry);
    onMessage({ direction, kind, bytes });
  };
  const freeze = (counts: Counts): Record<string, TrafficEntry> =>
    Object.fromEntries([...counts].map(([kind, entry]) => [kind, { ...entry }]));
  return {
    async send(kind, body) {
      count(sent, 'sent', kind, body.length);
      await channel.send(kind, body);
    },
    async receive(kind) {
      const body = await channel.receive(kind);
      count(received, 'received', kind, body.length);
      return body;
    },
    traffic: () => ({ sent: freeze(sent), received: freeze(received) }),
  };
}

/** Total bytes of one direction. */
export function totalBytes(entries: Readonly<Record<string, TrafficEntry>>): number {
  return Object.values(entries).reduce((sum, entry) => sum + entry.bytes, 0);
}
