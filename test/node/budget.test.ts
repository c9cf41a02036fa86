/** T33: no two sessions spend the same bits; no crash or clock gives any back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../src/base/index.ts';
import { fileBudgets, type PeerBudget } from '../../src/node/index.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const JANUARY = Date.UTC(2026, 0, 31, 23);
const FEBRUARY = Date.UTC(2026, 1, 1);
let folders = 0;

function budget(folder: string, now = JANUARY, limit = 100): PeerBudget {
  return fileBudgets({ folder, clock: { now: () => now }, bitsPerMonth: new Map([['bank', limit]]) }).of('bank');
}
const freshFolder = (): string => join(temp.path, `budget-${++folders}`);

describe('an information budget', () => {
  it('gives out its bits and not one more, however many ask at once', async () => {
    const bank = budget(freshFolder());
    const debits = await Promise.allSettled(Array.from({ length: 200 }, () => bank.debit(1)));
    expect(debits.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    expect(await bank.left()).toBe(0);
  });

  it('refuses with what is left, and takes nothing', async () => {
    const bank = budget(freshFolder());
    await bank.debit(60);
    const error: unknown = await bank.debit(41).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'ERR_REFUSED_BUDGET', details: { left: 40 } });
    await bank.debit(40);
  });

  it('remembers after a restart', async () => {
    const folder = freshFolder();
    await budget(folder).debit(70);
    expect(await budget(folder).left()).toBe(30);
  });

  it('starts anew with the month, and not when the clock is set back', async () => {
    const folder = freshFolder();
    await budget(folder).debit(70);
    expect(await budget(folder, FEBRUARY).left()).toBe(100);
    await budget(folder, FEBRUARY).debit(90);
    expect(await budget(folder, JANUARY).left()).toBe(10);
  });

  it('has nothing for a peer without an entry', async () => {
    const book = fileBudgets({ folder: freshFolder(), clock: { now: () => JANUARY }, bitsPerMonth: new Map() });
    await expect(book.of('stranger').debit(0.1)).rejects.toBeInstanceOf(RefusedError);
  });

  it('stops rather than start again when its file is damaged', async () => {
    const folder = freshFolder();
    await budget(folder).debit(70);
    writeFileSync(join(folder, 'bank.json'), readFileSync(join(folder, 'bank.json'), 'utf8').slice(0, -3));
    await expect(budget(folder).debit(1)).rejects.toMatchObject({ code: 'ERR_BUDGET_FILE' });
  });

  it('refuses a debit that is no number of bits', async () => {
    mkdirSync(freshFolder());
    for (const bits of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(budget(freshFolder()).debit(bits)).rejects.toMatchObject({ code: 'ERR_INTERNAL_RANGE' });
  });
});
