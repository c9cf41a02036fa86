/**
 * The sections of a job file that belong to one kind of model each, in the field's own parameter names, and how the protocols read them.
 * A job may carry sections of other kinds: `--model` picks among them.
 */
import { z } from 'zod';
import type { LogisticContract } from '../federated/vertical/logistic-regression/index.ts';
import type { BinningOptions } from '../learn/binning/index.ts';
import type { ScoreScale } from '../learn/scorecard/index.ts';
import { safeSupport } from '../learn/trees/index.ts';

export const MODEL_KINDS = Object.freeze(['gbdt', 'logistic_regression', 'scorecard'] as const);
export type ModelKind = (typeof MODEL_KINDS)[number];

/** Disclosures that the contract must name and the platform's policy must allow. */
export const ALLOWANCES = Object.freeze(['feature-names', 'linear-predictor'] as const);
export type Allowance = (typeof ALLOWANCES)[number];

/** Bins of both parties' columns (分箱). */
export const binningSection = z.strictObject({
  /** @default 6 */
  max_bins: z.int().min(3).max(50).default(6),
  /** Smallest share of all rows in a bin. @default 0.05 */
  min_bin_size: z.number().min(0).max(0.5).default(0.05),
  /** Fewest events, and fewest non-events, in a bin. @default 5 */
  min_bin_events: z.int().min(5).max(1_000_000).default(5),
  /** Quantile cells before the optimum is sought. @default 20 */
  max_n_prebins: z.int().min(3).max(50).default(20),
  /** Event rate over a feature's bins. @default auto: the better of ascending and descending */
  monotone: z.enum(['auto', 'ascending', 'descending', 'peak', 'valley', 'none']).default('auto'),
  /** Codes that are no quantity, each with a bin of its own, in the columns of both parties. */
  special_values: z.array(z.number()).max(64).default([]),
  /** Features with a smaller information value stay out of a scorecard; the platform is told which, not why. @default 0.02 */
  min_iv: z.number().min(0).max(10).default(0.02),
});
export type BinningSection = z.output<typeof binningSection>;

/** The logistic regression, and the one inside a scorecard. */
export const regressionSection = z.strictObject({
  /** shared: on additive shares. moments: closed form, one round. exact: Newton; shows the bank a partial score of every row. */
  solver: z.enum(['shared', 'moments', 'exact']).default('shared'),
  /** Degree of the polynomial sigmoid of `shared`. @default 9 */
  degree: z.union([z.literal(1), z.literal(5), z.literal(9)], 'use 1, 5 or 9').optional(),
  /** @default 12 for shared, 10 for exact */
  iterations: z.int().positive().optional(),
  /** Stop when no step is longer. @default 0 (never) for shared, 1e-5 for exact */
  tolerance: z.number().min(0).optional(),
  /** Ridge penalty λ of ½λ‖w‖² on the summed loss, standardised columns. @default 0 */
  l2: z.number().min(0).default(0),
  /** Standardised columns of a logistic regression are held to ±clip. @default 6 */
  clip: z.number().positive().optional(),
});
export type RegressionSection = z.output<typeof regressionSection>;

/** Score points (评分刻度): `base_score` at good:bad odds of `odds`, `pdo` points double them. */
export const pointsSection = z.strictObject({
  base_score: z.number().min(-10_000).max(10_000).default(600),
  /** good:bad. @default 50 */
  odds: z.number().positive().max(1e9).default(50),
  pdo: z.number().positive().max(1_000).default(20),
});
export type PointsSection = z.output<typeof pointsSection>;

export const scaleOf = ({ base_score, odds, pdo }: PointsSection): Required<ScoreScale> => ({
  pdo,
  baseScore: base_score,
  baseOdds: 1 / odds,
});

/** What the platform is told of binning; `min_iv` stays at the bank. */
export type AgreedBinning = Omit<BinningSection, 'min_iv'>;

/** As the protocol wants it. @param rows training rows; @param minSupport least rows of a bin by contract */
export function binningOptions(section: AgreedBinning, rows: number, minSupport: number): BinningOptions {
  return {
    preBins: section.max_n_prebins,
    maxBins: section.max_bins,
    minShare: section.min_bin_size,
    minEvents: section.min_bin_events,
    trend: section.monotone,
    specialValues: section.special_values,
    minCellRows: leastRows(rows, minSupport),
  };
}

/** Least rows of anything the platform counts. A contract below 100 is one for tests and tiny samples: it says what it wants. */
export const leastRows = (rows: number, minSupport: number): number =>
  minSupport < 100 ? minSupport : Math.max(minSupport, safeSupport(rows));

/** The regression's part of a role contract; sizes are added by the caller. */
export function regressionOptions(
  section: RegressionSection,
  allow: readonly string[],
): Omit<LogisticContract, 'rows' | 'labelColumns' | 'holderColumns' | 'clip'> {
  const { solver, degree, iterations, tolerance, l2 } = section;
  return {
    method: solver,
    ridge: l2,
    ...(degree !== undefined && { degree }),
    ...(iterations !== undefined && { iterations }),
    ...(tolerance !== undefined && { tolerance }),
    ...(solver === 'exact' && { discloseLinearPredictor: allow.includes('linear-predictor') }),
  };
}
