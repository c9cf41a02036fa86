/**
 * Figures of the credit wing: `npx node benchmarks/credit.ts`. Wall and CPU seconds; on a busy machine the CPU column is the one to read.
 */
import { seededRandom } from '../src/base/index.ts';
import * as credit from '../src/credit/index.ts';
import { featureTable } from '../src/data/index.ts';

function measure(what: string, run: () => unknown): void {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  run();
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${what.padEnd(72)} ${((performance.now() - wall) / 1e3).toFixed(2)} s wall  ${((user + system) / 1e6).toFixed(2)} s CPU`);
}

const random = seededRandom(20260101);
const rows = 100_000;

const names = Array.from({ length: 20 }, (_, i) => `f${i}`);
const firms = Array.from({ length: rows }, () =>
  Object.fromEntries(names.map((n) => [n, random.uniform() < 0.05 ? null : random.uniform()])),
);
const rules = Array.from({ length: 200 }, (_, i) => ({
  name: `r${i}`,
  when: { and: [{ '>=': [{ var: names[i % 20] }, 0.97] }, { '<': [{ var: names[(i + 7) % 20] }, (i + 1) / 200] }] },
  effect: 'refer',
  whenMissing: 'ignore',
  reason: 'x',
}));
const fields = Object.fromEntries(names.map((n) => [n, { type: 'number' }]));
const set = credit.parseRuleSet({ name: 'bench', value: { name: 'bench', version: 1, from: '2026-01-01', fields, rules } });
measure('rules: 100,000 firms × 200 two-condition rules, fields checked, counted by rule', () =>
  credit.runPortfolio(set, credit.portfolioOf(firms, fields as credit.FieldCatalogue)),
);
measure('rules: the same firms as single decisions, hits named', () => {
  for (const firm of firms) credit.applyRules(set, firm);
});
measure('rules: static checks of 200 rules', () => credit.lintRules(set));

const policy = credit.parseLimitPolicy({
  name: 'bench',
  value: {
    version: '1',
    capacity: {
      combine: 'min',
      caps: [
        {
          kind: 'linear',
          name: 'tax',
          terms: [
            { column: 'vat', times: 7 },
            { column: 'cit', times: 8 },
          ],
        },
        { kind: 'linear', name: 'invoice', terms: [{ column: 'sales', times: 0.15 }] },
      ],
      edges: ['5万', '10万', '20万', '50万', '100万', '200万'],
    },
    score: {
      on: 'pd',
      bands: [
        { name: 'A', below: '1%', times: 1 },
        { name: 'B', below: '5%', times: 0.5 },
        { name: 'C', veto: true },
      ],
    },
    floor: '3万',
    step: '1万',
    max: '300万',
  },
});
const money = (scale: number) => Float64Array.from({ length: rows }, () => Math.exp(random.normal()) * scale);
const table = featureTable(
  firms.map((_, i) => String(i)),
  new Map([
    ['vat', money(5e4)],
    ['cit', money(2e4)],
    ['sales', money(4.6e6)],
  ]),
);
const pd = Float64Array.from({ length: rows }, () => 0.1 * random.uniform() ** 3);
let bands = new Uint8Array();
measure(
  'limits: capacity bands of 100,000 firms, exact',
  () => (bands = credit.capacityBands(policy.capacity, table) as Uint8Array<ArrayBuffer>),
);
const compiled = credit.compileLimitTable(policy);
let different = 0;
measure('limits: plain against table on 100,000 firms', () => {
  for (let i = 0; i < rows; i++) {
    const units = credit.tableRow(compiled, credit.scoreBand(credit.scoreEdges(policy), pd[i]))[bands[i]];
    if (BigInt(units) * compiled.step !== credit.plainLimit(policy, pd[i], bands[i]).amount) different++;
  }
});
console.log(`limits that differ: ${different}`);

const size = 10_000 * 200;
const draw = () => Float64Array.from({ length: size }, () => random.uniform());
const market: credit.Market = {
  firms: 10_000,
  products: 200,
  eligible: new Uint8Array(size).fill(1),
  firmUtility: draw(),
  bankUtility: draw(),
  quotas: new Uint32Array(200).fill(40),
};
let matched = new Int32Array();
measure(
  'matching: deferred acceptance, 10,000 firms × 200 products, quota 40',
  () => (matched = credit.deferredAcceptance(market) as Int32Array<ArrayBuffer>),
);
measure('matching: search for blocking pairs', () => console.log(`blocking pairs: ${credit.blockingPairs(market, matched).length}`));

const cities = ['3301', '330106', '33', '100000', '4403', '320500'];
const products = Array.from({ length: 200 }, (_, i) => ({
  name: `p${i}`,
  bank: `b${i % 12}`,
  regions: [cities[i % 6]],
  industries: i % 3 === 0 ? ['C15', '51'] : [],
  amount: { min: '1万', max: `${50 + i}万` },
  months: { min: 1, max: 36 },
  rate: `${(3 + i / 200).toFixed(3)}%`,
  days: i % 9,
  maxPd: '8%',
  quota: 40,
  eligibility: [{ name: 'age', when: { '>=': [{ var: 'age' }, i % 5] }, reason: 'x' }],
}));
const catalogue = credit.parseCatalogue({ name: 'bench', value: { fields: { age: { type: 'number', min: 0 } }, products } });
const applicants = Array.from({ length: 10_000 }, (_, i) => ({
  id: String(i),
  region: ['330106', '440304', '320505', '330282'][i % 4],
  industry: ['1530', '5127', '6210'][i % 3],
  ask: credit.yuan('30万'),
  months: 12,
  pd: 0.08 * random.uniform(),
  fields: { age: 10 * random.uniform() },
}));
measure('matching: from applicants and a catalogue with rules to an assignment', () =>
  credit.deferredAcceptance(credit.buildMarket(applicants, catalogue)),
);
