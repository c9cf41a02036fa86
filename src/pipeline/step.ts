/** What a step at the bank works with, and how it is run and reported. The steps themselves are in `bank.ts` and `models/`. */
import { type Clock, type Executor, InputError, type Logger, type Progress, type SecureRandom } from '../base/index.ts';
import type { LimitPolicy } from '../credit/index.ts';
import { type FeatureTable, selectColumns, selectRows } from '../data/index.ts';
import type { HeEngine } from '../he/index.ts';
import type { Caller, CallerStepContext, Contract, JobStore, StepResult } from '../node/index.ts';
import { type Disclosure, type MeteredChannel, type Traffic, totalBytes } from '../protocol/index.ts';
import { ALIGNMENT, keep, need, stepReport } from './artifacts.ts';
import type { Asset } from './assets.ts';
import { parametersOf, type RowSplit, splitOf } from './contract.ts';
import type { JobSpec } from './job.ts';
import type { StepName, StepReport } from './summary.ts';

/** Everything a step at the bank works with. */
export interface BankDesk {
  readonly job: JobSpec;
  readonly contract: Contract;
  readonly caller: Caller;
  readonly store: JobStore;
  /** Own rows with consent, all columns of the job. */
  readonly asset: Asset;
  readonly policy: LimitPolicy | undefined;
  readonly engine: HeEngine;
  readonly executor: Executor;
  readonly random: SecureRandom;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly logger: Logger;
  /** A sentence for the operator: that a job goes on, or starts anew. */
  readonly notice?: (sentence: string) => void;
}

/** Own columns and labels over aligned rows, in the common order. */
export interface AlignedOwn {
  readonly table: FeatureTable;
  readonly labels: Uint8Array;
  readonly split: RowSplit;
}

export async function alignedOwn(desk: BankDesk): Promise<AlignedOwn> {
  const { rows } = await need(desk.store, ALIGNMENT);
  const { table, labels } = desk.asset;
  if (!labels)
    throw new InputError('ERR_JOB_NO_LABEL', `the asset "${desk.job.data}" has no label column`, {
      help: 'Name it in bank.yaml: "label: …".',
    });
  const columns = desk.job.columns ?? [...table.columns.keys()];
  return {
    table: selectRows(selectColumns(table, columns), rows),
    labels: Uint8Array.from(rows, (row) => labels[row]),
    split: splitOf(parametersOf(desk.contract), rows.length),
  };
}

/** Own training rows. */
export function trainingOf({ table, labels, split }: AlignedOwn): { readonly table: FeatureTable; readonly labels: Uint8Array } {
  return { table: selectRows(table, split.train), labels: Uint8Array.from(split.train, (row) => labels[row]) };
}

/** The aligned rows the job scores. */
export function rowsToScore({ job }: BankDesk, { table, split }: AlignedOwn): Uint32Array {
  if (job.score === 'test' && split.test.length > 0) return split.test;
  return Uint32Array.from({ length: table.rows }, (_, row) => row);
}

type Work = (channel: MeteredChannel, context: CallerStepContext) => Promise<Pick<StepReport, 'disclosure' | 'facts'>>;

/** Runs a step over a session and keeps its report. */
export async function reported(desk: BankDesk, step: StepName, work: Work): Promise<StepReport> {
  const started = desk.clock.now();
  const done: StepResult<{ disclosure: Disclosure; facts: StepReport['facts'] }> = await desk.caller.step(step, desk.contract, work);
  const report: StepReport = {
    step,
    seconds: (desk.clock.now() - started) / 1000,
    bytesSent: totalBytes(done.traffic.sent),
    bytesReceived: totalBytes(done.traffic.received),
    bytesByKind: bytesByKind(done.traffic),
    ...done.result,
  };
  await keep(desk.store, stepReport(step), report);
  return report;
}

function bytesByKind({ sent, received }: Traffic): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [kind, { bytes }] of [...Object.entries(sent), ...Object.entries(received)]) sums[kind] = (sums[kind] ?? 0) + bytes;
  return sums;
}
