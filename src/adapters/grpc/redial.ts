/**
 * Redial: the caller brings a lost line back. It dials as long as the link wants a line, at once and then ever slower until something new has come
 * of it, proves that it holds the session's token, and goes on only with a node that proves the same.
 */
import { FedcreditError, PeerProtocolError, toHex } from '../../base/index.ts';
import { type FrameLink, LINGER_MS } from './frame-link.ts';
import { encodeFrame, type Frame, type ReattachedFrame } from './frames.ts';
import type { LastingLink } from './lasting-link.ts';
import { firstFrame } from './opening.ts';
import { publicError, reportedError } from './public-errors.ts';
import { provesReattach, reattachProof } from './reattach-proof.ts';

export interface RedialOptions {
  readonly peer: string;
  readonly sessionId: Uint8Array;
  readonly token: Uint8Array;
  /** How long an answer may take, in milliseconds. */
  readonly openTimeoutMs: number;
  /** A new stream to the same pinned party. */
  readonly dial: () => FrameLink;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export class Redialer {
  readonly #options: RedialOptions;
  #attempt = 0;
  #fruitless = 0;
  #progress = 0;

  constructor(options: RedialOptions) {
    this.#options = options;
  }

  /** Resolves when the line is back, or nobody wants it any more. */
  async bringBack(link: LastingLink): Promise<void> {
    while (link.wantsLine) {
      await this.#pause(link);
      if (!link.wantsLine) return;
      try {
        await this.#once(link);
        return;
      } catch (error) {
        if (!isFinal(error)) continue;
        link.giveUp(lastingError(error));
        return;
      }
    }
  }

  async #pause(link: LastingLink): Promise<void> {
    if (link.progress !== this.#progress) this.#fruitless = 0;
    this.#progress = link.progress;
    const ms = this.#fruitless === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#fruitless - 1));
    this.#fruitless += 1;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async #once(link: LastingLink): Promise<void> {
    const { peer, sessionId, token, openTimeoutMs, dial } = this.#options;
    const stream = dial();
    try {
      this.#attempt += 1;
      const attempt = this.#attempt;
      const { received } = link;
      const reply = firstFrame(stream, openTimeoutMs);
      const proof = reattachProof(token, { from: 'caller', sessionId, attempt, received });
      const [opened] = await Promise.all([reply, stream.write(encodeFrame({ type: 'reattach', sessionId, attempt, received, proof }))]);
      const answer = assertReattached(opened.frame, peer);
      const claim = { from: 'callee', sessionId, attempt, received: answer.received } as const;
      if (!provesReattach(token, claim, answer.proof)) {
        throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} does not prove that it holds session ${toHex(sessionId)}`);
      }
      link.assertPossible(answer.received);
      if (link.wantsLine) link.attach({ link: stream, opened, peerHas: answer.received });
      else stream.destroy();
    } catch (error) {
      sayWhy(stream, error);
      throw error;
    }
  }
}

/** A node that breaks the rules may take the session for alive: it hears that it is not. */
function sayWhy(stream: FrameLink, error: unknown): void {
  if (!(error instanceof PeerProtocolError)) {
    stream.destroy();
    return;
  }
  stream.write(encodeFrame({ type: 'failure', ...publicError(error) })).catch(() => {});
  stream.end();
  stream.resume();
  setTimeout(() => stream.destroy(), LINGER_MS).unref();
}

function assertReattached(frame: Frame, peer: string): ReattachedFrame {
  if (frame.type === 'rejected' || frame.type === 'failure') throw reportedError(peer, frame);
  if (frame.type === 'reattached') return frame;
  throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} answered a reattachment with a ${frame.type} frame`);
}

/** A node that is busy or late may be ready next time; one that refuses, or breaks the protocol, will not. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof FedcreditError)) return true;
  return error.blame !== 'transport' && error.code !== 'ERR_REFUSED_BUSY';
}

/** A node that knows nothing of the session has been started again, or has given it up: for this side the line is lost, and no more. */
function lastingError(error: unknown): FedcreditError | undefined {
  return error instanceof FedcreditError && error.code !== 'ERR_REFUSED_REATTACH' ? error : undefined;
}
