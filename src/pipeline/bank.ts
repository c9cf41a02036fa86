/**
 * The bank's half of every step. Each step opens one session with the platform, keeps its result in the bank's own job store, and reports
 * time, bytes and disclosure. `run.ts` puts them in order; the commands run them one by one.
 */
import { type Clock, type Executor, InputError, type Logger, type Progress, type SecureRandom } from '../base/index.ts';
import { compileLimitTable, type LimitPolicy, type LimitTable, limitFromUnits, scoreBand, scoreEdges, tableRow } from '../credit/index.ts';
import { type FeatureTable, selectColumns, selectRows } from '../data/index.ts';
import { labelParty } from '../federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../he/index.ts';
import { binaryMetrics } from '../learn/index.ts';
import { fitGbdt, predict } from '../learn/trees/index.ts';
import type { Caller, CallerStepContext, Contract, JobStore, StepResult } from '../node/index.ts';
import { type Disclosure, type MeteredChannel, type Traffic, totalBytes } from '../protocol/index.ts';
import { psiDisclosure, receiver } from '../psi/index.ts';
import {
  askLimits,
  askScores,
  limitDisclosure,
  type RegisteredModel,
  registerModel,
  scoreDisclosure,
  unitsToProbability,
} from '../scoring/index.ts';
import { ALIGNMENT, BASELINE, keep, LIMITS, MODEL, need, type RowAnswers, SCORES, stepReport } from './artifacts.ts';
import type { Asset } from './assets.ts';
import { capacityOf, parametersOf, type RowSplit, splitOf } from './contract.ts';
import type { JobSpec } from './job.ts';
import { scorePoints } from './points.ts';
import type { Evaluation, StepName, StepReport } from './summary.ts';

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
}

export async function alignStep(desk: BankDesk): Promise<StepReport> {
  const { asset, contract, executor, random, progress } = desk;
  return reported(desk, 'align', async (channel, { signal }) => {
    const options = { maxOwnRows: asset.table.rows };
    const alignment = await receiver(
      channel,
      { ids: asset.table.ids, context: contract.hash, options },
      { executor, random, progress, signal },
    );
    if (alignment.rows.length === 0) {
      throw new InputError('ERR_JOB_EMPTY_INTERSECTION', `none of the ${asset.table.rows} own rows is held by ${desk.job.peer}`, {
        help: 'Check that both sides use the same kind of id, spelt alike (id mode in both configurations), and the right files.',
      });
    }
    await keep(desk.store, ALIGNMENT, alignment);
    return {
      disclosure: psiDisclosure(asset.table.rows, alignment.peerRows),
      facts: { ownRows: asset.table.rows, peerRows: alignment.peerRows, alignedRows: alignment.rows.length },
    };
  });
}

export async function trainStep(desk: BankDesk): Promise<StepReport> {
  const { job, engine, random, progress, logger } = desk;
  const { table, labels, split } = await alignedOwn(desk);
  const training = selectRows(table, split.train);
  const trainingLabels = Uint8Array.from(split.train, (row) => labels[row]);
  return reported(desk, 'train', async (channel, { signal }) => {
    const link = job.bandwidth === undefined ? {} : { bandwidth: job.bandwidth };
    const input = { table: training, labels: trainingLabels, params: job.train, ...link };
    const { model, holders, figures } = await labelParty([{ holder: job.peer, channel }], input, {
      engine,
      random,
      progress,
      logger,
      signal,
    });
    registerModel(model);
    await keep(desk.store, MODEL, model);
    return {
      disclosure: holders[0].disclosure,
      facts: {
        rows: training.rows,
        trees: model.trees.length,
        candidates: holders[0].agreement.candidates,
        profile: holders[0].agreement.histogram.profile,
        trainAuc: figures[model.trees.length - 1]?.train ?? Number.NaN,
      },
    };
  });
}

export async function scoreStep(desk: BankDesk): Promise<StepReport> {
  const { engine, random, progress, logger } = desk;
  const registered = registerModel(await need(desk.store, MODEL));
  const { table, split } = await alignedOwn(desk);
  const rows = desk.job.score === 'test' && split.test.length > 0 ? split.test : everyRow(table);
  return reported(desk, 'score', async (channel, { signal }) => {
    const { units, answered } = await askScores(channel, { registered, table, rows }, { engine, random, progress, logger, signal });
    await keep(desk.store, SCORES, { rows, values: units, answered });
    return {
      disclosure: scoreDisclosure(rows.length, registered.plan),
      facts: { firms: rows.length, paths: registered.plan.paths.length },
    };
  });
}

export async function limitStep(desk: BankDesk): Promise<StepReport> {
  const { policy, contract, engine, random, progress, logger } = desk;
  const capacity = capacityOf(parametersOf(contract));
  if (!policy || !capacity) {
    throw new InputError('ERR_JOB_NO_POLICY', 'the job has no limit policy', { help: 'Add "limit: {policy: policy.yaml}" to the job.' });
  }
  const registered = registerModel(await need(desk.store, MODEL));
  const scores = await need(desk.store, SCORES);
  const table = compileLimitTable(policy);
  const bandOf = scoreBandOf(policy, registered, scores);
  const place = new Map(Array.from(scores.rows, (row, i) => [row, i]));
  return reported(desk, 'limit', async (channel, { signal }) => {
    // Every scored firm is asked, vetoed ones too: whom the bank leaves out would tell its policy.
    const question = {
      planHash: capacity.hash,
      capacityBands: table.capacityBands,
      rows: scores.rows,
      cells: (row: number) => tableRow(table, bandOf(place.get(row) as number)),
    };
    const { units, answered } = await askLimits(channel, question, { engine, random, progress, logger, signal });
    units.forEach((unit, i) => void (answered[i] && limitFromUnits(table, unit)));
    await keep(desk.store, LIMITS, { rows: scores.rows, values: Int32Array.from(units), answered });
    const granted = units.reduce((count, unit) => count + (unit > 0 ? 1 : 0), 0);
    return {
      disclosure: limitDisclosure(scores.rows.length, Math.log2(new Set(table.units).size)),
      facts: { firms: scores.rows.length, granted },
    };
  });
}

/** Quality on held-out rows; needs scores, no platform. */
export async function evaluateStep(desk: BankDesk): Promise<{ readonly report: StepReport; readonly evaluation: Evaluation }> {
  const started = desk.clock.now();
  const registered = registerModel(await need(desk.store, MODEL));
  const scores = await need(desk.store, SCORES);
  const { table, labels, split } = await alignedOwn(desk);
  const heldOut = split.test.length > 0;
  const wanted = new Set(heldOut ? split.test : split.train);
  const places = Array.from(scores.rows.keys()).filter((i) => scores.answered[i] === 1 && wanted.has(scores.rows[i]));
  const rows = places.map((i) => scores.rows[i]);
  const labelsOf = rows.map((row) => labels[row]);
  const quality = (values: readonly number[]): Evaluation['joint'] => ({
    rows: rows.length,
    metrics: binaryMetrics({ scores: values, labels: labelsOf }),
  });
  const joint = quality(places.map((i) => unitsToProbability(registered, scores.values[i])));
  const bankOnly =
    desk.job.baseline && table.columns.size > 0 ? quality(await baselineScores(desk, table, labels, split, rows)) : undefined;
  const evaluation: Evaluation = { on: heldOut ? 'held-out rows' : 'training rows', joint, ...(bankOnly && { bankOnly }) };
  const report: StepReport = {
    step: 'evaluate',
    seconds: (desk.clock.now() - started) / 1000,
    bytesSent: 0,
    bytesReceived: 0,
    bytesByKind: {},
    disclosure: [],
    facts: { rows: rows.length, auc: joint.metrics.auc, ks: joint.metrics.ks },
  };
  await keep(desk.store, stepReport('evaluate'), report);
  return { report, evaluation };
}

/** The same parameters on the bank's own columns alone. */
async function baselineScores(
  desk: BankDesk,
  table: FeatureTable,
  labels: Uint8Array,
  split: RowSplit,
  rows: readonly number[],
): Promise<number[]> {
  const training = selectRows(table, split.train);
  const { model } = await fitGbdt({ table: training, labels: Uint8Array.from(split.train, (row) => labels[row]), params: desk.job.train });
  await keep(desk.store, BASELINE, model);
  return Array.from(predict(model, selectRows(table, Uint32Array.from(rows))));
}

/** Own columns and labels over aligned rows, in the common order. */
export async function alignedOwn(desk: BankDesk): Promise<{ table: FeatureTable; labels: Uint8Array; split: RowSplit }> {
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

/** Score band of the i-th scored firm, on PD or on points as the policy says. */
export function scoreBandOf(policy: LimitPolicy, registered: RegisteredModel, scores: RowAnswers): (i: number) => number {
  const edges = scoreEdges(policy);
  return (i) => {
    const pd = unitsToProbability(registered, scores.values[i]);
    return scoreBand(edges, policy.score.on === 'pd' ? pd : scorePoints(pd));
  };
}

/** A limit of the run in 元, or what stands in its place. */
export function limitYuan(table: LimitTable, limits: RowAnswers, i: number): number | undefined {
  return limits.answered[i] ? Number(limitFromUnits(table, limits.values[i])) / 100 : undefined;
}

const everyRow = ({ rows }: FeatureTable): Uint32Array => Uint32Array.from({ length: rows }, (_, row) => row);

type Work = (channel: MeteredChannel, context: CallerStepContext) => Promise<Pick<StepReport, 'disclosure' | 'facts'>>;

/** Runs a step over a session and keeps its report. */
async function reported(desk: BankDesk, step: StepName, work: Work): Promise<StepReport> {
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
