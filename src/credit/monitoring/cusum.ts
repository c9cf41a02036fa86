/**
 * One-sided CUSUM (Page, Biometrika 1954) for a fall in a monthly series: S = max(0, S − z − k), alarm above h, where z is the month's value
 * in standard deviations of an undisturbed month. With k = ½, h = 5 a level that does not move alarms once in about 930 months, a fall of
 * one deviation after about 10, of two after about 4 (Montgomery, Statistical Quality Control, table 9.3: one-sided ARL 930, 10.4, 4.01).
 */
import { InputError } from '../../base/index.ts';

/** Slack and alarm level of the chart. */
export interface CusumOptions {
  /** Slack in standard deviations: half the fall that matters. @default 0.5 */
  readonly slack?: number;
  /** Alarm level in standard deviations. @default 5 */
  readonly threshold?: number;
}

/**
 * The statistic after each month. NaN months (nothing reported) leave it as it is; it starts again from 0 after an alarm.
 * @param deviations months as (value − usual) / standard deviation.
 * @throws InputError `ERR_CREDIT_CUSUM`.
 */
export function cusumFall(deviations: ArrayLike<number>, { slack = 0.5, threshold = 5 }: CusumOptions = {}): Float64Array {
  if (!(slack >= 0 && threshold > 0)) throw new InputError('ERR_CREDIT_CUSUM', 'slack must not be negative, threshold must be above 0');
  const levels = new Float64Array(deviations.length);
  let level = 0;
  for (let t = 0; t < deviations.length; t++) {
    if (level > threshold) level = 0;
    if (!Number.isNaN(deviations[t])) level = Math.max(0, level - deviations[t] - slack);
    levels[t] = level;
  }
  return levels;
}
