/**
 * Logistic regression by Newton's method (iteratively reweighted least squares; McCullagh and Nelder 1989, ch. 4) with an optional ridge
 * and sign bounds (each step is a bounded quadratic problem). Starts from the linear-residual solution; steps are halved while the loss
 * rises.
 */
import { InputError } from '../../base/index.ts';
import { minimiseQuadratic, type SignBound } from '../statistics/bounded-quadratic.ts';
import { matrixVector } from '../statistics/linear-algebra.ts';
import { checkDesign, type Design } from './design.ts';
import { type LogisticModel, linearPredictor, sigmoid } from './model.ts';
import { addRidge, columnNamer, momentsOf, type PenaltyOptions, solveMoments } from './moments.ts';

export interface NewtonOptions extends PenaltyOptions {
  /** @default 50 */
  readonly maxIterations?: number;
  /** Stops when no weight moved by more than this. @default 1e-10 */
  readonly tolerance?: number;
}

export interface LogisticFit extends LogisticModel {
  /** Hessian of the summed loss at the weights, ridge included: the information matrix for `waldTable`. */
  readonly information: Float64Array;
  readonly logLikelihood: number;
}

/**
 * Maximum likelihood (or ridge) fit.
 * @throws InputError as `checkDesign`, `ERR_LEARN_COLLINEAR`, `ERR_LEARN_SEPARABLE` when the likelihood has no maximum,
 * `ERR_LEARN_NEARLY_SEPARABLE`, `ERR_LEARN_NOT_CONVERGED`.
 */
export function fitLogisticRegression(design: Design, labels: ArrayLike<number>, options: NewtonOptions = {}): LogisticFit {
  const { ridge = 0, signs, maxIterations = 50, tolerance = 1e-10 } = options;
  checkDesign(design, labels);
  const names = design.map((column) => column.name);
  let weights = solveMoments(momentsOf(design, labels), { ridge, signs });
  let state = evaluate(design, labels, weights, ridge);
  let before = Infinity;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    assertNotSeparable(state.z, labels, ridge);
    const target = newtonTarget(state.hessian, state.gradient, weights, names, signs);
    const next = dampedStep(design, labels, weights, target, ridge, state.loss);
    const moved = next.weights.reduce((far, w, j) => Math.max(far, Math.abs(w - weights[j])), 0);
    if (iteration === maxIterations && moved > before / 2) throw nearlySeparable();
    before = moved;
    ({ weights } = next);
    state = next.state;
    if (moved <= tolerance) return { names, weights, iterations: iteration, information: state.hessian, logLikelihood: -state.fit };
  }
  throw new InputError('ERR_LEARN_NOT_CONVERGED', `no convergence in ${maxIterations} Newton steps`, {
    help: 'Raise maxIterations or add a ridge penalty.',
  });
}

/** Where a full Newton step goes: the minimiser of the quadratic model, inside the sign bounds. Weights and gradient have the intercept first. */
export function newtonTarget(
  hessian: Float64Array,
  gradient: Float64Array,
  weights: Float64Array,
  names: readonly string[],
  signs?: readonly SignBound[],
): Float64Array {
  const n = weights.length;
  const linear = matrixVector(hessian, n, weights).map((value, j) => value - gradient[j]);
  return minimiseQuadratic({ n, hessian, linear, signs: signs && [0, ...signs], nameOf: columnNamer(names) });
}

/** If some weights put every row on its own side, larger multiples of them are always likelier: no finite maximum exists. */
export function assertNotSeparable(z: Float64Array, labels: ArrayLike<number>, ridge: number): void {
  if (ridge > 0) return;
  let margin = Infinity;
  for (let i = 0; i < z.length; i++) margin = Math.min(margin, labels[i] === 1 ? z[i] : -z[i]);
  if (margin <= 0) return;
  throw new InputError('ERR_LEARN_SEPARABLE', 'the columns separate the two classes completely: the likelihood has no maximum', {
    help: 'Look for a column that leaks the label; otherwise fit with a ridge penalty above zero.',
  });
}

/** The weights grow at every step although no step separates the classes: all but a few rows are told apart, the optimum is far out or infinite. */
export function nearlySeparable(cause?: unknown): InputError {
  return new InputError(
    'ERR_LEARN_NEARLY_SEPARABLE',
    'the columns separate almost all rows of the two classes: the optimum is infinite or far out',
    {
      cause,
      help: 'Set a ridge penalty (ridge: 1 is small on standardised columns): the optimum is then finite. First look for a column that leaks the label.',
    },
  );
}

interface State {
  readonly z: Float64Array;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  /** Negative log-likelihood. */
  readonly fit: number;
  /** Fit plus penalty. */
  readonly loss: number;
}

function evaluate(design: Design, labels: ArrayLike<number>, weights: Float64Array, ridge: number): State {
  const z = linearPredictor(weights, design);
  const n = weights.length;
  const columns = design.map((column) => column.values);
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  let fit = 0;
  const row = new Float64Array(n);
  row[0] = 1;
  for (let i = 0; i < z.length; i++) {
    const p = sigmoid(z[i]);
    fit += Math.max(z[i], 0) - labels[i] * z[i] + Math.log1p(Math.exp(-Math.abs(z[i])));
    for (let j = 1; j < n; j++) row[j] = columns[j - 1][i];
    for (let j = 0; j < n; j++) {
      gradient[j] += (p - labels[i]) * row[j];
      const weighted = p * (1 - p) * row[j];
      for (let k = 0; k <= j; k++) hessian[j * n + k] += weighted * row[k];
    }
  }
  for (let j = 0; j < n; j++) for (let k = 0; k < j; k++) hessian[k * n + j] = hessian[j * n + k];
  let penalty = 0;
  for (let j = 1; j < n; j++) {
    gradient[j] += ridge * weights[j];
    penalty += (ridge / 2) * weights[j] ** 2;
  }
  return { z, gradient, hessian: addRidge(hessian, n, ridge), fit, loss: fit + penalty };
}

function dampedStep(
  design: Design,
  labels: ArrayLike<number>,
  from: Float64Array,
  target: Float64Array,
  ridge: number,
  loss: number,
): { weights: Float64Array; state: State } {
  for (let share = 1; ; share /= 2) {
    const weights = from.map((w, j) => w + share * (target[j] - w));
    const state = evaluate(design, labels, weights, ridge);
    if (state.loss <= loss * (1 + 1e-12) || share < 1e-6) return { weights, state };
  }
}
