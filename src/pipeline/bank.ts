/**
 * The bank's half of every step. Each step opens one session with the platform, keeps its result in the bank's own job store, and reports
 * time, bytes and disclosure. `run.ts` puts them in order; the commands run them one by one. What depends on the kind of model is in `models/`.
 */
import { InputError } from '../base/index.ts';
import { compileLimitTable, type LimitPolicy, type LimitTable, limitFromUnits, scoreBand, scoreEdges, tableRow } from '../credit/index.ts';
import { binaryMetrics, brierScore, delongInterval, hosmerLemeshow } from '../learn/index.ts';
import { type Alignment, psiDisclosure, receiver } from '../psi/index.ts';
import { askLimits, limitDisclosure } from '../scoring/index.ts';
import { ALIGNMENT, BASELINE, keep, LIMITS, need, type RowAnswers, SCORES, stepReport } from './artifacts.ts';
import { forgetProgress } from './checkpoints.ts';
import { answersEver, capacityOf, parametersOf } from './contract.ts';
import { bankModel, type ScoreReader } from './models/index.ts';
import { assertUnregistered } from './registrations.ts';
import { alignedOwn, type BankDesk, reported } from './step.ts';
import type { Evaluation, ModelQuality, StepReport } from './summary.ts';

export async function alignStep(desk: BankDesk): Promise<StepReport> {
  const { asset, contract, executor, random, progress } = desk;
  await assertUnregistered(desk);
  // From here to the end of the session the two parties may hold different alignments: until then there is none to go on from.
  await forgetProgress(desk.store);
  let found: Alignment | undefined;
  const report = await reported(desk, 'align', async (channel, { signal }) => {
    const options = { maxOwnRows: asset.table.rows, maxPeerRows: parametersOf(contract).maxPeerRows };
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
    found = alignment;
    return {
      disclosure: psiDisclosure(asset.table.rows, alignment.peerRows),
      facts: { ownRows: asset.table.rows, peerRows: alignment.peerRows, alignedRows: alignment.rows.length },
    };
  });
  if (found) await keep(desk.store, ALIGNMENT, found);
  return report;
}

export const trainStep = (desk: BankDesk): Promise<StepReport> => bankModel(desk.job.model).train(desk);

export const scoreStep = (desk: BankDesk): Promise<StepReport> => bankModel(desk.job.model).score(desk);

export async function limitStep(desk: BankDesk): Promise<StepReport> {
  const { policy, contract, engine, random, progress, logger } = desk;
  const capacity = capacityOf(parametersOf(contract));
  if (!policy || !capacity) {
    throw new InputError('ERR_JOB_NO_POLICY', 'the job has no limit policy', { help: 'Add "limit: {policy: policy.yaml}" to the job.' });
  }
  const reader = await bankModel(desk.job.model).reader(desk);
  const scores = await need(desk.store, SCORES);
  const aligned = await need(desk.store, ALIGNMENT);
  const table = compileLimitTable(policy);
  const bandOf = scoreBandOf(policy, reader, scores);
  const place = new Map(Array.from(scores.rows, (row, i) => [row, i]));
  return reported(desk, 'limit', async (channel, { signal }) => {
    // Every scored firm is asked, vetoed ones too: whom the bank leaves out would tell its policy.
    const question = {
      planHash: capacity.hash,
      capacityBands: table.capacityBands,
      answersEver: answersEver(aligned.rows.length),
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
  const model = bankModel(desk.job.model);
  const reader = await model.reader(desk);
  const scores = await need(desk.store, SCORES);
  const own = await alignedOwn(desk);
  const heldOut = own.split.test.length > 0;
  const wanted = new Set(heldOut ? own.split.test : own.split.train);
  const places = Array.from(scores.rows.keys()).filter((i) => scores.answered[i] === 1 && wanted.has(scores.rows[i]));
  const rows = Uint32Array.from(places, (i) => scores.rows[i]);
  const labels = Array.from(rows, (row) => own.labels[row]);
  const joint = qualityOf(
    places.map((i) => reader.pd(scores.values[i])),
    labels,
    heldOut,
  );
  const bankOnly = desk.job.baseline && own.table.columns.size > 0 ? await baselineQuality(desk, own, rows, labels, heldOut) : undefined;
  const evaluation: Evaluation = { on: heldOut ? 'held-out rows' : 'training rows', joint, ...(bankOnly && { bankOnly }) };
  const { auc, ks, gini = 2 * auc - 1 } = joint.metrics;
  const report: StepReport = {
    step: 'evaluate',
    seconds: (desk.clock.now() - started) / 1000,
    bytesSent: 0,
    bytesReceived: 0,
    bytesByKind: {},
    disclosure: [],
    facts: { rows: rows.length, auc, ks, gini },
  };
  await keep(desk.store, stepReport('evaluate'), report);
  return { report, evaluation };
}

async function baselineQuality(
  desk: BankDesk,
  own: Awaited<ReturnType<typeof alignedOwn>>,
  rows: Uint32Array,
  labels: readonly number[],
  heldOut: boolean,
): Promise<ModelQuality> {
  const { pd, file } = await bankModel(desk.job.model).baseline(desk, own, rows);
  if (file !== undefined) await keep(desk.store, BASELINE, file);
  return qualityOf(Array.from(pd), labels, heldOut);
}

/** Discrimination with its DeLong interval, and calibration; what so few rows cannot say is left out. */
export function qualityOf(pd: readonly number[], labels: readonly number[], heldOut: boolean): ModelQuality {
  const { auc, ks, gini, positives } = binaryMetrics({ scores: pd, labels });
  const brier = brierScore({ scores: pd, labels });
  return { rows: pd.length, metrics: { auc, ks, gini, brier, ...intervalOf(pd, labels, positives), ...fitOf(pd, labels, heldOut) } };
}

function intervalOf(pd: readonly number[], labels: readonly number[], positives: number): Pick<ModelQuality['metrics'], 'interval'> {
  if (Math.min(positives, pd.length - positives) < 2) return {};
  const { lower, upper } = delongInterval(pd, labels);
  return { interval: { lower, upper } };
}

function fitOf(pd: readonly number[], labels: readonly number[], heldOut: boolean): Pick<ModelQuality['metrics'], 'hosmerLemeshow'> {
  if (pd.length < LEAST_ROWS_OF_A_FIT) return {};
  const { statistic, degreesOfFreedom, pValue } = hosmerLemeshow(pd, labels, { sample: heldOut ? 'unseen' : 'development' });
  return { hosmerLemeshow: { statistic, degreesOfFreedom, pValue } };
}

/** Ten groups of five rows. */
const LEAST_ROWS_OF_A_FIT = 50;

/** Score band of the i-th scored firm, on PD or on points as the policy says. */
export function scoreBandOf(policy: LimitPolicy, reader: ScoreReader, scores: RowAnswers): (i: number) => number {
  const edges = scoreEdges(policy);
  return (i) => scoreBand(edges, policy.score.on === 'pd' ? reader.pd(scores.values[i]) : reader.points(scores.values[i]));
}

/** A limit of the run in 元, or what stands in its place. */
export function limitYuan(table: LimitTable, limits: RowAnswers, i: number): number | undefined {
  return limits.answered[i] ? Number(limitFromUnits(table, limits.values[i])) / 100 : undefined;
}
