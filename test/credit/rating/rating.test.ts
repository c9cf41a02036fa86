import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  assignRating,
  bayesRate,
  binomialTest,
  checkScale,
  gradeOf,
  herfindahl,
  jeffreysTest,
  migrationMatrix,
  migrationOver,
  overrideRate,
  parseMasterScale,
  plutoTasche,
  pointInTime,
  defaultMasterScale as scale,
  throughTheCycle,
  withMargin,
} from '../../../src/credit/rating/index.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/credit.json', import.meta.url), 'utf8'));
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('against scipy', () => {
  it.each(golden.jeffreys as number[][])('Jeffreys n=%i d=%i pd=%f', (obligors, defaults, pd, p) => {
    expect(jeffreysTest({ obligors, defaults }, pd)).toBeCloseTo(p, 10);
  });
  it.each(golden.binomial as number[][])('binomial n=%i d=%i pd=%f', (obligors, defaults, pd, p) => {
    expect(binomialTest({ obligors, defaults }, pd)).toBeCloseTo(p, 10);
  });
  const grades = (golden.plutoTasche.grades as number[][]).map(([obligors, defaults]) => ({ obligors, defaults }));
  it.each(['0.5', '0.75', '0.95'])('Pluto-Tasche at %s, independent and with correlation 0.12', (confidence) => {
    const free = plutoTasche(grades, { confidence: Number(confidence) });
    const tied = plutoTasche(grades, { confidence: Number(confidence), correlation: 0.12 });
    for (const [g, pd] of free.entries()) expect(pd).toBeCloseTo(golden.plutoTasche.independent[confidence][g], 10);
    for (const [g, pd] of tied.entries()) expect(pd / golden.plutoTasche.correlated12[confidence][g]).toBeCloseTo(1, 6);
    expect([...free].sort((a, b) => a - b)).toEqual(free);
  });
  it.each([
    [0.5, ['0.09', '0.10', '0.23']],
    [0.75, ['0.17', '0.20', '0.46']],
    [0.9, ['0.29', '0.33', '0.76']],
    [0.99, ['0.57', '0.66', '1.52']],
  ] as const)('no defaults among 100, 400 and 300 obligors, as Pluto and Tasche tabulate it: at %f %s per cent', (confidence, expected) => {
    const none = [100, 400, 300].map((obligors) => ({ obligors, defaults: 0 }));
    expect(plutoTasche(none, { confidence }).map((pd) => (100 * pd).toFixed(2))).toEqual(expected);
  });
});

describe('a master scale', () => {
  it('gives a PD its grade; an edge falls into the worse grade; the floor holds', () => {
    expect(gradeOf(scale, 0).name).toBe('AAA');
    expect(gradeOf(scale, 0.000999999).name).toBe('AAA');
    expect(gradeOf(scale, 0.001).name).toBe('AA');
    expect(gradeOf(scale, 0.03)).toEqual({ name: 'B', rank: 5, pd: 0.0283 });
    expect(gradeOf(scale, 1).name).toBe('C');
    for (const bad of [-0.1, 1.1, Number.NaN]) expect(() => gradeOf(scale, bad)).toThrow(code('ERR_CREDIT_PD'));
  });
  it('with falling edges, a PD outside its band or no last edge is refused by file and line', () => {
    const text =
      'name: s\nversion: 1\nsource: test\nfloor: 0.05%\ngrades:\n  - {name: A, below: 1%, pd: 0.5%}\n  - {name: B, below: 100%, pd: 3%}\ndefaulted: D\n';
    const parse = (from: string, to: string) => () => parseMasterScale({ file: 'scale.yaml', text: text.replace(from, to) });
    expect(parse('', '')().grades).toHaveLength(2);
    for (const [from, to, place] of [
      ['pd: 3%', 'pd: 0.5%', /scale\.yaml:7:\d+: grades\.1\.pd/],
      ['100%', '90%', /scale\.yaml:7:\d+: grades\.1\.below/],
      ['name: B', 'name: A', /scale\.yaml:7:\d+: grades\.1\.name/],
      ['1%', '100%', /grades\.1\.below/],
    ] as const) {
      expect(parse(from, to)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_MASTER_SCALE', message: expect.stringMatching(place) }));
    }
  });
});

describe('assignment', () => {
  const override = { grade: 'BBB', reason: 'parent', maker: 'li', checker: 'wang', day: '2026-01-05' };
  const open = { ...scale, overrides: { maxUpgrade: 1, reasons: ['parent'] } };
  it('keeps every step: model, hard downgrade, override', () => {
    const rating = assignRating(open, { pd: 0.015, override });
    expect(rating.grade.name).toBe('BBB');
    expect(rating.steps.map((step) => [step.kind, step.grade])).toEqual([
      ['model', 'BB'],
      ['override', 'BBB'],
    ]);
    const down = assignRating(scale, {
      pd: 0.015,
      downgrades: [
        { rule: 'dishonest', notAbove: 'CC' },
        { rule: 'mild', notAbove: 'A' },
      ],
    });
    expect(down.grade.name).toBe('CC');
    expect(down.steps).toHaveLength(2);
    expect(overrideRate([rating, down])).toEqual({ share: 0.5, meanNotches: 1 });
  });
  it('refuses an override without a listed reason, a second person, or within bounds', () => {
    const attempt =
      (change: object, pd = 0.015, downgrades: { rule: string; notAbove: string }[] = []) =>
      () =>
        assignRating(open, { pd, downgrades, override: { ...override, ...change } });
    expect(attempt({ reason: 'friend' })).toThrow(code('ERR_CREDIT_OVERRIDE'));
    expect(attempt({ checker: 'li' })).toThrow(code('ERR_CREDIT_OVERRIDE'));
    expect(attempt({ grade: 'A' })).toThrow(code('ERR_CREDIT_OVERRIDE'));
    expect(attempt({ grade: 'CCC' }, 0.015, [{ rule: 'dishonest', notAbove: 'CC' }])).toThrow(code('ERR_CREDIT_OVERRIDE'));
    expect(attempt({ grade: 'CC' })().grade.name).toBe('CC');
  });
});

describe('validation and migration', () => {
  it('lights, crowding and inversions by grade', () => {
    const check = checkScale(
      scale,
      new Map([
        ['A', { obligors: 1000, defaults: 3 }],
        ['BB', { obligors: 500, defaults: 30 }],
        ['B', { obligors: 400, defaults: 12 }],
      ]),
    );
    expect(check.grades.filter((g) => g.light).map((g) => [g.grade, g.light])).toEqual([
      ['A', 'green'],
      ['BB', 'red'],
      ['B', 'green'],
    ]);
    expect(check.crowded).toEqual(['A']);
    expect(check.inversions).toEqual([['BB', 'B']]);
    expect(herfindahl([1, 1, 1, 1])).toBe(0.25);
    expect(() => checkScale(scale, new Map([['XX', { obligors: 1, defaults: 0 }]]))).toThrow(code('ERR_CREDIT_GRADE'));
  });
  it('rows of the migration matrix sum to one; default absorbs', () => {
    const moves = [
      ...Array(8).fill({ from: 'A', to: 'A' }),
      { from: 'A', to: 'BBB' },
      { from: 'A', to: 'D' },
      { from: 'BBB', to: 'A' },
      { from: 'BBB', to: undefined },
    ];
    const matrix = migrationMatrix(scale, moves);
    for (const row of matrix.rates) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(matrix.rates[2].slice(2, 4)).toEqual([0.8, 0.1]);
    expect(matrix.withdrawn[3]).toBe(1);
    const two = migrationOver(matrix, 2);
    expect(two[2][9]).toBeCloseTo(0.1 + 0.8 * 0.1, 12);
    expect(two[9][9]).toBe(1);
    expect(() => migrationOver(matrix, 0)).toThrow(code('ERR_CREDIT_PERIODS'));
  });
  it('bandwidths follow the ECB formula: three grades worked by hand', () => {
    const three = { ...scale, grades: [scale.grades[0], scale.grades[1], scale.grades[8]] };
    const times = (n: number, from: string, to: string) => Array.from({ length: n }, () => ({ from, to }));
    const moves = [
      ...times(8, 'AAA', 'AAA'),
      ...times(2, 'AAA', 'AA'),
      ...times(3, 'AA', 'AAA'),
      ...times(1, 'AA', 'C'),
      ...times(1, 'C', 'AAA'),
      ...times(5, 'C', 'D'),
    ];
    // down (2·1 + 1·1) / (2·2 + 1·1), up (3·1 + 1·2) / (1·3 + 2·1)
    expect(migrationMatrix(three, moves).bandwidth).toEqual({ downgrades: 0.6, upgrades: 1 });
    expect(migrationMatrix(three, times(1, 'AA', 'AA')).bandwidth).toEqual({ downgrades: undefined, upgrades: undefined });
  });
  it('point in time and through the cycle are inverse; Bayes and margins are in range', () => {
    for (const z of [-2, 0, 1.5]) expect(throughTheCycle(pointInTime(0.02, 0.12, z), 0.12, z)).toBeCloseTo(0.02, 12);
    expect(pointInTime(0.02, 0.12, -2)).toBeGreaterThan(0.02);
    expect(bayesRate({ obligors: 48, defaults: 0 })).toBe(0.02);
    expect(withMargin(0.9, 0.5, 0.0005)).toBe(1);
    expect(() => jeffreysTest({ obligors: 3, defaults: 4 }, 0.1)).toThrow(code('ERR_CREDIT_COUNTS'));
  });
});
