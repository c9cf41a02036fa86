/** fedcredit decide and fedcredit replay: one application on a bank's own documents, as a record that comes out the same again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../adapters/files/index.ts';
import { InputError } from '../../base/index.ts';
import {
  type DecisionRecord,
  type DeskTexts,
  decide as decideApplication,
  deskDocuments,
  openDesk,
  parseApplication,
  recordHash,
  recordText,
  replay as replayRecord,
  textHash,
} from '../../credit/index.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Ui } from '../ui.ts';

const DESK = 'folder with rules.yaml, scale.yaml, limit.yaml, price.yaml and lpr.yaml';

export const decide: CommandModule = {
  name: 'decide',
  define(command) {
    command
      .description('Decide one application: rules, rating, limit, price, with every reason (审批决策).')
      .argument('<application>', 'JSON or YAML file')
      .requiredOption('-d, --desk <folder>', DESK)
      .requiredOption('-o, --out <file>', 'where the record goes')
      .option('--after <record>', 'the record before this one: chains them')
      .addHelpText(
        'after',
        examples(['fedcredit decide application.json -d policy -o decision.json', 'writes the record; fedcredit replay proves it']),
      );
  },
  async run([file = ''], options, { ui }) {
    const application = parseApplication(await source(file));
    const previous = options.after === undefined ? undefined : textHash((await source(String(options.after))).text);
    const record = decideApplication(openDesk(await desk(String(options.desk))), application, previous);
    await writeFileAtomic(String(options.out), recordText(record));
    show(ui, record);
    return EXIT.ok;
  },
};

export const replay: CommandModule = {
  name: 'replay',
  define(command) {
    command
      .description('Decide again and compare: same application, same documents, same bytes (决策重放).')
      .argument('<decision>', 'a record that fedcredit decide wrote')
      .requiredOption('-a, --application <file>', 'the application that was decided')
      .requiredOption('-d, --desk <folder>', DESK)
      .addHelpText(
        'after',
        examples([
          'fedcredit replay decision.json -a application.json -d policy',
          'exit status 2, and what differs, when it comes out otherwise',
        ]),
      );
  },
  async run([file = ''], options, { ui }) {
    const application = parseApplication(await source(String(options.application)));
    const text = replayRecord((await source(file)).text, application, await desk(String(options.desk)));
    ui.print('the decision replays to the same bytes');
    show(ui, JSON.parse(text) as DecisionRecord);
    return EXIT.ok;
  },
};

function show(ui: Ui, record: DecisionRecord): void {
  const { outcome, limit = '-', rate = '-', reasons } = record;
  ui.table(['outcome', 'limit 元', 'rate'], [[outcome, limit, rate]]);
  for (const reason of reasons) ui.print(reason);
  ui.event('result', { ok: true, outcome, limit, rate, reasons, hash: recordHash(record) });
}

async function desk(folder: string): Promise<DeskTexts> {
  const read = await Promise.all(deskDocuments.map(async (name) => [name, await source(join(folder, `${name}.yaml`))] as const));
  return Object.fromEntries(read) as DeskTexts;
}

async function source(file: string): Promise<{ readonly file: string; readonly text: string }> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_CREDIT_FILE', `${file} cannot be read`, { cause, help: 'Give the path of a file that exists.' });
  });
  return { file, text };
}
