/** The whole job at the bank: align, bin, train, score, evaluate, limit; then the run folder with models, scores, limits and summary. */

import { writeTable } from '../adapters/duckdb/index.ts';
import { createRunFolder, type RunFolder } from '../adapters/files/index.ts';
import { compileLimitTable } from '../credit/index.ts';
import { ALIGNMENT, BASELINE, BINS, find, LIMITS, need, SCORES, stepReport } from './artifacts.ts';
import { alignStep, evaluateStep, limitStep, limitYuan, scoreStep, trainStep } from './bank.ts';
import { binsFile } from './bins-file.ts';
import { journaled } from './checkpoints.ts';
import { parametersOf, splitOf } from './contract.ts';
import { bankModel, binStep } from './models/index.ts';
import type { BankDesk } from './step.ts';
import { type Evaluation, type RunSummary, type StepName, type StepReport, totals } from './summary.ts';

export interface RunResult {
  readonly summary: RunSummary;
  /** Where models, scores, limits and summary are. */
  readonly folder: string;
}

/** @param out folder of the run, which must not exist */
export async function runJob(desk: BankDesk, out: string): Promise<RunResult> {
  const folder = await createRunFolder(out);
  try {
    const { result: summary, finish } = await journaled(desk, async (journal) => {
      const steps: StepReport[] = [];
      steps.push(await journal.step('align', () => alignStep(desk)));
      if (desk.job.binning) steps.push(await journal.step('bin', async () => (await binStep(desk)).report));
      steps.push(await journal.step('train', () => trainStep(desk)), await journal.step('score', () => scoreStep(desk)));
      const { report, evaluation } = await evaluateStep(desk);
      steps.push(report);
      if (desk.policy) steps.push(await journal.step('limit', () => limitStep(desk)));
      return summarise(desk, steps, evaluation);
    });
    await writeResults(desk, folder, summary);
    await folder.finish();
    await finish();
    return { summary, folder: folder.path };
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

/** The reports of steps that have been run so far. */
export async function reportsSoFar(desk: BankDesk): Promise<StepReport[]> {
  const names: readonly StepName[] = ['align', 'bin', 'train', 'score', 'evaluate', 'limit'];
  const reports = await Promise.all(names.map((name) => find(desk.store, stepReport(name))));
  return reports.filter((report): report is StepReport => report !== undefined);
}

async function summarise(desk: BankDesk, steps: readonly StepReport[], evaluation: Evaluation): Promise<RunSummary> {
  const limits = await find(desk.store, LIMITS);
  const answered = limits?.answered.reduce((sum, flag) => sum + flag, 0) ?? 0;
  const figures = await bankModel(desk.job.model).figures(desk);
  const granted = limits?.values.reduce((sum, units) => sum + (units > 0 ? 1 : 0), 0) ?? 0;
  return {
    format: 'fedcredit/run/1',
    job: desk.job.job,
    contract: desk.contract.hash,
    model: desk.job.model,
    parties: { labelParty: desk.contract.terms.caller, featureHolder: desk.contract.terms.callee },
    engine: desk.engine.name,
    steps,
    evaluation,
    ...(figures && { figures }),
    limits: limits && { firms: limits.rows.length, granted, refused: answered - granted, noConsent: limits.rows.length - answered },
    ...totals(steps),
  };
}

async function writeResults(desk: BankDesk, folder: RunFolder, summary: RunSummary): Promise<void> {
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  await folder.write('model.json', `${await bankModel(desk.job.model).file(desk)}\n`);
  const baseline = await find(desk.store, BASELINE);
  if (baseline) await folder.write('model-bank-only.json', `${baseline}\n`);
  const bins = await find(desk.store, BINS);
  if (bins) await folder.write('bins.json', json(binsFile(desk.job.job, bins.value.variables)));
  await folder.write('contract.json', desk.contract.bytes);
  await writeScores(desk, folder);
  await folder.write('summary.json', json(summary));
}

/** scores.csv and, where the job sets limits, limits.csv: the bank's own ids, in the order of its file. */
async function writeScores(desk: BankDesk, folder: RunFolder): Promise<void> {
  const alignment = await need(desk.store, ALIGNMENT);
  const reader = await bankModel(desk.job.model).reader(desk);
  const scores = await need(desk.store, SCORES);
  const order = [...scores.rows.keys()].sort((a, b) => alignment.rows[scores.rows[a]] - alignment.rows[scores.rows[b]]);
  const ids = order.map((i) => desk.asset.table.ids[alignment.rows[scores.rows[i]]]);
  const of = <T>(value: (i: number) => T): (T | undefined)[] => order.map((i) => (scores.answered[i] ? value(i) : undefined));
  const pd = (i: number): number => reader.pd(scores.values[i]);
  const heldOut = new Set(splitOf(parametersOf(desk.contract), alignment.rows.length).test);
  const columns: [string, (string | number | undefined)[]][] = [
    ['score_units', of((i) => scores.values[i])],
    ['pd', of((i) => Number(pd(i).toPrecision(6)))],
    ['points', of((i) => reader.points(scores.values[i]))],
    ['held_out', order.map((i) => (heldOut.has(scores.rows[i]) ? 1 : 0))],
  ];
  await writeTable({ path: `${folder.staging}/scores.csv`, idColumn: 'id', ids, columns });
  const limits = await find(desk.store, LIMITS);
  if (!desk.policy || !limits) return;
  const table = compileLimitTable(desk.policy);
  const limit: [string, (string | number | undefined)[]] = ['limit_yuan', order.map((i) => limitYuan(table, limits, i))];
  await writeTable({ path: `${folder.staging}/limits.csv`, idColumn: 'id', ids, columns: [...columns.slice(1, 3), limit] });
}
