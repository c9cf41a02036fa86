/** Statistics: small linear algebra, tail probabilities, intervals. */
export { minimiseQuadratic, type QuadraticProblem, type SignBound } from './bounded-quadratic.ts';
export { type AucInterval, delongInterval } from './delong.ts';
export { chiSquaredTail, normalCdf, normalQuantile, normalTwoSided } from './distributions.ts';
export { type CholeskyFactor, cholesky, choleskyInverse, choleskySolve, matrixVector } from './linear-algebra.ts';
