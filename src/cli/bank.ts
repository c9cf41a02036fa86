/** What the bank's commands share: options, the desk, and how reports are shown. */
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { pinoLogger } from '../adapters/logging/index.ts';
import { InputError, systemRandom } from '../base/index.ts';
import { MODEL_KINDS, type ModelKind, type OpenDesk, openDesk, type RunSummary, type StepReport } from '../pipeline/index.ts';
import { showFigures, showQuality } from './tables.ts';
import type { Ui } from './ui.ts';

export const clock = { now: (): number => Date.now() };

/** Arguments and options of every command that runs a job or a part of it. */
export function jobOptions(command: Command): Command {
  return command
    .argument('<job>', 'the job file, e.g. bank/job.yaml')
    .option('-c, --config <file>', "the bank's configuration (default: bank.yaml beside the job)")
    .option(
      '--model <kind>',
      'gbdt, lr or scorecard, instead of the one in the job file; its results are kept under a job name of their own',
    )
    .option('--threads <n>', 'worker threads', '2');
}

/** `lr` is short for logistic_regression. */
function modelOption(given: unknown): ModelKind | undefined {
  if (given === undefined) return undefined;
  const kind = MODEL_KINDS.find((one) => one === (given === 'lr' ? 'logistic_regression' : given));
  if (kind) return kind;
  throw new InputError('ERR_CLI_USAGE', '--model must be one of gbdt, lr, scorecard');
}

/** Opens the desk, does the work, closes it whatever happens. */
export async function withDesk<T>(
  [job]: readonly string[],
  options: Readonly<Record<string, unknown>>,
  ui: Ui,
  work: (desk: OpenDesk) => Promise<T>,
): Promise<T> {
  const model = modelOption(options.model);
  const desk = await openDesk({
    job,
    ...(model && { model }),
    config: typeof options.config === 'string' ? options.config : join(dirname(job), 'bank.yaml'),
    threads: wholeThreads(options.threads),
    clock,
    random: systemRandom,
    progress: ui.progress,
    notice: (sentence) => {
      ui.info(sentence);
      ui.event('notice', { message: sentence });
    },
    logger: pinoLogger({ level: ui.debug ? 'debug' : 'warn' }),
  });
  try {
    return await work(desk);
  } finally {
    await desk.close();
  }
}

export function wholeThreads(given: unknown): number {
  const threads = Number(given);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 64) return threads;
  throw new InputError('ERR_CLI_USAGE', '--threads must be a whole number from 1 to 64');
}

/** One step's report. */
export function showStep(ui: Ui, report: StepReport): void {
  const facts = Object.entries(report.facts).map(([name, value]) => `${words(name)} ${plain(value)}`);
  ui.print(`${report.step}: ${facts.join(', ')}; ${megabytes(report.bytesSent + report.bytesReceived)} MB, ${report.seconds.toFixed(1)} s`);
  ui.event('step', { ...report });
}

/** What a run says at its end. */
export function showSummary(ui: Ui, summary: RunSummary): void {
  showSteps(ui, summary);
  if (summary.figures) showFigures(ui, summary.figures);
  showResults(ui, summary);
}

/** Time, bytes and disclosure of each step. */
export function showSteps(ui: Ui, summary: RunSummary): void {
  ui.table(
    ['step', 'MB sent', 'MB received', 'seconds', 'bits learned by the bank', 'by the platform'],
    summary.steps.map((step) => [
      step.step,
      megabytes(step.bytesSent),
      megabytes(step.bytesReceived),
      step.seconds.toFixed(1),
      bits(step, 'label party'),
      bits(step, 'feature holder'),
    ]),
  );
}

/** Quality and limits, the end of every run; `more` as for `showQuality`. */
export function showResults(ui: Ui, { evaluation, limits }: RunSummary, more: Parameters<typeof showQuality>[2] = []): void {
  if (evaluation) showQuality(ui, evaluation, more);
  if (limits) ui.print(`limits 预授信额度: ${limits.granted} granted, ${limits.refused} refused, of ${limits.firms} firms`);
}

/** Upper bound of bits of one party, with thousands marked. */
function bits(step: StepReport, party: 'label party' | 'feature holder'): string {
  const sum = step.disclosure.filter((entry) => entry.party === party).reduce((total, { count, bitsEach }) => total + count * bitsEach, 0);
  return Math.ceil(sum).toLocaleString('en');
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const plain = (value: string | number): string => (typeof value === 'number' ? String(Math.round(value * 1e4) / 1e4) : value);
