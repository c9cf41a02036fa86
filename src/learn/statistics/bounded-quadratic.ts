/**
 * min ½·wᵀHw − bᵀw with some weights held to one sign: the active-set method of Lawson and Hanson (Solving Least Squares Problems, 1974,
 * ch. 23) on the normal equations. Without bounds it is one Cholesky solve. Scorecards need it: on weight-of-evidence columns a coefficient
 * of the wrong sign is an artefact of correlation, and no credit committee signs it.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { cholesky, choleskySolve, matrixVector, subMatrix } from './linear-algebra.ts';

/** +1: at least zero; −1: at most zero; 0: free. */
export type SignBound = -1 | 0 | 1;

export interface QuadraticProblem {
  readonly n: number;
  /** Row-major n·n, symmetric positive definite. */
  readonly hessian: Float64Array;
  readonly linear: Float64Array;
  /** @default all free */
  readonly signs?: readonly SignBound[];
  readonly nameOf?: (column: number) => string;
}

/** @throws InputError `ERR_LEARN_COLLINEAR`. */
export function minimiseQuadratic({ n, hessian, linear, signs, nameOf }: QuadraticProblem): Float64Array {
  const factor = cholesky(hessian, n, nameOf);
  if (!signs?.some((sign) => sign !== 0)) return choleskySolve(factor, linear);
  const free = new Set(signs.flatMap((sign, j) => (sign === 0 ? [j] : [])));
  let w = solveOn(free, n, hessian, linear);
  for (let round = 0; round < 10 * n + 10; round++) {
    const entering = steepestBlocked(w, free, n, hessian, linear, signs);
    if (entering < 0) return w;
    free.add(entering);
    w = shrinkToFeasible(w, free, n, hessian, linear, signs);
  }
  throw new LocalProtocolError('ERR_LEARN_ACTIVE_SET', 'the active-set method did not end');
}

/** The held weight whose gradient points furthest into its allowed side, or −1 at the optimum. */
function steepestBlocked(
  w: Float64Array,
  free: ReadonlySet<number>,
  n: number,
  hessian: Float64Array,
  linear: Float64Array,
  signs: readonly SignBound[],
): number {
  const slope = matrixVector(hessian, n, w).map((value, j) => linear[j] - value);
  let best = -1;
  let steepest = 1e-12 * Math.max(...linear.map(Math.abs), 1e-300);
  for (let j = 0; j < n; j++) {
    if (!free.has(j) && signs[j] * slope[j] > steepest) {
      steepest = signs[j] * slope[j];
      best = j;
    }
  }
  return best;
}

/** Moves from w towards the free optimum; every weight that would cross zero on the way is held at zero. */
function shrinkToFeasible(
  start: Float64Array,
  free: Set<number>,
  n: number,
  hessian: Float64Array,
  linear: Float64Array,
  signs: readonly SignBound[],
): Float64Array {
  let w = start;
  for (;;) {
    const target = solveOn(free, n, hessian, linear);
    const crossing = [...free].filter((j) => signs[j] !== 0 && signs[j] * target[j] < 0);
    if (crossing.length === 0) return target;
    const share = Math.min(...crossing.map((j) => w[j] / (w[j] - target[j])));
    w = w.map((value, j) => value + share * (target[j] - value));
    for (const j of crossing) {
      if (Math.abs(w[j]) > 1e-14) continue;
      w[j] = 0;
      free.delete(j);
    }
    const [first] = crossing;
    if (crossing.every((j) => free.has(j))) free.delete(first);
  }
}

function solveOn(free: ReadonlySet<number>, n: number, hessian: Float64Array, linear: Float64Array): Float64Array {
  const keep = [...free].sort((a, b) => a - b);
  const w = new Float64Array(n);
  if (keep.length === 0) return w;
  const part = choleskySolve(
    cholesky(subMatrix(hessian, n, keep), keep.length),
    keep.map((j) => linear[j]),
  );
  for (let k = 0; k < keep.length; k++) w[keep[k]] = part[k];
  return w;
}
