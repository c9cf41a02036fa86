/** Logistic regression: moments and the linear-residual solve, Newton, Wald tables. */
export { checkColumn, checkDesign, type Design, type DesignColumn, type Scaling, scale, scalingOf } from './design.ts';
export { type CoefficientRow, type LogisticModel, linearPredictor, sigmoid, waldTable } from './model.ts';
export {
  addRidge,
  boundHessian,
  MAX_VIF,
  type Moments,
  momentsOf,
  type PenaltyOptions,
  preconditioner,
  solveMoments,
  varianceInflation,
} from './moments.ts';
export {
  assertNotSeparable,
  fitLogisticRegression,
  type LogisticFit,
  type NewtonOptions,
  nearlySeparable,
  newtonTarget,
} from './newton.ts';
export {
  fitPolynomial,
  type PolynomialOptions,
  polynomialSigmoid,
  SIGMOID_BITS,
  SIGMOID_COEFFICIENTS,
  SIGMOID_RANGE,
  type SigmoidDegree,
} from './polynomial.ts';
export { momentsOn, type SignedStart, signedStart, wrongSigns } from './signs.ts';
