/**
 * What every logistic regression here agrees on: named columns of equal length without missing cells, an intercept in front, and the checks that
 * refuse data no fit can be trusted on.
 */
import { InputError } from '../../base/index.ts';
import { classTotals } from '../binning/index.ts';

export interface DesignColumn {
  readonly name: string;
  readonly values: Float64Array;
}
export type Design = readonly DesignColumn[];

/**
 * @throws InputError `ERR_LEARN_LENGTH_MISMATCH`, `ERR_LEARN_MISSING` (a missing or infinite cell), `ERR_LEARN_CONSTANT`, `ERR_LEARN_FEW_ROWS`,
 * `ERR_LEARN_LABEL`, `ERR_LEARN_ONE_CLASS`.
 */
export function checkDesign(design: Design, labels: ArrayLike<number>): void {
  for (const column of design) checkColumn(column, labels.length);
  if (labels.length < design.length + 2) {
    throw new InputError('ERR_LEARN_FEW_ROWS', `${labels.length} rows cannot determine ${design.length + 1} weights`, {
      help: 'Use more rows or fewer columns; ten rows a column is a sensible floor.',
    });
  }
  classTotals(labels);
}

/** One column's share of `checkDesign`; needs no label, so each holder runs it on its own. */
export function checkColumn({ name, values }: DesignColumn, rows: number): void {
  if (values.length !== rows) throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `column "${name}" has ${values.length} rows, not ${rows}`);
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new InputError('ERR_LEARN_MISSING', `column "${name}" has a missing or infinite cell`, {
        help: 'Bin the column first: missing values get a bin of their own.',
        details: { column: name },
      });
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) {
    throw new InputError('ERR_LEARN_CONSTANT', `column "${name}" is constant`, { help: 'Drop the column.', details: { column: name } });
  }
}

export interface Scaling {
  readonly mean: number;
  /** Population standard deviation; above zero. */
  readonly deviation: number;
  /** Values are held to ±clip deviations; Infinity for no clipping. */
  readonly clip: number;
}

/** Mean and standard deviation of a column (computed twice over, so that a large mean does not cancel). */
export function scalingOf(values: Float64Array, clip = Infinity): Scaling {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length), clip };
}

/** (x − mean) / deviation, held to ±clip. */
export function scale(values: Float64Array, { mean, deviation, clip }: Scaling): Float64Array {
  return values.map((value) => Math.max(-clip, Math.min(clip, (value - mean) / deviation)));
}
