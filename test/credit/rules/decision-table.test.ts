import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintTable, lookUp, parseDecisionTable } from '../../../src/credit/rules/index.ts';

const text = (hit: string, rows: string, outputs = '{spread: integer}') => `name: spread
hit: ${hit}
fields:
  grade: {type: text, values: [A, B, C]}
  months: {type: integer, min: 1, max: 36}
inputs: [grade, months]
outputs: ${outputs}
rows:
${rows}`;
const whole = `  - {when: [A, "-"], give: [20]}
  - {when: ["B, C", "< 12"], give: [45]}
  - {when: ["not(A)", "[12..36]"], give: [75]}
`;
const parse = (hit: string, rows: string) => parseDecisionTable({ file: 'spread.yaml', text: text(hit, rows) });
const later = (hit: string, rows: string) => parseDecisionTable({ file: 'spread.yaml', text: text(hit, rows) }, 'later');
const refused = (message: RegExp) => expect.objectContaining({ code: 'ERR_CREDIT_TABLE', message: expect.stringMatching(message) });

describe('a decision table', () => {
  it('answers with the row that gave it', () => {
    const table = parse('U', whole);
    expect(lookUp(table, { grade: 'A', months: 36 })).toEqual({ kind: 'answer', outputs: { spread: 20 }, rows: [1] });
    expect(lookUp(table, { grade: 'C', months: 12 })).toMatchObject({ outputs: { spread: 75 }, rows: [3] });
    expect(lookUp(table, { grade: 'B' })).toEqual({ kind: 'none', missing: ['months'] });
  });
  it('with a gap is refused by file, name and an example', () => {
    expect(() => parse('U', whole.replace('< 12', '< 11'))).toThrow(
      refused(/spread\.yaml:1:1: table "spread" has a gap: no row for .*months in \[11, 11\]/),
    );
    expect(() => parse('F', whole.replace('"not(A)"', 'B'))).toThrow(refused(/gap.*\{C\}/));
  });
  it('with an overlap is refused under U, and under A only when the answers differ', () => {
    const overlap = `${whole}  - {when: [A, "> 30"], give: [20]}\n`;
    expect(() => parse('U', overlap)).toThrow(refused(/spread\.yaml:12:\d+: table "spread" row 4 overlaps row 1/));
    expect(lookUp(parse('A', overlap), { grade: 'A', months: 36 })).toMatchObject({ outputs: { spread: 20 }, rows: [1, 4] });
    expect(() =>
      parse(
        'A',
        overlap
          .replace('> 30", ', '> 30", ')
          .replace('give: [20]}\n', 'give: [20]}\n')
          .replace(/give: \[20\]\}\n$/, 'give: [21]}\n'),
      ),
    ).toThrow(refused(/overlaps/));
  });
  it('with a row nobody reaches is refused under F', () => {
    const swallowed = `  - {when: ["A, B", "-"], give: [1]}\n  - {when: ["-", "< 20"], give: [2]}\n  - {when: [C, ">= 20"], give: [3]}\n  - {when: ["B, C", "[3..30]"], give: [4]}\n`;
    expect(() => parse('F', swallowed)).toThrow(refused(/row 4 is never reached/));
  });
  it('refuses malformed cells with their line', () => {
    expect(() => parse('U', whole.replace('"< 12"', '"<> 12"'))).toThrow(refused(/spread\.yaml:10:\d+: "<> 12" is no test/));
    expect(() => parse('U', whole.replace('[A, "-"]', '[AA, "-"]'))).toThrow(refused(/never has the value "AA"/));
    expect(() => parse('U', whole.replace('[12..36]', '[36..12]'))).toThrow(refused(/ends before/));
    expect(() => parse('U', whole.replace('[20]', '[2.5]'))).toThrow(refused(/spread\.yaml:9:\d+.*must be integer/));
    expect(() => parse('U', whole.replace('[A, "-"]', '[A]'))).toThrow(refused(/needs 2 cells/));
  });
  it('collects: all, sum, count, smallest, largest', () => {
    const rows = `  - {when: [A, "-"], give: [1]}\n  - {when: ["-", "> 10"], give: [5]}\n`;
    const firm = { grade: 'A', months: 11 };
    expect(lookUp(parse('C', rows), firm)).toMatchObject({ kind: 'all', rows: [1, 2] });
    const value = (hit: string) => lookUp(parse(hit, rows), firm);
    expect([value('C+'), value('C#'), value('C<'), value('C>')].map((a) => a.kind === 'answer' && a.outputs.spread)).toEqual([6, 2, 1, 5]);
  });
  it('read without its checks still never answers ambiguously', () => {
    const table = later('U', `${whole}  - {when: [A, "> 30"], give: [20]}\n`);
    expect(() => lookUp(table, { grade: 'A', months: 36 })).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_TABLE_CONFLICT' }));
  });
  it('has a gap or an overlap exactly where looking up every firm finds one (random tables)', () => {
    const cellGrade = fc.constantFrom('-', 'A', 'B', '"A, B"', '"not(C)"', 'C');
    const cellMonths = fc.oneof(
      fc.constant('-'),
      fc.integer({ min: 1, max: 36 }).chain((n) => fc.constantFrom(`< ${n}`, `>= ${n}`, `[${n}..36]`, `(1..${Math.max(n, 1)}]`)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cellGrade, cellMonths), { minLength: 1, maxLength: 5 }), (cells) => {
        const rows = cells.map(([g, m], i) => `  - {when: [${g === '-' ? '"-"' : g}, "${m}"], give: [${i}]}\n`).join('');
        const table = later('U', rows);
        const found = lintTable(table).map((f) => f.kind);
        let gap = false;
        let overlap = false;
        for (const grade of ['A', 'B', 'C']) {
          for (let months = 1; months <= 36; months++) {
            try {
              gap ||= lookUp(table, { grade, months }).kind === 'none';
            } catch {
              overlap = true;
            }
          }
        }
        expect({ gap: found.includes('gap'), overlap: found.includes('conflict') }).toMatchObject({ gap });
        if (overlap) expect(found).toContain('conflict');
      }),
      { numRuns: 200 },
    );
  });
});
