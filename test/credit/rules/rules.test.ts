import fc from 'fast-check';
import { LogicEngine } from 'json-logic-engine';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  applyRules,
  approve,
  compileCondition,
  effects,
  emptyLog,
  evaluateColumn,
  type FieldCatalogue,
  type FirmFields,
  inForce,
  lintRules,
  parseRuleSet,
  portfolioOf,
  propose,
  readCondition,
  runPortfolio,
  swapSet,
  toLogic,
} from '../../../src/credit/rules/index.ts';

const code = (expected: string, message: string | RegExp = '') =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const head = `name: admission
version: 1
from: 2026-01-01
fields:
  enforced: {type: integer, min: 0}
  age: {type: number, min: 0}
  grade: {type: text, values: [A, B, M, C, D]}
  listed: {type: boolean}
rules:
`;
const set = (rules: string) => parseRuleSet({ file: 'rules.yaml', text: head + rules });
const rule = (name: string, when: unknown, rest = 'effect: decline') =>
  `  - {name: ${name}, when: ${JSON.stringify(when)}, ${rest}, reason: because}\n`;

describe('a rule set', () => {
  const rules = set(
    rule('enforced', { '>': [{ var: 'enforced' }, 0] }) +
      rule('young', { '<': [{ var: 'age' }, 2] }, 'effect: refer, whenMissing: ignore') +
      rule('poor', { in: [{ var: 'grade' }, ['C', 'D']] }, 'effect: decline, whenMissing: decline') +
      rule('trial', { '==': [{ var: 'listed' }, true] }, 'effect: decline, shadow: true'),
  );

  it('takes the strongest effect and names every hit', () => {
    expect(applyRules(rules, { enforced: 0, age: 5, grade: 'A', listed: true })).toEqual({ effect: 'accept', hits: [] });
    const bad = applyRules(rules, { enforced: 2, age: 1, grade: 'A', listed: false });
    expect(bad.effect).toBe('decline');
    expect(bad.hits.map((hit) => hit.rule)).toEqual(['enforced', 'young']);
  });
  it('never lets a missing field pass as zero: each rule says what unknown does', () => {
    const outcome = applyRules(rules, { enforced: null, age: undefined, grade: null, listed: null });
    expect(outcome.hits).toMatchObject([
      { rule: 'enforced', truth: 'unknown', effect: 'refer' },
      { rule: 'poor', truth: 'unknown', effect: 'decline' },
    ]);
    expect(outcome.effect).toBe('decline');
  });
});

describe('a rule that cannot run is refused with file, line and rule', () => {
  it.each([
    ['unknown field', { '>': [{ var: 'enforcd' }, 0] }, /rules\.yaml:10:\d+: rule "r": unknown field "enforcd"/],
    ['unknown operator', { regex: [{ var: 'grade' }, 'A'] }, /unknown operator "regex"/],
    ['number against text', { '<': [{ var: 'age' }, 'A'] }, /compares number with text/],
    ['order of texts', { '<': [{ var: 'grade' }, 'B'] }, /needs numbers/],
    ['a value that never occurs', { '==': [{ var: 'grade' }, 'AA'] }, /never has the value "AA"/],
    ['a value that never occurs, in a list', { in: [{ var: 'grade' }, ['A', 'E']] }, /never has the value "E"/],
    ['a divisor that can be 0', { '<': [{ '/': [1, { var: 'age' }] }, 1] }, /divisor/],
    ['a bare number', { '!': [{ var: 'age' }] }, /must be boolean/],
    ['a default of another type', { '<': [{ var: ['age', 'x'] }, 1] }, /default/],
    ['prototype names', { '<': [{ var: 'constructor' }, 1] }, /unknown field/],
    ['two operators', { '<': [1, 2], '>': [1, 2] }, /one operator/],
  ])('%s', (_, when, message) => {
    expect(() => set(rule('r', when))).toThrow(code('ERR_CREDIT_RULE', message));
  });
  it('a rule name used twice, an unknown key, a period that ends before it begins', () => {
    const fine = rule('r', { '>': [{ var: 'enforced' }, 0] });
    expect(() => set(fine + fine)).toThrow(code('ERR_CREDIT_RULE', /rules\.yaml:11:\d+.*exists twice/));
    expect(() => set(fine.replace('reason', 'raison'))).toThrow(code('ERR_CREDIT_RULE', /rules\.yaml:10/));
    expect(() => parseRuleSet({ file: 'r.yaml', text: `${head.replace('from', 'until: 2025-01-01\nfrom')}  []` })).toThrow(
      code('ERR_CREDIT_RULE', /until/),
    );
  });
});

describe('a value against the catalogue', () => {
  const rules = set(rule('r', { '>': [{ var: 'enforced' }, 0] }));
  it.each([
    ['text for a number', { age: '5' }],
    ['a negative count', { enforced: -1 }],
    ['half a case', { enforced: 0.5 }],
    ['a grade outside the list', { grade: 'AA' }],
    ['a number for a boolean', { listed: 1 }],
    ['an infinite number', { age: Number.POSITIVE_INFINITY }],
  ])('%s is refused, alone and in a portfolio, without showing it', (_, fields) => {
    const refused = code('ERR_CREDIT_FIELD_VALUE', `"${Object.keys(fields)[0]}"`);
    expect(() => applyRules(rules, fields as FirmFields)).toThrow(refused);
    expect(() => portfolioOf([fields as FirmFields], rules.fields)).toThrow(refused);
  });
  it('NaN is missing', () => {
    expect(applyRules(rules, { enforced: Number.NaN }).hits).toMatchObject([{ truth: 'unknown' }]);
  });
});

describe('static checks name the rules', () => {
  const lint = (rules: string) =>
    lintRules(set(rules))
      .filter((found) => found.severity === 'error')
      .map((f) => [f.kind, f.name, f.other]);
  it('never true, always true', () => {
    const never = { and: [{ '<': [{ var: 'enforced' }, 4] }, { '>': [{ var: 'enforced' }, 3] }] };
    const always = { or: [{ '>=': [{ var: 'enforced' }, 0] }, { '==': [{ var: 'enforced' }, null] }] };
    expect(lint(rule('never', never) + rule('always', always))).toEqual([
      ['never-true', 'never', undefined],
      ['always-true', 'always', undefined],
    ]);
  });
  it('a rule swallowed by another with the same effect', () => {
    const wide = rule('wide', { '>': [{ var: 'enforced' }, 0] });
    const narrow = rule('narrow', { and: [{ '>': [{ var: 'enforced' }, 2] }, { '<': [{ var: 'age' }, 1] }] });
    expect(lint(narrow + wide)).toEqual([['unreachable', 'narrow', 'wide']]);
    expect(lint(wide + wide.replace('wide', 'again'))).toEqual([['unreachable', 'again', 'wide']]);
  });
  it('an acceptance that a decline contradicts', () => {
    const accept = rule('fast', { in: [{ var: 'grade' }, ['A', 'B']] }, 'effect: accept');
    const decline = rule('new', { '<': [{ var: 'age' }, 1] });
    expect(lint(accept + decline)).toEqual([['conflict', 'fast', 'new']]);
    expect(lint(accept + rule('bad', { in: [{ var: 'grade' }, ['D']] }))).toEqual([]);
  });
});

describe('one firm, a portfolio and json-logic-engine agree', () => {
  const fields: FieldCatalogue = {
    x: { type: 'number' },
    n: { type: 'integer' },
    g: { type: 'text', values: ['A', 'B', 'C'] },
    h: { type: 'text' },
    b: { type: 'boolean' },
  };
  const number = fc.oneof(
    fc.constant({ var: 'x' }),
    fc.constant({ var: 'n' }),
    fc.constant({ var: ['x', 1] }),
    fc.integer({ min: -2, max: 2 }),
    fc.constant({ '+': [{ var: 'x' }, { var: 'n' }] }),
    fc.constant({ max: [{ '*': [2, { var: 'n' }] }, { '/': [{ var: 'x' }, 2] }] }),
  );
  const text = fc.oneof(fc.constant({ var: 'g' }), fc.constant({ var: ['g', 'B'] }));
  const leaf = fc.oneof(
    fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), number, number).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(number, fc.constantFrom(0, 1)).map(([a, b]) => ({ '<=': [b, a, 2] })),
    fc
      .tuple(fc.constantFrom('==', '!='), text, fc.constantFrom('A', 'B', { var: 'h' }, { var: ['h', 'Z'] }))
      .map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(text, fc.subarray(['A', 'B', 'C'], { minLength: 1 })).map(([a, list]) => ({ in: [a, list] })),
    fc.subarray([0, 1, 2], { minLength: 1 }).map((list) => ({ in: [{ var: 'n' }, list] })),
    fc.constantFrom({ '==': [{ var: 'x' }, null] }, { '!=': [{ var: 'g' }, null] }, { '==': [{ var: 'b' }, true] }, { var: 'b' }),
  );
  const condition = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, leaf, tie('not'), tie('and')),
    not: fc.record({ '!': tie('any') }),
    and: fc.tuple(fc.constantFrom('and', 'or'), fc.array(tie('any'), { minLength: 1, maxLength: 3 })).map(([op, of]) => ({ [op]: of })),
  })).any;
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });
  const firm = fc.record({
    x: maybe(fc.integer({ min: -2, max: 2 })),
    n: maybe(fc.integer({ min: -2, max: 2 })),
    g: maybe(fc.constantFrom('A', 'B', 'C')),
    h: maybe(fc.constantFrom('A', 'Q')),
    b: maybe(fc.boolean()),
  });

  it('on 500 random conditions, missing values included', () => {
    const names = ['false', 'unknown', 'true'];
    const engine = new LogicEngine();
    fc.assert(
      fc.property(condition, fc.array(firm, { minLength: 1, maxLength: 8 }), (logic, firms) => {
        const read = readCondition(logic, fields);
        const test = compileCondition(read);
        const column = evaluateColumn(read, portfolioOf(firms as FirmFields[], fields));
        const [surely, possibly] = [true, false].map((strict) => toLogic(read, strict) as object);
        const reference = firms.map((f) => (engine.run(surely, f) ? 'true' : engine.run(possibly, f) ? 'unknown' : 'false'));
        const built = [surely, possibly].map((part) => engine.build(part) as (firm: object) => unknown);
        expect(firms.map((f) => (built[0](f) ? 'true' : built[1](f) ? 'unknown' : 'false'))).toEqual(reference);
        expect(firms.map((f) => test(f as FirmFields))).toEqual(reference);
        expect(Array.from(column, (truth) => names[truth])).toEqual(reference);
      }),
      { numRuns: 500 },
    );
  });
  it('a sum beyond all numbers is unknown, alone and in a portfolio', () => {
    const read = readCondition({ '<': [{ '-': [{ '*': [{ var: 'x' }, 1e308] }, { '*': [{ var: 'n' }, 1e308] }] }, 1] }, fields);
    const huge = { x: 10, n: 10, g: null, h: null, b: null };
    expect(compileCondition(read)(huge)).toBe('unknown');
    expect(evaluateColumn(read, portfolioOf([huge], fields))).toEqual(Uint8Array.of(1));
  });
});

describe('a large portfolio', () => {
  it('runs 200 rules over 100,000 firms, each firm like the single decision', () => {
    const random = seededRandom(11);
    const rows = 100_000;
    const names = Array.from({ length: 20 }, (_, i) => `f${i}`);
    const draw = () => (random.uniform() < 0.05 ? null : random.uniform());
    const firms = Array.from({ length: rows }, () => Object.fromEntries(names.map((name) => [name, draw()])));
    const rules = Array.from({ length: 200 }, (_, i) => ({
      name: `r${i}`,
      when: { and: [{ '>=': [{ var: names[i % 20] }, 0.97 + (i % 10) / 400] }, { '<': [{ var: names[(i + 7) % 20] }, (i + 1) / 200] }] },
      effect: i % 3 === 0 ? 'decline' : 'refer',
      whenMissing: 'ignore',
      reason: 'x',
    }));
    const big = parseRuleSet({
      name: 'big',
      value: { name: 'big', version: 1, from: '2026-01-01', fields: Object.fromEntries(names.map((n) => [n, { type: 'number' }])), rules },
    });
    const outcome = runPortfolio(big, portfolioOf(firms, big.fields));
    const seventh = firms.filter(({ f7, f14 }) => f7 !== null && f14 !== null && f7 >= 0.97 + 7 / 400 && f14 < 8 / 200).length;
    expect(outcome.counts[7]).toMatchObject({ rule: 'r7', hits: seventh });
    for (let i = 0; i < rows; i += 997) expect(effects[outcome.effects[i]]).toBe(applyRules(big, firms[i]).effect);
    expect(outcome.counts).toHaveLength(200);
    expect(() => runPortfolio(big, portfolioOf(firms.slice(0, 1), { f0: { type: 'number' } }))).toThrow(
      code('ERR_CREDIT_RULE_COLUMN', /"f\d+"/),
    );
  });
});

describe('back-test', () => {
  it('counts who moves and with what bad rate', () => {
    const champion = { effects: Uint8Array.of(0, 0, 2, 2, 1), counts: [] };
    const challenger = { effects: Uint8Array.of(0, 2, 0, 2, 0), counts: [] };
    const swap = swapSet(champion, challenger, Float64Array.of(0, 1, 0, Number.NaN, 1));
    expect(swap.swapIns).toMatchObject({ firms: 2, observed: 2, bad: 1, badRate: 0.5 });
    expect(swap.swapOuts).toMatchObject({ firms: 1, observed: 1, bad: 1, badRate: 1 });
    expect(swap.cells.reduce((sum, cell) => sum + cell.firms, 0)).toBe(5);
    expect(() => swapSet(champion, challenger, new Float64Array(4))).toThrow(code('ERR_CREDIT_SWAP_SHAPE'));
  });
});

describe('release', () => {
  const version = (n: number, from: string, until?: string) => ({ name: 'admission', version: n, from, until });
  const one = approve(propose(emptyLog('admission'), version(1, '2026-01-10', '2026-06-01'), 'li', '2026-01-05'), 'wang', '2026-01-08');
  it('needs a second person, no gap in numbers and no backdating', () => {
    const pending = propose(one, version(2, '2026-03-01'), 'li', '2026-02-01');
    expect(() => approve(pending, 'li', '2026-02-02')).toThrow(code('ERR_CREDIT_MAKER_CHECKER'));
    expect(() => approve(pending, 'wang', '2026-03-02')).toThrow(code('ERR_CREDIT_RELEASE_BACKDATED'));
    expect(() => propose(one, version(3, '2026-03-01'), 'li', '2026-02-01')).toThrow(code('ERR_CREDIT_RELEASE_VERSION'));
    expect(() => approve(one, 'wang', '2026-02-02')).toThrow(code('ERR_CREDIT_RELEASE_NONE'));
  });
  it('answers the version of a day', () => {
    const two = approve(propose(one, version(2, '2026-03-01'), 'li', '2026-02-01'), 'wang', '2026-02-02');
    expect(inForce(two, '2026-02-28').content.version).toBe(1);
    expect(inForce(two, '2026-03-01').content.version).toBe(2);
    expect(() => inForce(two, '2026-01-09')).toThrow(code('ERR_CREDIT_NO_VERSION'));
    expect(() => inForce(one, '2026-06-01')).toThrow(code('ERR_CREDIT_NO_VERSION'));
    expect(() => inForce(one, '2026-02-30')).toThrow(code('ERR_CREDIT_DAY'));
  });
});
