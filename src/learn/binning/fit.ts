/** Binning on pooled data: the reference the federated protocol is held against bit for bit, built from the same two halves. */
import { InputError } from '../../base/index.ts';
import { type Cells, cellCodes, cutCategorical, cutNumeric } from './cells.ts';
import type { ClassTotals } from './optimal.ts';
import { type BinningOptions, binningRules } from './options.ts';
import { countCells, mapBins, type WoeTable, woeTable } from './woe.ts';

/** A feature with its cells and its bins. */
export interface FeatureBinning {
  readonly cells: Cells;
  readonly table: WoeTable;
}

/**
 * Optimal bins of one column.
 * @param labels 0 or 1, a row each.
 * @throws InputError `ERR_LEARN_LABEL`, `ERR_LEARN_ONE_CLASS`, `ERR_LEARN_COLUMN`, `ERR_LEARN_OPTION`, `ERR_LEARN_LENGTH_MISMATCH`.
 */
export function fitBinning(
  values: Float64Array,
  labels: ArrayLike<number>,
  options: BinningOptions = {},
  kind: Cells['kind'] = 'numeric',
): FeatureBinning {
  const rules = binningRules(options);
  if (values.length !== labels.length)
    throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `${values.length} values, ${labels.length} labels`);
  const totals = classTotals(labels);
  const cells = kind === 'numeric' ? cutNumeric(values, rules) : cutCategorical(values, rules);
  const counts = countCells(cellCodes(cells, values), labels, cells.counts.length);
  return { cells, table: woeTable(cells, counts, totals, rules) };
}

/** A column as weight of evidence; neutral values become 0. */
export function woeColumn({ cells, table }: FeatureBinning, values: Float64Array): Float64Array {
  const woes = table.bins.map((bin) => bin.woe);
  return mapBins(cells, table.binOfCell, woes, values);
}

/** @throws InputError `ERR_LEARN_LABEL` on anything but 0 and 1, `ERR_LEARN_ONE_CLASS`. */
export function classTotals(labels: ArrayLike<number>): ClassTotals {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) throw new InputError('ERR_LEARN_LABEL', `label of row ${i} is neither 0 nor 1`);
    positives += labels[i];
  }
  if (positives === 0 || positives === labels.length) {
    throw new InputError('ERR_LEARN_ONE_CLASS', 'all labels are of one class: there is nothing to learn', {
      help: 'Check the label column and the performance window.',
    });
  }
  return { negatives: labels.length - positives, positives };
}

/** Human-readable bounds of a numeric bin ("[−∞, 0.25)"), or the categories of a categorical one. Only its holder can say them. */
export function describeBin({ cells, table }: FeatureBinning, bin: number): string {
  const chosen = table.bins[bin];
  if (chosen.kind === 'extra') return describeExtra(cells, chosen.cells[0]);
  if (cells.kind === 'categorical') {
    const names = [...cells.categories].filter(([, cell]) => chosen.cells.includes(cell)).map(([code]) => code);
    return `{${names.join(', ')}}`;
  }
  const first = chosen.cells[0];
  const last = chosen.cells[chosen.cells.length - 1];
  const low = first === 0 ? '-inf' : String(cells.edges[first - 1]);
  return `[${low}, ${last < cells.edges.length ? cells.edges[last] : 'inf'})`;
}

function describeExtra(cells: Cells, cell: number): string {
  if (cell === cells.missing) return 'missing';
  const [code] = [...cells.specials].find(([, at]) => at === cell) ?? [Number.NaN];
  return `special ${code}`;
}
