/** learn/trees: gradient-boosted trees. Candidate sources, the growing loop that references and federations share, models. */
export {
  type BinnedFeature,
  type BinOptions,
  binFeature,
  binFeatures,
  type CandidateSplit,
  candidateSplits,
  codeGoesLeft,
  goesLeft,
  safeSupport,
  signsOf,
  type Threshold,
  thresholdOf,
} from './bins.ts';
export { type BoostInput, type BoostResult, type BoostState, boost, checkTrainingLabels, splitRows, type TreeFigures } from './boost.ts';
export { type FitGbdtInput, fitGbdt } from './fit.ts';
export { SPLIT_ATTEMPTS } from './grow.ts';
export {
  type FeatureImportance,
  featureImportance,
  type GbdtHolderModel,
  type GbdtModel,
  type GbdtNode,
  type GbdtTree,
  type HolderSplit,
  holderBits,
  type LeafConditions,
  leafConditions,
  leafOfRows,
  type OwnCondition,
  predict,
  predictMargins,
  type RemoteBits,
  type RemoteCondition,
  usedSplits,
} from './model.ts';
export { sigmoid } from './objective.ts';
export {
  checkConstraints,
  type EvalMetric,
  type GbdtConfig,
  type GbdtObjective,
  type GbdtParams,
  gbdtConfig,
  type MonotoneSign,
} from './parameters.ts';
export { parseGbdtHolderModel, parseGbdtModel } from './parse.ts';
export { type GradientLevels, gradientLevels, prepareGradients, type TreeGradients } from './quantise.ts';
export {
  type CandidateSource,
  type CandidateSums,
  candidateSums,
  localSource,
  type ModelSplit,
  type PresentedOrder,
  type SplitAnswer,
  type SplitRequest,
  simulatedHolder,
} from './source.ts';
