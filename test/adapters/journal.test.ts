import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendLine, lastJournalLine, readJournalLines } from '../../src/adapters/files/index.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();

describe('the last line of a journal', () => {
  it.each([
    ['no file', undefined, undefined, undefined],
    ['nothing', '', undefined, ''],
    ['one line', 'a\n', 'a', 'a\n'],
    ['an empty line', '\n', '', '\n'],
    ['lines', 'a\nbb\nccc\n', 'ccc', 'a\nbb\nccc\n'],
    ['half a line', 'half', undefined, ''],
    ['half a line behind whole ones', 'a\nbb\nhal', 'bb', 'a\nbb\n'],
    ['more than is read at once', `${'x'.repeat(70_000)}\n中文\nhal`, '中文', `${'x'.repeat(70_000)}\n中文\n`],
  ])('of %s is found from the end, and leaves whole lines', async (name, text, last, left) => {
    const path = join(temp.path, name);
    if (text !== undefined) writeFileSync(path, text);
    expect(await lastJournalLine(path)).toBe(last);
    expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(left);
    expect((await readJournalLines(path)).at(-1)).toBe(last);
    await appendLine(path, 'next');
    expect(await lastJournalLine(path)).toBe('next');
  });

  it('is not guessed when it is longer than any', async () => {
    const path = temp.write('long', `a\n${'x'.repeat(70_000)}\n`);
    await expect(lastJournalLine(path)).rejects.toMatchObject({ code: 'ERR_FILES_JOURNAL' });
  });
});
