/**
 * Choosing the split of a node: the highest gain over all sources; ties go to the first source (this party's own columns come first), then
 * to the lowest presented candidate. Gains are doubles computed from exact sums, so every party that has the sums chooses alike.
 */
import { type Regularisation, splitGain, type WeightBounds } from './gain.ts';
import type { CandidateSource, CandidateSums } from './source.ts';

/** What choosing needs of a node. Sums are in the units of the sources (integers when quantised). */
export interface OpenNode {
  readonly g: number;
  readonly h: number;
  readonly bounds: WeightBounds;
  /** Training rows. */
  readonly count: number;
  /** Sum of the `min_child_samples` smallest h: a child with less holds fewer rows for certain. */
  readonly leastChildH: number;
  /** One per source. */
  readonly sums: readonly CandidateSums[];
}

export interface ChoiceRules extends Regularisation {
  readonly min_child_samples: number;
  readonly gScale: number;
  readonly hScale: number;
  /** May this candidate of this source be used in this tree (feature sampling)? */
  allowed(source: number, candidate: number): boolean;
}

export interface Choice {
  readonly source: number;
  readonly candidate: number;
  readonly gain: number;
  readonly gLeft: number;
  readonly hLeft: number;
}

/** `struck` holds the candidates ruled out for this node after their bits were seen, by source; a source in `closed` is not asked again. */
export interface Exclusions {
  readonly struck: readonly ReadonlySet<number>[];
  readonly closed: ReadonlySet<number>;
}

/** Best admissible split, or undefined where no split gains. */
export function bestSplit(
  node: OpenNode,
  sources: readonly CandidateSource[],
  rules: ChoiceRules,
  exclusions: Exclusions,
): Choice | undefined {
  let best: Choice | undefined;
  const g = node.g / rules.gScale;
  const h = node.h / rules.hScale;
  for (let s = 0; s < sources.length; s++) {
    if (exclusions.closed.has(s)) continue;
    const sums = node.sums[s];
    for (let c = 0; c < sums.g.length; c++) {
      if (!admissible(node, sums, c, rules) || exclusions.struck[s].has(c) || !rules.allowed(s, c)) continue;
      const gain = splitGain(sums.g[c] / rules.gScale, sums.h[c] / rules.hScale, g, h, rules, node.bounds, sources[s].sign(c));
      if (gain > (best?.gain ?? -Infinity)) best = { source: s, candidate: c, gain, gLeft: sums.g[c], hLeft: sums.h[c] };
    }
  }
  return best;
}

/** Exact row counts where the source knows them; else whatever the sums of h rule out for certain. */
function admissible(node: OpenNode, sums: CandidateSums, candidate: number, { min_child_samples }: ChoiceRules): boolean {
  if (sums.count) {
    const left = sums.count[candidate];
    return left >= min_child_samples && node.count - left >= min_child_samples;
  }
  return sums.h[candidate] >= node.leastChildH && node.h - sums.h[candidate] >= node.leastChildH;
}
