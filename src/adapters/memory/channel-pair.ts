/**
 * Two channels in one process, each the other's far end: how protocols are tested. Bodies are copied, so that neither side can see the
 * other's later writes. `tap` sees every message in flight and may replace or drop it (fault tests).
 */
import { LocalProtocolError, PeerProtocolError, TransportError } from '../../base/index.ts';
import { type MeteredChannel, meter, type TranscriptEntry } from '../../protocol/index.ts';

export interface InFlight {
  readonly from: 'a' | 'b';
  readonly kind: string;
  readonly body: Uint8Array;
}

export interface ChannelPairOptions {
  /** Returns the message to deliver, or undefined to drop it. */
  readonly tap?: (message: InFlight) => { kind: string; body: Uint8Array } | undefined;
  readonly onMessageA?: (entry: TranscriptEntry) => void;
  readonly onMessageB?: (entry: TranscriptEntry) => void;
}

export interface ChannelPair {
  readonly a: MeteredChannel;
  readonly b: MeteredChannel;
  /** Cuts the link: every pending and later receive of both sides fails with `ERR_TRANSPORT_CLOSED`. */
  close(): void;
}

type Waiter = { kind: string; resolve: (body: Uint8Array) => void; reject: (error: Error) => void };

class Inbox {
  readonly #queue: { kind: string; body: Uint8Array }[] = [];
  #waiter: Waiter | undefined;
  #failure: Error | undefined;

  deliver(kind: string, body: Uint8Array): void {
    this.#queue.push({ kind, body });
    this.#settle();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#settle();
  }

  take(kind: string): Promise<Uint8Array> {
    if (this.#waiter) {
      return Promise.reject(new LocalProtocolError('ERR_LOCAL_CONCURRENT_RECEIVE', `receive(${kind}) while another receive is pending`));
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { kind, resolve, reject };
      this.#settle();
    });
  }

  #settle(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const message = this.#queue.shift();
    if (message) {
      this.#waiter = undefined;
      if (message.kind === waiter.kind) {
        waiter.resolve(message.body);
        return;
      }
      this.#failure = new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `expected ${waiter.kind}, the peer sent ${message.kind}`, {
        help: 'Check that both parties run the same version and the same step.',
      });
      waiter.reject(this.#failure);
      return;
    }
    if (this.#failure) {
      this.#waiter = undefined;
      waiter.reject(this.#failure);
    }
  }
}

/** A connected pair; `a` and `b` are symmetric. */
export function channelPair(options: ChannelPairOptions = {}): ChannelPair {
  const inboxA = new Inbox();
  const inboxB = new Inbox();
  let closed = false;
  const end = (from: 'a' | 'b', own: Inbox, far: Inbox, onMessage?: (entry: TranscriptEntry) => void): MeteredChannel =>
    meter(
      {
        async send(kind, body) {
          if (closed) throw closedError();
          const message = { from, kind, body: body.slice() };
          const delivered = options.tap ? options.tap(message) : message;
          if (delivered) far.deliver(delivered.kind, delivered.body);
        },
        receive: (kind) => own.take(kind),
      },
      onMessage,
    );
  return {
    a: end('a', inboxA, inboxB, options.onMessageA),
    b: end('b', inboxB, inboxA, options.onMessageB),
    close() {
      closed = true;
      inboxA.fail(closedError());
      inboxB.fail(closedError());
    },
  };
}

function closedError(): TransportError {
  return new TransportError('ERR_TRANSPORT_CLOSED', 'the link to the peer is closed', { help: 'Start the step again.' });
}
