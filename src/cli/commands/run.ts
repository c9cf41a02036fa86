/** fedcredit run: the whole job from the bank. */
import { join } from 'node:path';
import { runJob } from '../../pipeline/index.ts';
import { clock, jobOptions, showSummary, withDesk } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { fileStamp } from '../stamp.ts';

export const run: CommandModule = {
  name: 'run',
  define(command) {
    jobOptions(command)
      .description('Run a job with the platform: align, bin, train, score, evaluate, set limits (对齐、分箱、训练、评分、评估、定额).')
      .option('-o, --out <folder>', 'where models, scores, limits and summary go (default: runs/<job>-<time>)')
      .addHelpText(
        'after',
        examples(
          ['fedcredit run bank/job.yaml', 'the platform must be running: fedcredit node -c platform/platform.yaml'],
          ['fedcredit run bank/job.yaml --model scorecard', 'a scorecard instead of boosted trees, as a job of its own'],
          ['fedcredit run bank/job.yaml --json -o out', 'JSON lines for machines, results in ./out'],
        ),
      );
  },
  async run(args, options, { ui }) {
    return withDesk(args, options, ui, async (desk) => {
      const out = typeof options.out === 'string' ? options.out : join('runs', `${desk.job.job}-${fileStamp(clock)}`);
      ui.info(`job ${desk.job.job} with ${desk.job.peer}; contract ${desk.contract.hash.slice(0, 16)}…; engine ${desk.engine.name}`);
      const { summary, folder } = await runJob(desk, out);
      showSummary(ui, summary);
      ui.print(`results: ${folder}`);
      ui.event('result', { ...summary, folder });
      return EXIT.ok;
    });
  },
};
