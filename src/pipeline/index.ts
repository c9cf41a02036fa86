/** pipeline: the job, from files to limits; where the federated wing and the credit wing meet. */

export {
  ALIGNMENT,
  type Artifact,
  BINS,
  CARD,
  find,
  HOLDER_BINS,
  HOLDER_CARD,
  HOLDER_LINEAR,
  HOLDER_MODEL,
  LIMITS,
  LINEAR,
  type LinearModel,
  MODEL,
  need,
  type RowAnswers,
  SCORES,
  type StoredBins,
} from './artifacts.ts';
export { type Asset, type AssetLibrary, assetLibrary } from './assets.ts';
export { alignStep, evaluateStep, limitStep, limitYuan, qualityOf, scoreBandOf, scoreStep, trainStep } from './bank.ts';
export { type BinsFile, binsFile, readBinsFile } from './bins-file.ts';
export { binningOf, type CardFile, readCardFile } from './card-file.ts';
export { capacityOf, contractOf, type JobParameters, modelOf, parametersOf, splitOf } from './contract.ts';
export { type DeskOptions, type OpenDesk, openDesk, readJob } from './desk.ts';
export { type EngineChoice, loadEngine } from './engine.ts';
export { type JobSpec, jobSchema } from './job.ts';
export { binningOptions, MODEL_KINDS, type ModelKind, scaleOf } from './model-sections.ts';
export {
  bankModel,
  binStep,
  type ClearCard,
  clearCard,
  clearPoints,
  ownPart,
  ownPoints,
  type ScoreReader,
  solveInTheClear,
} from './models/index.ts';
export { type PlatformPorts, platformHandlers } from './platform.ts';
export { scorePoints } from './points.ts';
export { type RunResult, reportsSoFar, runJob } from './run.ts';
export { alignedOwn, type BankDesk } from './step.ts';
export {
  type CoefficientFigure,
  type Evaluation,
  type ModelFigures,
  type ModelQuality,
  type PointsFigure,
  type RunSummary,
  type StepName,
  type StepReport,
  totals,
} from './summary.ts';
export type { Variable, VariableBin } from './variables.ts';
