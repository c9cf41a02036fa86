/** The spectral test of NIST SP 800-22. See `bit-tests.ts`. */
import { erfc } from '../../src/math/index.ts';
import type { BitTest } from './bit-tests.ts';
import type { Bits } from './bits.ts';
import { type Complex, fourierPlan, type Plan, radicesOf, transform } from './fourier.ts';

/** §2.6: too many, or too few, of the spectrum's first half below √(n·ln 20). The sequence is cut to a length that the transform has: 10^6 is one. */
export const spectral: BitTest = (bits) => {
  let n = bits.length & ~1;
  while (radicesOf(n / 2) === undefined) n -= 2;
  const plan = planOf(n);
  load(bits, plan.half.input);
  const below = countBelow(transform(plan.half), plan.turns, Math.log(1 / 0.05) * n);
  const expected = (0.95 * n) / 2;
  return [erfc(Math.abs(below - expected) / Math.sqrt((n * 0.95 * 0.05) / 4) / Math.SQRT2)];
};

interface RealPlan {
  readonly half: Plan;
  /** e^(-2πik/n) for k ≤ n/4. */
  readonly turns: Complex;
}
const plans = new Map<number, RealPlan>();

/** Tables are made once a length: sequences come by the thousand. */
function planOf(n: number): RealPlan {
  const known = plans.get(n);
  if (known) return known;
  const angles = Float64Array.from({ length: Math.floor(n / 4) + 1 }, (_, k) => (-2 * Math.PI * k) / n);
  const plan = { half: fourierPlan(n / 2), turns: { re: angles.map(Math.cos), im: angles.map(Math.sin) } };
  plans.set(n, plan);
  return plan;
}

/** ±1 a bit, places 0, 2, 4, … as real parts, 1, 3, 5, … as imaginary parts. */
function load({ words }: Bits, { re, im }: Complex): void {
  for (let j = 0; j < re.length; j++) {
    const pair = words[j >> 4] >>> (30 - 2 * (j & 15));
    re[j] = (pair & 2) - 1;
    im[j] = 2 * (pair & 1) - 1;
  }
}

/**
 * How many of X_0 … X_(n/2 - 1), the transform of the real sequence, have a square below the limit. From the transform Z of the pairs, h = n/2:
 * X_k = E + T and X_(h-k) = conj(E - T) with E = (Z_k + conj Z_(h-k)) / 2, T = e^(-2πik/n) · (Z_k - conj Z_(h-k)) / 2i.
 */
function countBelow({ re, im }: Complex, turns: Complex, limit: number): number {
  const h = re.length;
  let below = (re[0] + im[0]) ** 2 < limit ? 1 : 0;
  for (let k = 1; 2 * k <= h; k++) {
    const er = (re[k] + re[h - k]) / 2;
    const ei = (im[k] - im[h - k]) / 2;
    const or = (im[k] + im[h - k]) / 2;
    const oi = (re[h - k] - re[k]) / 2;
    const tr = turns.re[k] * or - turns.im[k] * oi;
    const ti = turns.re[k] * oi + turns.im[k] * or;
    if ((er + tr) ** 2 + (ei + ti) ** 2 < limit) below++;
    if (2 * k < h && (er - tr) ** 2 + (ei - ti) ** 2 < limit) below++;
  }
  return below;
}
