/**
 * The fitted model of the label party and the part a feature holder keeps. Both are plain JSON: an opaque split id joins them. The label
 * party's model says nothing about a holder's features, the holder's nothing about leaves.
 */
import { InputError } from '../../base/index.ts';
import { column, type FeatureTable } from '../../data/index.ts';
import { goesLeft, type Threshold } from './bins.ts';
import { predictionOf } from './objective.ts';
import type { GbdtObjective } from './parameters.ts';
import type { ModelSplit } from './source.ts';

/** Training figures of a node: sum of real hessians and number of training rows. They stay with the label party. */
interface NodeFigures {
  readonly cover: number;
  readonly count: number;
}

export type GbdtNode =
  | ({
      readonly kind: 'split';
      readonly split: ModelSplit;
      readonly left: number;
      readonly right: number;
      readonly gain: number;
    } & NodeFigures)
  /** `value` is what the leaf adds to the margin, shrinkage applied. */
  | ({ readonly kind: 'leaf'; readonly value: number } & NodeFigures);

/** Node 0 is the root; children come after their parent. */
export interface GbdtTree {
  readonly nodes: readonly GbdtNode[];
}

export interface GbdtModel {
  readonly format: 'fedcredit-gbdt';
  readonly version: 1;
  readonly objective: GbdtObjective;
  /** Margin before the first tree (log-odds for logistic loss). */
  readonly baseMargin: number;
  /** This party's features, in the order of its table. */
  readonly features: readonly string[];
  /** Holders that own remote splits. */
  readonly holders: readonly string[];
  readonly trees: readonly GbdtTree[];
}

export interface HolderSplit extends Threshold {
  readonly splitId: number;
}

/** What a feature holder keeps: its thresholds under the ids the label party knows. */
export interface GbdtHolderModel {
  readonly format: 'fedcredit-gbdt-holder';
  readonly version: 1;
  readonly splits: readonly HolderSplit[];
}

/** A holder's answer for one of its splits: 1 per row that goes left. */
export type RemoteBits = (holder: string, splitId: number) => Uint8Array;

/** Bits of every split of a holder's model over its own rows, for evaluations in the clear and for the holder's half of scoring. */
export function holderBits(model: GbdtHolderModel, table: FeatureTable): ReadonlyMap<number, Uint8Array> {
  return new Map(
    model.splits.map((split) => [split.splitId, Uint8Array.from(column(table, split.feature), (v) => (goesLeft(v, split) ? 1 : 0))]),
  );
}

/**
 * Margins of all rows: base margin plus one leaf of each tree.
 * @param remote bits of remote splits; needed when the model has any.
 * @throws InputError `ERR_DATA_MISSING_COLUMN`, `ERR_LEARN_REMOTE_SPLIT` when bits are needed and not given.
 */
export function predictMargins(model: GbdtModel, table: FeatureTable, remote?: RemoteBits): Float64Array {
  const margins = new Float64Array(table.rows).fill(model.baseMargin);
  for (const tree of model.trees) {
    const leaves = leafOfRows(tree, table, remote);
    for (let row = 0; row < table.rows; row++) {
      const node = tree.nodes[leaves[row]];
      if (node.kind === 'leaf') margins[row] += node.value;
    }
  }
  return margins;
}

/** Predictions of all rows: probabilities for logistic loss. @throws InputError as `predictMargins`. */
export function predict(model: GbdtModel, table: FeatureTable, remote?: RemoteBits): Float64Array {
  return predictMargins(model, table, remote).map((margin) => predictionOf(model.objective, margin));
}

/** Index of the leaf that each row reaches. */
export function leafOfRows(tree: GbdtTree, table: FeatureTable, remote?: RemoteBits): Uint32Array {
  const at = new Uint32Array(table.rows);
  tree.nodes.forEach((node, index) => {
    if (node.kind === 'leaf') return;
    const left = leftOf(node.split, table, remote);
    for (let row = 0; row < at.length; row++) if (at[row] === index) at[row] = left(row) ? node.left : node.right;
  });
  return at;
}

function leftOf(split: ModelSplit, table: FeatureTable, remote: RemoteBits | undefined): (row: number) => boolean {
  if (split.kind === 'local') {
    const values = column(table, split.feature);
    return (row) => goesLeft(values[row], split);
  }
  if (!remote) {
    throw new InputError('ERR_LEARN_REMOTE_SPLIT', `the model has splits of holder "${split.holder}"`, {
      help: 'Score it with that holder (encrypted scoring); in the clear it can be evaluated only where the holder gives its bits.',
    });
  }
  const bits = remote(split.holder, split.splitId);
  return (row) => bits[row] === 1;
}

/** A local condition on the way to a leaf. */
export interface OwnCondition extends Threshold {
  readonly goesLeft: boolean;
}

/** A remote condition on the way to a leaf. */
export interface RemoteCondition {
  readonly holder: string;
  readonly splitId: number;
  readonly goesLeft: boolean;
}

/** One leaf and everything that must hold for a row to reach it. */
export interface LeafConditions {
  readonly tree: number;
  readonly leaf: number;
  readonly value: number;
  readonly own: readonly OwnCondition[];
  readonly remote: readonly RemoteCondition[];
}

/** All leaves of all trees, in order; exactly one leaf of each tree has all its conditions met by a row. */
export function leafConditions(model: GbdtModel): LeafConditions[] {
  return model.trees.flatMap((tree, t) => {
    const leaves: LeafConditions[] = [];
    const walk = (index: number, own: readonly OwnCondition[], remote: readonly RemoteCondition[]): void => {
      const node = tree.nodes[index];
      if (node.kind === 'leaf') {
        leaves.push({ tree: t, leaf: index, value: node.value, own, remote });
        return;
      }
      for (const side of [true, false]) {
        const { split } = node;
        const child = side ? node.left : node.right;
        if (split.kind === 'remote') walk(child, own, [...remote, { holder: split.holder, splitId: split.splitId, goesLeft: side }]);
        else
          walk(
            child,
            [...own, { feature: split.feature, threshold: split.threshold, missingLeft: split.missingLeft, goesLeft: side }],
            remote,
          );
      }
    };
    walk(0, [], []);
    return leaves;
  });
}

/** Sums over the splits of one feature; all splits of a holder are one opaque entry. */
export interface FeatureImportance {
  /** Feature name, or the holder's name for remote splits. */
  readonly name: string;
  readonly remote: boolean;
  readonly gain: number;
  readonly cover: number;
  readonly count: number;
}

/** Importance by total gain, highest first (XGBoost's total_gain, total_cover, weight). */
export function featureImportance(model: GbdtModel): FeatureImportance[] {
  const sums = new Map<string, FeatureImportance>();
  for (const node of model.trees.flatMap((tree) => tree.nodes)) {
    if (node.kind === 'leaf') continue;
    const remote = node.split.kind === 'remote';
    const name = node.split.kind === 'remote' ? node.split.holder : node.split.feature;
    const key = `${remote}/${name}`;
    const sum = sums.get(key) ?? { name, remote, gain: 0, cover: 0, count: 0 };
    sums.set(key, { ...sum, gain: sum.gain + node.gain, cover: sum.cover + node.cover, count: sum.count + 1 });
  }
  return [...sums.values()].sort((a, b) => b.gain - a.gain);
}

/** Ids of one holder's splits that the model uses, ascending. */
export function usedSplits(model: GbdtModel, holder: string): number[] {
  const ids = new Set<number>();
  for (const node of model.trees.flatMap((tree) => tree.nodes)) {
    if (node.kind === 'split' && node.split.kind === 'remote' && node.split.holder === holder) ids.add(node.split.splitId);
  }
  return [...ids].sort((a, b) => a - b);
}
