import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { lookUp, parseDecisionTable } from '../../src/credit/index.ts';
import { binOf } from '../../src/learn/binning/index.ts';
import { buildScorecard, fitBinning, scoreRows } from '../../src/learn/index.ts';
import { scorecardPmml, tableDmn } from '../../src/report/index.ts';
import { all, parseXml, type XmlElement } from '../support/xml.ts';

const random = seededRandom(4, 'pmml');
const rows = 3000;
const labels = Uint8Array.from({ length: rows }, () => Number(random.uniform() < 0.2));
const NAME = 'tax "<grade>" & 等级';
const LEVELS = ['A', 'B "x"', 'M', 'C', 'D'];
const columns = {
  sales: Float64Array.from(labels, (y) =>
    random.uniform() < 0.1 ? Number.NaN : random.uniform() < 0.1 ? -1 : Math.exp(random.normal() - y),
  ),
  [NAME]: Float64Array.from(labels, (y) => Math.min(4, Math.floor(random.uniform() * (y ? 5 : 4)))),
};
const binnings = {
  sales: fitBinning(columns.sales, labels, { specialValues: [-1] }),
  [NAME]: fitBinning(columns[NAME], labels, {}, 'categorical'),
};
const names = Object.keys(columns) as (keyof typeof columns)[];
const card = buildScorecard(
  -1.5,
  names.map((name) => ({ name, coefficient: 0.9, woes: binnings[name].table.bins.map(({ woe }) => woe) })),
);
const pmml = scorecardPmml(
  card,
  names.map((name) => ({ name, binning: binnings[name], ...(name === NAME ? { levels: LEVELS } : {}) })),
  { modelName: '信易贷 <1>' },
);

/** PMML 4.4's meaning of a predicate; undefined is unknown, as a missing value makes it. */
function holds(predicate: XmlElement, value: number | string | undefined): boolean | undefined {
  const { operator, value: text = '' } = predicate.attributes;
  if (predicate.name === 'True') return true;
  if (operator === 'isMissing') return value === undefined;
  if (operator === 'isNotMissing') return value !== undefined;
  if (value === undefined) return undefined;
  if (predicate.name === 'CompoundPredicate') return predicate.children.every((child) => holds(child, value));
  if (predicate.name === 'SimpleSetPredicate') {
    const items = [...predicate.children[0].text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((m) =>
      m[1] === undefined ? m[2] : m[1].replace(/\\"/g, '"'),
    );
    return items.includes(String(value));
  }
  if (operator === 'equal') return Number(text) === value;
  return operator === 'lessThan' ? Number(value) < Number(text) : Number(value) >= Number(text);
}
function pmmlScore(document: XmlElement, of: (field: string) => number | string | undefined): number {
  return all(document, 'Characteristic').reduce((sum, characteristic) => {
    const won = characteristic.children.find(({ children: [predicate] }) =>
      holds(predicate, of(predicate.attributes.field ?? characteristic.attributes.name)),
    );
    return sum + Number(won?.attributes.partialScore);
  }, 0);
}

describe('a scorecard in PMML', () => {
  const document = parseXml(pmml);
  it('gives every row the points the scorecard gives', () => {
    const bins = names.map((name) =>
      Int16Array.from(columns[name], (value) => binOf(binnings[name].cells, binnings[name].table.binOfCell, value)),
    );
    const scores = scoreRows(card.features, bins);
    for (let i = 0; i < rows; i++) {
      const of = (field: string) =>
        field === NAME ? LEVELS[columns[NAME][i]] : Number.isNaN(columns.sales[i]) ? undefined : columns.sales[i];
      expect(pmmlScore(document, of)).toBe(scores[i]);
    }
  });
  it('gives neutral points to a category and a gap nobody saw in training', () => {
    const neutral = card.features.reduce((sum, { neutralPoints }) => sum + neutralPoints, 0);
    const sales = pmmlScore(document, (field) => (field === NAME ? undefined : 1)) - card.features[1].neutralPoints;
    expect(pmmlScore(document, (field) => (field === NAME ? 'Z' : 1))).toBe(sales + card.features[1].neutralPoints);
    expect(neutral).toBeGreaterThan(0);
  });
  it('is a document of version 4.4 with its elements in the order of the schema', () => {
    expect(document).toMatchObject({ name: 'PMML', attributes: { version: '4.4', xmlns: 'http://www.dmg.org/PMML-4_4' } });
    expect(document.children.map(({ name }) => name)).toEqual(['Header', 'DataDictionary', 'Scorecard']);
    const [scorecard] = all(document, 'Scorecard');
    expect(scorecard.attributes).toMatchObject({
      modelName: '信易贷 <1>',
      functionName: 'regression',
      initialScore: '0',
      reasonCodeAlgorithm: 'pointsBelow',
    });
    expect(scorecard.children.map(({ name }) => name)).toEqual(['MiningSchema', 'Output', 'Characteristics']);
    const fields = all(document, 'DataField').map((field) => field.attributes.name);
    expect(fields).toEqual([...names, 'score']);
    for (const characteristic of all(document, 'Characteristic')) {
      const scores = characteristic.children.map(({ attributes }) => Number(attributes.partialScore));
      expect(Number(characteristic.attributes.baselineScore)).toBe(Math.max(...scores));
      expect(characteristic.children.at(-1)?.children[0].name).toBe('True');
    }
  });
  it('takes a partner’s points as one field, added as they are', () => {
    const partner = { field: 'platform_points', highest: 120 };
    const features = names.map((name) => ({ name, binning: binnings[name], ...(name === NAME ? { levels: LEVELS } : {}) }));
    const joint = parseXml(scorecardPmml(card, features, { modelName: 'm', partner }));
    const [last] = all(joint, 'Characteristic').slice(-1);
    expect(last.attributes).toMatchObject({ name: 'platform_points', reasonCode: 'platform_points', baselineScore: '120' });
    const [attribute] = last.children;
    expect(attribute.children.map(({ name }) => name)).toEqual(['SimplePredicate', 'ComplexPartialScore']);
    expect(all(attribute, 'FieldRef')[0].attributes).toEqual({ field: 'platform_points' });
    expect(all(joint, 'DataDictionary')[0].attributes.numberOfFields).toBe('4');
    expect(all(joint, 'MiningField').map(({ attributes }) => attributes.name)).toContain('platform_points');
    const taken = { modelName: 'm', partner: { field: 'sales', highest: 1 } };
    expect(() => scorecardPmml(card, features, taken)).toThrow(expect.objectContaining({ code: 'ERR_REPORT_PMML' }));
  });
  it('is refused when card and binnings do not fit', () => {
    const refused = expect.objectContaining({ code: 'ERR_REPORT_PMML' });
    expect(() => scorecardPmml(card, [], { modelName: 'm' })).toThrow(refused);
    const other = names.map((name) => ({ name: name === NAME ? 'else' : name, binning: binnings[name] }));
    expect(() => scorecardPmml(card, other, { modelName: 'm' })).toThrow(refused);
    expect(() =>
      scorecardPmml(
        card,
        names.map((name) => ({ name, binning: binnings.sales })),
        { modelName: 'm' },
      ),
    ).toThrow(refused);
  });
});

const TABLE = `name: spread
hit: U
fields:
  grade: {type: text, values: [A, B, C], label: '评级 <内部> & "外部"'}
  months: {type: integer, min: 1, max: 36}
  town: {type: text}
  green: {type: boolean}
inputs: [grade, months, town, green]
outputs: {spread_bp: integer, note: text}
rows:
  - {when: [A, "-", "-", "-"], give: [20, 'say "hi" & <go>']}
  - {when: ["B, C", "< 12", "not(x)", "true"], give: [45, b]}
  - {when: ["not(A, B)", "[12..24)", "missing", "-"], give: [75, c]}
`;

/** The FEEL unary tests that the writer may use, by their meaning in DMN 1.3. */
function feel(test: string, value: unknown): boolean {
  const one = (part: string): boolean => {
    if (part === '-') return true;
    if (part === 'null') return value === null;
    if (part.startsWith('? != null and '))
      return (
        value !== null &&
        part
          .slice(14)
          .split(' and ')
          .every((clause) => JSON.parse(clause.replace('? != ', '')) !== value)
      );
    if (value === null) return false;
    const range = /^([[(])(\S+)\.\.(\S+)([\])])$/.exec(part);
    const [x, low, high] = [Number(value), Number(range?.[2]), Number(range?.[3])];
    if (range) return (range[1] === '[' ? x >= low : x > low) && (range[4] === ']' ? x <= high : x < high);
    const compare = /^(<=|>=|<|>) (\S+)$/.exec(part);
    if (compare)
      return { '<': x < Number(compare[2]), '<=': x <= Number(compare[2]), '>': x > Number(compare[2]), '>=': x >= Number(compare[2]) }[
        compare[1] as '<'
      ];
    return JSON.parse(part) === value;
  };
  return test.startsWith('?') ? one(test) : test.split(', ').some(one);
}

describe('a decision table in DMN', () => {
  const table = parseDecisionTable({ file: 'spread.yaml', text: TABLE }, 'later');
  const document = parseXml(tableDmn(table));
  it('lets through exactly the firms that the table lets through, row by row', () => {
    const rules = all(document, 'rule').map((rule) => all(rule, 'inputEntry').map((entry) => entry.children[0].text));
    for (const grade of ['A', 'B', 'C', null])
      for (const months of [1, 11, 12, 23, 24, 36, null])
        for (const town of ['x', 'y', null])
          for (const green of [true, false, null]) {
            const firm = { grade, months, town, green };
            const hit = rules.flatMap((tests, r) => (tests.every((test, j) => feel(test, Object.values(firm)[j])) ? [r + 1] : []));
            const answer = lookUp(table, firm);
            expect(hit).toEqual(answer.kind === 'none' ? [] : answer.rows);
          }
  });
  it('keeps names, texts and hit policy, escaped', () => {
    expect(document.attributes.xmlns).toBe('https://www.omg.org/spec/DMN/20191111/MODEL/');
    expect(all(document, 'decisionTable')[0].attributes).toMatchObject({ hitPolicy: 'UNIQUE' });
    expect(all(document, 'input')[0].attributes.label).toBe('评级 <内部> & "外部"');
    expect(
      all(document, 'outputEntry')
        .map((entry) => entry.children[0].text)
        .slice(0, 2),
    ).toEqual(['20', '"say \\"hi\\" & <go>"']);
    const ids = [...tableDmn(table).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const collect = parseDecisionTable(
      {
        file: 't.yaml',
        text: TABLE.replace('hit: U', 'hit: C+')
          .replace(', note: text', '')
          .replace(/, '?say.*'\]/, ']')
          .replace(/, [bc]\]/g, ']'),
      },
      'later',
    );
    expect(all(parseXml(tableDmn(collect)), 'decisionTable')[0].attributes).toMatchObject({ hitPolicy: 'COLLECT', aggregation: 'SUM' });
  });
});
