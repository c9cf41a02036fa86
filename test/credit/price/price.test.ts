import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSeason, seasonalLimit, seasonDueMonth, seasonExamples } from '../../../src/credit/limit/index.ts';
import { fen, sumFen, yuan } from '../../../src/credit/money/index.ts';
import {
  bestRate,
  corporateCapital,
  dailyInterest,
  disclosedRate,
  extendLprTable,
  formatRate,
  lprOn,
  lprTable,
  makeOffer,
  parseLprTable,
  parsePricePolicy,
  priceLoan,
  rate,
  rateNumber,
  ratePpm,
  repaymentPlan,
  retailCapital,
  takeUp,
} from '../../../src/credit/price/index.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/credit.json', import.meta.url), 'utf8'));
const code = (expected: string, message: RegExp = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const text = `version: 2025-06
spread: {AAA: 0bp, A: 45bp, BB: 120bp, CCC: 260bp}
term:
  - {fromMonths: 13, add: 10bp}
  - {fromMonths: 37, add: 30bp}
product: {invoice: 20bp, green: -10bp}
floor: {funding: 180bp, cost: 60bp, lgd: 45%, hurdle: 10%, riskFree: 2%, capital: retail}
max: 15.4%
`;
const policy = parsePricePolicy({ file: 'price.yaml', text });
const input = { day: '2025-06-01', grade: 'A', pd: 0.0036, months: 12, product: 'invoice' };

describe('LPR', () => {
  it('is the quotation in force on the day', () => {
    expect(
      [lprOn(lprTable, '2025-05-19', '1Y'), lprOn(lprTable, '2025-05-20', '1Y'), lprOn(lprTable, '2025-06-01', '5Y')].map(formatRate),
    ).toEqual(['3.10%', '3.00%', '3.50%']);
  });
  it('is carried on with one call, also when nothing changed, and the error says which', () => {
    const help = expect.objectContaining({ code: 'ERR_CREDIT_LPR_RANGE', help: expect.stringContaining('extendLprTable(') });
    expect(() => lprOn(lprTable, '2025-06-20', '1Y')).toThrow(help);
    // Invented quotations: what is tested is the table, not the market.
    const head = 'source: bank desk\ncheckedUntil: 2025-09-19\nquotes:';
    const same = extendLprTable(lprTable, { file: 'lpr.yaml', text: `${head} []\n` });
    expect(formatRate(lprOn(same, '2025-09-19', '5Y'))).toBe('3.50%');
    const cut = extendLprTable(lprTable, { file: 'lpr.yaml', text: `${head}\n  - [2025-08-20, 2.90%, 3.40%]\n` });
    expect(['2025-08-19', '2025-08-20'].map((day) => formatRate(lprOn(cut, day, '1Y')))).toEqual(['3.00%', '2.90%']);
    expect(() => lprOn(cut, '2025-09-20', '1Y')).toThrow(help);
    for (const [text, message] of [
      [`${head}\n  - [2025-05-20, 2.90%, 3.40%]\n`, /^lpr\.yaml:4:5: quotes\.0: is not after 2025-05-20/],
      [`${head.replace('09-19', '06-19')} []\n`, /^lpr\.yaml:2:15: checkedUntil: /],
      [`${head}\n  - [2025-09-22, 2.90%, 3.40%]\n`, /checkedUntil|before the last/],
    ] as const)
      expect(() => extendLprTable(lprTable, { file: 'lpr.yaml', text })).toThrow(code('ERR_CREDIT_LPR_TABLE', message));
  });
  it('refuses days its table does not know', () => {
    expect(() => lprOn(lprTable, '2019-08-19', '1Y')).toThrow(code('ERR_CREDIT_LPR_RANGE'));
    expect(() => lprOn(lprTable, '2026-11-22', '1Y')).toThrow(code('ERR_CREDIT_LPR_RANGE'));
    expect(() =>
      parseLprTable({
        file: 'lpr.yaml',
        text: 'source: x\ncheckedUntil: 2025-06-01\nquotes:\n  - [2025-05-20, 3%, 3.5%]\n  - [2025-05-20, 3%, 3.5%]\n',
      }),
    ).toThrow(code('ERR_CREDIT_LPR_TABLE', /lpr\.yaml:5:5/));
  });
});

describe('a price', () => {
  it('adds up from named parts', () => {
    const price = priceLoan(policy, lprTable, input);
    expect(formatRate(price.rate)).toBe('3.65%');
    expect(price.parts.map((part) => [part.name, formatRate(part.rate)])).toEqual([
      ['LPR 1Y', '3.00%'],
      ['grade A', '0.45%'],
      ['product invoice', '0.20%'],
    ]);
    expect(price.bound).toBe('policy');
    expect(priceLoan(policy, lprTable, { ...input, months: 61 }).parts.map((p) => formatRate(p.rate))).toEqual([
      '3.50%',
      '0.45%',
      '0.30%',
      '0.20%',
    ]);
  });
  it('is raised to the floor, which covers funding, cost, expected loss and capital; a voucher lowers what the firm pays only', () => {
    const price = priceLoan(policy, lprTable, { ...input, grade: 'CCC', pd: 0.09, voucher: rate('1%') });
    expect(price.bound).toBe('floor');
    expect(price.gross).toBe(price.floor);
    expect(price.gross - price.rate).toBe(rate('1%'));
    expect(price.parts.reduce((sum, part) => sum + part.rate, 0)).toBe(price.rate);
    expect(rateNumber(price.floor)).toBeGreaterThanOrEqual(price.floorParts.reduce((sum, part) => sum + part.share, 0));
    expect(price.floorParts[2]).toEqual({ name: 'expected loss', share: 0.09 * 0.45 });
  });
  it('refuses an unlisted grade, a senseless term, a floor above the ceiling', () => {
    expect(() => priceLoan(policy, lprTable, { ...input, grade: 'D' })).toThrow(code('ERR_CREDIT_PRICE_GRADE'));
    expect(() => priceLoan(policy, lprTable, { ...input, grade: 'toString' })).toThrow(code('ERR_CREDIT_PRICE_GRADE'));
    expect(() => priceLoan(policy, lprTable, { ...input, months: 0 })).toThrow(code('ERR_CREDIT_PRICE_INPUT'));
    expect(() => priceLoan(policy, lprTable, { ...input, pd: 0.4 })).toThrow(code('ERR_CREDIT_PRICE_FLOOR'));
    expect(() => priceLoan({ ...policy, belowFloor: 'refuse' }, lprTable, { ...input, grade: 'CCC', pd: 0.09 })).toThrow(
      code('ERR_CREDIT_PRICE_FLOOR', /below the floor/),
    );
    expect(() => parsePricePolicy({ file: 'price.yaml', text: text.replace('45bp', '0.00001bp') })).toThrow(
      code('ERR_CREDIT_PRICE_POLICY', /price\.yaml:2:/),
    );
  });
  it('needs the capital of the internal-ratings formula (scipy)', () => {
    for (const [pd, lgd, k] of golden.retail) expect(retailCapital({ pd, lgd })).toBeCloseTo(k, 12);
    for (const [pd, lgd, sales, maturity, k] of golden.corporate) expect(corporateCapital({ pd, lgd }, sales, maturity)).toBeCloseTo(k, 12);
  });
  it('can be chosen for expected profit against churn', () => {
    const grid = [4, 6, 8, 10].map((percent) => rate(`${percent}%`));
    const best = bestRate(grid, (r) => Math.min(1, (rateNumber(r) - 0.03) * 12), { pd: 0.01, lgd: 0.5, cost: rate('2%') });
    expect(formatRate(best.rate)).toBe('6.00%');
  });
});

describe('repayment', () => {
  it('等额本息 of 100,000 元 over 12 months at 3.65 %: 8,499.01 元 a month, last one settles', () => {
    const plan = repaymentPlan({ principal: yuan('10万'), rate: rate('3.65%'), months: 12, from: '2025-06-01' }, 'level-payment');
    expect(plan[0].principal + plan[0].interest).toBe(849_901n);
    expect(plan[11].balance).toBe(0n);
    expect(
      disclosedRate(
        yuan('10万'),
        plan.map((p) => fen(p.principal + p.interest)),
      ),
    ).toBeCloseTo(0.0365, 6);
  });
  it('act/360 on the real days of each month, month ends included', () => {
    const plan = repaymentPlan({ principal: yuan('36万'), rate: rate('3.6%'), months: 3, from: '2025-01-31' }, 'interest-first');
    expect(plan.map((p) => p.due)).toEqual(['2025-02-28', '2025-03-31', '2025-04-30']);
    expect(plan.map((p) => p.interest)).toEqual([yuan(1008), yuan(1116), yuan(1080)]);
    expect(dailyInterest(yuan('36万'), rate('3.6%'), 1)).toBe(yuan(36));
  });
  it('principal parts sum to the loan in every kind, balances never negative', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 11n }),
        fc.integer({ min: 0, max: 240_000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('level-payment', 'level-principal', 'interest-first'),
        (principal, ppm, months, kind) => {
          const plan = repaymentPlan(
            { principal: fen(principal), rate: ratePpm(ppm), months, from: '2024-02-29' },
            kind as 'level-payment',
          );
          expect(sumFen(plan.map((p) => p.principal))).toBe(principal);
          expect(plan.every((p) => p.balance >= 0n && p.interest >= 0n && p.principal >= 0n)).toBe(true);
        },
      ),
    );
  });
});

describe('seasons and offers', () => {
  it('average to the yearly limit from below, and end in the trough', () => {
    const bounds = { step: fen(1), max: yuan('1亿') };
    for (const season of seasonExamples) {
      const months = Array.from({ length: 12 }, (_, m) => seasonalLimit(yuan('60万'), season, m + 1, bounds));
      const sum = sumFen(months);
      expect(sum <= 12n * yuan('60万') && sum > 12n * yuan('60万') - 12n).toBe(true);
    }
    expect(seasonExamples.map(seasonDueMonth)).toEqual([3, 1, 6, 3]);
    expect(seasonalLimit(yuan('60万'), seasonExamples[0], 1, { step: yuan('1万'), max: yuan('100万') })).toBe(yuan('100万'));
    expect(() => parseSeason({ file: 's.yaml', text: 'name: x\nsource: y\nmonths: [0,0,0,0,0,0,0,0,0,0,0,0]\n' })).toThrow(
      code('ERR_CREDIT_SEASON', /s\.yaml:3:9/),
    );
  });
  it('stand until their day and up to their limit', () => {
    const offer = makeOffer(
      {
        id: 'q1',
        product: 'invoice',
        limit: yuan('50万'),
        rate: rate('3.65%'),
        months: 12,
        repayment: 'level-payment',
        madeOn: '2025-12-20',
      },
      30,
    );
    expect(offer.validUntil).toBe('2026-01-19');
    expect(takeUp(offer, yuan('50万'), '2026-01-19').amount).toBe(yuan('50万'));
    expect(() => takeUp(offer, yuan('50万'), '2026-01-20')).toThrow(code('ERR_CREDIT_OFFER_EXPIRED'));
    expect(() => takeUp(offer, yuan('50.01万'), '2026-01-01')).toThrow(code('ERR_CREDIT_OFFER_AMOUNT'));
  });
});
