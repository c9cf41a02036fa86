/** fedcredit audit verify: is an audit log whole and unchanged? Needs nothing but the file. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../base/index.ts';
import { verifyAudit } from '../../node/index.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

export const auditVerify: CommandModule = {
  name: 'audit verify',
  define(command) {
    command
      .description('Check that no line of an audit log was changed, removed, inserted or reordered.')
      .argument('<file>', 'state/audit.jsonl of a party')
      .option('--head <hash>', 'a head written down earlier: finds a log whose end was cut off')
      .addHelpText('after', examples(['fedcredit audit verify platform/state/audit.jsonl', 'prints the head: write it down elsewhere']));
  },
  async run([file = ''], options, { ui }) {
    const report = verifyAudit(await readLog(file), { knownHead: options.head === undefined ? undefined : String(options.head) });
    ui.table(
      ['events', 'sessions closed', 'failed', 'refused', 'bits disclosed'],
      [[report.events, report.sessionsClosed, report.sessionsFailed, report.refused, report.disclosedBits]],
    );
    ui.print(`whole and unchanged; head ${report.head}`);
    ui.event('result', { ok: true, ...report });
    return EXIT.ok;
  },
};

export async function readLog(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_AUDIT_FILE', `${file} cannot be read`, {
      cause,
      help: 'Give the audit.jsonl in the state folder of a party.',
    });
  });
}
