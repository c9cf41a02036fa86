/**
 * Symmetric positive definite systems, dense and small (a few hundred unknowns): Cholesky with a relative pivot test, so that a collinear
 * column is named instead of silently inverted. Matrices are row-major Float64Array of n·n.
 */
import { InputError } from '../../base/index.ts';

/** A pivot below this share of its diagonal entry means "a combination of the columns before it": 1 − R² < 1e-10. */
const PIVOT_SHARE = 1e-10;

/** Lower triangle of A = L·Lᵀ, row-major. */
export interface CholeskyFactor {
  readonly n: number;
  readonly lower: Float64Array;
}

/**
 * Factor of a symmetric positive definite matrix.
 * @param nameOf names column j in the error.
 * @throws InputError `ERR_LEARN_COLLINEAR` when a column is constant zero or a combination of columns before it.
 */
export function cholesky(a: Float64Array, n: number, nameOf: (column: number) => string = (j) => `column ${j}`): CholeskyFactor {
  const lower = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j];
    for (let k = 0; k < j; k++) pivot -= lower[j * n + k] ** 2;
    if (!(pivot > PIVOT_SHARE * Math.abs(a[j * n + j]))) throw collinear(nameOf(j));
    const root = Math.sqrt(pivot);
    lower[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = sum / root;
    }
  }
  return { n, lower };
}

/** Solves A·x = b. */
export function choleskySolve({ n, lower }: CholeskyFactor, b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i * n + k] * x[k];
    x[i] /= lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= lower[k * n + i] * x[k];
    x[i] /= lower[i * n + i];
  }
  return x;
}

/** A⁻¹, symmetric by construction. */
export function choleskyInverse(factor: CholeskyFactor): Float64Array {
  const { n } = factor;
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    const x = choleskySolve(factor, unit);
    for (let i = j; i < n; i++) inverse[i * n + j] = inverse[j * n + i] = x[i];
  }
  return inverse;
}

/** Rows and columns `keep` of a symmetric matrix. */
export function subMatrix(a: Float64Array, n: number, keep: readonly number[]): Float64Array {
  const m = keep.length;
  const part = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) part[i * m + j] = a[keep[i] * n + keep[j]];
  return part;
}

/** A·x. */
export function matrixVector(a: Float64Array, n: number, x: ArrayLike<number>): Float64Array {
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
    product[i] = sum;
  }
  return product;
}

function collinear(name: string): InputError {
  return new InputError('ERR_LEARN_COLLINEAR', `${name} is constant, or a linear combination of the columns before it`, {
    help: 'Drop the column, or fit with a ridge penalty above zero.',
    details: { column: name },
  });
}
