/** Vertical federation: same customers, different columns. Each protocol is a pair of roles in its own folder. */
export * as binning from './binning/index.ts';
export * as gbdt from './gbdt/index.ts';
export * as logisticRegression from './logistic-regression/index.ts';
export * as scorecard from './scorecard/index.ts';
