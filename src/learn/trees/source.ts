/**
 * Candidate sources: whoever can sum gradients over the left side of candidate splits and then say which rows go left. The growing loop
 * asks all sources alike: this party's own columns (here), a holder in the same process (here, for the reference and for simulations), or
 * a remote holder under encryption (federated/vertical/gbdt).
 */
import { type BinnedFeature, type CandidateSplit, candidateSplits, codeGoesLeft, signsOf, type Threshold, thresholdOf } from './bins.ts';
import type { MonotoneSign } from './parameters.ts';
import type { TreeGradients } from './quantise.ts';

/** Sums of g and h over the rows of one node that go left, per candidate in the presented order. */
export interface CandidateSums {
  readonly g: Float64Array;
  readonly h: Float64Array;
  /** Sampled rows that go left; only a source in the clear knows. */
  readonly count?: Float64Array;
}

export type ModelSplit =
  | ({ readonly kind: 'local' } & Threshold)
  | { readonly kind: 'remote'; readonly holder: string; readonly splitId: number };

export interface SplitRequest {
  /** All rows of the node, also those that do not train. */
  readonly rows: Uint32Array;
  readonly candidate: number;
  /** Sums the source gave for this candidate in this node: a remote source's bits must add up to them. */
  readonly g: number;
  readonly h: number;
}

export interface SplitAnswer {
  readonly split: ModelSplit;
  /** 1 for each row of the request that goes left. */
  readonly goesLeft: Uint8Array;
}

export interface CandidateSource {
  /** Undefined for this party's own columns. */
  readonly holder: string | undefined;
  /** Gets ready for a tree; candidates may be presented in a new order. */
  beginTree(tree: number, gradients: TreeGradients): Promise<void>;
  /** Number of candidates in this tree. */
  readonly candidates: number;
  /** Feature that a candidate belongs to, where the source can tell (for sampling features); else the candidate itself. */
  featureOf(candidate: number): number;
  sign(candidate: number): MonotoneSign;
  sums(nodes: readonly Uint32Array[]): Promise<CandidateSums[]>;
  split(requests: readonly SplitRequest[]): Promise<SplitAnswer[]>;
  /** No more splits will be asked at this level. */
  endLevel(): Promise<void>;
  endTree(): Promise<void>;
}

/** Left sums of every candidate in one node: a histogram per feature, then cumulated. */
export function candidateSums(
  features: readonly BinnedFeature[],
  splits: readonly CandidateSplit[],
  { g, h, sampled }: Pick<TreeGradients, 'g' | 'h' | 'sampled'>,
  rows: Uint32Array,
): Required<CandidateSums> {
  const training = rows.filter((row) => sampled[row] === 1);
  const sums = { g: new Float64Array(splits.length), h: new Float64Array(splits.length), count: new Float64Array(splits.length) };
  let at = 0;
  for (let f = 0; f < features.length; f++) {
    const first = at;
    while (at < splits.length && splits[at].feature === f) at++;
    if (at > first) cumulate(features[f], splits, first, at, training, g, h, sums);
  }
  return sums;
}

function cumulate(
  feature: BinnedFeature,
  splits: readonly CandidateSplit[],
  first: number,
  end: number,
  rows: Uint32Array,
  g: Float64Array,
  h: Float64Array,
  sums: Required<CandidateSums>,
): void {
  const bins = feature.missingCode + 1;
  const histogram = new Float64Array(3 * bins);
  for (const row of rows) {
    const at = 3 * feature.codes[row];
    histogram[at] += g[row];
    histogram[at + 1] += h[row];
    histogram[at + 2] += 1;
  }
  const missing = 3 * feature.missingCode;
  const left = [0, 0, 0];
  let next = 0;
  for (let c = first; c < end; c++) {
    for (; next <= splits[c].bin; next++) for (let k = 0; k < 3; k++) left[k] += histogram[3 * next + k];
    const withMissing = splits[c].missingLeft ? 1 : 0;
    sums.g[c] = left[0] + withMissing * histogram[missing];
    sums.h[c] = left[1] + withMissing * histogram[missing + 1];
    sums.count[c] = left[2] + withMissing * histogram[missing + 2];
  }
}

function leftBits(feature: BinnedFeature, split: CandidateSplit, rows: Uint32Array): Uint8Array {
  const bits = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) bits[i] = codeGoesLeft(feature, split, feature.codes[rows[i]]) ? 1 : 0;
  return bits;
}

const NOTHING = Promise.resolve();

/** This party's own binned columns. */
export function localSource(features: readonly BinnedFeature[], constraints: Readonly<Record<string, MonotoneSign>> = {}): CandidateSource {
  const splits = candidateSplits(features);
  const signs = signsOf(features, constraints);
  let gradients: TreeGradients | undefined;
  return {
    holder: undefined,
    candidates: splits.length,
    featureOf: (candidate) => splits[candidate].feature,
    sign: (candidate) => signs[splits[candidate].feature],
    beginTree(_tree, given) {
      gradients = given;
      return NOTHING;
    },
    sums: async (nodes) => nodes.map((rows) => candidateSums(features, splits, gradients as TreeGradients, rows)),
    split: async (requests) =>
      requests.map(({ rows, candidate }) => {
        const split = splits[candidate];
        const feature = features[split.feature];
        return { split: { kind: 'local', ...thresholdOf(feature, split) }, goesLeft: leftBits(feature, split, rows) };
      }),
    endLevel: () => NOTHING,
    endTree: () => NOTHING,
  };
}

/** What a simulated holder presents in place of its plain candidate list. */
export interface PresentedOrder {
  /** `order[i]` is the index of the split at presented place i; −1 is a dummy that no row goes left of. */
  readonly order: Int32Array;
}

/**
 * A holder in the same process, behaving to the loop exactly as a remote one: opaque candidates in a given order, no counts, numbered
 * splits. The single-party reference that a federated run must equal bit for bit, and the `simulate` execution of a job.
 * @param presented the order of each tree, drawn as the holder draws it.
 * @param thresholds filled with what the holder would keep, by split id.
 */
export function simulatedHolder(
  holder: string,
  features: readonly BinnedFeature[],
  constraints: Readonly<Record<string, MonotoneSign>>,
  presented: (tree: number) => PresentedOrder,
  thresholds: Map<number, Threshold> = new Map(),
): CandidateSource {
  const splits = candidateSplits(features);
  const signs = signsOf(features, constraints);
  let gradients: TreeGradients | undefined;
  let order: Int32Array = new Int32Array();
  const present = (own: Float64Array): Float64Array => Float64Array.from(order, (at) => (at < 0 ? 0 : own[at]));
  return {
    holder,
    get candidates() {
      return order.length;
    },
    featureOf: (candidate) => candidate,
    sign: (candidate) => (order[candidate] < 0 ? 0 : signs[splits[order[candidate]].feature]),
    beginTree(tree, given) {
      gradients = given;
      order = presented(tree).order;
      return NOTHING;
    },
    sums: async (nodes) =>
      nodes.map((rows) => {
        const own = candidateSums(features, splits, gradients as TreeGradients, rows);
        return { g: present(own.g), h: present(own.h) };
      }),
    split: async (requests) =>
      requests.map(({ rows, candidate }) => {
        const split = splits[order[candidate]];
        const feature = features[split.feature];
        const splitId = thresholds.size;
        thresholds.set(splitId, thresholdOf(feature, split));
        return { split: { kind: 'remote', holder, splitId }, goesLeft: leftBits(feature, split, rows) };
      }),
    endLevel: () => NOTHING,
    endTree: () => NOTHING,
  };
}
