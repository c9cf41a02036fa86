/**
 * ReattachDesk: the sessions of a callee that another stream may take up again, and whether this one may. Only the party that opened a session, by
 * its certificate, with the proof that it holds the session's token. Whoever may not hears one sentence, whatever the reason; ours is for the log.
 */
import { PeerProtocolError, RefusedError, randomBytes, type SecureRandom, toHex } from '../../base/index.ts';
import type { FrameLink } from './frame-link.ts';
import { encodeFrame, type ReattachFrame, TOKEN_BYTES } from './frames.ts';
import type { LastingLink } from './lasting-link.ts';
import type { Opened } from './opening.ts';
import { provesReattach, reattachProof } from './reattach-proof.ts';

export interface HeldSession {
  readonly peer: string;
  readonly sessionId: Uint8Array;
  readonly token: Uint8Array;
  readonly link: LastingLink;
}

export interface ReattachDeskOptions {
  readonly random: SecureRandom;
  readonly maxReattachments: number;
  readonly maxSessionsPerPeer: number;
}

interface Entry extends HeldSession {
  attempt: number;
  reattachments: number;
}

export class ReattachDesk {
  readonly #options: ReattachDeskOptions;
  readonly #entries = new Map<string, Entry>();
  /** Stands in for the token of a session that is not there, so that the answer takes as long. */
  readonly #nobody: Uint8Array;

  constructor(options: ReattachDeskOptions) {
    this.#options = options;
    this.#nobody = randomBytes(options.random, TOKEN_BYTES);
  }

  /** @throws PeerProtocolError `ERR_PEER_UNEXPECTED_MESSAGE` when the peer has a session of this id already */
  hold(session: HeldSession): void {
    const { peer, sessionId, link } = session;
    const key = keyOf(peer, sessionId);
    if (this.#entries.has(key)) throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} opened two sessions under one id`);
    const own = [...this.#entries.values()].filter((entry) => entry.peer === peer);
    // Sessions that are done wait for their last word to be heard; no peer has more of them than of sessions.
    if (own.length >= 2 * this.#options.maxSessionsPerPeer) own.find((entry) => entry.link.lingers)?.link.destroy();
    this.#entries.set(key, { ...session, attempt: 0, reattachments: 0 });
    if (link.over) this.#entries.delete(key);
  }

  /** A link that is over is nobody's any more. */
  release(peer: string, sessionId: Uint8Array): void {
    this.#entries.delete(keyOf(peer, sessionId));
  }

  /**
   * Lets the session go on over this stream, or says why not.
   * @throws RefusedError `ERR_REFUSED_REATTACH`; PeerProtocolError `ERR_PEER_ALTERED` on counts that cannot be, which ends the session
   */
  take(peer: string, frame: ReattachFrame, link: FrameLink, opened: Opened): void {
    const entry = this.#prove(peer, frame);
    entry.attempt = frame.attempt;
    entry.reattachments += 1;
    entry.link.assertPossible(frame.received);
    entry.link.detach();
    const { received } = entry.link;
    const { sessionId, attempt } = frame;
    const proof = reattachProof(entry.token, { from: 'callee', sessionId, attempt, received });
    link.write(encodeFrame({ type: 'reattached', received, proof })).catch(() => {});
    entry.link.attach({ link, opened, peerHas: frame.received });
  }

  #prove(peer: string, frame: ReattachFrame): Entry {
    const { sessionId, attempt, received, proof } = frame;
    const entry = this.#entries.get(keyOf(peer, sessionId));
    const proved = provesReattach(entry?.token ?? this.#nobody, { from: 'caller', sessionId, attempt, received }, proof);
    if (!entry) throw refused(peer, 'it has no such session here, or none any more');
    if (!proved) throw refused(peer, 'its proof is not that of the session’s token');
    if (attempt <= entry.attempt) throw refused(peer, `attempt ${attempt} came after attempt ${entry.attempt}`);
    if (entry.reattachments >= this.#options.maxReattachments) {
      throw refused(peer, `the session was taken up again ${entry.reattachments} times, which is the limit`);
    }
    return entry;
  }

  /** Links whose last word is not heard yet, though there is a line. */
  lastWords(): readonly LastingLink[] {
    return [...this.#entries.values()].map(({ link }) => link).filter((link) => link.lingers && !link.wantsLine);
  }

  close(): void {
    for (const { link } of this.#entries.values()) link.destroy();
  }
}

const keyOf = (peer: string, sessionId: Uint8Array): string => [peer, toHex(sessionId)].join(' ');

function refused(peer: string, reason: string): RefusedError {
  return new RefusedError('ERR_REFUSED_REATTACH', `${peer} wants to take up a session again: ${reason}`);
}
