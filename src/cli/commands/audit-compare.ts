/** fedcredit audit compare: did two parties write down the same sessions? Each log is a witness of the other. */
import { compareAudits } from '../../node/index.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readLog } from './audit-verify.ts';

export const auditCompare: CommandModule = {
  name: 'audit compare',
  define(command) {
    command
      .description('Compare the audit logs of two parties: same sessions, same contracts, same transcripts.')
      .argument('<first>', 'audit.jsonl of one party')
      .argument('<second>', 'audit.jsonl of the other')
      .addHelpText(
        'after',
        examples(['fedcredit audit compare platform/state/audit.jsonl bank/state/audit.jsonl', 'exit status 5 when they differ']),
      );
  },
  async run([first = '', second = ''], _options, { ui }) {
    const differences = compareAudits(await readLog(first), await readLog(second));
    if (differences.length > 0) {
      ui.table(
        ['session', 'difference'],
        differences.map(({ session, problem }) => [session, problem]),
      );
    } else ui.print('the logs agree');
    ui.event('result', { ok: differences.length === 0, differences });
    return differences.length === 0 ? EXIT.ok : EXIT.refused;
  },
};
