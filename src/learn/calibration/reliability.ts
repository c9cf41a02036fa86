/**
 * Does a probability mean what it says: Hosmer-Lemeshow's statistic (Applied Logistic Regression, 2000, §5.2.2), reliability table and
 * expected calibration error; and the gains table that sits next to them in a validation report.
 */
import { InputError } from '../../base/index.ts';
import { chiSquaredTail } from '../../math/index.ts';

export interface ReliabilityRow {
  readonly rows: number;
  readonly events: number;
  /** Mean predicted probability. */
  readonly predicted: number;
  /** Event rate. */
  readonly observed: number;
}

export interface HosmerLemeshow {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Small: the probabilities are off by more than chance. */
  readonly pValue: number;
  readonly groups: readonly ReliabilityRow[];
}

/** Groups of equal size by predicted probability, lowest first. */
export function reliability(probabilities: ArrayLike<number>, labels: ArrayLike<number>, groups = 10): ReliabilityRow[] {
  const n = probabilities.length;
  if (labels.length !== n || n < groups)
    throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `${n} probabilities for ${labels.length} labels`);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => probabilities[a] - probabilities[b] || a - b);
  return Array.from({ length: groups }, (_, g) => {
    const members = order.subarray(Math.round((g * n) / groups), Math.round(((g + 1) * n) / groups));
    let events = 0;
    let sum = 0;
    for (const i of members) {
      events += labels[i];
      sum += probabilities[i];
    }
    return { rows: members.length, events, predicted: sum / members.length, observed: events / members.length };
  });
}

/**
 * Σ (O − E)² / (E·(1 − E/n)) over groups.
 * @param sample on development data two degrees of freedom are spent; on data the model has not seen, none.
 */
export function hosmerLemeshow(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  { groups = 10, sample = 'development' }: { groups?: number; sample?: 'development' | 'unseen' } = {},
): HosmerLemeshow {
  const table = reliability(probabilities, labels, groups);
  const statistic = table.reduce((sum, { rows, events, predicted }) => {
    const expected = rows * predicted;
    return sum + (events - expected) ** 2 / (expected * (1 - predicted));
  }, 0);
  const degreesOfFreedom = sample === 'development' ? groups - 2 : groups;
  return { statistic, degreesOfFreedom, pValue: chiSquaredTail(statistic, degreesOfFreedom), groups: table };
}

/** Mean gap between predicted and observed, weighted by rows. */
export function expectedCalibrationError(table: readonly ReliabilityRow[]): number {
  const rows = table.reduce((sum, row) => sum + row.rows, 0);
  return table.reduce((sum, row) => sum + (row.rows / rows) * Math.abs(row.predicted - row.observed), 0);
}

export interface GainsRow {
  /** Share of rows, riskiest first, up to and including this group. */
  readonly depth: number;
  readonly rows: number;
  readonly events: number;
  /** Share of all events found so far. */
  readonly captured: number;
  /** Event rate of the group over the overall rate. */
  readonly lift: number;
}

/** Gains table by descending score, groups of equal size (ties kept in row order). */
export function gainsTable(scores: ArrayLike<number>, labels: ArrayLike<number>, groups = 10): GainsRow[] {
  const table = reliability(scores, labels, groups).reverse();
  const rows = scores.length;
  const events = table.reduce((sum, row) => sum + row.events, 0);
  let seen = 0;
  let found = 0;
  return table.map((row) => {
    seen += row.rows;
    found += row.events;
    return { depth: seen / rows, rows: row.rows, events: row.events, captured: found / events, lift: row.observed / (events / rows) };
  });
}
