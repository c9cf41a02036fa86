/**
 * Quantile bins and the candidate splits they allow. A feature with at most `max_bin` distinct values keeps them all; else its edges are
 * quantiles. Missing values (NaN) have a bin of their own and a learned default direction. Edges lie half-way between neighbouring values:
 * a row goes left when x ≤ threshold.
 *
 * `minSupport` merges bins until each holds that many rows (security.md H7, T28): sums over candidate splits then never differ by a
 * handful of rows of one feature. It is 1 for one's own features and max(100, 0.1 % of rows) for a holder's.
 */
import { InputError } from '../../base/index.ts';
import { column, type FeatureTable } from '../../data/index.ts';
import type { MonotoneSign } from './parameters.ts';

/** One feature, binned: `codes[row]` in 0..thresholds.length, or `missingCode`. */
export interface BinnedFeature {
  readonly name: string;
  readonly codes: Uint16Array;
  /** Upper edges of all bins but the last, ascending. */
  readonly thresholds: Float64Array;
  /** Code of missing values: thresholds.length + 1. */
  readonly missingCode: number;
  /** Whether missing values may choose their side: there are some, and no fewer than the minimum support. */
  readonly splitsMissing: boolean;
}

/** A set of rows that go left: those of `feature` with code ≤ `bin`, and the missing ones where `missingLeft`. */
export interface CandidateSplit {
  /** Index of the binned feature. */
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
}

/** What a model keeps of a candidate; `threshold` is Number.MAX_VALUE for "every present value". */
export interface Threshold {
  readonly feature: string;
  readonly threshold: number;
  readonly missingLeft: boolean;
}

export interface BinOptions {
  readonly maxBin: number;
  /** Least rows in a bin, ≥ 1. */
  readonly minSupport: number;
}

/** max(100, 0.1 % of rows): the support below which a holder's bins are merged. */
export function safeSupport(rows: number): number {
  return Math.max(100, Math.ceil(rows / 1000));
}

/** Does this value go left? The one definition that prediction, training and scoring share. */
export function goesLeft(value: number, split: Pick<Threshold, 'threshold' | 'missingLeft'>): boolean {
  return Number.isNaN(value) ? split.missingLeft : value <= split.threshold;
}

/** Bins every column of the table, in its order. @throws InputError `ERR_LEARN_INFINITE_VALUE` naming the column. */
export function binFeatures(table: FeatureTable, options: BinOptions): BinnedFeature[] {
  return [...table.columns.keys()].map((name) => binFeature(name, column(table, name), options));
}

export function binFeature(name: string, values: Float64Array, { maxBin, minSupport }: BinOptions): BinnedFeature {
  const present = values.filter((value) => !Number.isNaN(value)).sort();
  if (present.length > 0 && !(Number.isFinite(present[0]) && Number.isFinite(present[present.length - 1]))) {
    throw new InputError('ERR_LEARN_INFINITE_VALUE', `column "${name}" holds an infinite value`, {
      help: 'Cap it, or mark it as missing.',
    });
  }
  const thresholds = Float64Array.from(mergedEdges(quantileEdges(present, maxBin), present.length, minSupport), (edge) => edge.threshold);
  const missing = values.length - present.length;
  const missingCode = thresholds.length + 1;
  return {
    name,
    thresholds,
    missingCode,
    codes: Uint16Array.from(values, (value) => (Number.isNaN(value) ? missingCode : lowerBound(thresholds, value))),
    splitsMissing: missing > 0 && missing >= minSupport && present.length >= minSupport,
  };
}

/** An edge between two distinct values and how many present rows lie below it. */
interface Edge {
  readonly threshold: number;
  readonly below: number;
}

/** All edges when there are few distinct values, else the first edge at or past each quantile. */
function quantileEdges(sorted: Float64Array, maxBin: number): Edge[] {
  const edges: Edge[] = [];
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i - 1]) edges.push({ threshold: halfWay(sorted[i - 1], sorted[i]), below: i });
  }
  if (edges.length < maxBin) return edges;
  const kept: Edge[] = [];
  let at = 0;
  for (let k = 1; k < maxBin; k++) {
    while (at < edges.length && edges[at].below * maxBin < k * sorted.length) at++;
    if (at === edges.length) break;
    if (kept[kept.length - 1] !== edges[at]) kept.push(edges[at]);
  }
  return kept;
}

/** Midpoint that is below `b` even when the two are neighbouring doubles or their sum overflows. */
function halfWay(a: number, b: number): number {
  const middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}

/** Drops edges until every bin holds `minSupport` rows; what is left over joins the last bin. */
function mergedEdges(edges: readonly Edge[], rows: number, minSupport: number): Edge[] {
  const kept: Edge[] = [];
  let from = 0;
  for (const edge of edges) {
    if (edge.below - from >= minSupport && rows - edge.below >= minSupport) {
      kept.push(edge);
      from = edge.below;
    }
  }
  return kept;
}

/** First index whose threshold is not below the value: the value's bin. */
function lowerBound(thresholds: Float64Array, value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (thresholds[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Every split the bins allow, features in order, thresholds ascending, missing right before missing left. A constant or all-missing
 * feature gives none.
 */
export function candidateSplits(features: readonly BinnedFeature[]): CandidateSplit[] {
  return features.flatMap(({ thresholds, splitsMissing }, feature) => {
    const splits: CandidateSplit[] = [];
    for (let bin = 0; bin < thresholds.length; bin++) {
      splits.push({ feature, bin, missingLeft: false });
      if (splitsMissing) splits.push({ feature, bin, missingLeft: true });
    }
    if (splitsMissing) splits.push({ feature, bin: thresholds.length, missingLeft: false });
    return splits;
  });
}

/** Does a row of this code go left? */
export function codeGoesLeft(feature: BinnedFeature, split: CandidateSplit, code: number): boolean {
  return code === feature.missingCode ? split.missingLeft : code <= split.bin;
}

export function thresholdOf(feature: BinnedFeature, split: CandidateSplit): Threshold {
  return Object.freeze({
    feature: feature.name,
    threshold: split.bin < feature.thresholds.length ? feature.thresholds[split.bin] : Number.MAX_VALUE,
    missingLeft: split.missingLeft,
  });
}

/** Monotone sign of each feature, free where not named. */
export function signsOf(features: readonly BinnedFeature[], constraints: Readonly<Record<string, MonotoneSign>>): MonotoneSign[] {
  return features.map((feature) => (Object.hasOwn(constraints, feature.name) ? constraints[feature.name] : 0));
}
