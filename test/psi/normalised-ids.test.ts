import { describe, expect, it } from 'vitest';
import { parseRecordIds } from '../../src/data/index.ts';
import { align } from './support.ts';

const normalise = (texts: readonly string[], mode: 'warn' | 'strict' = 'warn'): readonly string[] =>
  parseRecordIds(texts, { mode, column: 'uscc' }).ids;

describe('credit codes spelled differently on the two sides (T37)', () => {
  it('align exactly: full width, spaces, hyphens, lower case; a wrong check character is another customer', async () => {
    const bank = ['91350100M000100Y43', '91330106MA2CFL1T4Q', '9111 0108 5514 8479 17', '91310115591673062R', '91440300708461136T'];
    const platform = [
      '９１３５０１００Ｍ０００１００Ｙ４３',
      '91330106-ma2cfl1t4q',
      ' 911101085514847917',
      '91310115591673062X',
      '91440300708461136t\u200b',
    ];
    const [left, right] = await align(normalise(bank), normalise(platform));
    const pairs = [...left.rows].map((row, k) => [row, right.rows[k]]).sort(([a], [b]) => a - b);
    expect(pairs).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [4, 4],
    ]);
  });
});
