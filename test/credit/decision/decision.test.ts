import { describe, expect, it } from 'vitest';
import {
  type Application,
  canonicalJson,
  contentHash,
  type DeskTexts,
  decide,
  openDesk,
  recordHash,
  recordText,
  replay,
  verifyChain,
} from '../../../src/credit/decision/index.ts';
import { policyYaml } from '../limit/policy.yaml.ts';

const code = (expected: string, message: RegExp = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const texts: DeskTexts = {
  rules: {
    file: 'rules.yaml',
    text: `name: admission
version: 1
from: 2025-01-01
fields:
  enforced: {type: integer, min: 0}
  age: {type: number, min: 0}
rules:
  - {name: enforced, when: {">": [{"var": enforced}, 0]}, effect: decline, reason: 有被执行记录}
  - {name: young, when: {"<": [{"var": age}, 2]}, effect: refer, reason: 成立不满两年}
`,
  },
  scale: {
    file: 'scale.yaml',
    text: 'name: s\nversion: 1\nsource: test\nfloor: 0.05%\ngrades:\n  - {name: A, below: 1%, pd: 0.4%}\n  - {name: B, below: 4%, pd: 1.9%}\n  - {name: C, below: 100%, pd: 10%}\ndefaulted: D\noverrides: {reasons: [parent]}\n',
  },
  limit: { file: 'limit.yaml', text: policyYaml },
  price: {
    file: 'price.yaml',
    text: 'version: 1\nspread: {A: 45bp, B: 150bp}\nfloor: {funding: 180bp, cost: 60bp, lgd: 45%, hurdle: 10%, riskFree: 2%, capital: retail}\nmax: 15.4%\n'.replace(
      'version: 1',
      'version: "1"',
    ),
  },
  lpr: { file: 'lpr.yaml', text: 'source: LPR\ncheckedUntil: 2025-06-19\nquotes:\n  - [2025-05-20, 3.00%, 3.50%]\n' },
};
const desk = openDesk(texts);
const application: Application = {
  id: 'a-1',
  day: '2025-06-01',
  fields: { enforced: 0, age: 5, vat_12m: 100_000, cit_12m: 0, sales_invoice_12m: 1e7, void_rate: 0.1, ss_headcount: null },
  pd: 0.004,
  exposure: '10万',
  months: 12,
  product: 'any',
};

describe('a decision', () => {
  it('is rules, rating, limit, price, each with its trace', () => {
    const record = decide(desk, application);
    expect(record).toMatchObject({ outcome: 'approve', limit: '740000.00', rate: '3.45%' });
    expect(record.steps.map((step) => step.step)).toEqual(['rules', 'rating', 'limit', 'price']);
    expect(record.reasons).toEqual(['bound by tax: 840000.00 元 less exposure 100000.00 元, in steps of 10000.00 元']);
  });
  it('declines with the rule, the limit or refers with the price as its reason', () => {
    const rule = decide(desk, { ...application, fields: { ...application.fields, enforced: 1 } });
    expect(rule).toMatchObject({ outcome: 'decline', reasons: ['enforced: 有被执行记录'] });
    expect(rule.limit).toBeUndefined();
    const missing = decide(desk, { ...application, fields: { ...application.fields, void_rate: null } });
    expect(missing).toMatchObject({ outcome: 'decline', reasons: ['a field of invoice is missing'] });
    const young = decide(desk, { ...application, fields: { ...application.fields, age: null } });
    expect(young).toMatchObject({ outcome: 'refer', limit: '740000.00' });
    const bare = openDesk({ ...texts, price: { ...texts.price, text: texts.price.text.replace('A: 45bp, ', '') } });
    expect(decide(bare, application)).toMatchObject({
      outcome: 'refer',
      reasons: [expect.any(String), expect.stringContaining('no spread for grade "A"')],
    });
  });
  it('never holds its inputs, only their hash', () => {
    const text = recordText(
      decide(desk, { ...application, fields: { ...application.fields, secret: 'CANARY-77' } as Application['fields'] }),
    );
    expect(text).not.toContain('CANARY-77');
  });
  it('is not made when an input is no number or no day', () => {
    expect(() => decide(desk, { ...application, pd: Number.NaN })).toThrow(code('ERR_CREDIT_PD'));
    expect(() => decide(desk, { ...application, exposure: 'ten' })).toThrow(code('ERR_CREDIT_MONEY'));
    expect(() => decide(desk, { ...application, day: '2025-13-01' })).toThrow(code('ERR_CREDIT_DAY'));
    expect(() => decide(desk, { ...application, day: '2025-07-01' })).toThrow(code('ERR_CREDIT_LPR_RANGE'));
  });
});

describe('replay', () => {
  const first = decide(desk, application);
  const stored = recordText(first);
  it('gives the same bytes, also from inputs that went through JSON with their keys in another order', () => {
    const shuffled = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(application))).reverse()) as unknown as Application;
    expect(replay(stored, shuffled, texts)).toBe(stored);
  });
  it('notices changed inputs, changed documents, a changed record', () => {
    expect(() => replay(stored, { ...application, pd: 0.0041 }, texts)).toThrow(code('ERR_CREDIT_REPLAY_INPUTS'));
    const edited = { ...texts, limit: { ...texts.limit, text: policyYaml.replace('times: 7', 'times: 8') } };
    expect(() => replay(stored, application, edited)).toThrow(code('ERR_CREDIT_REPLAY_DOCUMENTS'));
    expect(() => replay(stored.replace('"740000.00"', '"750000.00"'), application, texts)).toThrow(
      code('ERR_CREDIT_REPLAY_DIFFERS', /limit/),
    );
    expect(() => replay(stored.replace('"tax"', '"invoice"'), application, texts)).toThrow(code('ERR_CREDIT_REPLAY_DIFFERS', /step limit/));
    expect(() => replay(`${stored} `, application, texts)).toThrow(code('ERR_CREDIT_REPLAY_RECORD'));
    expect(() => replay('{', application, texts)).toThrow(code('ERR_CREDIT_REPLAY_RECORD'));
    expect(() => replay('null', application, texts)).toThrow(code('ERR_CREDIT_REPLAY_RECORD'));
  });
  it('chains records: none can be altered, dropped or put in', () => {
    const second = decide(desk, { ...application, id: 'a-2' }, recordHash(first));
    const third = decide(desk, { ...application, id: 'a-3' }, recordHash(second));
    const chain = [first, second, third].map(recordText);
    expect(verifyChain(chain)).toBe(recordHash(third));
    expect(() => verifyChain([chain[0], chain[2]])).toThrow(code('ERR_CREDIT_CHAIN', /record 2/));
    expect(() => verifyChain([chain[0], chain[1].replace('a-2', 'a-9'), chain[2]])).toThrow(code('ERR_CREDIT_CHAIN', /record 3/));
  });
});

describe('the canonical form', () => {
  it('sorts keys, writes 分 exactly and refuses what has no form', () => {
    expect(canonicalJson({ b: 1, a: [2n, null, 'é'], c: undefined })).toBe('{"a":["2",null,"é"],"b":1}');
    expect(
      canonicalJson(
        new Map([
          ['z', 1],
          ['y', 2],
        ]),
      ),
    ).toBe('{"y":2,"z":1}');
    expect(contentHash({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const bad of [Number.NaN, () => 1, cycle, Symbol('x')]) expect(() => canonicalJson(bad)).toThrow(code('ERR_CREDIT_CANONICAL'));
  });
});
