/**
 * Journals: whole lines in a file, flushed before a call returns. A crash in the middle of a line leaves a last line without an
 * end, which is cut off when the journal is opened: its call never returned, so nobody relied on it.
 */
import { readFile, truncate } from 'node:fs/promises';
import { isMissing } from './atomic.ts';

/** The whole lines of a journal; none when there is no file. */
export async function readJournalLines(path: string): Promise<readonly string[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  if (whole.length < bytes.length) await truncate(path, whole.length);
  return whole.toString('utf8').split('\n').slice(0, -1);
}

/** Runs one piece of work after the other, in the order of the calls; a failure stops nobody behind it. */
export function turnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
