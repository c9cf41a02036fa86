/** Exports against the schemas of PMML 4.4 and DMN 1.3 (test/golden/schemas), by libxml2. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { parseDecisionTable } from '../../src/credit/index.ts';
import { buildScorecard, fitBinning } from '../../src/learn/index.ts';
import { scorecardPmml, tableDmn } from '../../src/report/index.ts';

xmlRegisterFsInputProviders();

interface Schema {
  /** What libxml2 finds, empty when valid. */
  problems(text: string): readonly string[];
  dispose(): void;
}
function schemaOf(name: string): Schema {
  const path = fileURLToPath(new URL(`schemas/${name}`, import.meta.url));
  const document = XmlDocument.fromBuffer(readFileSync(path), { url: path });
  const validator = XsdValidator.fromDoc(document);
  return {
    problems(text) {
      const parsed = XmlDocument.fromString(text);
      try {
        validator.validate(parsed);
        return [];
      } catch (error) {
        if (!(error instanceof XmlValidateError)) throw error;
        return error.details.map(({ message }) => message.trim());
      } finally {
        parsed.dispose();
      }
    },
    dispose() {
      validator.dispose();
      document.dispose();
    },
  };
}

const [pmml, dmn] = [schemaOf('pmml-4-4.xsd'), schemaOf('DMN13.xsd')];
afterAll(() => {
  pmml.dispose();
  dmn.dispose();
});

const random = seededRandom(4, 'schemas');
const labels = Uint8Array.from({ length: 3000 }, () => Number(random.uniform() < 0.2));
const sales = Float64Array.from(labels, (y) =>
  random.uniform() < 0.1 ? Number.NaN : random.uniform() < 0.1 ? -1 : Math.exp(random.normal() - y),
);
const grade = Float64Array.from(labels, (y) => Math.min(4, Math.floor(random.uniform() * (y ? 5 : 4))));
const binnings = [
  { name: 'sales', binning: fitBinning(sales, labels, { specialValues: [-1] }) },
  { name: 'tax "<grade>" & 等级', binning: fitBinning(grade, labels, {}, 'categorical') },
];
const card = buildScorecard(
  -1.5,
  binnings.map(({ name, binning }) => ({ name, coefficient: 0.9, woes: binning.table.bins.map(({ woe }) => woe) })),
);

describe('a scorecard is valid PMML 4.4', () => {
  const features = (levels: boolean) =>
    binnings.map((feature) =>
      levels && feature.binning.cells.kind !== 'numeric' ? { ...feature, levels: ['A', 'B "x"', 'M', 'C', 'D'] } : feature,
    );
  it.each([
    ['with texts and three reasons', true, 3],
    ['with codes and no reasons', false, 0],
  ])('%s', (_, levels, reasons) => {
    const text = scorecardPmml(card, features(levels), { modelName: '信易贷 <1>', reasons });
    expect(pmml.problems(text)).toEqual([]);
    expect(text).not.toMatch(/[\s<]x-/i);
  });
  it('and the schema would have told', () => {
    const text = scorecardPmml(card, features(true), { modelName: 'm' });
    expect(pmml.problems(text.replace('functionName="regression"', ''))).toHaveLength(1);
    expect(pmml.problems(text.replace('pointsBelow', 'pointsUnder'))).not.toEqual([]);
    expect(pmml.problems(text.replace(/<MiningSchema>.*<\/MiningSchema>/s, ''))).not.toEqual([]);
  });
});

const TABLE = `name: 利差-spread
hit: U
fields:
  grade: {type: text, values: [A, B, C], label: '评级 <内部> & "外部"'}
  months: {type: integer, min: 1, max: 36}
  town: {type: text}
  green: {type: boolean}
inputs: [grade, months, town, green]
outputs: {spread_bp: number, note: text, review: boolean}
rows:
  - {when: [A, "-", "-", "-"], give: [20, 'say "hi" & <go>', false]}
  - {when: ["B, C", "< 12", "not(x, y)", "true"], give: [45.5, b, true]}
  - {when: ["not(A, B)", "[12..24)", "missing", "-"], give: [75, c, true]}
  - {when: ["missing", "36", 'x', "not(true)"], give: [-75, '', true]}
`;

describe('a decision table is valid DMN 1.3', () => {
  const one = TABLE.replace(/, note.*\}/, '}').replace(/give: \[([^,]*),.*\]/g, 'give: [$1]');
  it.each(['U', 'F', 'A', 'C', 'C+', 'C#', 'C<', 'C>'])('under hit policy %s', (hit) => {
    const text = (hit.length > 1 ? one : TABLE).replace('hit: U', `hit: ${hit}`);
    expect(dmn.problems(tableDmn(parseDecisionTable({ file: 't.yaml', text }, 'later')))).toEqual([]);
  });
  it('and the schema would have told', () => {
    const text = tableDmn(parseDecisionTable({ file: 't.yaml', text: TABLE }, 'later'));
    expect(dmn.problems(text.replace('"UNIQUE"', '"ONLY"'))).not.toEqual([]);
    expect(dmn.problems(text.replace(/ namespace="[^"]*"/, ''))).not.toEqual([]);
    expect(dmn.problems(text.replace(/<outputEntry.*?<\/outputEntry>/gs, ''))).not.toEqual([]);
  });
});
