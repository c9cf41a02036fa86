/**
 * Caps: every submitted element is a question the peer answers, so set sizes are what the protocol discloses. Both caps and the ratio
 * come from the contract and are checked before the first point leaves.
 */
import { InputError, RefusedError } from '../base/index.ts';

export interface PsiOptions {
  /** Most rows this party may bring. @default 10,000,000 */
  readonly maxOwnRows?: number;
  /** Most rows the peer may bring. @default 10,000,000 */
  readonly maxPeerRows?: number;
  /**
   * Most peer rows per own row: a peer that asks about far more ids than we hold is enumerating a registry. An empty own set counts as
   * one row. @default 1,000
   */
  readonly maxPeerRatio?: number;
}

export type PsiLimits = Readonly<Required<PsiOptions>>;

const DEFAULTS: PsiLimits = Object.freeze({ maxOwnRows: 10_000_000, maxPeerRows: 10_000_000, maxPeerRatio: 1_000 });

/** Row positions travel as u32 and a table of points must fit one typed array. */
const MOST_ROWS = 2 ** 26;

/**
 * Fills in defaults and checks ranges.
 * @throws InputError `ERR_PSI_OPTION` on an unknown key or a value out of range.
 */
export function psiLimits(options: PsiOptions = {}): PsiLimits {
  for (const key of Object.keys(options)) {
    if (!(key in DEFAULTS)) {
      throw new InputError('ERR_PSI_OPTION', `unknown option "${key}"`, { help: `Use one of: ${Object.keys(DEFAULTS).join(', ')}.` });
    }
  }
  const limits = { ...DEFAULTS, ...options };
  checkRows('maxOwnRows', limits.maxOwnRows);
  checkRows('maxPeerRows', limits.maxPeerRows);
  if (!(Number.isFinite(limits.maxPeerRatio) && limits.maxPeerRatio > 0)) {
    throw new InputError('ERR_PSI_OPTION', 'maxPeerRatio is not a positive number', {
      help: 'Give the most peer rows per own row, e.g. 10.',
    });
  }
  return Object.freeze(limits);
}

function checkRows(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= MOST_ROWS)) {
    throw new InputError('ERR_PSI_OPTION', `${name} is not an integer in 0..${MOST_ROWS}`, {
      help: 'Split larger sets into several jobs.',
    });
  }
}

/**
 * @throws RefusedError `ERR_PSI_OWN_SET_ABOVE_CAP`.
 */
export function checkOwnRows(rows: number, limits: PsiLimits): void {
  if (rows <= limits.maxOwnRows) return;
  throw new RefusedError('ERR_PSI_OWN_SET_ABOVE_CAP', `this party brings ${rows} rows, the contract allows ${limits.maxOwnRows}`, {
    help: 'Select fewer rows, or agree on a higher cap.',
    details: { rows, maxOwnRows: limits.maxOwnRows },
  });
}

/**
 * @throws RefusedError `ERR_PSI_PEER_SET_ABOVE_CAP` or `ERR_PSI_RATIO_ABOVE_CAP`; nothing was answered.
 */
export function checkPeerRows(ownRows: number, peerRows: number, limits: PsiLimits): void {
  if (peerRows > limits.maxPeerRows) {
    throw new RefusedError('ERR_PSI_PEER_SET_ABOVE_CAP', `the peer brings ${peerRows} rows, the contract allows ${limits.maxPeerRows}`, {
      help: 'Ask the peer to select fewer rows, or agree on a higher cap.',
      details: { peerRows, maxPeerRows: limits.maxPeerRows },
    });
  }
  if (peerRows > limits.maxPeerRatio * Math.max(1, ownRows)) {
    throw new RefusedError('ERR_PSI_RATIO_ABOVE_CAP', `the peer brings ${peerRows} rows to our ${ownRows}: above the allowed ratio`, {
      help: `At most ${limits.maxPeerRatio} peer rows per own row are allowed; agree on another ratio if this is meant.`,
      details: { peerRows, ownRows, maxPeerRatio: limits.maxPeerRatio },
    });
  }
}
