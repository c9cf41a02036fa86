/** Encryptions of zero made ahead: each used once, and none that nobody will use. */
import { expect, it } from 'vitest';
import { ZeroPool } from '../../../src/he/kernel/zero-pool.ts';

async function drain(entries: number, most: number, uses: number): Promise<{ made: number; given: number }> {
  const made: number[] = [];
  const pool = new ZeroPool({ entries, most }, async (entry) => void made.push(entry));
  let given = 0;
  for (let use = 0; use < uses; use++) {
    await pool.filled();
    const entry = pool.take();
    if (entry !== undefined) given++;
    pool.used(entry);
  }
  return { made: made.length, given };
}

it('makes an entry anew when it was used', async () => {
  expect(await drain(2, Number.POSITIVE_INFINITY, 10)).toEqual({ made: 12, given: 10 });
});

it('makes no more than will be used, and leaves what comes beyond to its user', async () => {
  expect(await drain(2, 5, 7)).toEqual({ made: 5, given: 5 });
  expect(await drain(0, 0, 3)).toEqual({ made: 0, given: 0 });
});
