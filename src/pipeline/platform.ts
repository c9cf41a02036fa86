/**
 * The platform's half of every step, as handlers a node registers. A handler reads only the columns the policy allowed, only aligned rows,
 * and debits the caller's budget before an answer leaves.
 */
import { type Executor, InputError, type Progress, RefusedError, type SecureRandom } from '../base/index.ts';
import { capacityBands } from '../credit/index.ts';
import { type FeatureTable, selectColumns, selectRows } from '../data/index.ts';
import { featureHolder } from '../federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../he/index.ts';
import { safeSupport } from '../learn/trees/index.ts';
import { jobSlot, type StepContext, type StepHandler, type StepHandlers } from '../node/index.ts';
import { disclosureBits } from '../protocol/index.ts';
import { psiDisclosure, sender } from '../psi/index.ts';
import { answerLimits, answerScores, SCORE_PLAIN_MODULUS } from '../scoring/index.ts';
import { ALIGNMENT, type Artifact, find, HOLDER_MODEL, keep, need } from './artifacts.ts';
import type { Asset, AssetLibrary } from './assets.ts';
import { capacityOf, type JobParameters, parametersOf, splitOf } from './contract.ts';

export interface PlatformPorts {
  readonly assets: AssetLibrary;
  readonly engine: HeEngine;
  readonly executor: Executor;
  readonly random: SecureRandom;
  readonly progress?: Progress;
}

/** How often one aligned row may be scored, and how often it may get a limit, in one job: a run, and a few repeats after a failure. */
const ANSWERS_A_ROW = 4;
const SCORE_BITS = Math.ceil(Math.log2(Number(SCORE_PLAIN_MODULUS)));

const PLAN_HASH: Artifact<Uint8Array> = { key: 'plan-hash', madeBy: 'score', encode: (hash) => hash, decode: (hash) => hash };
const FINGERPRINT: Artifact<string> = {
  key: 'fingerprint',
  madeBy: 'align',
  encode: (hex) => new TextEncoder().encode(hex),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

export function platformHandlers(ports: PlatformPorts): StepHandlers {
  return Object.freeze({ align: align(ports), train: train(ports), score: score(ports), limit: limit(ports) });
}

function align({ assets, executor, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const asset = await assets.load(context.asset);
    const { maxRows } = context.contract.terms;
    await context.debit(disclosureBits(psiDisclosure(maxRows, asset.table.rows), 'label party'));
    const options = { maxOwnRows: asset.table.rows, maxPeerRows: maxRows };
    const alignment = await sender(
      channel,
      { ids: asset.table.ids, context: context.contract.hash, options },
      { executor, random, progress, signal: context.signal },
    );
    for (const stale of [HOLDER_MODEL.key, PLAN_HASH.key]) await context.store.delete(stale);
    // Counters go by the rows of this very file; another file has other rows.
    if ((await find(context.store, FINGERPRINT)) !== asset.fingerprint) {
      for (const what of ['scores', 'limits'] as const) await context.store.delete(counterOf(what).key);
    }
    await keep(context.store, FINGERPRINT, asset.fingerprint);
    await keep(context.store, ALIGNMENT, alignment);
  };
}

function train({ assets, engine, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const { aligned, parameters } = await alignedTable(assets, context);
    const rows = splitOf(parameters, aligned.rows).train;
    const table = selectRows(selectColumns(aligned, parameters.features), rows);
    const minSupport = Math.max(context.contract.terms.minSupport, context.contract.terms.minSupport < 100 ? 1 : safeSupport(table.rows));
    const { maxTrees, maxDepth } = context.contract.terms;
    const { model } = await featureHolder(
      channel,
      { table, options: { minSupport }, limits: { maxTrees, maxDepth } },
      { engine, random, progress, logger: context.logger, signal: context.signal, debit: (bits) => context.debit(bits) },
    );
    await context.store.delete(PLAN_HASH.key);
    await keep(context.store, HOLDER_MODEL, model);
  };
}

function score({ assets, engine, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const { aligned, ownRows } = await alignedTable(assets, context);
    const model = await need(context.store, HOLDER_MODEL);
    const pinned = await find(context.store, PLAN_HASH);
    await answerScores(
      channel,
      {
        model,
        table: aligned,
        ...(pinned && { pinned }),
        pin: (hash) => keep(context.store, PLAN_HASH, hash),
        authorise: counted(context, 'scores', ownRows),
        maxCiphertexts: mostCiphertexts(aligned.rows),
      },
      { engine, random, progress, logger: context.logger, signal: context.signal },
    );
  };
}

function limit({ assets, engine, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const { aligned, parameters, ownRows } = await alignedTable(assets, context);
    const capacity = capacityOf(parameters);
    if (!capacity) throw new RefusedError('ERR_REFUSED_NO_CAPACITY', 'the contract has no capacity form, so no limit can be set under it');
    await answerLimits(
      channel,
      {
        planHash: capacity.hash,
        capacityBands: capacity.form.edges.length + 1,
        bands: capacityBands(capacity.form, aligned),
        rows: aligned.rows,
        authorise: counted(context, 'limits', ownRows),
        maxCiphertexts: mostCiphertexts(aligned.rows),
      },
      { engine, random, progress, logger: context.logger, signal: context.signal },
    );
  };
}

/** A row a ciphertext, at the worst: single queries. */
const mostCiphertexts = (rows: number): number => ANSWERS_A_ROW * rows + 64;

interface AlignedRows {
  /** The job's columns over aligned rows, in the common order. */
  readonly aligned: FeatureTable;
  readonly parameters: JobParameters;
  /** The asset's row behind each aligned one: the same firm whatever the order of an alignment. */
  readonly ownRows: Uint32Array;
}

async function alignedTable(assets: AssetLibrary, context: StepContext): Promise<AlignedRows> {
  const { rows } = await need(context.store, ALIGNMENT);
  const asset = await assets.load(context.asset);
  await assertSameRows(asset, context);
  const aligned = selectRows(selectColumns(asset.table, context.columns), rows);
  return { aligned, parameters: parametersOf(context.contract), ownRows: rows };
}

async function assertSameRows({ fingerprint }: Asset, { store, asset }: StepContext): Promise<void> {
  if ((await find(store, FINGERPRINT)) === fingerprint) return;
  throw new InputError('ERR_JOB_DATA_CHANGED', `the rows of the asset "${asset}" are not those the job was aligned on`, {
    help: 'Align again.',
  });
}

/** Sessions of one job take turns at its counters. */
const COUNTERS = jobSlot<{ turn: Promise<unknown> }>('row-counters');

/** Answers given so far, by row of the asset: aligning again changes the order of rows and must not open the count again. */
const counterOf = (what: 'scores' | 'limits'): Artifact<Uint8Array> => ({
  key: `answered-${what}`,
  madeBy: what,
  encode: (bytes) => bytes,
  decode: (bytes) => bytes.slice(),
});

/** Counts answers by firm on the disk and debits the peer, before anything is answered. */
function counted(context: StepContext, what: 'scores' | 'limits', ownRows: Uint32Array): (asked: Uint32Array) => Promise<Uint8Array> {
  const counter = counterOf(what);
  const size = ownRows.reduce((most, row) => Math.max(most, row + 1), 0);
  const turns = context.memory.get(COUNTERS) ?? { turn: Promise.resolve() };
  context.memory.set(COUNTERS, turns);
  const count = async (asked: Uint32Array): Promise<Uint8Array> => {
    const stored = (await find(context.store, counter)) ?? new Uint8Array(0);
    const answered = new Uint8Array(Math.max(size, stored.length));
    answered.set(stored);
    if (asked.some((row) => answered[ownRows[row]] >= ANSWERS_A_ROW)) {
      throw new RefusedError('ERR_REFUSED_ROW_BUDGET', `a firm has been answered ${ANSWERS_A_ROW} times in this job; that is the most`, {
        help: 'Use the stored scores and limits, or start a job under a new contract.',
      });
    }
    await context.debit(asked.length * SCORE_BITS);
    for (const row of asked) answered[ownRows[row]]++;
    await keep(context.store, counter, answered);
    return new Uint8Array(asked.length).fill(1);
  };
  return (asked) => {
    const result = turns.turn.then(() => count(asked));
    turns.turn = result.catch(() => {});
    return result;
  };
}
