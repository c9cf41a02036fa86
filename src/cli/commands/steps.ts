/** fedcredit align, train, score, evaluate, limit: the parts of `run` one by one; each goes on from what the ones before have left. */
import {
  alignStep,
  evaluateStep,
  limitStep,
  type OpenDesk,
  type StepName,
  type StepReport,
  scoreStep,
  trainStep,
} from '../../pipeline/index.ts';
import { jobOptions, showStep, withDesk } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

type Step = (desk: OpenDesk) => Promise<StepReport>;

const step = (name: StepName, what: string, work: Step): CommandModule => ({
  name,
  define(command) {
    jobOptions(command)
      .description(what)
      .addHelpText('after', examples([`fedcredit ${name} bank/job.yaml`, 'steps in order: align, train, score, evaluate, limit']));
  },
  run: (args, options, { ui }) =>
    withDesk(args, options, ui, async (desk) => {
      const report = await work(desk);
      showStep(ui, report);
      ui.event('result', { ...report });
      return EXIT.ok;
    }),
});

export const steps: readonly CommandModule[] = [
  step('align', 'Find the firms both parties hold (样本对齐): private set intersection on record ids.', alignStep),
  step('train', 'Train boosted trees on both parties’ columns (联合训练).', trainStep),
  step('score', 'Score the aligned firms under encryption (密文评分).', scoreStep),
  step(
    'evaluate',
    'AUC and KS of the joint model, and of the bank’s columns alone (模型评估).',
    async (desk) => (await evaluateStep(desk)).report,
  ),
  step('limit', 'Set pre-credit limits by the bank’s encrypted policy table (预授信额度).', limitStep),
];
