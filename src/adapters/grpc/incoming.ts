/** Incoming: a caller's opening frame, waiting for our yes or no. */
import { type Clock, LocalProtocolError, randomBytes, type SecureRandom, toHex } from '../../base/index.ts';
import type { TranscriptEntry } from '../../protocol/index.ts';
import { type FrameLink, LINGER_MS } from './frame-link.ts';
import { encodeFrame, type OpenFrame, TOKEN_BYTES } from './frames.ts';
import { LastingLink } from './lasting-link.ts';
import type { SessionLimits } from './limits.ts';
import { type LineNotice, noticing } from './line-notice.ts';
import type { Opened } from './opening.ts';
import { publicError } from './public-errors.ts';
import type { ReattachDesk } from './reattach-desk.ts';
import { openedSession, type Session } from './session.ts';
import { type SessionBinding, sha256 } from './transcript.ts';
import { LIBRARY_VERSION, PROTOCOL_VERSION } from './version.ts';

/** A caller that asks for a step. Answer with `accept` or `reject`, once. */
export interface IncomingSession {
  /** From the certificate. */
  readonly peer: string;
  readonly jobId: string;
  readonly step: string;
  /** Hex; 32 random bytes of the caller. */
  readonly sessionId: string;
  readonly contract: Uint8Array;
  /** Hex SHA-256 of `contract`. */
  readonly contractHash: string;
  readonly libraryVersion: string;
  accept(options?: AcceptOptions): Promise<Session>;
  /** The caller hears the public part of the error. */
  reject(error: unknown): void;
}

export interface AcceptOptions {
  /** Sees kinds and lengths of messages, never bodies. */
  readonly onMessage?: (entry: TranscriptEntry) => void;
  /** Overrides `limits.idleTimeoutMs` for this step. */
  readonly idleTimeoutMs?: number;
}

/** Says no to a stream that is not a session yet, or never will be. */
export function refuse(link: FrameLink, error: unknown): void {
  const versions = { protocolVersion: PROTOCOL_VERSION, libraryVersion: LIBRARY_VERSION };
  link.write(encodeFrame({ type: 'rejected', ...publicError(error), ...versions })).catch(() => {});
  link.end();
  link.resume();
  setTimeout(() => link.destroy(), LINGER_MS).unref();
}

export interface IncomingContext {
  readonly party: string;
  readonly peer: string;
  readonly link: FrameLink;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  /** Tokens. */
  readonly random: SecureRandom;
  readonly reattach: ReattachDesk;
  readonly onLine?: (notice: LineNotice) => void;
}

export class Incoming implements IncomingSession {
  readonly peer: string;
  readonly jobId: string;
  readonly step: string;
  readonly sessionId: string;
  readonly contract: Uint8Array;
  readonly contractHash: string;
  readonly libraryVersion: string;
  readonly #context: IncomingContext;
  readonly #opened: Opened;
  readonly #rawSessionId: Uint8Array;
  #session: Session | undefined;
  #link: LastingLink | undefined;
  #answered = false;

  constructor(context: IncomingContext, opened: Opened, frame: OpenFrame) {
    this.#context = context;
    this.#opened = opened;
    this.#rawSessionId = frame.sessionId.slice();
    this.peer = context.peer;
    this.jobId = frame.jobId;
    this.step = frame.step;
    this.sessionId = toHex(frame.sessionId);
    this.contract = frame.contract.slice();
    this.contractHash = toHex(sha256(frame.contract));
    this.libraryVersion = frame.libraryVersion;
  }

  async accept({ onMessage, idleTimeoutMs }: AcceptOptions = {}): Promise<Session> {
    this.#assertUnanswered();
    const { party, peer, link, limits } = this.#context;
    const { jobId, step } = this;
    const contractHash = sha256(this.contract);
    const binding = { caller: peer, callee: party, jobId, step, sessionId: this.#rawSessionId, contractHash };
    const sessionLimits = { ...limits, idleTimeoutMs: idleTimeoutMs ?? limits.idleTimeoutMs };
    const lasting = this.#lastingLink(binding);
    const { session, input } = openedSession(lasting, { role: 'callee', peer, binding, limits: sessionLimits, onMessage });
    lasting.listen(input);
    this.#link = lasting;
    const { reattachGraceMs: graceMs } = limits;
    const token = randomBytes(this.#context.random, graceMs === 0 ? 0 : TOKEN_BYTES);
    if (graceMs > 0) this.#context.reattach.hold({ peer, sessionId: this.#rawSessionId, token, link: lasting });
    this.#answered = true;
    this.#session = session;
    const versions = { protocolVersion: PROTOCOL_VERSION, libraryVersion: LIBRARY_VERSION };
    try {
      await link.write(encodeFrame({ type: 'accepted', ...versions, contractHash, graceMs, token }));
    } catch (error) {
      lasting.giveUp();
      throw error;
    }
    lasting.attach({ link, opened: this.#opened, peerHas: 0 });
    return session;
  }

  #lastingLink(binding: SessionBinding): LastingLink {
    const { peer, limits, clock, reattach, onLine } = this.#context;
    const watch = { ...noticing(peer, binding, onLine), over: () => reattach.release(peer, binding.sessionId) };
    return new LastingLink({ role: 'callee', peer, graceMs: limits.reattachGraceMs, maxKeptBytes: limits.maxKeptBytes, clock, watch });
  }

  reject(error: unknown): void {
    this.#assertUnanswered();
    this.#answered = true;
    refuse(this.#context.link, error);
  }

  /** @internal Accepted, and its line is lost. */
  get waits(): boolean {
    return this.#link?.wantsLine ?? false;
  }

  /** @internal Its line will not come back. */
  giveUp(): void {
    this.#link?.giveUp();
  }

  /** @internal Whoever served it is done, or it must end now: nothing is left open. */
  end(error: unknown): void {
    if (this.#session) this.#session.abort(error);
    else if (!this.#answered) this.reject(error);
  }

  #assertUnanswered(): void {
    if (this.#answered) throw new LocalProtocolError('ERR_LOCAL_ANSWERED', 'the session was answered before');
  }
}
