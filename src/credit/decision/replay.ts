/** Replay: the same application on the same documents gives the same bytes; a chain of records has no gap and no altered link. */
import { type ErrorCode, InputError } from '../../base/index.ts';
import { canonicalJson, contentHash, textHash } from './canonical.ts';
import { type Application, type DecisionRecord, decide, firstRecord, recordText } from './decide.ts';
import { type DeskTexts, openDesk } from './desk.ts';

const differs = (code: ErrorCode, message: string): never => {
  throw new InputError(code, message, {
    help: 'Keep the record, the application and the documents as they were; one of them was changed.',
  });
};

/**
 * Decides again and compares.
 * @param stored the record's bytes as they were stored.
 * @returns the bytes, equal to `stored`.
 * @throws InputError `ERR_CREDIT_REPLAY_INPUTS` or `ERR_CREDIT_REPLAY_DOCUMENTS` when these are not those of the record,
 *   `ERR_CREDIT_REPLAY_DIFFERS` naming the first part that comes out otherwise, `ERR_CREDIT_REPLAY_RECORD` when `stored` is no record.
 */
export function replay(stored: string, application: Application, texts: DeskTexts): string {
  const record = readRecord(stored);
  const desk = openDesk(texts);
  if (contentHash(application) !== record.inputs) differs('ERR_CREDIT_REPLAY_INPUTS', 'the application is not the one that was decided');
  if (desk.hash !== record.desk) differs('ERR_CREDIT_REPLAY_DOCUMENTS', 'the documents are not those that decided');
  const again = decide(desk, application, record.previous);
  const text = recordText(again);
  if (text !== stored) differs('ERR_CREDIT_REPLAY_DIFFERS', `the decision comes out otherwise: ${firstDifference(record, again)}`);
  return text;
}

/**
 * Checks that each stored record names the one before it.
 * @returns the hash of the last record. @throws InputError `ERR_CREDIT_CHAIN` naming the first record that does not fit.
 */
export function verifyChain(stored: readonly string[]): string {
  return stored.reduce((previous, text, i) => {
    const record = readRecord(text);
    if (record.previous !== previous)
      throw new InputError('ERR_CREDIT_CHAIN', `record ${i + 1} does not follow the one before it`, {
        help: 'A record was altered, removed or put in.',
      });
    return textHash(text);
  }, firstRecord);
}

function readRecord(stored: string): DecisionRecord {
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    value = undefined;
  }
  const format = typeof value === 'object' && value !== null ? (value as Partial<DecisionRecord>).format : undefined;
  if (format !== 'fedcredit/decision/1' || canonicalJson(value) !== stored)
    differs('ERR_CREDIT_REPLAY_RECORD', 'the stored bytes are no decision record of this format');
  return value as DecisionRecord;
}

function firstDifference(before: DecisionRecord, after: DecisionRecord): string {
  const steps = after.steps.find((step, i) => canonicalJson(step) !== canonicalJson(before.steps?.[i] ?? null));
  if (steps) return `step ${steps.step}`;
  const keys = ['outcome', 'limit', 'rate', 'reasons'] as const;
  return keys.find((key) => canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null)) ?? 'the record itself';
}
