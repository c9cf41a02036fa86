/**
 * Two years by month for a bank's customers, so that warnings can be judged against what really happened. Months 0 to 11 lead up to
 * the table's date, months 12 to 23 are the twelve in which `bad_12m` is seen.
 *
 * Health wanders (AR(1), .85 a month). Most defaults (85 %) are announced: distress sets in two to six months before and grows, sales,
 * power, staff and deposits fall with it, and lawsuits, arrears and the like come more often. The rest default out of the blue, and some
 * firms fall into distress and recover: no rule can warn of the first, and the second are its honest false alarms.
 */
import { InputError, type SeededRandom, seededRandom } from '../../base/index.ts';
import { drawBernoulli, drawBeta, drawIndex } from '../../math/index.ts';
import type { BankHolding, City } from './city.ts';
import type { Firm } from './firms.ts';
import { CITY_INDUSTRIES } from './industries.ts';

export const PANEL_MONTHS = 24;
/** First month of the twelve in which a default counts. */
export const PANEL_OUTCOME_MONTH = 12;

export const PANEL_SERIES = ['sales_invoice', 'elec_kwh', 'ss_headcount', 'avg_deposit', 'days_past_due'] as const;
export type PanelSeries = (typeof PANEL_SERIES)[number];

/** 新增被诉, 欠税, 水电气欠费, 纳税信用降级, 被执行, 法定代表人变更, 股权冻结. */
export const PANEL_EVENTS = [
  'lawsuit',
  'tax_arrears',
  'utility_arrears',
  'tax_grade_drop',
  'enforcement',
  'legal_rep_change',
  'equity_frozen',
] as const;
export type PanelEventKind = (typeof PANEL_EVENTS)[number];

export interface PanelEvent {
  /** Row of the bank's table. */
  readonly row: number;
  readonly month: number;
  readonly kind: PanelEventKind;
}

export interface CityPanel {
  readonly synthetic: true;
  readonly rows: number;
  readonly months: number;
  /** Row-major: value of `row` in `month` at row · months + month; after a default, NaN. */
  readonly series: Readonly<Record<PanelSeries, Float64Array>>;
  /** By month, then row. */
  readonly events: readonly PanelEvent[];
  readonly truth: {
    /** Month of default, -1 for none. */
    readonly defaultMonth: Int16Array;
    /** First month of distress, -1 for none; distress without a default is a false alarm to come. */
    readonly distressMonth: Int16Array;
    /** Part of the exposure lost, Beta with mean .55; NaN without a default. */
    readonly lgd: Float64Array;
  };
}

/** Monthly rate of each event: when well, and what full distress adds. */
const EVENT_RATES: Readonly<Record<PanelEventKind, readonly [well: number, distress: number]>> = {
  lawsuit: [0.0015, 0.28],
  tax_arrears: [0.001, 0.26],
  utility_arrears: [0.002, 0.3],
  tax_grade_drop: [0.001, 0.08],
  enforcement: [0.0004, 0.12],
  legal_rep_change: [0.008, 0.05],
  equity_frozen: [0.0002, 0.06],
};
/** Part lost of each flow in full distress. */
const FALL = { sales_invoice: 0.65, elec_kwh: 0.6, ss_headcount: 0.5, avg_deposit: 0.75 } as const;
const SUDDEN = 0.15;
const FALSE_DISTRESS = 0.02;

/** The course of one firm, distress between 0 and 1 by month. */
interface Course {
  readonly defaultMonth: number;
  readonly distressMonth: number;
  readonly distress: Float64Array;
}

/**
 * The panel of a bank's accepted customers.
 * @throws InputError `ERR_DATA_OPTION` when the city has no such bank.
 */
export function syntheticPanel(city: City, bankName: string): CityPanel {
  const bank = city.banks.find(({ name }) => name === bankName);
  if (!bank)
    throw new InputError('ERR_DATA_OPTION', `the city has no bank "${bankName}"`, {
      help: `Its banks are ${city.banks.map(({ name }) => name).join(', ')}.`,
    });
  return panelOf(bank, city, seededRandom(city.seed, 'city').split(`panel/${bank.name}`));
}

function panelOf(bank: BankHolding, city: City, stream: SeededRandom): CityPanel {
  const rows = bank.table.rows;
  const series = Object.fromEntries(PANEL_SERIES.map((name) => [name, new Float64Array(rows * PANEL_MONTHS).fill(Number.NaN)])) as Record<
    PanelSeries,
    Float64Array
  >;
  const truth = { defaultMonth: new Int16Array(rows), distressMonth: new Int16Array(rows), lgd: new Float64Array(rows).fill(Number.NaN) };
  const events: PanelEvent[] = [];
  for (let row = 0; row < rows; row++) {
    const firm = city.truth.firms[bank.firms[row]];
    const random = stream.split(firm.uscc);
    const course = drawCourse(random, bank.label[row] === 1);
    truth.defaultMonth[row] = course.defaultMonth;
    truth.distressMonth[row] = course.distressMonth;
    if (course.defaultMonth >= 0) truth.lgd[row] = drawBeta(random, 2.2, 1.8);
    drawMonths(random, firm, course, row, series, events);
  }
  events.sort((a, b) => a.month - b.month || a.row - b.row);
  return { synthetic: true, rows, months: PANEL_MONTHS, series, events, truth };
}

function drawCourse(random: SeededRandom, bad: boolean): Course {
  const distress = new Float64Array(PANEL_MONTHS);
  const defaultMonth = bad ? PANEL_OUTCOME_MONTH + drawIndex(random, new Array(12).fill(1)) : -1;
  const inDistress = bad ? !drawBernoulli(random, SUDDEN) : drawBernoulli(random, FALSE_DISTRESS);
  if (!inDistress) return { defaultMonth, distressMonth: -1, distress };
  const length = 2 + drawIndex(random, [1, 1, 1, 1, 1]);
  const start = bad ? defaultMonth - length : Math.floor(random.uniform() * (PANEL_MONTHS - length));
  const depth = bad ? 1 : 0.4 + 0.4 * random.uniform();
  for (let t = 0; t <= length && start + t < PANEL_MONTHS; t++) distress[start + t] = depth * Math.sqrt((t + 1) / (length + 1));
  return { defaultMonth, distressMonth: start, distress };
}

function drawMonths(
  random: SeededRandom,
  firm: Firm,
  course: Course,
  row: number,
  series: Record<PanelSeries, Float64Array>,
  events: PanelEvent[],
): void {
  const { season, kwhPerYuan } = CITY_INDUSTRIES[firm.industry];
  const last = course.defaultMonth < 0 ? PANEL_MONTHS - 1 : course.defaultMonth;
  let wander = random.normal();
  for (let month = 0; month <= last; month++) {
    wander = 0.85 * wander + Math.sqrt(1 - 0.85 ** 2) * random.normal();
    const d = course.distress[month];
    const at = row * PANEL_MONTHS + month;
    const flow = (level: number, fall: number, noise: number): number =>
      level * Math.exp(0.06 * wander + noise * random.normal()) * (1 - fall * d);
    const sales = (firm.sales / 12) * season[month % 12];
    series.sales_invoice[at] = Math.round(flow(sales, FALL.sales_invoice, 0.15));
    series.elec_kwh[at] = Math.round(flow(sales * kwhPerYuan, FALL.elec_kwh, 0.1));
    series.ss_headcount[at] = Math.round(flow(firm.staff, FALL.ss_headcount, 0.02));
    series.avg_deposit[at] = Math.round(flow(firm.sales * 0.02, FALL.avg_deposit, 0.35));
    series.days_past_due[at] = daysPastDue(random, course, month);
    for (const kind of PANEL_EVENTS) {
      const [well, distressed] = EVENT_RATES[kind];
      if (drawBernoulli(random, well * Math.exp(-0.3 * firm.compliance) + distressed * d)) events.push({ row, month, kind });
    }
  }
}

/** Payments stop three months before a default of 90 days; others are late by days now and then. */
function daysPastDue(random: SeededRandom, { defaultMonth }: Course, month: number): number {
  const slip = drawBernoulli(random, 0.008) ? 1 + Math.floor(random.uniform() * 25) : 0;
  if (defaultMonth < 0 || month < defaultMonth - 2) return slip;
  return Math.max(slip, 30 * (3 - (defaultMonth - month)) + Math.floor(random.uniform() * 5));
}
