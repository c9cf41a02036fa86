/**
 * What the parties learn from vertical GBDT, in bits: an upper bound from the agreement before the job, and the count of a run after it.
 * The bounds hold for whatever the label party encrypts (security.md H5): a revealed sum carries at most log2 t bits, an answered split one
 * bit a row.
 */
import type { Disclosure } from '../../../protocol/index.ts';
import { type GbdtAgreement, maxVectors, paddedCandidates } from './agreement.ts';
import { sumPacking } from './sum-packing.ts';

/** What a run asked of one holder. */
export interface GbdtCounts {
  readonly trees: number;
  /** Nodes whose sums were asked. */
  readonly vectors: number;
  /** Splits whose bits were asked, those struck out included. */
  readonly splits: number;
  /** Messages those splits came in. */
  readonly rounds: number;
}

/** The most a session under this agreement can ask. */
export function mostCounts({ trees, startTree, maxDepth, attempts }: GbdtAgreement): GbdtCounts {
  const left = trees - startTree;
  return {
    trees: left,
    vectors: left * maxVectors(maxDepth),
    splits: left * attempts * (2 ** maxDepth - 1),
    rounds: left * attempts * maxDepth,
  };
}

/**
 * @param counts of a finished run; without it, the upper bound that the contract states.
 */
export function gbdtDisclosure(agreement: GbdtAgreement, counts: GbdtCounts = mostCounts(agreement)): Disclosure {
  const candidates = paddedCandidates(agreement.candidates, agreement.block);
  const entry = (party: 'label party' | 'feature holder', what: string, count: number, bitsEach: number) =>
    Object.freeze({ party, protocol: 'gbdt', what, count, bitsEach });
  const levels = counts.trees * agreement.maxDepth;
  return Object.freeze([
    entry(
      'label party',
      'sums of its own quantised gradients over the left side of each opaque candidate split, per node',
      counts.vectors * candidates,
      sumPacking(agreement.rows, agreement.levels).bits,
    ),
    entry(
      'label party',
      'left/right bits of the splits asked (rows inside the node, when it follows the protocol)',
      counts.splits * agreement.rows,
      1,
    ),
    entry('label party', 'number of candidate splits, padded', 1, Math.ceil(Math.log2(candidates))),
    ...(agreement.constrained ? [entry('label party', 'monotone sign of each candidate split', candidates, Math.log2(3))] : []),
    entry('feature holder', 'which of its candidates was chosen, per split asked', counts.splits, Math.log2(candidates)),
    entry('feature holder', 'how many nodes were asked at a level', levels, Math.log2(maxVectors(agreement.maxDepth) + 1)),
    entry('feature holder', 'in how many rounds a level took splits', levels, Math.log2(agreement.attempts + 1)),
    entry('feature holder', 'which of the splits asked the model uses', counts.splits, 1),
    entry('feature holder', 'number of trees grown', 1, Math.log2(agreement.trees + 1)),
  ]);
}
