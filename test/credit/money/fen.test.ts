import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRatio,
  fen,
  fenFromYuan,
  formatYuan,
  fraction,
  ratioOf,
  roundDown,
  timesFloor,
  timesRound,
  yuan,
} from '../../../src/credit/money/index.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
};

describe('money in 分', () => {
  it('reads 元, 万 and 亿 exactly', () => {
    expect(yuan('1234.56')).toBe(123456n);
    expect(yuan('50万')).toBe(50_000_000n);
    expect(yuan('1.25亿')).toBe(12_500_000_000n);
    expect(yuan(-0.1)).toBe(-10n);
    expect(yuan('1,000')).toBe(100_000n);
  });
  it('refuses what would lose a digit or is no amount', () => {
    for (const text of ['0.001', '1e9', 'NaN', '', '五十', '1.2.3', 'Infinity']) expect(codeOf(() => yuan(text))).toBe('ERR_CREDIT_MONEY');
    expect(codeOf(() => fen(0.5))).toBe('ERR_CREDIT_MONEY');
    expect(codeOf(() => fen(10n ** 18n))).toBe('ERR_CREDIT_MONEY');
  });
  it('rounds a measured double by its decimal form: 1.005 元 is 101 分 though the double is below', () => {
    expect(fenFromYuan(1.005)).toBe(101n);
    expect(fenFromYuan(-1.005)).toBe(-101n);
    expect(fenFromYuan(0.1 + 0.2)).toBe(30n);
    expect(codeOf(() => fenFromYuan(Number.NaN))).toBe('ERR_CREDIT_MONEY');
  });
  it('takes rates as written: 0.15, "15%" and "1500bp" are the same fraction', () => {
    for (const text of ['15%', '1500bp', 0.15]) expect(compareRatio(ratioOf(text), fraction(3, 20))).toBe(0);
    expect(timesFloor(yuan(100), ratioOf(0.29))).toBe(2900n);
    expect(compareRatio(ratioOf(1e-7), fraction(1, 10_000_000))).toBe(0);
  });
  it('floors, rounds and prints every amount consistently', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }), fc.integer({ min: 1, max: 10_000 }), (amount, n) => {
        const money = fen(amount);
        expect(yuan(formatYuan(money))).toBe(money);
        const part = fraction(n, 10_000);
        const floor = timesFloor(money, part);
        expect(floor * 10_000n <= amount * BigInt(n) && (floor + 1n) * 10_000n > amount * BigInt(n)).toBe(true);
        expect([floor, floor + 1n]).toContain(timesRound(money, part));
        const step = fen(n);
        const down = roundDown(money, step);
        expect(down % step).toBe(0n);
        expect(amount - down >= 0n && amount - down < step).toBe(true);
      }),
    );
  });
});
