/** The kinds of model a job can train, at the bank. */
import type { ModelKind } from '../model-sections.ts';
import { gbdt } from './gbdt.ts';
import { logisticRegression } from './logistic-regression.ts';
import type { BankModel } from './model.ts';
import { scorecard } from './scorecard.ts';

const MODELS: Readonly<Record<ModelKind, BankModel>> = { gbdt, logistic_regression: logisticRegression, scorecard };

export const bankModel = (kind: ModelKind): BankModel => MODELS[kind];

export { binStep } from './binning.ts';
export { type ClearCard, clearCard, clearPoints, solveInTheClear } from './clear.ts';
export { ownPart } from './logistic-regression.ts';
export type { BankModel, ScoreReader } from './model.ts';
export { ownPoints } from './scorecard.ts';
