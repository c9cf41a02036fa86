/**
 * The linear-residual model (LR-G). With the sigmoid replaced by its tangent ½ + z/4, the optimum of logistic regression is a linear solve in
 * second moments: (¼XᵀX + λI)·w = Xᵀ(y − ½). FATE's coordinated LR and SecretFlow's HESS-LR iterate towards this very optimum.
 * ¼XᵀX also bounds every Hessian of the exact loss from above (Böhning and Lindsay, Ann. Inst. Statist. Math. 1988): it is the
 * preconditioner of the iterations that follow.
 */

import { minimiseQuadratic, type SignBound } from '../statistics/bounded-quadratic.ts';
import { cholesky, choleskyInverse } from '../statistics/linear-algebra.ts';
import { checkDesign, type Design } from './design.ts';

/** Moments of the columns with a leading intercept column of ones: index 0 is the intercept. */
export interface Moments {
  readonly rows: number;
  /** Columns without the intercept. */
  readonly names: readonly string[];
  /** Row-major (d + 1)²: XᵀX. */
  readonly gram: Float64Array;
  /** Xᵀy. */
  readonly target: Float64Array;
}

export interface PenaltyOptions {
  /** λ of ½·λ·‖w‖² added to the summed loss; the intercept is not penalised. @default 0 */
  readonly ridge?: number;
  /** Sign each coefficient must keep, in column order (intercept not counted). @default free */
  readonly signs?: readonly SignBound[];
}

/** Moments of a design in the clear. */
export function momentsOf(design: Design, labels: ArrayLike<number>): Moments {
  checkDesign(design, labels);
  const rows = labels.length;
  const columns = [new Float64Array(rows).fill(1), ...design.map((column) => column.values)];
  const n = columns.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) gram[i * n + j] = gram[j * n + i] = dot(columns[i], columns[j]);
  return { rows, names: design.map((column) => column.name), gram, target: Float64Array.from(columns, (column) => dot(column, labels)) };
}

/** ¼XᵀX + λI, the intercept unpenalised. */
export function boundHessian(moments: Moments, ridge: number): Float64Array {
  return weightedGram(moments, 0.25, ridge);
}

/** Weights of the linear-residual model, intercept first. @throws InputError `ERR_LEARN_COLLINEAR`. */
export function solveMoments(moments: Moments, { ridge = 0, signs }: PenaltyOptions = {}): Float64Array {
  const n = moments.names.length + 1;
  return minimiseQuadratic({
    n,
    hessian: boundHessian(moments, ridge),
    linear: moments.target.map((value, j) => value - moments.gram[j] / 2),
    signs: signs && [0, ...signs],
    nameOf: columnNamer(moments.names),
  });
}

/** The least curvature a step is dared with: .15 > ⅛, below which a step could double what it should remove. */
export const LEAST_CURVATURE = 0.15;

/**
 * Row weight c of the preconditioner (cXᵀX + λI)⁻¹. ¼ bounds p(1 − p) for every row, but at a bad rate of 6 % the mean is .056 and steps are four
 * times too short. Steps settle as long as 2c exceeds every row's weight, so c follows ȳ(1 − ȳ) down to .15. The tangent (degree 1) weighs every row ¼.
 */
export function stepCurvature({ rows, target }: Moments, degree: number): number {
  const rate = target[0] / rows;
  return degree === 1 ? 0.25 : Math.max(LEAST_CURVATURE, rate * (1 - rate));
}

/** (cXᵀX + λI)⁻¹, row-major. @throws InputError `ERR_LEARN_COLLINEAR`. */
export function preconditioner(moments: Moments, ridge = 0, curvature = 0.25): Float64Array {
  const n = moments.names.length + 1;
  return choleskyInverse(cholesky(weightedGram(moments, curvature, ridge), n, columnNamer(moments.names)));
}

/**
 * One Newton step of the exact loss from the model without columns, whose intercept b is logit(ȳ): w = b·e₀ + (ȳ(1 − ȳ)XᵀX + λI)⁻¹·Xᵀ(y − ȳ), with signs
 * held. For ȳ = ½ this is `solveMoments`; at low rates it is far nearer to the optimum. Degree 1 has its optimum in `solveMoments` itself.
 * @throws InputError `ERR_LEARN_COLLINEAR`.
 */
export function oneStep(moments: Moments, { degree, ridge = 0, signs }: PenaltyOptions & { readonly degree: number }): Float64Array {
  if (degree === 1) return solveMoments(moments, { ridge, signs });
  const { rows, names, gram, target } = moments;
  const n = names.length + 1;
  const rate = target[0] / rows;
  const weight = rate * (1 - rate);
  const intercept = Math.log(rate / (1 - rate));
  return minimiseQuadratic({
    n,
    hessian: weightedGram(moments, weight, ridge),
    linear: target.map((value, j) => value - rate * gram[j] + weight * intercept * gram[j]),
    signs: signs && [0, ...signs],
    nameOf: columnNamer(names),
  });
}

const weightedGram = ({ gram, names }: Moments, weight: number, ridge: number): Float64Array =>
  addRidge(
    gram.map((value) => value * weight),
    names.length + 1,
    ridge,
  );

/** Largest variance inflation factor that is told apart from an exact linear dependence. */
export const MAX_VIF = 1e10;

/**
 * Variance inflation factor of each column: diagonal of the inverse correlation matrix; above 5 the coefficient cannot be read alone.
 * @param ridge above zero, exactly collinear columns are no error: they get MAX_VIF
 * @throws InputError `ERR_LEARN_COLLINEAR` without ridge.
 */
export function varianceInflation({ rows, names, gram }: Moments, ridge = 0): Float64Array {
  const d = names.length;
  const n = d + 1;
  const correlation = new Float64Array(d * d);
  const covariance = (i: number, j: number): number => gram[i * n + j] - (gram[i] * gram[j]) / rows;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      correlation[i * d + j] = covariance(i + 1, j + 1) / Math.sqrt(covariance(i + 1, i + 1) * covariance(j + 1, j + 1));
    }
    if (ridge > 0) correlation[i * d + i] += 4 / MAX_VIF;
  }
  const inverse = choleskyInverse(cholesky(correlation, d, (j) => `column "${names[j]}"`));
  return Float64Array.from({ length: d }, (_, j) => Math.min(inverse[j * d + j], MAX_VIF));
}

/** Adds λ to the diagonal, the intercept's entry excepted. */
export function addRidge(hessian: Float64Array, n: number, ridge: number): Float64Array {
  for (let j = 1; j < n; j++) hessian[j * n + j] += ridge;
  return hessian;
}

export const columnNamer =
  (names: readonly string[]) =>
  (j: number): string =>
    j === 0 ? 'the intercept' : `column "${names[j - 1]}"`;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
