/**
 * SessionDesk: every stream opens a session, which is one step of one job, or takes one up again after a loss. It counts, opens and ends them. One
 * session's trouble ends that session and nothing else.
 */
import type { Duplex } from 'node:stream';
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { LocalProtocolError, PeerProtocolError, RefusedError } from '../../base/index.ts';
import { certificatePin, type Pin } from '../certificates/pin.ts';
import { encodeDescription } from './describe.ts';
import { type FrameLink, linkLost, streamLink } from './frame-link.ts';
import type { OpenFrame } from './frames.ts';
import { Incoming, refuse } from './incoming.ts';
import type { SessionLimits } from './limits.ts';
import { firstFrame, type Opened } from './opening.ts';
import { grpcStatusOf, publicError } from './public-errors.ts';
import { ReattachDesk } from './reattach-desk.ts';
import type { ServeOptions } from './serve-options.ts';
import { PROTOCOL_VERSION } from './version.ts';

export type SessionCall = ServerDuplexStream<Buffer, Uint8Array>;

interface Entry {
  readonly incoming: Incoming;
  readonly done: Promise<void>;
}

export class SessionDesk {
  readonly #options: ServeOptions;
  readonly #limits: SessionLimits;
  readonly #pins: ReadonlyMap<Pin, string>;
  readonly #perPeer = new Map<string, number>();
  readonly #running = new Set<Entry>();
  /** Streams that have not said yet what they want. */
  readonly #unopened = new Map<FrameLink, string>();
  readonly #reattach: ReattachDesk;
  #closing = false;

  constructor(options: ServeOptions, limits: SessionLimits, pins: ReadonlyMap<Pin, string>) {
    this.#options = options;
    this.#limits = limits;
    this.#pins = pins;
    this.#reattach = new ReattachDesk({ random: options.random, ...limits });
  }

  get count(): number {
    return this.#running.size;
  }

  describe(call: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>): void {
    try {
      reply(null, encodeDescription(this.#options.describe(this.#peerOf(call))));
    } catch (error) {
      reply({ code: grpcStatusOf(error), details: publicError(error).sentence });
    }
  }

  take(call: SessionCall, drop: (remote: string) => void): void {
    const link = streamLink(call as unknown as Duplex, { explain: () => linkLost(), destroy: () => drop(call.getPeer()) });
    void this.#serve(call, link);
  }

  async #serve(call: SessionCall, link: FrameLink): Promise<void> {
    let peer = 'unknown';
    try {
      peer = this.#peerOf(call);
      const opened = await this.#firstFrame(peer, link);
      if (opened.frame.type === 'reattach') this.#reattach.take(peer, opened.frame, link, opened);
      else await this.#begin(this.#readOpen(peer, link, opened));
    } catch (error) {
      refuse(link, error);
      this.#options.onFailedOpening?.(peer, error);
    }
  }

  /** A stream that says nothing takes no session's place, but no peer has more of them than HTTP/2 lets it have on one connection. */
  async #firstFrame(peer: string, link: FrameLink): Promise<Opened> {
    const silent = [...this.#unopened.values()].filter((other) => other === peer).length;
    if (silent >= this.#limits.maxSessionsPerPeer * STREAMS_PER_SESSION) {
      throw new RefusedError('ERR_REFUSED_BUSY', `${peer} has ${silent} streams that have not opened a session`);
    }
    this.#unopened.set(link, peer);
    try {
      return await firstFrame(link, this.#limits.openTimeoutMs);
    } finally {
      this.#unopened.delete(link);
    }
  }

  async #begin(incoming: Incoming): Promise<void> {
    const { peer } = incoming;
    await this.#makeRoom(incoming);
    this.#enter(peer);
    const done = this.#hand(incoming).finally(() => {
      this.#leave(peer);
      this.#running.delete(entry);
    });
    const entry: Entry = { incoming, done };
    this.#running.add(entry);
  }

  /** Whoever begins a step anew has given up the one that waits for its line: it must not take its place, or hold its memory. */
  async #makeRoom({ peer, jobId, step }: Incoming): Promise<void> {
    const isOld = ({ incoming: old }: Entry): boolean => old.peer === peer && old.jobId === jobId && old.step === step && old.waits;
    const given = [...this.#running].filter(isOld);
    for (const { incoming } of given) incoming.giveUp();
    if (given.length > 0)
      await settledWithin(
        given.map(({ done }) => done),
        FAREWELL_MS,
      );
  }

  async #hand(incoming: Incoming): Promise<void> {
    try {
      await this.#options.onSession(incoming);
      // Closed in good order this does nothing; forgotten, the peer is not left waiting.
      incoming.end(new LocalProtocolError('ERR_INTERNAL', 'the step ended without closing its session'));
    } catch (error) {
      incoming.end(error);
    }
  }

  #enter(peer: string): void {
    if (this.#closing) throw new RefusedError('ERR_REFUSED_SHUTDOWN', 'the node is shutting down');
    const own = this.#perPeer.get(peer) ?? 0;
    if (this.#running.size >= this.#limits.maxSessions || own >= this.#limits.maxSessionsPerPeer) {
      throw new RefusedError('ERR_REFUSED_BUSY', `${peer} has ${own} sessions under way, the node ${this.#running.size}`);
    }
    this.#perPeer.set(peer, own + 1);
  }

  #leave(peer: string): void {
    this.#perPeer.set(peer, (this.#perPeer.get(peer) ?? 1) - 1);
  }

  #readOpen(peer: string, link: FrameLink, opened: Opened): Incoming {
    const frame = this.#assertOpen(peer, opened);
    const { party, clock, random, onLine } = this.#options;
    return new Incoming({ party, peer, link, limits: this.#limits, clock, random, reattach: this.#reattach, onLine }, opened, frame);
  }

  #assertOpen(peer: string, { frame }: Opened): OpenFrame {
    if (frame.type !== 'open') throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} began with a ${frame.type} frame`);
    if (frame.protocolVersion !== PROTOCOL_VERSION) {
      const theirs = `${frame.protocolVersion} (fedcredit ${frame.libraryVersion})`;
      throw new PeerProtocolError('ERR_PEER_VERSION', `this node speaks protocol version ${PROTOCOL_VERSION}, ${peer} speaks ${theirs}`, {
        help: 'Install the same major version at both parties.',
      });
    }
    const max = this.#limits.maxContractBytes;
    if (frame.contract.length > max)
      throw new PeerProtocolError('ERR_PEER_TOO_LARGE', `the contract of ${peer} is longer than ${max} bytes`);
    return frame;
  }

  #peerOf(call: Pick<SessionCall, 'getAuthContext'>): string {
    const certificate = call.getAuthContext()?.sslPeerCertificate;
    const peer = certificate && this.#pins.get(certificatePin(certificate.raw));
    // Cannot happen behind the door; should it ever, nobody gets further than here.
    if (peer === undefined) throw new RefusedError('ERR_REFUSED_OWN_CERTIFICATE', 'a stream came without a pinned certificate');
    return peer;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await settledWithin(
      [...this.#running].map(({ done }) => done),
      graceMs,
    );
    const shutdown = new RefusedError('ERR_REFUSED_SHUTDOWN', 'the node is shutting down');
    for (const { incoming } of this.#running) incoming.end(shutdown);
    for (const link of this.#unopened.keys()) link.destroy();
    const lastWords = this.#reattach.lastWords().map((link) => link.whenOver);
    await settledWithin([...[...this.#running].map(({ done }) => done), ...lastWords], FAREWELL_MS);
    this.#reattach.close();
  }
}

/** Streams of one connection for each session a peer may have: beside its line, one that opens or takes up. */
export const STREAMS_PER_SESSION = 4;

/** What a session that was told to stop may take to do so. */
const FAREWELL_MS = 500;

async function settledWithin(promises: readonly Promise<void>[], ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(promises), late]);
  clearTimeout(timer);
}
