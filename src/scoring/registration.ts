/**
 * Registration: a fitted ensemble becomes two halves. L keeps integer leaf values and its own conditions; H gets the plan, the distinct
 * conjunctions of its own splits that lead to leaves (`basis.ts`), and pins its hash. Leaves that share a conjunction share a slot, so the
 * plan says nothing about trees, values or L's conditions.
 *
 * Score units: leaf values times 2^scaleBits, rounded once at registration; every later sum is exact. The score is units / 2^scaleBits and
 * differs from the margin in doubles by at most trees/2 units.
 */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, InputError } from '../base/index.ts';
import type { FeatureTable } from '../data/index.ts';
import { SLOT_PLAIN_MODULI } from '../he/index.ts';
import { type GbdtHolderModel, type GbdtModel, leafConditions, type OwnCondition, sigmoid } from '../learn/trees/index.ts';
import { type PathTerm, pathBasis, type RemotePath } from './basis.ts';
import { compileConjunctions } from './conjunctions.ts';
import type { SessionTerms } from './session.ts';

/** t of tree scoring: 20 bits, so one answer tells at most 20 bits. */
export const SCORE_PLAIN_MODULUS = SLOT_PLAIN_MODULI[1];
const MODULUS = Number(SCORE_PLAIN_MODULUS);
const HALF = Number(SCORE_PLAIN_MODULUS >> 1n);
/** Conditions on one path: a tree's depth at most. */
const MAX_CONDITIONS = 16;
const MAX_PATHS = 8192;
/** Beyond 2^16 units to one, the doubles behind the leaves carry no more meaning. */
const MAX_SCALE_BITS = 16;

export type { RemotePath };

/** What H is told of the model. */
export interface ScoringPlan {
  readonly paths: readonly RemotePath[];
}

interface RegisteredLeaf {
  readonly units: number;
  readonly own: readonly OwnCondition[];
  /** Where its units go when its own conditions hold: paths of the plan, and -1 for what needs nothing of H's. */
  readonly terms: readonly PathTerm[];
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
  const basis = pathBasis(leaves.map(({ remote }) => remoteOf(remote)));
  if (basis.paths.length > MAX_PATHS) {
    throw new InputError(
      'ERR_SCORING_TOO_MANY_PATHS',
      `the ensemble has ${basis.paths.length} distinct remote paths, one query carries ${MAX_PATHS}`,
      { help: 'Train fewer or shallower trees.' },
    );
  }
  const plan = { paths: basis.paths };
  return Object.freeze({
    plan,
    planHash: planHash(plan),
    scaleBits,
    baseUnits: Math.round(model.baseMargin * scale),
    leaves: leaves.map(({ value, own, remote }) => ({ units: Math.round(value * scale), own, terms: basis.terms(remoteOf(remote)) })),
  });
}

const remoteOf = (path: RemotePath): RemotePath => path.map(({ splitId, goesLeft }) => ({ splitId, goesLeft }));

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
  /** In units, without the base and not yet reduced mod t. */
  readonly local: (row: number) => number;
  /** Residues mod t, one a path; overwritten by the next call. */
  readonly vector: (row: number) => Uint32Array;
}

/** @throws InputError `ERR_DATA_MISSING_COLUMN`. */
export function ownHalf(registered: RegisteredModel, table: FeatureTable): OwnHalf {
  const cases = ownCases(registered.leaves);
  const splits = cases.flatMap(({ own }) => own);
  let next = 0;
  const conditions = cases.map(({ own }) => own.map(({ goesLeft }) => ({ split: next++, goesLeft })));
  const allowed = compileConjunctions(table, splits, conditions);
  const { starts, paths, values } = flatTerms(cases);
  const constants = Float64Array.from(cases, ({ units }) => units.get(-1) ?? 0);
  const residues = new Uint32Array(registered.plan.paths.length);
  return {
    local(row) {
      const holds = allowed(row);
      let sum = 0;
      for (let i = 0; i < holds.length; i++) sum += holds[i] * constants[i];
      return sum;
    },
    vector(row) {
      const holds = allowed(row);
      residues.fill(0);
      for (let i = 0; i < holds.length; i++) {
        const end = holds[i] === 1 ? starts[i + 1] : 0;
        for (let at = starts[i]; at < end; at++) {
          const sum = residues[paths[at]] + values[at];
          residues[paths[at]] = sum >= MODULUS ? sum - MODULUS : sum;
        }
      }
      return residues;
    },
  };
}

/** What L adds up when its own conditions hold: units by path, -1 for what needs nothing of H's. */
interface OwnCase {
  readonly own: readonly OwnCondition[];
  readonly units: Map<number, number>;
}

/** Leaves under the same conditions of L are one case. */
function ownCases(leaves: readonly RegisteredLeaf[]): OwnCase[] {
  const cases = new Map<string, OwnCase>();
  for (const { own, units, terms } of leaves) {
    const key = JSON.stringify(own);
    const found = cases.get(key) ?? { own, units: new Map<number, number>() };
    cases.set(key, found);
    for (const { path, factor } of terms) found.units.set(path, (found.units.get(path) ?? 0) + units * factor);
  }
  return [...cases.values()];
}

/** The terms of all cases that do need H, one after the other, as residues mod t. */
function flatTerms(cases: readonly OwnCase[]): { starts: Uint32Array; paths: Uint32Array; values: Uint32Array } {
  const remote = cases.map(({ units }) => [...units].filter(([path]) => path >= 0).map(([path, sum]) => [path, residue(sum)] as const));
  const starts = new Uint32Array(cases.length + 1);
  remote.forEach((terms, i) => {
    starts[i + 1] = starts[i] + terms.length;
  });
  const flat = remote.flat();
  return { starts, paths: Uint32Array.from(flat, ([path]) => path), values: Uint32Array.from(flat, ([, value]) => value) };
}

/** L: a whole score from its own units and the decrypted sum: exact, because what the trees add up to lies in (-t/2, t/2). */
export function joinUnits({ baseUnits }: Pick<RegisteredModel, 'baseUnits'>, local: number, remote: number): number {
  const sum = residue(local + remote);
  return baseUnits + (sum > HALF ? sum - MODULUS : sum);
}

const residue = (units: number): number => ((units % MODULUS) + MODULUS) % MODULUS;

/** H: a row's bits over the plan's paths; overwritten by the next call. @throws InputError `ERR_DATA_MISSING_COLUMN`. */
export function pathBits(plan: ScoringPlan, model: GbdtHolderModel, table: FeatureTable): (row: number) => Uint8Array {
  const place = new Map(model.splits.map(({ splitId }, i) => [splitId, i]));
  const conditions = plan.paths.map((path) => path.map(({ splitId, goesLeft }) => ({ split: place.get(splitId) as number, goesLeft })));
  return compileConjunctions(table, model.splits, conditions);
}

/** The same score in the clear, where one process may see both halves (tests, the demo's check). */
export function plainUnits(registered: RegisteredModel, own: OwnHalf, bits: (row: number) => Uint8Array, row: number): number {
  const vector = own.vector(row);
  const sum = bits(row).reduce((total, bit, path) => total + (bit ? vector[path] : 0), 0);
  return joinUnits(registered, own.local(row), sum);
}

/** Score in units → probability of the positive class (logistic loss). */
export const unitsToProbability = (registered: Pick<RegisteredModel, 'scaleBits'>, units: number): number =>
  sigmoid(units / 2 ** registered.scaleBits);
