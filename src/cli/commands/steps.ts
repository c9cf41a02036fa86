/** fedcredit align, bin, train, score, evaluate, limit: the parts of `run` one by one; each goes on from what the ones before have left. */
import { join } from 'node:path';
import {
  alignStep,
  bankModel,
  binStep,
  binsFile,
  evaluateStep,
  limitStep,
  need,
  type OpenDesk,
  SCORES,
  type StepName,
  type StepReport,
  scoreStep,
  trainStep,
} from '../../pipeline/index.ts';
import { clock, jobOptions, showStep, withDesk } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { newFile } from '../new-file.ts';
import { fileStamp } from '../stamp.ts';
import { showFigures, showQuality, showVariables } from '../tables.ts';
import type { Ui } from '../ui.ts';

/** Does the step, shows its report, and returns what the result event carries beside the report. */
type Step = (
  desk: OpenDesk,
  ui: Ui,
  options: Readonly<Record<string, unknown>>,
) => Promise<{ report: StepReport; more?: Record<string, unknown> }>;

const ORDER = 'steps in order: align, bin (scorecard), train, score, evaluate, limit';

const step = (name: StepName, what: string, work: Step, more: readonly (readonly [string, string])[] = []): CommandModule => ({
  name,
  define(command) {
    jobOptions(command)
      .description(what)
      .addHelpText('after', examples([`fedcredit ${name} bank/job.yaml`, ORDER], ...more));
    if (name === 'bin') command.option('-o, --out <file>', 'the variables with their bins as JSON (default: runs/<job>-bins-<time>.json)');
  },
  run: (args, options, { ui }) =>
    withDesk(args, options, ui, async (desk) => {
      const { report, more: fields } = await work(desk, ui, options);
      ui.event('result', { ...report, ...fields });
      return EXIT.ok;
    }),
});

const plain =
  (work: (desk: OpenDesk) => Promise<StepReport>): Step =>
  async (desk, ui) => {
    const report = await work(desk);
    showStep(ui, report);
    return { report };
  };

const bin: Step = async (desk, ui, options) => {
  const out = typeof options.out === 'string' ? options.out : join('runs', `${desk.job.job}-bins-${fileStamp(clock)}.json`);
  const file = await newFile(out);
  const { report, variables } = await binStep(desk);
  const content = binsFile(desk.job.job, variables);
  await file.write(`${JSON.stringify(content, undefined, 2)}\n`);
  showVariables(ui, variables);
  showStep(ui, report);
  ui.print(`bins: ${file.path}`);
  return { report, more: { file: file.path, variables: content.variables } };
};

const train: Step = async (desk, ui) => {
  const report = await trainStep(desk);
  const figures = await bankModel(desk.job.model).figures(desk);
  if (figures) showFigures(ui, figures);
  showStep(ui, report);
  return { report, ...(figures && { more: { figures } }) };
};

const score: Step = async (desk, ui) => {
  const report = await scoreStep(desk);
  const reader = await bankModel(desk.job.model).reader(desk);
  const { values, answered } = await need(desk.store, SCORES);
  const points = Array.from(values.keys())
    .filter((i) => answered[i] === 1)
    .map((i) => reader.points(values[i]))
    .sort((a, b) => a - b);
  const at = (share: number): number => points[Math.min(points.length - 1, Math.floor(share * points.length))] ?? Number.NaN;
  const spread = { lowest: at(0), p10: at(0.1), median: at(0.5), p90: at(0.9), highest: at(1) };
  ui.table(['points 分数', ...Object.keys(spread)], [[`${points.length} firms`, ...Object.values(spread)]]);
  showStep(ui, report);
  return { report, more: { points: spread } };
};

const evaluate: Step = async (desk, ui) => {
  const { report, evaluation } = await evaluateStep(desk);
  showQuality(ui, evaluation);
  showStep(ui, report);
  return { report, more: { evaluation } };
};

export const steps: readonly CommandModule[] = [
  step('align', 'Find the firms both parties hold (样本对齐): private set intersection on record ids.', plain(alignStep)),
  step('bin', 'Bin both parties’ columns (分箱): weight of evidence and information value, without a column leaving its holder.', bin, [
    [
      'fedcredit bin bank/job.yaml --model scorecard',
      'a table of variables by information value, for a job that has no "binning:" of its own',
    ],
  ]),
  step('train', 'Train on both parties’ columns (联合训练): boosted trees, logistic regression or a scorecard.', train, [
    ['fedcredit train bank/job.yaml --model scorecard', 'coefficients with p-values and VIF, and the points of every bin'],
  ]),
  step('score', 'Score the aligned firms under encryption (密文评分).', score),
  step(
    'evaluate',
    'AUC with its interval, KS, Gini and calibration of the joint model, and of the bank’s columns alone (模型评估).',
    evaluate,
  ),
  step('limit', 'Set pre-credit limits by the bank’s encrypted policy table (预授信额度).', plain(limitStep)),
];
