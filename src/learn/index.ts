/** learn: single-party learning, the reference the federated protocols are held against. Imports base, math, data. */
export {
  type BinningOptions,
  describeBin,
  type FeatureBinning,
  fitBinning,
  type WoeTable,
  woeColumn,
} from './binning/index.ts';
export { type Calibrator, calibrate, hosmerLemeshow, isotonicCalibrator, plattCalibrator, shiftCalibrator } from './calibration/index.ts';
export { type Design, fitLogisticRegression, type LogisticFit, linearPredictor, waldTable } from './logistic-regression/index.ts';
export {
  auc,
  type BinaryMetrics,
  binaryMetrics,
  brierScore,
  gini,
  ks,
  lift,
  logLoss,
  rootMeanSquaredError,
  type ScoredLabels,
} from './metrics.ts';
export { buildScorecard, defaultProbability, type Scorecard, scoreRows } from './scorecard/index.ts';
export { type AucInterval, delongInterval } from './statistics/index.ts';
export {
  featureImportance,
  fitGbdt,
  type GbdtHolderModel,
  type GbdtModel,
  type GbdtParams,
  holderBits,
  leafConditions,
  parseGbdtHolderModel,
  parseGbdtModel,
  predict,
  predictMargins,
  simulatedHolder,
} from './trees/index.ts';
