import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { chinaCalendar } from '../../../src/credit/calendar/index.ts';
import {
  type Applicant,
  acceptCase,
  advanceCase,
  blockingPairs,
  buildMarket,
  coveringProducts,
  deferredAcceptance,
  eligibilityMask,
  lintCatalogue,
  type Market,
  menu,
  openCase,
  optimalAssignment,
  parseCatalogue,
  poolSpecificity,
  refuseCase,
  regionSpecificity,
  whyNot,
} from '../../../src/credit/matching/index.ts';
import { fen, yuan } from '../../../src/credit/money/index.ts';

const code = (expected: string, message: RegExp = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const text = `fields:
  age: {type: number, min: 0}
  grade: {type: text, values: [A, B, C]}
products:
  - name: tea-loan
    bank: city-bank
    regions: ["3301", "330282"]
    industries: [C15, "51"]
    amount: {min: 5万, max: 100万}
    months: {min: 3, max: 12}
    rate: 4.2%
    days: 2
    maxPd: 4%
    quota: 2
    eligibility:
      - {name: age, when: {">=": [{"var": age}, 2]}, reason: 成立满两年}
      - {name: grade, when: {in: [{"var": grade}, [A, B]]}, reason: 纳税等级}
  - {name: everyone, bank: state-bank, regions: ["100000"], amount: {min: 1万, max: 50万}, months: {min: 1, max: 36}, rate: 4.5%, days: 5, maxPd: 10%, quota: 1000}
`;
const catalogue = parseCatalogue({ file: 'products.yaml', text });
const [tea, everyone] = catalogue.products;
const firm = (change: Partial<Applicant> = {}): Applicant => ({
  id: 'f',
  region: '330106',
  industry: '1530',
  ask: yuan('30万'),
  months: 12,
  pd: 0.02,
  fields: { age: 3, grade: 'A' },
  ...change,
});

describe('the hard filter', () => {
  it('lists every reason why not', () => {
    expect(whyNot(firm(), tea)).toEqual([]);
    const reasons = whyNot(
      firm({ region: '440300', industry: '62', ask: yuan('4万'), months: 24, pd: 0.05, fields: { age: 1, grade: null } }),
      { ...tea, quota: 0 },
    );
    expect(reasons.map((r) => r.check)).toEqual(['region', 'industry', 'amount', 'months', 'appetite', 'quota', 'rule', 'rule']);
    expect(reasons[7].reason).toContain('a field is missing');
    expect(regionSpecificity(tea, '330282')).toBe(6);
    expect(regionSpecificity(everyone, '330282')).toBe(0);
  });
  it('says the same for a market at once', () => {
    const random = seededRandom(3);
    const pick = <T>(of: readonly T[]): T => of[random.u32() % of.length];
    const firms = Array.from({ length: 500 }, (_, i) =>
      firm({
        id: String(i),
        region: pick(['330106', '330282', '330283', '440300']),
        industry: pick(['1530', '5110', '62', 'C15']),
        ask: fen((random.u32() % 200_000_000) + 1),
        months: pick([1, 3, 12, 36]),
        pd: random.uniform() * 0.12,
        fields: { age: pick([1, 2, 3, null]), grade: pick(['A', 'B', 'C', null]) },
      }),
    );
    const mask = eligibilityMask(firms, catalogue);
    firms.forEach((f, i) => {
      catalogue.products.forEach((product, p) => {
        expect(mask[i * 2 + p] === 1).toBe(whyNot(f, product).length === 0);
      });
    });
  });
  it('lets nobody into a product that takes no more firms', () => {
    const closed = { ...catalogue, products: catalogue.products.map((product) => ({ ...product, quota: 0 })) };
    expect([...eligibilityMask([firm()], closed)]).toEqual([0, 0]);
    expect([...eligibilityMask([firm()], catalogue)]).toEqual([1, 1]);
  });
  it('refuses a catalogue with an unknown region, an unknown field, a name twice, by file and line', () => {
    const parse = (from: string, to: string) => () => parseCatalogue({ file: 'products.yaml', text: text.replace(from, to) });
    expect(parse('"3301"', '"3399"')).toThrow(code('ERR_CREDIT_CATALOGUE', /products\.yaml:7:15.*no region of GB\/T 2260/));
    expect(parse('C15', 'Z15')).toThrow(code('ERR_CREDIT_CATALOGUE', /products\.yaml:8/));
    expect(parse('{"var": age}', '{"var": years}')).toThrow(code('ERR_CREDIT_RULE', /products\.yaml:16:.*tea-loan.*unknown field "years"/));
    expect(parse('name: everyone', 'name: tea-loan')).toThrow(code('ERR_CREDIT_CATALOGUE', /products\.yaml:18:.*exists twice/));
    expect(parse('min: 5万', 'min: -5万')).toThrow(code('ERR_CREDIT_CATALOGUE', /products\.yaml:9:.*negative/));
    expect(parse('quota: 2', 'quota: 2\n    quta: 3')).toThrow(code('ERR_CREDIT_CATALOGUE', /products\.yaml:15/));
  });
  it('points out a rule of eligibility that nobody or everybody meets', () => {
    const never = text.replace('{">=": [{"var": age}, 2]}', '{"and": [{">=": [{"var": age}, 2]}, {"<": [{"var": age}, 1]}]}');
    const always = text.replace('{">=": [{"var": age}, 2]}', '{"or": [{">=": [{"var": age}, 0]}, {"==": [{"var": age}, null]}]}');
    const found = (of: string) =>
      lintCatalogue(parseCatalogue({ file: 'products.yaml', text: of })).map(({ kind, message }) => [kind, message]);
    expect(found(never)).toEqual([['never-true', 'product "tea-loan": rule "age" can never be true']]);
    expect(found(always)).toEqual([['always-true', 'product "tea-loan": rule "age" is true for every firm']]);
    expect(found(text)).toEqual([]);
  });
  it('offers a menu, best first', () => {
    const market = buildMarket([firm(), firm({ region: '440300' })], catalogue);
    expect(menu(market, 0, 5)).toEqual([0, 1]);
    expect(menu(market, 1, 5)).toEqual([1]);
    expect(() => buildMarket([firm({ ask: fen(0) })], catalogue)).toThrow(code('ERR_CREDIT_APPLICANT'));
  });
});

/** A random market; few distinct utilities, so that ties occur. */
function randomMarket(seed: number, firms: number, products: number, ties: boolean): Market {
  const random = seededRandom(seed);
  const size = firms * products;
  const draw = () => (ties ? random.u32() % 4 : random.uniform());
  return {
    firms,
    products,
    eligible: Uint8Array.from({ length: size }, () => (random.uniform() < 0.7 ? 1 : 0)),
    firmUtility: Float64Array.from({ length: size }, draw),
    bankUtility: Float64Array.from({ length: size }, draw),
    quotas: Uint32Array.from({ length: products }, () => random.u32() % 4),
  };
}
const used = (market: Market, assignment: Int32Array) => Array.from(market.quotas, (_, p) => assignment.filter((q) => q === p).length);

describe('deferred acceptance', () => {
  it('leaves no blocking pair and keeps every quota on 1,000 random markets, ties included', () => {
    let blocking = 0;
    let over = 0;
    let forbidden = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const market = randomMarket(seed, 2 + (seed % 12), 1 + (seed % 6), seed % 2 === 0);
      const assignment = deferredAcceptance(market);
      blocking += blockingPairs(market, assignment).length;
      over += used(market, assignment).filter((n, p) => n > market.quotas[p]).length;
      forbidden += assignment.filter((p, f) => p >= 0 && market.eligible[f * market.products + p] === 0).length;
    }
    expect({ blocking, over, forbidden }).toEqual({ blocking: 0, over: 0, forbidden: 0 });
  });
  it('the test for blocking pairs sees one when there is one', () => {
    const market: Market = {
      firms: 2,
      products: 1,
      eligible: Uint8Array.of(1, 1),
      firmUtility: Float64Array.of(1, 1),
      bankUtility: Float64Array.of(2, 1),
      quotas: Uint32Array.of(1),
    };
    expect(deferredAcceptance(market)).toEqual(Int32Array.of(0, -1));
    expect(blockingPairs(market, Int32Array.of(-1, 0))).toEqual([[0, 0]]);
    expect(blockingPairs(market, Int32Array.of(-1, -1))).toHaveLength(2);
  });
  it('matches 10,000 firms with 200 products within their quotas', () => {
    const random = seededRandom(99);
    const size = 10_000 * 200;
    const market: Market = {
      firms: 10_000,
      products: 200,
      eligible: new Uint8Array(size).fill(1),
      firmUtility: Float64Array.from({ length: size }, () => random.uniform()),
      bankUtility: Float64Array.from({ length: size }, () => random.uniform()),
      quotas: new Uint32Array(200).fill(40),
    };
    const assignment = deferredAcceptance(market);
    expect(Math.max(...used(market, assignment))).toBeLessThanOrEqual(40);
    expect(assignment.filter((p) => p >= 0)).toHaveLength(8000);
  });
});

describe('the platform optimum', () => {
  it('is the best of all assignments (brute force on 40 small markets) and keeps quotas', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const market = randomMarket(seed, 4, 3, false);
      const value = (f: number, p: number) => market.firmUtility[f * 3 + p] + market.bankUtility[f * 3 + p];
      const total = (assignment: ArrayLike<number>) => Array.from(assignment).reduce((sum, p, f) => sum + (p < 0 ? 0 : value(f, p)), 0);
      const best = (firm: number, left: number[]): number => {
        if (firm === 4) return 0;
        let most = best(firm + 1, left);
        for (let p = 0; p < 3; p++) {
          if (market.eligible[firm * 3 + p] === 0 || left[p] === 0) continue;
          most = Math.max(
            most,
            value(firm, p) +
              best(
                firm + 1,
                left.map((n, q) => (q === p ? n - 1 : n)),
              ),
          );
        }
        return most;
      };
      const found = await optimalAssignment(market);
      expect(total(found)).toBeCloseTo(best(0, [...market.quotas]), 9);
      expect(used(market, found).every((n, p) => n <= market.quotas[p])).toBe(true);
    }
  });
});

describe('escalation', () => {
  const policy = { workdays: { county: 3, city: 3, province: 5 }, calendar: chinaCalendar };
  it('goes up a level after its working days, across the Spring Festival', () => {
    const opened = openCase('c', '2025-01-26', policy);
    expect(opened).toMatchObject({ state: 'county', due: '2025-02-06' });
    expect(advanceCase(opened, '2025-02-06', policy)).toBe(opened);
    const up = advanceCase(opened, '2025-02-07', policy);
    expect(up).toMatchObject({ state: 'city', due: '2025-02-11' });
    expect(up.log.at(-1)).toEqual({ day: '2025-02-07', to: 'city', why: 'timed-out' });
    expect(advanceCase(opened, '2025-03-31', policy)).toMatchObject({ state: 'exhausted', due: undefined });
  });
  it('goes up at once on refusal, stays closed when closed, refuses days without holiday data', () => {
    const city = refuseCase(openCase('c', '2025-03-03', policy), '2025-03-04', policy);
    expect(city).toMatchObject({ state: 'city', due: '2025-03-07' });
    const done = acceptCase(city, '2025-03-05');
    expect(done.log.map((h) => h.to)).toEqual(['county', 'city', 'accepted']);
    expect(() => refuseCase(done, '2025-03-06', policy)).toThrow(code('ERR_CREDIT_CASE_CLOSED'));
    expect(() => openCase('c', '2026-12-31', policy)).toThrow(code('ERR_CREDIT_CALENDAR_RANGE'));
    const pool = (level: 'county' | 'city' | 'province', region: string) =>
      coveringProducts(catalogue.products, region, poolSpecificity[level]).map((product) => product.name);
    expect([pool('county', '330106'), pool('city', '330106'), pool('province', '330106')]).toEqual([
      [],
      ['tea-loan'],
      ['tea-loan', 'everyone'],
    ]);
    expect(pool('county', '330282')).toEqual(['tea-loan']);
  });
});
