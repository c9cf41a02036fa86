/** fedcredit run: the whole job from the bank. */
import { join } from 'node:path';
import { runJob } from '../../pipeline/index.ts';
import { clock, jobOptions, showSummary, withDesk } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

export const run: CommandModule = {
  name: 'run',
  define(command) {
    jobOptions(command)
      .description('Run a job with the platform: align, train, score, evaluate, set limits (对齐、训练、评分、评估、定额).')
      .option('-o, --out <folder>', 'where models, scores, limits and summary go (default: runs/<job>-<time>)')
      .addHelpText(
        'after',
        examples(
          ['fedcredit run bank/job.yaml', 'the platform must be running: fedcredit node -c platform/platform.yaml'],
          ['fedcredit run bank/job.yaml --json -o out', 'JSON lines for machines, results in ./out'],
        ),
      );
  },
  async run(args, options, { ui }) {
    return withDesk(args, options, ui, async (desk) => {
      const out = typeof options.out === 'string' ? options.out : join('runs', `${desk.job.job}-${stamp()}`);
      ui.info(`job ${desk.job.job} with ${desk.job.peer}; contract ${desk.contract.hash.slice(0, 16)}…; engine ${desk.engine.name}`);
      const { summary, folder } = await runJob(desk, out);
      showSummary(ui, summary);
      ui.print(`results: ${folder}`);
      ui.event('result', { ...summary, folder });
      return EXIT.ok;
    });
  },
};

/** 20260131-235959, UTC. */
const stamp = (): string =>
  new Date(clock.now())
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
