/** LineNotice: what an operator hears of a line that was lost, and of one that is back. No counts of the peer, no token. */
import { toHex } from '../../base/index.ts';
import type { LineWatch } from './lasting-types.ts';
import type { SessionBinding } from './transcript.ts';

export interface LineNotice {
  readonly state: 'lost' | 'back';
  readonly peer: string;
  readonly jobId: string;
  readonly step: string;
  /** Hex; the one in the audit log. */
  readonly sessionId: string;
  /** How long the session lives without a line. */
  readonly waitMs: number;
}

/** The notice as a sentence, for a terminal or a log. */
export function lineSentence({ state, peer, step, waitMs }: LineNotice): string {
  if (state === 'back') return `The line to ${peer} is back: ${step} goes on where it stopped.`;
  return `The line to ${peer} was lost in the middle of ${step}: waiting up to ${Math.ceil(waitMs / 1000)} s for it.`;
}

/** Notices of one session. */
export function noticing(
  peer: string,
  { jobId, step, sessionId }: Pick<SessionBinding, 'jobId' | 'step' | 'sessionId'>,
  tell: (notice: LineNotice) => void = () => {},
): Pick<LineWatch, 'lost' | 'back'> {
  const facts = { peer, jobId, step, sessionId: toHex(sessionId) };
  return {
    lost: (waitMs) => tell({ ...facts, state: 'lost', waitMs }),
    back: () => tell({ ...facts, state: 'back', waitMs: 0 }),
  };
}
