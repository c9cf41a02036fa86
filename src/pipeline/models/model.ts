/** What the bank's steps ask of a kind of model. */
import { InputError } from '../../base/index.ts';
import type { Calibrator } from '../../learn/calibration/index.ts';
import { calibrate, plattCalibrator } from '../../learn/calibration/index.ts';
import { sigmoid } from '../../learn/logistic-regression/index.ts';
import type { RowAnswers } from '../artifacts.ts';
import type { ModelKind } from '../model-sections.ts';
import type { AlignedOwn, BankDesk } from '../step.ts';
import type { ModelFigures, StepReport } from '../summary.ts';

/** How a stored score is read. */
export interface ScoreReader {
  /** Probability of default, in (0, 1). */
  pd(value: number): number;
  /** Whole points; more is better. */
  points(value: number): number;
}

export interface BankModel {
  readonly kind: ModelKind;
  train(desk: BankDesk): Promise<StepReport>;
  score(desk: BankDesk): Promise<StepReport>;
  /** @throws InputError `ERR_JOB_STEP_MISSING` before training. */
  reader(desk: Pick<BankDesk, 'store' | 'job'>): Promise<ScoreReader>;
  /** PD of aligned rows by the same kind of model of own columns alone, and that model as text for the run folder. */
  baseline(desk: BankDesk, own: AlignedOwn, rows: Uint32Array): Promise<{ readonly pd: Float64Array; readonly file?: string }>;
  /** The trained model as the run folder keeps it. */
  file(desk: BankDesk): Promise<string>;
  /** Coefficients and points, where the model has them. */
  figures(desk: BankDesk): Promise<ModelFigures | undefined>;
}

/**
 * Platt's fit of the labels on the log odds of training rows that were scored. Polynomial sigmoids and closed forms rank well and are off in
 * level; this is local to the bank and tells nobody anything. None where no training row was scored or the fit makes no sense.
 */
export function calibratorOf(
  { labels, split }: AlignedOwn,
  { rows, values, answered }: RowAnswers,
  logOdds: (value: number) => number,
): Calibrator | undefined {
  const training = new Set(split.train);
  const places = Array.from(rows.keys()).filter((i) => answered[i] === 1 && training.has(rows[i]));
  try {
    const fitted = plattCalibrator(
      Float64Array.from(places, (i) => logOdds(values[i])),
      places.map((i) => labels[rows[i]]),
    );
    return fitted.kind === 'platt' && fitted.slope > 0 ? fitted : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * Slope of the calibration, a fact of the score step: 1 when the coefficients are those of maximum likelihood. A shared fit of few events that ran
 * too few iterations has smaller ones, and a larger slope: odds then double in pdo / slope points.
 */
export const slopeOf = (calibrator: Calibrator | undefined): { readonly calibrationSlope?: number } =>
  calibrator?.kind === 'platt' ? { calibrationSlope: calibrator.slope } : {};

/** PD of log odds; held away from 0 and 1, which no finite sample shows. */
export function pdOf(logOdds: number, calibrator: Calibrator | undefined): number {
  const pd = calibrator ? calibrate(calibrator, logOdds) : sigmoid(logOdds);
  return Math.min(1 - 1e-9, Math.max(1e-9, pd));
}
