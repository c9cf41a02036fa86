/**
 * What both ends of a registered vector derive from its terms alone: the layout, the parameters, the kinds of its messages.
 *   holder → label party   <kind>/registered     hash of the registration that is pinned, or nothing
 *   label party → holder   <kind>/registration   its hash, and its bytes where nothing is pinned
 *   label party → holder   <kind>/ask            row numbers
 *   holder → label party   <kind>/scores         answers
 */
import { chooseParameters, type HeParameters, type MatvecLayout, matvecLayout, RING_DEGREE } from '../../../he/index.ts';

/** What both sides know of a registration. */
export interface RegistrationTerms {
  /** First word of the messages' kinds. */
  readonly kind: string;
  /** First words of the error codes. */
  readonly errors: `ERR_${string}`;
  /** Length of the vector. */
  readonly entries: number;
  /** Largest size of the holder's integers. */
  readonly maxAbs: number;
  /** t = 2^bits; products lie in [−t/2, t/2). */
  readonly bits: number;
}

export const MAX_ROWS_ASKED = 65_536;
/** Coefficients that all sessions of one key together reveal at most: what the flood is sized for, and what the holder counts. */
export const MOST_REVEALED = 2 ** 24;

export const kindsOf = ({ kind }: RegistrationTerms) => ({
  registered: `${kind}/registered`,
  registration: `${kind}/registration`,
  ask: `${kind}/ask`,
  scores: `${kind}/scores`,
});

export function layoutFor({ entries }: RegistrationTerms, rows: number): MatvecLayout {
  const block = Math.min(RING_DEGREE, 2 ** Math.ceil(Math.log2(Math.max(2, entries))));
  return matvecLayout({ rows: entries, outputs: rows, block });
}

export function parametersFor(terms: RegistrationTerms): HeParameters {
  const usage = { terms: layoutFor(terms, 1).terms, maxAbs: terms.maxAbs, outputs: MOST_REVEALED, mode: 'reveal' as const };
  return chooseParameters(usage, 1n << BigInt(terms.bits));
}
