/**
 * Going on after a crash (security.md T54): an interrupted `train` or `run`, started again by the same command, repeats no finished tree and
 * no finished step. Keys, masks and sessions are never part of it: every session draws its own.
 *
 * | kept under | by | holds | until |
 * |---|---|---|---|
 * | training | label party | finished trees and margins, as secret as its labels | training ends |
 * | holder-training | feature holder | thresholds of its own that were asked | the model is first used, or firms are aligned again |
 * | run | label party | which steps of a run are finished | the run ends, or firms are aligned again |
 *
 * Each is bound by a hash to the contract and to the very data it was made from; whatever does not fit is thrown away, never mended. All of it
 * lies in the job store: whole or not there, closed to other users. Nothing of the other party's is in it.
 */
import { createHash } from 'node:crypto';
import { FedcreditError } from '../base/index.ts';
import type { FeatureTable } from '../data/index.ts';
import type { GbdtCheckpoint, GbdtHolderCheckpoint } from '../federated/vertical/gbdt/index.ts';
import { type Contract, canonicalJson, type JobStore, type StepContext } from '../node/index.ts';
import { ALIGNMENT, type Artifact, find, keep, stepReport } from './artifacts.ts';
import { assertUnregistered } from './registrations.ts';
import type { BankDesk } from './step.ts';
import type { StepName, StepReport } from './summary.ts';

interface Bound<T> {
  /** Hex SHA-256 of everything the value depends on. */
  readonly binding: string;
  readonly value: T;
}

const bound = <T>(key: string): Artifact<Bound<T>> => ({
  key,
  madeBy: 'train',
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Bound<T>,
});

const TRAINING = bound<GbdtCheckpoint>('training');
export const HOLDER_TRAINING = bound<GbdtHolderCheckpoint>('holder-training');
const RUN = bound<readonly StepName[]>('run');

/** Of a contract and the rows, columns and labels this party brings to it. */
export function bindingOf(
  { hash }: Contract,
  { rows, columns }: Pick<FeatureTable, 'rows' | 'columns'>,
  more: readonly unknown[] = [],
): string {
  const sum = createHash('sha256').update(canonicalJson([hash, rows, [...columns.keys()], ...more.map(String)]));
  for (const values of columns.values()) sum.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return sum.digest('hex');
}

/** The value, if it is bound to this; a value bound to something else is deleted. */
async function held<T>(store: JobStore, artifact: Artifact<Bound<T>>, binding: string): Promise<{ value?: T; stale: boolean }> {
  const found = await find(store, artifact);
  if (found === undefined) return { stale: false };
  if (found.binding === binding) return { value: found.value, stale: false };
  await store.delete(artifact.key);
  return { stale: true };
}

/** What `labelParty` is given beside its data. */
interface LabelHooks {
  readonly resume?: GbdtCheckpoint;
  readonly checkpoint: (state: GbdtCheckpoint) => Promise<void>;
}

/**
 * Runs a training that goes on from the last finished tree, and says so. A platform that no longer has its half costs the trees, not the job.
 * @param binding of contract, training rows and labels
 */
export async function resumedTraining(
  desk: BankDesk,
  binding: string,
  train: (hooks: LabelHooks) => Promise<StepReport>,
): Promise<StepReport> {
  const checkpoint = (value: GbdtCheckpoint): Promise<void> => keep(desk.store, TRAINING, { binding, value });
  const { value: resume, stale } = await held(desk.store, TRAINING, binding);
  if (stale) desk.notice?.('The trees of a training that was broken off belong to other data or another contract: training starts anew.');
  const report = resume ? await goOn(desk, resume, train, checkpoint) : await train({ checkpoint });
  await desk.store.delete(TRAINING.key);
  return report;
}

async function goOn(
  desk: BankDesk,
  resume: GbdtCheckpoint,
  train: (hooks: LabelHooks) => Promise<StepReport>,
  checkpoint: LabelHooks['checkpoint'],
): Promise<StepReport> {
  const trees = resume.state.trees.length;
  desk.notice?.(
    `Training was broken off after ${trees} ${trees === 1 ? 'tree' : 'trees'} of ${resume.config.n_estimators}: it goes on from there.`,
  );
  try {
    return await train({ resume, checkpoint });
  } catch (error) {
    if (codeOf(error) !== 'ERR_GBDT_RESUME') throw error;
    await desk.store.delete(TRAINING.key);
    desk.notice?.(
      'The parameters of the training changed, or the platform no longer has its half of the finished trees: training starts anew.',
    );
    return train({ checkpoint });
  }
}

/** What `featureHolder` is given beside its data. */
export async function holderHooks(
  { store, contract }: Pick<StepContext, 'store' | 'contract'>,
  table: FeatureTable,
): Promise<{ readonly resume?: GbdtHolderCheckpoint; readonly checkpoint: (state: GbdtHolderCheckpoint) => Promise<void> }> {
  const binding = bindingOf(contract, table);
  const { value: resume } = await held(store, HOLDER_TRAINING, binding);
  return { ...(resume && { resume }), checkpoint: (value) => keep(store, HOLDER_TRAINING, { binding, value }) };
}

/** Rows are aligned anew: nothing that goes by their order is good any more, the order itself first of all. */
export async function forgetProgress(store: JobStore): Promise<void> {
  for (const { key } of [RUN, TRAINING, ALIGNMENT]) await store.delete(key);
}

/** Does the steps of a run that are not done yet; `step` returns the stored report of one that is. */
export interface RunJournal {
  step(name: StepName, work: () => Promise<StepReport>): Promise<StepReport>;
}

/** What a platform says when it cannot go on from where the bank is: restored from a backup, cleared, or aligned by another run since. */
const OUT_OF_STEP: ReadonlySet<string> = new Set([
  'ERR_JOB_STEP_MISSING',
  'ERR_JOB_DATA_CHANGED',
  'ERR_REFUSED_JOB_STATE',
  'ERR_REFUSED',
  'ERR_SCORING_PLAN_CHANGED',
  'ERR_PEER_PROTOCOL',
]);

/**
 * Runs `steps` from the first unfinished one, and says so; from the beginning where the platform cannot follow.
 * The caller ends the run by `finish` once its results are written.
 */
export async function journaled<T>(
  desk: BankDesk,
  steps: (journal: RunJournal) => Promise<T>,
): Promise<{ result: T; finish: () => Promise<void> }> {
  const { labels, fingerprint, table } = desk.asset;
  const binding = bindingOf(desk.contract, table, [
    desk.job.model,
    fingerprint,
    labels ? createHash('sha256').update(labels).digest('hex') : '',
  ]);
  const { value: done = [] } = await held(desk.store, RUN, binding);
  const finish = (): Promise<void> => desk.store.delete(RUN.key);
  const from = (finished: readonly StepName[]) => steps(journalOf(desk.store, binding, [...finished]));
  if (done.length === 0) return { result: await from([]), finish };
  desk.notice?.(
    `A run of this job was broken off after "${done[done.length - 1]}": it goes on from there. "fedcredit align" makes it start anew.`,
  );
  try {
    return { result: await from(done), finish };
  } catch (error) {
    if (!OUT_OF_STEP.has(codeOf(error))) throw error;
    await assertUnregistered(desk, error);
    await forgetProgress(desk.store);
    desk.notice?.(`${desk.job.peer} cannot go on from there: the run starts anew.`);
    return { result: await from([]), finish };
  }
}

function journalOf(store: JobStore, binding: string, done: StepName[]): RunJournal {
  return {
    async step(name, work) {
      const stored = done.includes(name) ? await find(store, stepReport(name)) : undefined;
      if (stored) return stored;
      const report = await work();
      if (!done.includes(name)) done.push(name);
      await keep(store, RUN, { binding, value: done });
      return report;
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof FedcreditError ? error.code : '');
