/**
 * Losses: gradient g and hessian h of each row at the current margin, the starting margin, and the figure to stop by. Logistic loss is
 * g = p − y, h = p(1 − p); squared error is g = ŷ − y, h = 1 (Chen and Guestrin, KDD 2016, §2.2).
 */
import { InputError } from '../../base/index.ts';
import { auc, logLoss, rootMeanSquaredError } from '../metrics.ts';
import type { EvalMetric, GbdtConfig, GbdtObjective } from './parameters.ts';

/** Logistic function without overflow. */
export function sigmoid(margin: number): number {
  if (margin >= 0) return 1 / (1 + Math.exp(-margin));
  const e = Math.exp(margin);
  return e / (1 + e);
}

/** Prediction of a margin: a probability for logistic loss, the margin itself for squared error. */
export function predictionOf(objective: GbdtObjective, margin: number): number {
  return objective === 'binary:logistic' ? sigmoid(margin) : margin;
}

/** Writes g and h of every row. */
export function gradients(
  objective: GbdtObjective,
  margins: Float64Array,
  labels: ArrayLike<number>,
  g: Float64Array,
  h: Float64Array,
): void {
  for (let i = 0; i < margins.length; i++) {
    if (objective === 'binary:logistic') {
      const p = sigmoid(margins[i]);
      g[i] = p - labels[i];
      h[i] = p * (1 - p);
    } else {
      g[i] = margins[i] - labels[i];
      h[i] = 1;
    }
  }
}

/**
 * Labels that the loss can take: 0/1 with both classes present for logistic, finite numbers for squared error.
 * @throws InputError `ERR_LEARN_LABEL`, `ERR_LEARN_ONE_CLASS`, `ERR_LEARN_TOO_FEW_ROWS`.
 */
export function checkLabels(objective: GbdtObjective, labels: ArrayLike<number>): void {
  if (labels.length < 2) {
    throw new InputError('ERR_LEARN_TOO_FEW_ROWS', `${labels.length} labelled rows are too few to train on`, {
      help: 'Align more rows before training.',
    });
  }
  for (let i = 0; i < labels.length; i++) {
    const usable = objective === 'binary:logistic' ? labels[i] === 0 || labels[i] === 1 : Number.isFinite(labels[i]);
    if (!usable)
      throw new InputError('ERR_LEARN_LABEL', `label of row ${i} is not ${objective === 'binary:logistic' ? '0 or 1' : 'finite'}`);
  }
  if (objective === 'binary:logistic') checkTwoClasses(labels);
}

function checkTwoClasses(labels: ArrayLike<number>): void {
  for (let i = 1; i < labels.length; i++) if (labels[i] !== labels[0]) return;
  throw new InputError('ERR_LEARN_ONE_CLASS', 'all labels of the training or of the validation rows are of one class', {
    help: 'Train on rows that hold both labels, or hold out more of them.',
  });
}

/** Margin before the first tree: from `base_score`, else from the mean label of the training rows. @throws InputError. */
export function startingMargin(config: GbdtConfig, labels: ArrayLike<number>, training: Uint32Array): number {
  const trainingLabels = Float64Array.from(training, (row) => labels[row]);
  checkLabels(config.objective, trainingLabels);
  const score = config.base_score ?? trainingLabels.reduce((sum, y) => sum + y, 0) / trainingLabels.length;
  return config.objective === 'binary:logistic' ? Math.log(score / (1 - score)) : score;
}

/** Value of the figure and whether lower is better. */
export function evaluate(metric: EvalMetric, predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (metric === 'auc') return auc({ scores: predictions, labels });
  if (metric === 'logloss') return logLoss({ scores: predictions, labels });
  return rootMeanSquaredError(predictions, labels);
}

export function isBetter(metric: EvalMetric, candidate: number, best: number): boolean {
  return metric === 'auc' ? candidate > best : candidate < best;
}
