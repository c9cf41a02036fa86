/**
 * A credit desk without a federation: `npx node examples/credit-desk/desk.ts`. The policies are files; the firms are made up.
 * In your own project: import * as credit from 'fedcredit/credit'.
 */
import { readFileSync } from 'node:fs';
import * as credit from '../../src/credit/index.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const file = (name: string) => ({ file: `${name}.yaml`, text: read(`policy/${name}.yaml`) });
const show = (title: string, lines: readonly string[]) => console.log(`\n${title}\n  ${lines.join('\n  ')}`);

// 1. Five documents make a desk; the rules are checked before anyone is judged by them.
const texts: credit.DeskTexts = {
  rules: file('rules'),
  scale: file('scale'),
  limit: file('limit'),
  price: file('price'),
  lpr: file('lpr'),
};
const desk = credit.openDesk(texts);
const findings = credit.lintRules(desk.rules).map((finding) => finding.message);
show('规则检查 / rule checks', findings.length > 0 ? findings : ['no finding']);

// 2. Each application becomes a record that names the one before it and replays to the same bytes.
const applications: readonly credit.Application[] = JSON.parse(read('applicants.json'));
const records: credit.DecisionRecord[] = [];
for (const application of applications) {
  const last = records.at(-1);
  const record = credit.decide(desk, application, last && credit.recordHash(last));
  credit.replay(credit.recordText(record), application, texts);
  records.push(record);
}
const decided = ({ id, outcome, limit, rate, reasons }: credit.DecisionRecord) =>
  `${id}: ${outcome} ${limit ?? '-'} 元 at ${rate ?? '-'}; ${reasons.join('; ')}`;
show('审批 / decisions', records.map(decided));
show('记录链 / chain', [credit.verifyChain(records.map(credit.recordText))]);

// 3. The same limit policy as a table of small integers: what the encrypted limit picks a cell from.
const table = credit.compileLimitTable(desk.limit);
const rows = desk.limit.score.bands.map((band, s) => `${band.name.padEnd(7)} ${[...credit.tableRow(table, s)].join(' ')}`);
show(`额度表 / limit table, unit ${credit.formatYuan(table.step)} 元, one column a capacity band`, rows);

// 4. Products: why not, and a stable assignment within their quotas.
const catalogue = credit.parseCatalogue(file('products'));
const firms = applications.map(({ id, months, pd, fields }) => {
  return { id, months, pd, fields, region: '330106', industry: '1530', ask: credit.yuan('40万') };
});
const matched = credit.deferredAcceptance(credit.buildMarket(firms, catalogue));
const offered = firms.map((firm, i) => {
  const against = credit.whyNot(firm, catalogue.products[0]).map((why) => why.reason);
  return `${firm.id} ← ${catalogue.products[matched[i]]?.name ?? 'no product'}${against.length > 0 ? ` (tea-season: ${against.join(', ')})` : ''}`;
});
show('撮合 / matching', offered);

// 5. A season, a repayment plan, a shared loss.
const [, , tea] = credit.seasonExamples;
const bounds = { step: credit.yuan('1万'), max: credit.yuan('100万') };
const season = [3, 4, 7].map(
  (month) => `${month}月 ${credit.formatYuan(credit.seasonalLimit(credit.yuan('40万'), tea, month, bounds))} 元`,
);
show(`${tea.name} 一行一品 / season`, season);
const loan = { principal: credit.yuan('40万'), rate: credit.rate('3.65%'), months: 12, from: '2025-06-03' };
const [first] = credit.repaymentPlan(loan, 'level-payment');
show('等额本息 / level payment', [`${first.due}: ${credit.formatYuan(first.principal)} + ${credit.formatYuan(first.interest)} interest`]);
const pool = new credit.CompensationPool(credit.parsePoolPolicy(file('pool')));
pool.fund(credit.yuan('1000万'), '2025-01-01');
pool.enrol('loan-1', 'city-bank', loan.principal);
const { government, bank } = pool.claim('loan-1', 95, '2026-09-01');
show('风险补偿 / loss of 40万 shared', [`government ${credit.formatYuan(government)}, bank ${credit.formatYuan(bank)} 元`]);
