/** What a person can write wrong, in one table: each is a typed error that names the file and the line, or the day and the data's range. */
import { describe, expect, it } from 'vitest';
import {
  addWorkdays,
  chinaCalendar,
  extendCalendar,
  lprOn,
  lprTable,
  parseCatalogue,
  parseDecisionTable,
  parseLimitPolicy,
  parseMasterScale,
  parseRegion,
  parseRuleSet,
  parseWarningPolicy,
} from '../../src/credit/index.ts';

const file = (name: string, lines: readonly string[]) => ({ file: name, text: `${lines.join('\n')}\n` });
const rules = ['name: r', 'version: 1', 'from: 2026-01-01', 'fields: {age: {type: number}}', 'rules:'];
const warnings = ['name: w', 'version: 1', 'fields: {age: {type: number}}', 'rules:'];
const table = ['name: t', 'hit: U', 'fields: {age: {type: number, min: 0}}', 'inputs: [age]', 'outputs: {bp: integer}', 'rows:'];
const product = 'name: tea, bank: a, amount: {min: 1万, max: 5万}, months: {min: 1, max: 12}, rate: 4%, days: 1, maxPd: 5%, quota: 1';
const limit = [
  "version: '1'",
  'capacity:',
  '  combine: min',
  '  caps:',
  '    - {kind: linear, name: tax, terms: [{column: vat, times: 7}]}',
  '  edges: [-5万, 10万]',
  'score: {on: pd, bands: [{name: A, times: 1}]}',
  'floor: 3万',
  'step: 1万',
  'max: 300万',
];

describe('bad input is a typed error with file and line', () => {
  it.each([
    [
      'a malformed rule',
      () => parseRuleSet(file('r.yaml', [...rules, '  - {name: x, when: {">": [{"var": age}]}, effect: refer, reason: x}'])),
      'ERR_CREDIT_RULE',
      /^r\.yaml:6:/,
    ],
    ['a rule that is no YAML', () => parseRuleSet(file('r.yaml', [...rules, '  - {name: x'])), 'ERR_CREDIT_RULE', /^r\.yaml:[67]:/],
    [
      'a warning over a field nobody has',
      () => parseWarningPolicy(file('w.yaml', [...warnings, '  - {name: x, when: {">": [{"var": ag}, 1]}, severity: red, reason: x}'])),
      'ERR_CREDIT_RULE',
      /^w\.yaml:5:/,
    ],
    [
      'a table with a gap',
      () => parseDecisionTable(file('t.yaml', [...table, '  - {when: ["< 5"], give: [1]}', '  - {when: ["> 5"], give: [2]}'])),
      'ERR_CREDIT_TABLE',
      /^t\.yaml:1:.*"t" has a gap: no row for age in \[5, 5\]/,
    ],
    [
      'a table that overlaps',
      () => parseDecisionTable(file('t.yaml', [...table, '  - {when: ["<= 5"], give: [1]}', '  - {when: [">= 5"], give: [2]}'])),
      'ERR_CREDIT_TABLE',
      /^t\.yaml:8:.*row 2 overlaps row 1/,
    ],
    ['negative money', () => parseLimitPolicy(file('l.yaml', limit)), 'ERR_CREDIT_LIMIT_POLICY', /^l\.yaml:6:11: .*must not be negative/],
    [
      'an unknown region',
      () => parseCatalogue(file('p.yaml', ['fields: {}', 'products:', `  - {${product}, regions: [3399]}`])),
      'ERR_CREDIT_CATALOGUE',
      /^p\.yaml:3:.*regions/,
    ],
    [
      'a day that does not exist',
      () => extendCalendar(chinaCalendar, file('d.yaml', ['source: x', 'from: 2027-01-01', 'until: 2027-02-30', 'holidays: []'])),
      'ERR_CREDIT_CALENDAR',
      /^d\.yaml:3:/,
    ],
    [
      'a scale whose edges fall',
      () =>
        parseMasterScale(
          file('s.yaml', [
            'name: s',
            'version: 1',
            'source: x',
            'floor: 0.05%',
            'grades:',
            '  - {name: A, below: 2%, pd: 1%}',
            '  - {name: B, below: 1%, pd: 1%}',
            'defaulted: D',
          ]),
        ),
      'ERR_CREDIT_MASTER_SCALE',
      /^s\.yaml:7:/,
    ],
  ])('%s', (_, read, code, message) => {
    expect(read).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message), help: expect.any(String) }));
  });
  it.each([
    [
      'a date outside the holiday data',
      () => addWorkdays(chinaCalendar, '2026-12-31', 1),
      'ERR_CREDIT_CALENDAR_RANGE',
      /2027-01-01.*2004-01-01 to 2026-12-31/,
    ],
    ['a date the LPR table does not know', () => lprOn(lprTable, '2025-06-20', '1Y'), 'ERR_CREDIT_LPR_RANGE', /to 2025-06-19.*2025-06-20/],
    ['a region of no standard', () => parseRegion('99'), 'ERR_CREDIT_REGION', /"99"/],
  ])('%s names itself and the range', (_, ask, code, message) => {
    expect(ask).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message), help: expect.any(String) }));
  });
});
