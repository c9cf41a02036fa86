/**
 * The sigmoid as an odd polynomial, and the iteration that uses it, in the clear: what the federated iteration on shares computes, term for term.
 *
 * Degree 1 is the tangent ½ + z/4. Degrees 5 and 9 are least-squares fits of σ(z) − ½ on [−8, 8], in u = z/8, rounded to 2^−12; largest error
 * on the interval .061 and .016. The leading coefficient is positive, so that outside the interval a gradient still points back
 * (degrees 3 and 7 have a negative one and diverge on separable data).
 *
 * One step is w ← w − M·(Xᵀ(σ̃(Xw) − y) + λw) with M = (cXᵀX + λI)⁻¹; c = ¼ is the bound of Böhning and Lindsay (1988), `stepCurvature` dares less.
 */
import type { SignBound } from '../statistics/bounded-quadratic.ts';
import { matrixVector } from '../statistics/linear-algebra.ts';
import { checkDesign, type Design } from './design.ts';
import { type LogisticModel, linearPredictor } from './model.ts';
import { momentsOf } from './moments.ts';
import { type SignedStart, signedStart, wrongSigns } from './signs.ts';

/** u = z / SIGMOID_RANGE. A power of two. */
export const SIGMOID_RANGE = 8;
/** Fractional bits of the coefficients. */
export const SIGMOID_BITS = 12;
export type SigmoidDegree = 1 | 5 | 9;

/** Coefficients of u, u³, u⁵, … times 2^SIGMOID_BITS. */
export const SIGMOID_COEFFICIENTS: Readonly<Record<SigmoidDegree, readonly number[]>> = Object.freeze({
  1: [8192],
  5: [6269, -9639, 5668],
  9: [7598, -24_390, 50_369, -50_417, 18_954],
});

/** ½ + Σ c_k u^(2k+1). */
export function polynomialSigmoid(z: number, degree: SigmoidDegree): number {
  const u = z / SIGMOID_RANGE;
  const sum = SIGMOID_COEFFICIENTS[degree].reduceRight((inner, c) => inner * u * u + c, 0);
  return 0.5 + (sum * u) / 2 ** SIGMOID_BITS;
}

export interface PolynomialOptions {
  readonly degree: SigmoidDegree;
  /** Of each fit. */
  readonly iterations: number;
  /** @default 0 */
  readonly ridge?: number;
  /** Signs coefficients must keep; columns that do not are left out (`signs.ts`). @default all free */
  readonly signs?: readonly SignBound[];
  /** How often the rest may be fitted again. @default 0 */
  readonly refits?: number;
}

/** The iteration in the clear, from one Newton step. @throws InputError as `checkDesign`, `ERR_LEARN_COLLINEAR`. */
export function fitPolynomial(
  design: Design,
  labels: ArrayLike<number>,
  { degree, iterations, ridge = 0, signs, refits = 0 }: PolynomialOptions,
): LogisticModel {
  checkDesign(design, labels);
  const moments = momentsOf(design, labels);
  let start = signedStart(moments, { degree, ridge, signs });
  for (let fits = 1; ; fits++) {
    const weights = iterate(design, labels, start, { degree, iterations, ridge });
    const wrong = wrongSigns(weights, signs);
    if (wrong.length === 0 || fits > refits) return { names: moments.names, weights, iterations: fits * iterations };
    start = signedStart(moments, { degree, ridge, signs, out: new Set([...start.out, ...wrong]) });
  }
}

function iterate(
  design: Design,
  labels: ArrayLike<number>,
  start: SignedStart,
  { degree, iterations, ridge }: { degree: SigmoidDegree; iterations: number; ridge: number },
): Float64Array {
  let { weights } = start;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const residual = linearPredictor(weights, design).map((z, i) => polynomialSigmoid(z, degree) - labels[i]);
    const gradient = Float64Array.from([
      residual.reduce((sum, r) => sum + r, 0),
      ...design.map(({ values }, j) => values.reduce((sum, x, i) => sum + x * residual[i], ridge * weights[j + 1])),
    ]);
    const step = matrixVector(start.preconditioner, weights.length, gradient);
    weights = weights.map((w, j) => w - step[j]);
  }
  return weights;
}
