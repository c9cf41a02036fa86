/** The example policy on the synthetic city (invented data): what it warns of, how early, how often in vain. */
import { describe, expect, it } from 'vitest';
import { addMonths } from '../../../src/credit/calendar/index.ts';
import { AlertBook, exampleWarningPolicy, judgeWarnings, monthlyFields, rollRates } from '../../../src/credit/monitoring/index.ts';
import { type CityPanel, PANEL_MONTHS, syntheticCity, syntheticPanel } from '../../../src/data/index.ts';

const city = syntheticCity({ seed: 7, firms: 8000 });
const panel = syntheticPanel(city, 'bank-a');
const [bank] = city.banks;
const options = {
  flows: ['sales_invoice', 'elec_kwh', 'ss_headcount', 'avg_deposit'],
  levels: ['days_past_due'],
  groups: Array.from(bank.firms, (firm) => city.truth.firms[firm].industry),
};
const fields = monthlyFields(panel, options);
const START = '2025-01-01';

function alertsOf(rules: (rule: (typeof exampleWarningPolicy.rules)[number]) => boolean) {
  const book = new AlertBook({ ...exampleWarningPolicy, rules: exampleWarningPolicy.rules.filter(rules) });
  const monthOf = new Map(Array.from({ length: PANEL_MONTHS }, (_, month) => [addMonths(START, month), month]));
  for (let month = 6; month < PANEL_MONTHS; month++) {
    for (let row = 0; row < panel.rows; row++) {
      const defaulted = panel.truth.defaultMonth[row];
      if (defaulted < 0 || month < defaulted) book.observe(String(row), addMonths(START, month), fields.at(row, month));
    }
  }
  return book.alerts.map(({ loan, rule, raised }) => ({ row: Number(loan), rule, month: monthOf.get(raised) as number }));
}

describe('warnings on the synthetic panel', () => {
  it('orange and red alone, without looking at arrears: most defaults a month ahead, far more right than the base rate', () => {
    const alerts = alertsOf(({ severity, name }) => (severity === 'red' || severity === 'orange') && name !== 'past-due-30');
    const judged = judgeWarnings(alerts, panel.truth.defaultMonth);
    expect(judged.overall.recall).toBeGreaterThanOrEqual(0.6);
    expect(judged.overall.precision).toBeGreaterThanOrEqual(0.3);
    // 37 % over six cities of 20,000 firms (benchmarks/credit-warnings.ts); this one is small.
    expect(judged.loans.precision).toBeGreaterThanOrEqual(0.33);
    expect(judged.overall.medianLead).toBeGreaterThanOrEqual(2);
    expect(judged.rules.map(({ rule }) => rule)).toContain('power-and-sales-fall');
  });
  it('look at no month after their own', () => {
    const cut = 15;
    const blind = Object.fromEntries(
      Object.entries(panel.series).map(([name, values]) => [
        name,
        values.map((value, at) => (at % PANEL_MONTHS > cut ? Number.NaN : value)),
      ]),
    ) as CityPanel['series'];
    const then = monthlyFields(
      { ...panel, series: blind, events: panel.events.filter(({ month }) => month <= cut) },
      { ...options, kinds: [...new Set(panel.events.map(({ kind }) => kind))] },
    );
    for (let row = 0; row < panel.rows; row += 37)
      for (const month of [6, 11, 15]) expect(then.at(row, month)).toEqual(fields.at(row, month));
  });
  it('take seasons for what they are: the median firm of each industry changes little in any month', () => {
    for (const industry of new Set(options.groups)) {
      const rows = options.groups.flatMap((group, row) => (group === industry ? [row] : []));
      if (rows.length < 50) continue;
      for (const month of [8, 12, 17, 23]) {
        const changes = rows
          .map((row) => fields.at(row, month).sales_invoice_change as number)
          .filter((x) => x !== null)
          .sort((a, b) => a - b);
        expect(Math.abs(changes[changes.length >> 1])).toBeLessThan(0.1);
      }
    }
  });
  it('need a history: no change is known in the first six months', () => {
    expect(fields.at(0, 5)).toMatchObject({ sales_invoice_change: null, elec_kwh_cusum: null });
    expect(() => fields.at(0, 24)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_PANEL' }));
    expect(() => monthlyFields(panel, { ...options, flows: ['water'] })).toThrow(/no series "water"/);
  });
  it('stand beside roll rates that climb to default', () => {
    const { rates } = rollRates(panel.series.days_past_due, PANEL_MONTHS);
    expect(rates[0]?.[0]).toBeGreaterThan(0.95);
    expect(rates[3]?.[4]).toBeGreaterThan(0.9);
  });
});
