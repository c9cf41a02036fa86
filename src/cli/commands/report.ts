/** fedcredit report: the validation report of a finished run, one HTML file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../adapters/files/index.ts';
import { InputError } from '../../base/index.ts';
import { readDocument } from '../../credit/index.ts';
import { openItems, readRun, runCardPmml, runReport } from '../../report/index.ts';
import { clock } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const items = Object.keys(openItems) as (keyof typeof openItems)[];
/** The YAML of --answers: an item to its answer. */
const answersSchema = z.partialRecord(z.enum(items), z.string().min(1).max(5000));

export const report: CommandModule = {
  name: 'report',
  define(command) {
    command
      .description('Write the model validation report of a run (模型验证报告): one HTML file, no network, no script.')
      .argument('<run folder>', 'what "fedcredit run" named at its end')
      .option('--labels <file>', "the bank's CSV or Parquet file with outcomes; adds ROC, KS, calibration")
      .option('--id <column>', 'id column of --labels', 'uscc')
      .option('--label <column>', 'label column of --labels: 0 and 1, 1 is bad', 'bad_12m')
      .option('--answers <file>', `YAML with answers to open items: ${items.slice(0, 4).join(', ')}, …`)
      .option('--language <zh|en>', 'language of the report', 'zh')
      .option('--synthetic', 'say on the first page that the data are invented')
      .option('--pmml <file>', 'also write the scorecard of the run as PMML 4.4; the platform’s part is one field, its points')
      .option('-o, --out <file>', 'default: report.html in the run folder')
      .addHelpText(
        'after',
        examples(
          ['fedcredit report runs/first-limits-20260131-235959', 'report.html beside summary.json'],
          ['fedcredit report out --pmml card.xml', 'a scorecard for the bank’s own engine, beside the report'],
          ['fedcredit report out --labels bank/data/loans.csv --answers answers.yaml', 'with outcomes and what only people know'],
        ),
      );
  },
  async run([folder = ''], options, { ui }) {
    const { language } = options;
    if (language !== 'zh' && language !== 'en') throw new InputError('ERR_CLI_OPTION', '--language is zh or en');
    const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
    const labels =
      options.labels === undefined
        ? undefined
        : { path: String(options.labels), idColumn: String(options.id), labelColumn: String(options.label) };
    const found = await readRun(folder, { held: say('留出样本', 'held-out'), fitted: say('全部已评分', 'all scored') }, labels);
    const answers = options.answers === undefined ? undefined : await readAnswers(String(options.answers));
    const date = new Date(clock.now()).toISOString().slice(0, 10);
    const page = runReport({ ...found, language, date, synthetic: options.synthetic === true, ...(answers ? { answers } : {}) });
    const out = typeof options.out === 'string' ? options.out : join(folder, 'report.html');
    const pmml = typeof options.pmml === 'string' ? options.pmml : undefined;
    // The card first: a run that has none writes nothing.
    if (pmml !== undefined) await writeFileAtomic(pmml, await runCardPmml(folder, found.run?.job ?? 'scorecard'));
    await writeFileAtomic(out, page);
    ui.print(`report: ${out}`);
    if (pmml !== undefined) ui.print(`scorecard: ${pmml}`);
    ui.event('result', { report: out, bytes: page.length, labelled: labels !== undefined, ...(pmml !== undefined && { pmml }) });
    return EXIT.ok;
  },
};

async function readAnswers(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_REPORT_ANSWERS', `${file} cannot be read`, {
      cause,
      help: 'Give a YAML file: an item and its answer on each line.',
    });
  });
  const found = readDocument(answersSchema, { file, text }, 'ERR_REPORT_ANSWERS');
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
