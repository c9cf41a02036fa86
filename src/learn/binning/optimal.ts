/**
 * Optimal binning from counts alone: which neighbouring cells to merge so that the information value is the largest there is, under a
 * monotone event rate, a floor for every bin and a cap on their number. An exact dynamic program, O(K·n³) for n ≤ 50 cells: state
 * (k, i, j) is the best value of cells 0..j in k bins, the last of which is i..j. Same optimum as optbinning's constraint solver.
 *
 * Only counts are needed: a label party runs this on counts it obtained from a feature holder without seeing a value.
 */
import type { BinningRules, Trend } from './options.ts';

export interface CellCounts {
  readonly negatives: ArrayLike<number>;
  readonly positives: ArrayLike<number>;
}

/** Over all rows of the data set, neutral ones included: the denominators of every share. */
export interface ClassTotals {
  readonly negatives: number;
  readonly positives: number;
}

/** Bins as runs of cells: bin b holds cells starts[b] .. starts[b + 1] − 1. */
export interface Merge {
  readonly starts: readonly number[];
  readonly value: number;
}

/** −1: the rate may only fall here, +1: only rise, 0: either. */
type Direction = -1 | 0 | 1;
/** The directions a trend goes through, in order; a peak rises, then falls. */
const PHASES: Readonly<Record<Exclude<Trend, 'auto'>, readonly Direction[]>> = {
  ascending: [1],
  descending: [-1],
  peak: [1, -1],
  valley: [-1, 1],
  none: [0],
};

/** Best merge of ordered cells, or undefined when no merge of `minBins` bins is feasible. */
export function optimalMerge(cells: CellCounts, totals: ClassTotals, rules: BinningRules): Merge | undefined {
  const trends: readonly Exclude<Trend, 'auto'>[] = rules.trend === 'auto' ? ['ascending', 'descending'] : [rules.trend];
  let best: Merge | undefined;
  for (const trend of trends) {
    const found = solve(cells, totals, rules, PHASES[trend]);
    if (found && (!best || found.value > best.value)) best = found;
  }
  return best;
}

/** Contribution of a bin to the information value: (p − n)·ln(p/n) with p, n its shares of events and non-events. 0 when a count is 0. */
export function informationValue(negatives: number, positives: number, totals: ClassTotals): number {
  if (negatives === 0 || positives === 0) return 0;
  const p = positives / totals.positives;
  const n = negatives / totals.negatives;
  return (p - n) * Math.log(p / n);
}

function solve(cells: CellCounts, totals: ClassTotals, rules: BinningRules, phases: readonly Direction[]): Merge | undefined {
  const n = cells.negatives.length;
  const sums = runningSums(cells);
  const value = binValues(sums, n, totals, rules);
  const at = (k: number, phase: number, i: number, j: number): number => ((k * phases.length + phase) * n + i) * n + j;
  const levels = Math.min(rules.maxBins, n);
  const best = new Float64Array((levels + 1) * phases.length * n * n).fill(-Infinity);
  const from = new Int32Array(best.length).fill(-1);
  for (let j = 0; j < n; j++) best[at(1, 0, 0, j)] = value[j];
  for (let k = 2; k <= levels; k++) {
    for (let i = 1; i < n; i++) {
      for (let h = 0; h < i; h++) {
        for (let phase = 0; phase < phases.length; phase++) {
          const before = best[at(k - 1, phase, h, i - 1)];
          if (before === -Infinity) continue;
          for (let j = i; j < n; j++) {
            const gain = value[i * n + j];
            if (gain === -Infinity) continue;
            const order = compareRates(sums, h, i, j);
            for (let next = phase; next < phases.length; next++) {
              if (phases[next] * order < 0) continue;
              const target = at(k, next, i, j);
              if (before + gain > best[target]) {
                best[target] = before + gain;
                from[target] = phase * n + h;
              }
            }
          }
        }
      }
    }
  }
  return trace(best, from, n, levels, phases.length, rules.minBins, at);
}

interface Sums {
  readonly negatives: Float64Array;
  readonly positives: Float64Array;
}

function runningSums({ negatives, positives }: CellCounts): Sums {
  const n = negatives.length;
  const sums = { negatives: new Float64Array(n + 1), positives: new Float64Array(n + 1) };
  for (let i = 0; i < n; i++) {
    sums.negatives[i + 1] = sums.negatives[i] + negatives[i];
    sums.positives[i + 1] = sums.positives[i] + positives[i];
  }
  return sums;
}

/** Information value of cells i..j as one bin; −Infinity where a floor forbids it. */
function binValues(sums: Sums, n: number, totals: ClassTotals, rules: BinningRules): Float64Array {
  const floor = rules.minShare * (totals.negatives + totals.positives);
  const values = new Float64Array(n * n).fill(-Infinity);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const negatives = sums.negatives[j + 1] - sums.negatives[i];
      const positives = sums.positives[j + 1] - sums.positives[i];
      if (negatives + positives < floor || negatives < rules.minEvents || positives < rules.minEvents) continue;
      values[i * n + j] = informationValue(negatives, positives, totals);
    }
  }
  return values;
}

/** Sign of rate(i..j) − rate(h..i−1), in integers: exact below 2^26 rows a bin. */
function compareRates({ negatives, positives }: Sums, h: number, i: number, j: number): number {
  const left = (positives[i] - positives[h]) * (negatives[j + 1] - negatives[i]);
  const right = (positives[j + 1] - positives[i]) * (negatives[i] - negatives[h]);
  return Math.sign(right - left);
}

function trace(
  best: Float64Array,
  from: Int32Array,
  n: number,
  levels: number,
  phases: number,
  minBins: number,
  at: (k: number, phase: number, i: number, j: number) => number,
): Merge | undefined {
  let value = -Infinity;
  let end: readonly [number, number, number] | undefined;
  for (let k = minBins; k <= levels; k++) {
    for (let phase = 0; phase < phases; phase++) {
      for (let i = 0; i < n; i++) {
        if (best[at(k, phase, i, n - 1)] <= value) continue;
        value = best[at(k, phase, i, n - 1)];
        end = [k, phase, i];
      }
    }
  }
  if (!end) return undefined;
  const starts: number[] = [];
  let [k, phase, i] = end;
  let j = n - 1;
  for (; k >= 1; k--) {
    starts.unshift(i);
    const back = from[at(k, phase, i, j)];
    j = i - 1;
    i = back % n;
    phase = Math.floor(back / n);
  }
  return { starts, value };
}
