/**
 * Formats of the exact method. A plaintext has 60 bits, a column takes up to 27 and the sum over rows log2(rows): what is left for residuals and
 * weights is too little for p-values to six digits, so such vectors travel as two digits, v = high + low·2^−bits, both exact.
 * Coarse rounds (one digit for the Hessian's vectors) lead to the optimum; a fine round at the end gives the last step and the information.
 */
import { chooseParameters, type HeParameters, type MatvecLayout } from '../../../he/index.ts';
import type { LogisticTerms } from './contract.ts';
import { vectorLayout } from './lanes.ts';
import { type MomentRound, momentRound } from './moment-round.ts';

export type Fineness = 'coarse' | 'fine';

export interface ExactPlan {
  readonly layout: MatvecLayout;
  readonly parameters: HeParameters;
  /** Fractional bits of the holder's weights. */
  readonly weightBits: number;
  /** Residual, weight and weighted columns against the holder's columns. */
  readonly columns: Readonly<Record<Fineness, MomentRound>>;
  /** Weight against the holder's products of two columns. */
  readonly pairs: Readonly<Record<Fineness, MomentRound>>;
  /** Fractional bits of the first digit of such a product. */
  readonly pairBits: number;
}

export const PREDICTOR_BITS = 58;
/** Bits of a second digit of a product of two columns. */
export const LOW_PAIR_BITS = 24;
const PAIR_BOUND = 2 ** 30;

/** Every round reveals as much as the plan says; the flooding bound counts as many as there can be. */
export function exactPlan(terms: LogisticTerms): ExactPlan {
  const { rows, holderColumns: h, columnBits, iterations } = terms;
  const columnBound = terms.clip * 2 ** columnBits;
  const pairBits = 30 - Math.ceil(2 * Math.log2(terms.clip));
  const products = (h * (h + 1)) / 2;
  const columns = (vectors: number): MomentRound =>
    momentRound({ rows, vectors, columns: h }, { maxAbs: columnBound, columnBits, outputs: iterations * vectors * h });
  const pairs = (digits: number): MomentRound =>
    momentRound(
      { rows, vectors: digits, columns: digits * products },
      { maxAbs: PAIR_BOUND, columnBits: pairBits, outputs: iterations * digits * digits * products },
    );
  const layout = vectorLayout(h, rows);
  const usage = { terms: layout.terms, maxAbs: columnBound, outputs: iterations * rows, mode: 'reveal' as const };
  return {
    layout,
    parameters: chooseParameters(usage, 1n << BigInt(PREDICTOR_BITS)),
    weightBits: PREDICTOR_BITS - 8 - columnBits,
    columns: { coarse: columns(digitCount(terms, 'coarse')), fine: columns(digitCount(terms, 'fine')) },
    pairs: { coarse: pairs(1), fine: pairs(2) },
    pairBits,
  };
}

/** Vectors of a round: the residual always has two digits, weight and weighted columns two in a fine round. */
const digitCount = ({ labelColumns }: LogisticTerms, fineness: Fineness): number => 2 + (labelColumns + 1) * (fineness === 'fine' ? 2 : 1);

/** The two digits of each value: high is a multiple of 2^−bits, low = (value − high)·2^bits. */
export function splitDigits(values: Float64Array, bits: number): readonly [Float64Array, Float64Array] {
  const unit = 2 ** bits;
  const high = values.map((value) => Math.round(value * unit) / unit);
  return [high, values.map((value, i) => (value - high[i]) * unit)];
}

/** x_f·x_g for f ≤ g: first digits at `pairBits`, and for a fine round second digits LOW_PAIR_BITS below. */
export function pairColumns(
  fixed: readonly Int32Array[],
  plan: ExactPlan,
  columnBits: number,
): Readonly<Record<Fineness, readonly Int32Array[]>> {
  const factor = 2 ** (plan.pairBits - 2 * columnBits);
  const products = fixed.flatMap((a, f) => fixed.slice(f).map((b) => Float64Array.from(a, (x, i) => x * b[i] * factor)));
  const high = products.map((product) => Int32Array.from(product, Math.round));
  const low = products.map((product, p) => Int32Array.from(product, (value, i) => Math.round((value - high[p][i]) * 2 ** LOW_PAIR_BITS)));
  return { coarse: high, fine: [...high, ...low] };
}
