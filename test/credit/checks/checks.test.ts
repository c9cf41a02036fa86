/** The detectors on the synthetic city (invented data): how much of what is planted they find, and how often they are wrong. */
import { describe, expect, it } from 'vitest';
import { accessFindings, assetKey, billKey, billRegister, checkClaims, overPledged } from '../../../src/credit/checks/index.ts';
import { applyRules, parseRuleSet } from '../../../src/credit/rules/index.ts';
import {
  type City,
  type CityRegisters,
  type ClaimStory,
  parseRecordIds,
  syntheticBills,
  syntheticCity,
  syntheticRegisters,
} from '../../../src/data/index.ts';

const cities = [7, 11, 23, 31, 47].map((seed) => syntheticCity({ seed, firms: 8000 }));

/** Counts over all cities. */
function judge<T>(of: (city: City) => { readonly alarms: readonly T[]; readonly planted: readonly T[] }) {
  let [alarms, planted, right] = [0, 0, 0];
  for (const city of cities) {
    const one = of(city);
    const wanted = new Set(one.planted);
    alarms += one.alarms.length;
    planted += wanted.size;
    right += one.alarms.filter((alarm) => wanted.has(alarm)).length;
  }
  return { alarms, planted, precision: right / alarms, recall: right / planted };
}
const stories = new Map(
  cities.map((city) => {
    const { issued, claims, truth } = syntheticBills(city);
    return [city, { verdicts: checkClaims(billRegister(issued), claims), truth }] as const;
  }),
);
const registers = new Map(cities.map((city) => [city, syntheticRegisters(city)] as const));
const bills = (verdicts: readonly string[], wanted: readonly ClaimStory[]) =>
  judge((city) => {
    const { verdicts: found, truth } = stories.get(city) as { verdicts: readonly string[]; truth: readonly ClaimStory[] };
    const places = truth.map((_, i) => i);
    return { alarms: places.filter((i) => verdicts.includes(found[i])), planted: places.filter((i) => wanted.includes(truth[i])) };
  });

describe('the detectors find what is planted, over five cities', () => {
  it('forged and raised medical bills: all, and what else they stop is mistyped', () => {
    const found = bills(['not-issued', 'differs'], ['forged', 'raised']);
    expect(found.planted).toBeGreaterThan(300);
    expect(found.recall).toBe(1);
    expect(found.precision).toBeGreaterThan(0.75);
    expect(bills(['not-issued', 'differs'], ['forged', 'raised', 'mistyped']).precision).toBe(1);
  });
  it('bills claimed beyond their amount: all, and no bill that two insurers share', () => {
    const found = bills(['over-claimed'], ['again']);
    expect(found.planted).toBeGreaterThan(100);
    expect([found.precision, found.recall > 0.97]).toEqual([1, true]);
  });
  const pledged = (planted: 'pledgedTwice' | 'secondRank' | 'refinanced') =>
    judge((city) => {
      const { pledges, truth } = registers.get(city) as CityRegisters;
      const rows = Object.entries(pledges).flatMap(([lender, own]) => own.map(({ written, share }) => ({ lender, asset: written, share })));
      return { alarms: overPledged(rows).overPledged.map(({ asset }) => asset), planted: truth[planted] };
    });
  it('assets pledged beyond their value: nearly all; a pledge that nobody struck off looks the same, a second rank does not', () => {
    const found = pledged('pledgedTwice');
    expect(found.planted).toBeGreaterThan(10);
    expect(found.recall).toBeGreaterThan(0.85);
    expect(found.precision).toBeGreaterThan(0.5);
    expect(pledged('refinanced').precision).toBeCloseTo(1 - found.precision);
    expect(pledged('secondRank').planted).toBeGreaterThan(30);
    expect(pledged('secondRank').recall).toBe(0);
  });
  it('operators who misuse data: most; the few who browse once or twice a month pass for forgetful', () => {
    const found = judge((city) => {
      const { accesses, truth } = registers.get(city) as CityRegisters;
      const alarms = accessFindings(accesses).filter(({ suspicious }) => suspicious);
      return { alarms: alarms.map(({ bank, operator }) => `${bank}/${operator}`), planted: truth.misusers };
    });
    expect(found.planted).toBe(15);
    expect(found.recall).toBeGreaterThan(0.8);
    expect(found.precision).toBeGreaterThan(0.7);
  });
  it('dirty credit codes: every mistyped one by its check characters, every other spelling repaired', () => {
    const found = judge((city) => {
      const { writtenIds } = city.platform;
      const mistyped = city.truth.dirty.filter(({ holder, kind }) => holder === 'platform' && kind === 'character');
      return {
        alarms: parseRecordIds(writtenIds, { mode: 'warn', column: 'uscc' }).warningRows,
        planted: mistyped.map(({ row }) => row + 1),
      };
    });
    expect(found.planted).toBeGreaterThan(20);
    expect([found.precision, found.recall]).toEqual([1, 1]);
  });
});

describe('what is compared', () => {
  const bill = { code: '98010126', number: '0001000002', check: 'a1b2c3', fen: 12_345, day: '2026-03-02' };
  it('is one spelling of a thing', () => {
    expect(assetKey('980101 123456-gb00001-f00010002')).toBe('980101123456GB00001F00010002');
    expect(assetKey('９８０１０１１２３４５６ＧＢ００００１Ｆ０００１０００２')).toBe('980101123456GB00001F00010002');
    expect(billKey({ ...bill, number: ' 00010 00002', check: 'A1B2C3' })).toBe(billKey(bill));
  });
  it.each([
    ['a short number', { number: '123' }],
    ['a negative amount', { fen: -1 }],
    ['half a 分', { fen: 1.5 }],
    ['a day written otherwise', { day: '2026/03/02' }],
    ['a separator in a part', { check: 'a|b2c3' }],
  ])('%s is no bill', (_, change) => {
    expect(billKey({ ...bill, ...change })).toBeUndefined();
    expect(checkClaims(billRegister([bill]), [{ bill: { ...bill, ...change }, claimedFen: 1 }])).toEqual(['unreadable']);
  });
  it('a claim is judged by what was claimed before it', () => {
    const claim = (claimedFen: number, changes = {}) => ({ bill: { ...bill, ...changes }, claimedFen });
    const claims = [claim(10_000), claim(2_345), claim(1), claim(5, { fen: 99_999 }), claim(5, { number: '0009999999' }), claim(0)];
    expect(checkClaims(billRegister([bill]), claims)).toEqual([
      'genuine',
      'genuine',
      'over-claimed',
      'differs',
      'not-issued',
      'unreadable',
    ]);
  });
  it('a number that is no asset, or a share that is none, is told and not summed', () => {
    const asset = '980101123456GB00001F00010002';
    const rows = [
      { lender: 'a', asset, share: 0.6 },
      { lender: 'b', asset: asset.toLowerCase(), share: 0.5 },
      { lender: 'c', asset: 'GB1', share: 0.5 },
      { lender: 'c', asset, share: Number.NaN },
    ];
    expect(overPledged(rows)).toEqual({ overPledged: [{ asset, lenders: ['a', 'b'], share: 1.1 }], unreadable: [2, 3] });
  });
  it('an application belongs to the firm it was first used for', () => {
    const event = (minute: number, firm: number, application?: string) => ({ bank: 'b', operator: 'o', minute, firm, application });
    const log = [event(600, 1, 'x'), event(601, 1, 'x'), event(602, 2, 'x'), event(1300, 3), event(2000, 4, 'y')];
    expect(accessFindings(log, { minCount: 2 })).toEqual([
      { bank: 'b', operator: 'o', lookups: 5, withoutApplication: 1, underAnother: 1, afterHours: 0.2, suspicious: true },
    ]);
    expect(accessFindings(log)[0].suspicious).toBe(false);
    const fields = { withoutApplication: { type: 'integer' }, afterHours: { type: 'number' } };
    const when = { and: [{ '>': [{ var: 'withoutApplication' }, 0] }, { '>=': [{ var: 'afterHours' }, 0.2] }] };
    const rules = [{ name: 'late', when, effect: 'refer', reason: '非工作时间无业务查询' }];
    const own = parseRuleSet({ name: 'compliance', value: { name: 'compliance', version: 1, from: '2026-01-01', fields, rules } });
    expect(applyRules(own, { ...accessFindings(log)[0] }).hits).toMatchObject([{ rule: 'late', truth: 'true' }]);
    const refused = expect.objectContaining({ code: 'ERR_CREDIT_ACCESS' });
    expect(() => accessFindings([...log].reverse())).toThrow(refused);
    expect(() => accessFindings(log, { minCount: 0 })).toThrow(refused);
  });
});
