/** What the platform's steps share: the aligned rows of a job, and the count of answers a firm has been given. */
import { type Executor, InputError, type Progress, RefusedError, type SecureRandom } from '../base/index.ts';
import { type FeatureTable, selectColumns, selectRows } from '../data/index.ts';
import type { HeEngine } from '../he/index.ts';
import { type JobSlot, jobSlot, type StepContext } from '../node/index.ts';
import { ALIGNMENT, type Artifact, find, keep, need } from './artifacts.ts';
import type { Asset, AssetLibrary } from './assets.ts';
import { ANSWERS_A_ROW, answersEver, type JobParameters, parametersOf, splitOf } from './contract.ts';

export interface PlatformPorts {
  readonly assets: AssetLibrary;
  readonly engine: HeEngine;
  readonly executor: Executor;
  readonly random: SecureRandom;
  readonly progress?: Progress;
}

export const PLAN_HASH: Artifact<Uint8Array> = { key: 'plan-hash', madeBy: 'score', encode: (hash) => hash, decode: (hash) => hash };
export const FINGERPRINT: Artifact<string> = {
  key: 'fingerprint',
  madeBy: 'align',
  encode: (hex) => new TextEncoder().encode(hex),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

/** A row a ciphertext, at the worst: single queries. */
export const mostCiphertexts = (rows: number): number => answersEver(rows) + 64;

export interface AlignedRows {
  /** The job's columns over aligned rows, in the common order. */
  readonly aligned: FeatureTable;
  readonly parameters: JobParameters;
  /** Columns of the job whose values are codes without an order. */
  readonly categorical: ReadonlySet<string>;
  /** The asset's row behind each aligned one: the same firm whatever the order of an alignment. */
  readonly ownRows: Uint32Array;
  /** Of the asset's list of rows. */
  readonly fingerprint: string;
}

export async function alignedTable(assets: AssetLibrary, context: StepContext): Promise<AlignedRows> {
  const { rows } = await need(context.store, ALIGNMENT);
  const asset = await assets.load(context.asset);
  await assertSameRows(asset, context);
  const aligned = selectRows(selectColumns(asset.table, context.columns), rows);
  return {
    aligned,
    parameters: parametersOf(context.contract),
    categorical: asset.categorical,
    ownRows: rows,
    fingerprint: asset.fingerprint,
  };
}

/** The features to train on, over training rows. */
export async function trainingTable(assets: AssetLibrary, context: StepContext): Promise<AlignedRows & { readonly table: FeatureTable }> {
  const found = await alignedTable(assets, context);
  const rows = splitOf(found.parameters, found.aligned.rows).train;
  return { ...found, table: selectRows(selectColumns(found.aligned, found.parameters.features), rows) };
}

async function assertSameRows({ fingerprint }: Asset, { store, asset }: StepContext): Promise<void> {
  if ((await find(store, FINGERPRINT)) === fingerprint) return;
  throw new InputError('ERR_JOB_DATA_CHANGED', `the rows of the asset "${asset}" are not those the job was aligned on`, {
    help: 'Align again.',
  });
}

/** Who has the turn at something of a job that several sessions read and write. */
export interface Turns {
  turn: Promise<unknown>;
}
const COUNTERS = jobSlot<Turns>('row-counters');

/** Runs one after the other what sessions of a job do at one place. A turn at the counters may be taken within one at another place, not the reverse. */
export function inTurn<T>({ memory }: StepContext, work: () => Promise<T>, place: JobSlot<Turns>): Promise<T> {
  const turns = memory.get(place) ?? { turn: Promise.resolve() };
  memory.set(place, turns);
  const result = turns.turn.then(work);
  turns.turn = result.catch(() => {});
  return result;
}

/** Answers given so far, by row of the asset: aligning again changes the order of rows and must not open the count again. */
export const counterOf = (what: 'scores' | 'limits'): Artifact<Uint8Array> => ({
  key: `answered-${what}`,
  madeBy: what,
  encode: (bytes) => bytes,
  decode: (bytes) => bytes.slice(),
});

/**
 * Counts answers by firm on the disk and debits the peer, before anything is answered.
 * @param bits of one answer
 */
export function counted(
  context: StepContext,
  what: 'scores' | 'limits',
  ownRows: Uint32Array,
  bits: number,
): (asked: Uint32Array) => Promise<Uint8Array> {
  const counter = counterOf(what);
  const size = ownRows.reduce((most, row) => Math.max(most, row + 1), 0);
  const count = async (asked: Uint32Array): Promise<Uint8Array> => {
    const stored = (await find(context.store, counter)) ?? new Uint8Array(0);
    const answered = new Uint8Array(Math.max(size, stored.length));
    answered.set(stored);
    if (asked.some((row) => answered[ownRows[row]] >= ANSWERS_A_ROW)) {
      throw new RefusedError('ERR_REFUSED_ROW_BUDGET', `a firm has been answered ${ANSWERS_A_ROW} times in this job; that is the most`, {
        help: 'Use the stored scores and limits, or start a job under a new contract.',
      });
    }
    await context.debit(asked.length * bits);
    for (const row of asked) answered[ownRows[row]]++;
    await keep(context.store, counter, answered);
    return new Uint8Array(asked.length).fill(1);
  };
  return (asked) => inTurn(context, () => count(asked), COUNTERS);
}
