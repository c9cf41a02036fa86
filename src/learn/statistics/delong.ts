/**
 * Confidence interval of the AUC by DeLong, DeLong and Clarke-Pearson (Biometrics 1988), in O(n log n) with midranks (Sun and Xu,
 * IEEE Signal Processing Letters 2014).
 */
import { InputError } from '../../base/index.ts';
import { normalQuantile } from '../../math/index.ts';

export interface AucInterval {
  readonly auc: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * @param level coverage of the interval. @default 0.95
 * @throws InputError `ERR_LEARN_ONE_CLASS` when a class has fewer than two rows.
 */
export function delongInterval(scores: ArrayLike<number>, labels: ArrayLike<number>, level = 0.95): AucInterval {
  const cases = pick(scores, labels, 1);
  const controls = pick(scores, labels, 0);
  const m = cases.length;
  const n = controls.length;
  if (m < 2 || n < 2) throw new InputError('ERR_LEARN_ONE_CLASS', 'the interval needs at least two rows of each class');
  const joint = midranks(Float64Array.from([...cases, ...controls]));
  const withinCases = midranks(cases);
  const withinControls = midranks(controls);
  const v10 = withinCases.map((rank, i) => (joint[i] - rank) / n);
  const v01 = withinControls.map((rank, j) => 1 - (joint[m + j] - rank) / m);
  const auc = v10.reduce((sum, v) => sum + v, 0) / m;
  const standardError = Math.sqrt(variance(v10) / m + variance(v01) / n);
  const reach = normalQuantile(0.5 + level / 2) * standardError;
  return { auc, standardError, lower: Math.max(0, auc - reach), upper: Math.min(1, auc + reach) };
}

function pick(scores: ArrayLike<number>, labels: ArrayLike<number>, wanted: 0 | 1): Float64Array {
  return Float64Array.from(scores).filter((_, i) => labels[i] === wanted);
}

/** Rank of each value, ties averaged, counted from 1. */
function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && values[order[j]] === values[order[i]]) j++;
    for (let k = i; k < j; k++) ranks[order[k]] = (i + j + 1) / 2;
    i = j;
  }
  return ranks;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
}
