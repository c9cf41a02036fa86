/** fedcredit audit verify: is an audit log whole and unchanged? Needs nothing but files: the log, its witnessed heads, public keys. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../base/index.ts';
import { type AuditReport, type HeadFile, verifyAudit } from '../../node/index.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readTrustedKeys } from '../trusted-keys.ts';
import type { Ui } from '../ui.ts';

export const auditVerify: CommandModule = {
  name: 'audit verify',
  define(command) {
    command
      .description(
        'Check that no line of an audit log was changed, removed, inserted or reordered, and that it is the log its witnesses saw.',
      )
      .argument('<file>', 'state/audit.jsonl of a party')
      .option('--heads <file>', "a witness's state/witnessed/<party>.jsonl; may be repeated", collect, [])
      .option('--key <key>', 'certificate of the party or a witness, or party=FILE, party=sha256/...; repeat it', collect, [])
      .option('--head <hash>', 'a head written down earlier: finds a log whose end was cut off')
      .addHelpText(
        'after',
        examples(
          [
            'fedcredit audit verify platform/state/audit.jsonl --heads bank/state/witnessed/platform.jsonl --key platform.crt --key bank.crt',
            'whole, unchanged, and as the bank witnessed it: offline, on any machine',
          ],
          ['fedcredit audit verify platform/state/audit.jsonl', 'the chain alone: a log rewritten or cut off as a whole is not found'],
        ),
      );
  },
  async run([file = ''], options, { ui }) {
    const heads = await Promise.all(listOf(options.heads).map(readHeadFile));
    const report = verifyAudit(await readLog(file), {
      ...(options.head !== undefined && { knownHead: String(options.head) }),
      ...(heads.length > 0 && { heads, keys: await readTrustedKeys(listOf(options.key)) }),
    });
    show(ui, report);
    ui.event('result', { ok: true, ...report });
    return EXIT.ok;
  },
};

function show(ui: Ui, { events, sessionsClosed, sessionsFailed, refused, disclosedBits, head, heads }: AuditReport): void {
  ui.table(
    ['events', 'sessions closed', 'failed', 'refused', 'bits disclosed'],
    [[events, sessionsClosed, sessionsFailed, refused, disclosedBits]],
  );
  if (heads) {
    ui.table(
      ['witness', 'heads', 'events', 'last seen'],
      heads.witnesses.map((witness) => [witness.party, witness.heads, witness.events, witness.time]),
    );
    ui.print(
      `the log of ${heads.log}: ${plural(heads.witnessed)} of ${events} stand as witnessed, none changed, removed, inserted or moved`,
    );
    if (heads.unwitnessed > 0) ui.print(`${plural(heads.unwitnessed)} came after the last head: no witness has seen them yet`);
  }
  const whole = heads
    ? 'whole and unchanged'
    : 'the chain is whole; only witnessed heads (--heads) tell a log that was cut off or written anew';
  ui.print(`${whole}; head ${head}`);
}

const plural = (events: number): string => `${events} event${events === 1 ? '' : 's'}`;
const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const listOf = (given: unknown): string[] => (Array.isArray(given) ? given.map(String) : []);

async function readHeadFile(name: string): Promise<HeadFile> {
  return { name, text: await readText(name, "Give the witnessed/<party>.jsonl in a witness's state folder.") };
}

export const readLog = (file: string): Promise<string> => readText(file, 'Give the audit.jsonl in the state folder of a party.');

/** Bytes that are no UTF-8 would be read as others. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readText(file: string, help: string): Promise<string> {
  try {
    return utf8.decode(await readFile(file));
  } catch (cause) {
    throw new InputError('ERR_AUDIT_FILE', `${file} cannot be read`, { cause, help });
  }
}
