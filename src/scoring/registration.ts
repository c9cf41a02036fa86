/**
 * Registration: a fitted ensemble becomes two halves. L keeps integer leaf values and its own conditions; H gets the plan, the distinct
 * conjunctions of its own splits that lead to leaves, and pins its hash. Leaves that share a conjunction share a slot, so the plan says
 * nothing about trees, values or L's conditions.
 *
 * Score units: leaf values times 2^scaleBits, rounded once at registration; every later sum is exact. The score is units / 2^scaleBits and
 * differs from the margin in doubles by at most trees/2 units.
 */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, InputError } from '../base/index.ts';
import type { FeatureTable } from '../data/index.ts';
import { SLOT_PLAIN_MODULI } from '../he/index.ts';
import { type GbdtHolderModel, type GbdtModel, leafConditions, type OwnCondition, sigmoid } from '../learn/trees/index.ts';
import { compileConjunctions } from './conjunctions.ts';
import type { SessionTerms } from './session.ts';

/** t of tree scoring: 20 bits, so one answer tells at most 20 bits. */
export const SCORE_PLAIN_MODULUS = SLOT_PLAIN_MODULI[1];
const HALF = Number(SCORE_PLAIN_MODULUS >> 1n);
/** Conditions on one path: a tree's depth at most. */
const MAX_CONDITIONS = 16;
const MAX_PATHS = 8192;
/** Beyond 2^16 units to one, the doubles behind the leaves carry no more meaning. */
const MAX_SCALE_BITS = 16;

/** A conjunction of H's split bits. */
export type RemotePath = readonly { readonly splitId: number; readonly goesLeft: boolean }[];

/** What H is told of the model. */
export interface ScoringPlan {
  readonly paths: readonly RemotePath[];
}

interface RegisteredLeaf {
  readonly units: number;
  readonly own: readonly OwnCondition[];
  /** Index into the plan; -1 where the leaf has no condition of H's. */
  readonly path: number;
}

/** What L keeps. */
export interface RegisteredModel {
  readonly plan: ScoringPlan;
  readonly planHash: Uint8Array;
  /** One unit is 2^-scaleBits of margin. */
  readonly scaleBits: number;
  readonly baseUnits: number;
  readonly leaves: readonly RegisteredLeaf[];
}

/**
 * @throws InputError `ERR_SCORING_SEVERAL_HOLDERS` when a leaf depends on two holders (their bits cannot be multiplied without one
 * learning the other's), `ERR_SCORING_TOO_MANY_PATHS`, `ERR_SCORING_RANGE` when the ensemble's scores do not fit.
 */
export function registerModel(model: GbdtModel): RegisteredModel {
  const leaves = leafConditions(model);
  if (leaves.some(({ remote }) => new Set(remote.map(({ holder }) => holder)).size > 1)) {
    throw new InputError('ERR_SCORING_SEVERAL_HOLDERS', 'a leaf depends on splits of two holders', {
      help: 'Train with one feature holder for encrypted scoring.',
    });
  }
  const scaleBits = scaleFor(model);
  const scale = 2 ** scaleBits;
  const keys = new Map<string, RemotePath>();
  for (const { remote } of leaves)
    if (remote.length > 0)
      keys.set(
        pathKey(remote),
        remote.map(({ splitId, goesLeft }) => ({ splitId, goesLeft })),
      );
  const order = [...keys.keys()].sort();
  if (order.length > MAX_PATHS) {
    throw new InputError(
      'ERR_SCORING_TOO_MANY_PATHS',
      `the ensemble has ${order.length} distinct remote paths, one ciphertext carries ${MAX_PATHS}`,
      {
        help: 'Train fewer or shallower trees.',
      },
    );
  }
  const indexOf = new Map(order.map((key, i) => [key, i]));
  const plan = { paths: order.map((key) => sortedPath(keys.get(key) ?? [])) };
  return Object.freeze({
    plan,
    planHash: planHash(plan),
    scaleBits,
    baseUnits: Math.round(model.baseMargin * scale),
    leaves: leaves.map(({ value, own, remote }) => ({
      units: Math.round(value * scale),
      own,
      path: remote.length === 0 ? -1 : (indexOf.get(pathKey(remote)) as number),
    })),
  });
}

/** The largest power of two for which no sum of leaves leaves (-t/2, t/2). */
function scaleFor(model: GbdtModel): number {
  const bound = model.trees.reduce(
    (sum, tree) => sum + tree.nodes.reduce((max, node) => (node.kind === 'leaf' ? Math.max(max, Math.abs(node.value)) : max), 0),
    0,
  );
  for (let bits = MAX_SCALE_BITS; bits >= 6; bits--) if (bound * 2 ** bits + model.trees.length < HALF) return bits;
  throw new InputError('ERR_SCORING_RANGE', `the ensemble's margins reach ${bound.toFixed(1)}: too large for a 20-bit score`, {
    help: 'Lower learning_rate or n_estimators, or raise reg_lambda.',
  });
}

const sortedPath = (path: RemotePath): RemotePath => [...path].sort((a, b) => a.splitId - b.splitId);
const pathKey = (path: RemotePath): string =>
  sortedPath(path)
    .map(({ splitId, goesLeft }) => `${String(splitId).padStart(10, '0')}${goesLeft ? 'L' : 'R'}`)
    .join(' ');

export function encodePlan({ paths }: ScoringPlan): Uint8Array {
  const writer = new ByteWriter().u32(paths.length);
  for (const path of paths) {
    writer.u8(path.length);
    for (const { splitId, goesLeft } of path) writer.u32(splitId).u8(goesLeft ? 1 : 0);
  }
  return writer.finish();
}

/** H: every split must be one of its own; no path is empty. */
export function decodePlan(body: Uint8Array, model: GbdtHolderModel): ScoringPlan {
  const reader = new ByteReader(body, 'scoring/plan');
  const known = new Set(model.splits.map(({ splitId }) => splitId));
  const count = reader.u32('paths', MAX_PATHS);
  const paths = Array.from({ length: count }, () => {
    const length = reader.u8('conditions', MAX_CONDITIONS);
    if (length === 0) reader.fail('conditions', 'are empty');
    return Array.from({ length }, () => {
      const splitId = reader.u32('split');
      if (!known.has(splitId)) reader.fail('split', 'is not one of this holder');
      return { splitId, goesLeft: reader.bool('side') };
    });
  });
  reader.end();
  return { paths };
}

export const planHash = (plan: ScoringPlan): Uint8Array => new Uint8Array(createHash('sha256').update(encodePlan(plan)).digest());

/** Numbers both sides derive from the plan. */
export const scoreTerms = (plan: ScoringPlan, hash: Uint8Array): SessionTerms => ({
  planHash: hash,
  width: plan.paths.length,
  plainModulus: SCORE_PLAIN_MODULUS,
});

/** L: per row, the units that need nothing of H's and the vector over the plan's paths. */
export interface OwnHalf {
  readonly local: (row: number) => number;
  readonly vector: (row: number) => BigUint64Array;
}

/** @throws InputError `ERR_DATA_MISSING_COLUMN`. */
export function ownHalf(registered: RegisteredModel, table: FeatureTable): OwnHalf {
  const { leaves, plan, baseUnits } = registered;
  const splits = leaves.flatMap(({ own }) => own);
  let next = 0;
  const conditions = leaves.map(({ own }) => own.map(({ goesLeft }) => ({ split: next++, goesLeft })));
  const allowed = compileConjunctions(table, splits, conditions);
  const modulus = Number(SCORE_PLAIN_MODULUS);
  return {
    local(row) {
      allowed.read(row);
      return leaves.reduce((sum, { path, units }, leaf) => sum + (path < 0 && allowed.holds(leaf) ? units : 0), baseUnits);
    },
    vector(row) {
      allowed.read(row);
      const units = new Int32Array(plan.paths.length);
      for (let leaf = 0; leaf < leaves.length; leaf++) {
        const { path } = leaves[leaf];
        if (path >= 0 && allowed.holds(leaf)) units[path] += leaves[leaf].units;
      }
      const residues = new BigUint64Array(units.length);
      // The low words alone: t is below 2^32, and a BigInt an entry would cost more than the encryption.
      const low = new Uint32Array(residues.buffer);
      for (let i = 0; i < units.length; i++) low[2 * i] = units[i] < 0 ? units[i] + modulus : units[i];
      return residues;
    },
  };
}

/** H: a row's bits over the plan's paths. @throws InputError `ERR_DATA_MISSING_COLUMN`. */
export function pathBits(plan: ScoringPlan, model: GbdtHolderModel, table: FeatureTable): (row: number) => Uint8Array {
  const place = new Map(model.splits.map(({ splitId }, i) => [splitId, i]));
  const conditions = plan.paths.map((path) => path.map(({ splitId, goesLeft }) => ({ split: place.get(splitId) as number, goesLeft })));
  const paths = compileConjunctions(table, model.splits, conditions);
  return (row) => {
    paths.read(row);
    const bits = new Uint8Array(paths.count);
    for (let i = 0; i < bits.length; i++) bits[i] = paths.holds(i) ? 1 : 0;
    return bits;
  };
}

/** The same score in the clear, where one process may see both halves (tests, the demo's check). */
export function plainUnits(registered: RegisteredModel, own: OwnHalf, bits: (row: number) => Uint8Array, row: number): number {
  const vector = own.vector(row);
  const half = SCORE_PLAIN_MODULUS >> 1n;
  let sum = own.local(row);
  bits(row).forEach((bit, i) => {
    if (bit) sum += Number(vector[i] > half ? vector[i] - SCORE_PLAIN_MODULUS : vector[i]);
  });
  return registered.plan.paths.length === 0 ? own.local(row) : sum;
}

/** Score in units → probability of the positive class (logistic loss). */
export const unitsToProbability = (registered: Pick<RegisteredModel, 'scaleBits'>, units: number): number =>
  sigmoid(units / 2 ** registered.scaleBits);
