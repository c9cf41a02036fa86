/**
 * Files of witnessed heads: one line of canonical JSON a head, oldest first. The party of a log and its witness write the same lines, each in a
 * file of its own; to an auditor the witness's is worth more, because the party could leave out its last lines.
 */
import { z } from 'zod';
import { isPartyId } from '../../adapters/certificates/index.ts';
import { InputError } from '../../base/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { fromBase64, toBase64, type WitnessedHead } from './tree-head.ts';

const party = z.string().refine(isPartyId);
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text);
const base64 = z.string().refine((text) => text !== '' && toBase64(fromBase64(text)) === text);
const head = z.strictObject({ log: party, root: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().positive(), time });
const witness = z.strictObject({ key: base64, party, signature: base64, time });
const schema = z.strictObject({ head, key: base64, signature: base64, witness });

export const headLine = (witnessed: WitnessedHead): string =>
  canonicalJson({ ...witnessed, head: { ...witnessed.head }, witness: { ...witnessed.witness } });

/** @throws InputError `ERR_AUDIT_HEADS` */
export function parseHeadLine(line: string, where: string): WitnessedHead {
  try {
    const read = schema.parse(JSON.parse(line));
    if (headLine(read) === line) return read;
  } catch (cause) {
    throw notHead(where, cause);
  }
  throw notHead(where);
}

/** Every head of a file. @param name of the file, for errors */
export function readHeads(text: string, name: string): readonly WitnessedHead[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw notHead(`line ${lines.length + 1} of ${name}`);
  return lines.map((line, i) => parseHeadLine(line, `line ${i + 1} of ${name}`));
}

function notHead(where: string, cause?: unknown): InputError {
  return new InputError('ERR_AUDIT_HEADS', `${where} is not a witnessed head`, {
    cause,
    help: 'Give a file of witnessed heads as a node wrote it (state/witnessed/<party>.jsonl); if it is one, it was changed: restore it.',
  });
}
