/** The code a newcomer reads first runs as it stands. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();

it('the README of the credit wing runs', () => {
  const text = readFileSync(new URL('../../src/credit/README.md', import.meta.url), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(text)?.[1] ?? '';
  const door = new URL('../../src/credit/index.ts', import.meta.url).href;
  const script = temp.write('readme.ts', code.replace("'fedcredit/credit'", JSON.stringify(door)));
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  expect(output.trim().split('\n')).toEqual([
    'accept → accept: firms 1, bad 0',
    'refer → decline: firms 1, bad 1',
    'decline → decline: firms 1, bad 0',
    '成立不满两年',
  ]);
});
