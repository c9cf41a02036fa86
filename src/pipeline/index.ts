/** pipeline: the job, from files to limits; where the federated wing and the credit wing meet. */

export { ALIGNMENT, type Artifact, find, HOLDER_MODEL, LIMITS, MODEL, need, type RowAnswers, SCORES } from './artifacts.ts';
export { type Asset, type AssetLibrary, assetLibrary } from './assets.ts';
export { alignedOwn, alignStep, type BankDesk, evaluateStep, limitStep, limitYuan, scoreBandOf, scoreStep, trainStep } from './bank.ts';
export { capacityOf, contractOf, type JobParameters, parametersOf, splitOf } from './contract.ts';
export { type DeskOptions, type OpenDesk, openDesk, readJob } from './desk.ts';
export { type EngineChoice, loadEngine } from './engine.ts';
export { type JobSpec, jobSchema } from './job.ts';
export { type PlatformPorts, platformHandlers } from './platform.ts';
export { scorePoints } from './points.ts';
export { type RunResult, reportsSoFar, runJob } from './run.ts';
export { type Evaluation, type ModelQuality, type RunSummary, type StepName, type StepReport, totals } from './summary.ts';
