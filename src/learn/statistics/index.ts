/** Statistics: small linear algebra, intervals. Tail probabilities are in `math`. */
export { minimiseQuadratic, type QuadraticProblem, type SignBound } from './bounded-quadratic.ts';
export { type AucInterval, delongInterval } from './delong.ts';
export { type CholeskyFactor, cholesky, choleskyInverse, choleskySolve, matrixVector } from './linear-algebra.ts';
