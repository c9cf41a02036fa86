/**
 * The example warning policy on synthetic cities (invented data) whose seeds nobody tuned it on: precision, recall and lead time by rule, by alert
 * and by firm. `npx node benchmarks/credit-warnings.ts [firms] [seed …]`; 20,000 firms and seeds 101 to 106 when nothing is given.
 */
import * as credit from '../src/credit/index.ts';
import { PANEL_MONTHS, syntheticCity, syntheticPanel } from '../src/data/index.ts';

const [firms = 20_000, ...given] = process.argv.slice(2).map(Number);
const seeds = given.length > 0 ? given : [101, 102, 103, 104, 105, 106];
const START = '2025-01-01';
const policy = credit.exampleWarningPolicy;

interface Judged {
  readonly alerts: readonly credit.JudgedAlert[];
  readonly defaults: Int16Array;
}

/** Every alert of one city, raised month by month as the book raises them. */
function run(seed: number): Judged {
  const city = syntheticCity({ seed, firms });
  const panel = syntheticPanel(city, 'bank-a');
  const fields = credit.monthlyFields(panel, {
    flows: ['sales_invoice', 'elec_kwh', 'ss_headcount', 'avg_deposit'],
    levels: ['days_past_due'],
    groups: Array.from(city.banks[0].firms, (firm) => city.truth.firms[firm].industry),
  });
  const book = new credit.AlertBook(policy);
  const defaults = panel.truth.defaultMonth;
  for (let month = 6; month < PANEL_MONTHS; month++) {
    const day = credit.addMonths(START, month);
    for (let row = 0; row < panel.rows; row++) {
      if (defaults[row] < 0 || month < defaults[row]) book.observe(String(row), day, fields.at(row, month));
    }
  }
  const monthOf = new Map(Array.from({ length: PANEL_MONTHS }, (_, month) => [credit.addMonths(START, month), month]));
  const alerts = book.alerts.map(({ loan, rule, raised }) => ({ row: Number(loan), rule, month: monthOf.get(raised) as number }));
  return { alerts, defaults };
}

/** All cities as one portfolio. */
function pooled(cities: readonly Judged[]): Judged {
  const starts = cities.map((_, i) => cities.slice(0, i).reduce((sum, { defaults }) => sum + defaults.length, 0));
  return {
    alerts: cities.flatMap(({ alerts }, i) => alerts.map((alert) => ({ ...alert, row: alert.row + starts[i] }))),
    defaults: Int16Array.from(cities.flatMap(({ defaults }) => Array.from(defaults))),
  };
}

const percent = (value: number | undefined): string => (value === undefined ? '–' : (100 * value).toFixed(0)).padStart(4);
const judge = ({ alerts, defaults }: Judged, keep: (rule: credit.WarningRule) => boolean): credit.Judgement =>
  credit.judgeWarnings(
    alerts.filter(({ rule }) => keep(credit.warningNamed(policy, rule))),
    defaults,
  );

const cities = seeds.map(run);
const all = pooled(cities);
console.log(`${all.defaults.length} firms, ${all.defaults.filter((month) => month >= 0).length} defaults; warned 1 to 6 months ahead`);
const grave = ({ severity }: credit.WarningRule): boolean => severity === 'red' || severity === 'orange';
const sets: readonly (readonly [string, (rule: credit.WarningRule) => boolean])[] = [
  ['all rules', () => true],
  ['red and orange', grave],
  ['red and orange, no days past due', (rule) => grave(rule) && rule.name !== 'past-due-30'],
  ['red, no days past due', (rule) => rule.severity === 'red' && rule.name !== 'past-due-30'],
  ...policy.rules.map(({ name }) => [name, (rule: credit.WarningRule) => rule.name === name] as const),
];
console.log(`${'%'.padEnd(34)} alerts right | defaults warned | warned firms that default (by seed) | median lead, months`);
for (const [name, keep] of sets) {
  const { overall, loans } = judge(all, keep);
  const bySeed = cities.map((city) => percent(judge(city, keep).loans.precision)).join('');
  console.log(
    `${name.padEnd(34)} ${percent(overall.precision)} | ${percent(overall.recall)} | ${percent(loans.precision)} (${bySeed} ) | ${overall.medianLead ?? '–'}`,
  );
}
