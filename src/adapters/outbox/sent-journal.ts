/**
 * Which notices have left, for channels whose receiver knows no idempotency keys: a line with the SHA-256 of the key for each. Mail needs it;
 * a webhook or an inbox folder tells a repeated key by itself.
 */
import { createHash } from 'node:crypto';
import { InputError } from '../../base/index.ts';
import { appendLine, readJournalLines } from '../files/index.ts';

/** Fingerprints of the keys that were sent. */
export interface SentJournal {
  has(key: string): boolean;
  /** On disk when it returns. */
  add(key: string): Promise<void>;
}

/** SHA-256 of a notice's key, in hex: names it without showing the loan it holds. */
export const keyFingerprint = (key: string): string => createHash('sha256').update(key).digest('hex');

/**
 * Opens or begins a journal; its folder must exist. One process at a time.
 * @throws InputError `ERR_OUTBOX_FILE` naming the line that is no fingerprint.
 */
export async function openSentJournal(path: string): Promise<SentJournal> {
  const lines = await readJournalLines(path);
  const wrong = lines.findIndex((line) => !/^[0-9a-f]{64}$/.test(line));
  if (wrong >= 0)
    throw new InputError('ERR_OUTBOX_FILE', `line ${wrong + 1} of the sent journal is no entry`, {
      help: 'The file was changed by something else; restore it. Without it a notice in doubt can be mailed twice.',
    });
  const sent = new Set(lines);
  return Object.freeze({
    has: (key: string) => sent.has(keyFingerprint(key)),
    async add(key: string): Promise<void> {
      await appendLine(path, keyFingerprint(key));
      sent.add(keyFingerprint(key));
    },
  });
}
