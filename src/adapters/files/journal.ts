/**
 * Journals: whole lines in a file, flushed before a call returns. A crash in the middle of a line leaves a last line without an
 * end, which is cut off when the journal is opened: its call never returned, so nobody relied on it.
 */
import { open, readFile, truncate } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../../base/index.ts';
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

/** Longer than any line of a journal whose end is asked for. */
const WINDOW_BYTES = 64 * 1024;

/**
 * The last whole line, read from the end: journals grow, their ends do not. A last line without an end is cut off as above.
 * @throws InputError `ERR_FILES_JOURNAL` when there is no line end in the last 64 KiB
 */
export async function lastJournalLine(path: string): Promise<string | undefined> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - WINDOW_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const tail = buffer.subarray(0, bytesRead);
    const end = tail.lastIndexOf(0x0a);
    const before = end > 0 ? tail.lastIndexOf(0x0a, end - 1) : -1;
    if (start > 0 && before < 0) throw new InputError('ERR_FILES_JOURNAL', `the end of ${basename(path)} is no line of a journal`);
    if (start + end + 1 < size) await file.truncate(start + end + 1);
    return end < 0 ? undefined : tail.toString('utf8', before + 1, end);
  } finally {
    await file.close();
  }
}
