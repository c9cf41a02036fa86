import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { fen, splitExactly, sumFen, yuan, zeroFen } from '../../../src/credit/money/index.ts';
import { CompensationPool, Ledger, parsePoolPolicy } from '../../../src/credit/pool/index.ts';

const code = (expected: string, message: RegExp = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const text = `name: tech-loans
version: 1
shares: {government: 50%, guarantor: 20%, bank: 30%}
perLoan: 100万
perBank: 800万
claimAfterDays: 90
stopLoss: 5%
leverage: 10
`;
const policy = parsePoolPolicy({ file: 'pool.yaml', text });
const funded = (amount = '1000万', change = {}) => {
  const pool = new CompensationPool({ ...policy, ...change });
  pool.fund(yuan(amount), '2026-01-01');
  return pool;
};

describe('a loss', () => {
  it('is split by the shares to the 分; caps leave the rest with the bank', () => {
    const pool = funded();
    pool.enrol('a', 'b1', fen(10_000_001));
    expect(pool.claim('a', 90, '2026-06-01')).toEqual({ government: 5_000_001n, guarantor: 2_000_000n, bank: 3_000_000n });
    pool.enrol('b', 'b2', yuan('300万'));
    expect(pool.claim('b', 120, '2026-06-02')).toEqual({ government: yuan('100万'), guarantor: yuan('60万'), bank: yuan('140万') });
    expect(sumFen([...pool.ledger.trialBalance().values()])).toBe(0n);
  });
  it('is paid once, not before its day, never beyond the pool or the bank’s cap', () => {
    const pool = funded('30万', { leverage: { numerator: 100n, denominator: 1n } });
    pool.enrol('a', 'b1', yuan('100万'));
    expect(() => pool.claim('a', 89, '2026-06-01')).toThrow(code('ERR_CREDIT_POOL_TOO_EARLY'));
    expect(() => pool.claim('a', Number.NaN, '2026-06-01')).toThrow(code('ERR_CREDIT_POOL_TOO_EARLY'));
    expect(pool.claim('a', 90, '2026-06-01').government).toBe(yuan('30万'));
    expect(pool.cash).toBe(0n);
    expect(() => pool.claim('a', 90, '2026-06-01')).toThrow(code('ERR_CREDIT_POOL_CLAIMED'));
    const capped = funded('1000万', { perBank: yuan('10万') });
    capped.enrol('a', 'b1', yuan('100万'));
    expect(capped.claim('a', 90, '2026-06-01').government).toBe(yuan('10万'));
  });
  it('that is recovered goes back pro rata after costs; more than the loss stays with the bank', () => {
    const pool = funded();
    pool.enrol('a', 'b1', yuan('100万'));
    pool.claim('a', 90, '2026-06-01');
    expect(pool.recover('a', yuan('41万'), yuan('1万'), '2026-07-01')).toEqual({
      government: yuan('20万'),
      guarantor: yuan('8万'),
      bank: yuan('12万'),
    });
    expect(pool.recover('a', yuan('1万'), yuan('2万'), '2026-07-01')).toEqual({ government: 0n, guarantor: 0n, bank: 0n });
    expect(pool.recover('a', yuan('90万'), zeroFen, '2026-08-01')).toEqual({
      government: yuan('30万'),
      guarantor: yuan('12万'),
      bank: yuan('18万'),
    });
    expect(pool.cash).toBe(yuan('1000万'));
    expect(() => pool.recover('a', yuan('1万'), zeroFen, '2026-08-01')).toThrow(code('ERR_CREDIT_POOL_LOAN'));
  });
});

describe('the breaker (熔断)', () => {
  it('stops a bank above the stop-loss until its book is cured, and only that bank', () => {
    const pool = funded();
    for (let i = 0; i < 19; i++) pool.enrol(`l${i}`, 'b1', yuan('10万'));
    pool.claim('l0', 90, '2026-06-01');
    expect(pool.standing('b1').stopped).toBe(true);
    expect(() => pool.enrol('x', 'b1', yuan('1万'))).toThrow(code('ERR_CREDIT_POOL_STOPPED'));
    pool.enrol('y', 'b2', yuan('1万'));
    pool.recover('l0', yuan('5万'), zeroFen, '2026-07-01');
    expect(pool.standing('b1').stopped).toBe(false);
    pool.enrol('x', 'b1', yuan('1万'));
  });
  it('keeps the enrolled book within leverage × pool', () => {
    const pool = funded('10万');
    pool.enrol('a', 'b1', yuan('99万'));
    expect(() => pool.enrol('b', 'b2', yuan('2万'))).toThrow(code('ERR_CREDIT_POOL_CAPACITY'));
    pool.repay('a', yuan('1万'));
    pool.enrol('b', 'b2', yuan('2万'));
    expect(pool.capacity).toBe(0n);
  });
});

describe('the books', () => {
  it('balance through 100,000 random claims and recoveries: entries sum to zero, pool never negative, shares sum to the loss', () => {
    const random = seededRandom(2026);
    const pool = new CompensationPool({
      ...policy,
      stopLoss: { numerator: 2n, denominator: 1n },
      perBank: yuan('500亿'),
      leverage: { numerator: 10_000n, denominator: 1n },
    });
    pool.fund(yuan('10亿'), '2026-01-01');
    const ids = Array.from({ length: 60_000 }, (_, i) => `l${i}`);
    for (const [i, id] of ids.entries()) pool.enrol(id, `b${i % 7}`, fen((random.u32() % 500_000_000) + 1));
    let violations = 0;
    let empty = 0;
    let next = 0;
    for (let operation = 0; operation < 100_000; operation++) {
      if (next < ids.length && (next < 10 || random.uniform() < 0.6)) {
        const { id, balance } = pool.loan(ids[next++]);
        const shares = pool.claim(id, 90 + (random.u32() % 100), '2026-06-01');
        if (shares.government + shares.guarantor + shares.bank !== balance) violations++;
      } else {
        const loan = pool.loan(ids[random.u32() % next]);
        if (loan.balance === 0n) continue;
        const back = pool.recover(loan.id, fen((random.u32() % 400_000_000) + 1), fen(random.u32() % 10_000_000), '2026-07-01');
        if (pool.loan(loan.id).balance !== loan.balance - back.government - back.guarantor - back.bank) violations++;
        if ([back.government, back.guarantor, back.bank].some((part) => part < 0n)) violations++;
      }
      if (pool.cash < 0n) violations++;
      if (pool.cash === 0n) empty++;
    }
    expect(empty).toBeGreaterThan(0);
    for (const posting of pool.ledger.postings) if (posting.entries.reduce((sum, entry) => sum + entry.amount, 0n) !== 0n) violations++;
    expect(violations).toBe(0);
    expect(sumFen([...pool.ledger.trialBalance().values()])).toBe(0n);
    expect(pool.ledger.postings.length).toBeGreaterThan(50_000);
  });
  it('refuse an unbalanced or overdrawing posting and stay as they were', () => {
    const ledger = new Ledger(['cash']);
    expect(() =>
      ledger.post('2026-01-01', 'x', [
        { account: 'cash', amount: fen(1) },
        { account: 'other', amount: fen(-2) },
      ]),
    ).toThrow(code('ERR_CREDIT_LEDGER_UNBALANCED'));
    expect(() =>
      ledger.post('2026-01-01', 'x', [
        { account: 'cash', amount: fen(-1) },
        { account: 'other', amount: fen(1) },
      ]),
    ).toThrow(code('ERR_CREDIT_LEDGER_OVERDRAWN'));
    expect(ledger.postings).toHaveLength(0);
    expect(ledger.trialBalance().size).toBe(0);
  });
  it('split any amount exactly, no part more than 1 分 from its share', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 8 }),
        (amount, weights) => {
          fc.pre(weights.some((w) => w > 0n));
          const parts = splitExactly(fen(amount), weights);
          const sum = weights.reduce((a, b) => a + b, 0n);
          expect(sumFen(parts)).toBe(amount);
          parts.forEach((part, i) => {
            const off = part * sum - amount * weights[i];
            expect(off < sum && off > -sum).toBe(true);
          });
        },
      ),
    );
  });
});

describe('a pool policy', () => {
  it('whose shares do not sum to one, or with negative money, is refused by file and line', () => {
    expect(() => parsePoolPolicy({ file: 'pool.yaml', text: text.replace('30%', '31%') })).toThrow(
      code('ERR_CREDIT_POOL_POLICY', /pool\.yaml:3:9.*exactly 1/),
    );
    expect(() => parsePoolPolicy({ file: 'pool.yaml', text: text.replace('100万', '-100万') })).toThrow(
      code('ERR_CREDIT_POOL_POLICY', /pool\.yaml:4:10/),
    );
  });
});
