/** fedcredit demo: two processes on this machine, a synthetic city, the whole job, and everything beside the same in the clear. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, type ProgressEvent } from '../../base/index.ts';
import type { RunSummary } from '../../pipeline/index.ts';
import { clock, showResults, showSteps, wholeThreads } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { type CardChapter, cardChapter, showCard } from '../demo/card-chapter.ts';
import { writeCityFederation } from '../demo/city-federation.ts';
import { type Comparison, compareInTheClear } from '../demo/compare.ts';
import { runBank, setPlatformAddress, startLocalNode } from '../demo/local-federation.ts';
import { EXIT } from '../exit-codes.ts';
import { fileStamp } from '../stamp.ts';
import type { Ui } from '../ui.ts';

const SIZES = { full: { firms: 20_000, reach: 0.45 }, small: { firms: 4_000, reach: 0.5 } } as const;
type Size = keyof typeof SIZES;
/** Above the market's 2 to 4 %, so that a small city has enough defaults to learn from. */
const BAD_RATE = 0.07;

export const demo: CommandModule = {
  name: 'demo',
  define(command) {
    command
      .description('See the whole job work: a platform and a bank as two processes, on an invented city (合成数据演示).')
      .option('--size <size>', `${Object.keys(SIZES).join(' or ')}: ${SIZES.full.firms} or ${SIZES.small.firms} firms`, 'full')
      .option('--seed <n>', 'another city', '2026')
      .option('-o, --out <folder>', 'where everything goes (default: fedcredit-demo/<time>)')
      .option('--threads <n>', 'worker threads of each party', '2')
      .addHelpText('after', examples(['fedcredit demo', 'about a minute on two cores'], ['fedcredit demo --size small', 'a smaller city']));
  },
  async run(_args, options, { ui }) {
    const size = sizeOf(options.size);
    const threads = wholeThreads(options.threads);
    const out = resolve(typeof options.out === 'string' ? options.out : join('fedcredit-demo', fileStamp(clock)));
    const started = clock.now();
    await mkdir(out, { recursive: true });
    ui.info(
      `an invented city of ${SIZES[size].firms} firms (synthetic, seed ${Number(options.seed)}), default rate ${(BAD_RATE * 100).toFixed(0)} %`,
    );
    const federation = await writeCityFederation({
      folder: join(out, 'federation'),
      seed: Number(options.seed),
      ...SIZES[size],
      badRate: BAD_RATE,
      clock,
    });
    const run = join(out, 'run');
    const node = await startLocalNode(federation.platformConfig, out, threads);
    ui.info(`platform: process ${node.pid} at ${node.address}; bank: a process of its own; between them TLS 1.3 with pinned keys`);
    const { platformConfig, bankConfig, job } = federation;
    const bank = async (file: string, to: string): Promise<RunSummary> =>
      (await runBank(['run', file, '-o', to, '--threads', String(threads)], (event) => {
        if (event.event === 'progress') ui.progress(event as unknown as ProgressEvent);
      })) as unknown as RunSummary;
    let summary: RunSummary;
    let comparison: Comparison;
    let card: CardChapter;
    try {
      await setPlatformAddress(bankConfig, node.address);
      summary = await bank(job, run);
      comparison = await compareInTheClear({ platformConfig, bankConfig, job, run, clock });
      show(ui, summary, comparison);
      ui.info('\nthe same firms, a model that a committee signs: a scorecard on bins of both parties (评分卡)');
      card = await cardChapter({ federation, run: join(out, 'run-scorecard'), bank, clock });
      showCard(ui, card);
    } finally {
      await node.stop();
    }
    const seconds = (clock.now() - started) / 1000;
    ui.print(
      `everything is in ${out}: run/ and run-scorecard/ hold models, scores, limits and summaries; demo ${seconds.toFixed(1)} s in all`,
    );
    ui.event('result', { folder: out, summary, comparison, card, seconds });
    const { differentScores, differentLimits } = comparison;
    return differentScores + differentLimits + card.comparison.differentScores === 0 ? EXIT.ok : EXIT.bug;
  },
};

function show(ui: Ui, summary: RunSummary, comparison: Comparison): void {
  showSteps(ui, summary);
  showResults(ui, summary, [['pooled in the clear 明文合并', comparison.pooled]]);
  ui.table(
    ['firm (synthetic)', 'PD', 'limit, encrypted (元)', 'limit, in the clear (元)'],
    comparison.examples.map(({ firm, pd, encrypted, plain }) => [firm, pd.toFixed(4), encrypted, plain]),
  );
  ui.print(
    `encrypted = plain: ${comparison.scoredFirms - comparison.differentScores} of ${comparison.scoredFirms} scores, ${comparison.limitedFirms - comparison.differentLimits} of ${comparison.limitedFirms} limits`,
  );
  const { labelParty, featureHolder } = summary.learnedBits;
  ui.print(
    `learned at most: the bank ${bits(labelParty)} bits about the platform's data, the platform ${bits(featureHolder)} bits about the bank's`,
  );
  ui.print(`sent ${(summary.bytes / 1e6).toFixed(1)} MB in ${summary.seconds.toFixed(1)} s`);
}

const bits = (count: number): string => Math.ceil(count).toLocaleString('en');

function sizeOf(given: unknown): Size {
  if (given === 'small' || given === 'full') return given;
  throw new InputError('ERR_CLI_USAGE', `--size must be one of ${Object.keys(SIZES).join(', ')}`);
}
