/**
 * Monthly features for warning rules: changes and CUSUM of flows, counts of events, days past due. Seasons are taken out by comparing a firm
 * with its group (its industry): a month's value is first divided by what the group's median firm did in that month, so that a bad month
 * for tea is no warning about a tea merchant. Only months up to and including the one asked are read.
 */
import { InputError } from '../../base/index.ts';
import type { FirmFields } from '../rules/index.ts';
import { type CusumOptions, cusumFall } from './cusum.ts';

/** Series and events of a portfolio by month. */
export interface MonthlyPanel {
  /** Loans. */
  readonly rows: number;
  /** Months of each loan. */
  readonly months: number;
  /** Row-major: value of `row` in `month` at row · months + month; NaN where nothing was reported. */
  readonly series: Readonly<Record<string, Float64Array>>;
  readonly events: readonly { readonly row: number; readonly month: number; readonly kind: string }[];
}

/** Which series and events become which fields. */
export interface MonthlyFieldOptions {
  /** Series that are flows: `<name>_change` (share against its usual level, −1 to 9) and `<name>_cusum` (deviations, from 0). */
  readonly flows: readonly string[];
  /** Series read as they are: `<name>`. @default none */
  readonly levels?: readonly string[];
  /** Kinds of events, counted over `eventMonths` as `<kind>_recent`, and by kind in `events_recent`. @default those that occur */
  readonly kinds?: readonly string[];
  /** Group of each row, for seasons. @default one group */
  readonly groups?: ArrayLike<number>;
  /** Months of the usual level before the one compared, and least months for it. @default 6 */
  readonly baselineMonths?: number;
  /** @default 3 */
  readonly eventMonths?: number;
  readonly cusum?: CusumOptions;
}

/** Features of a portfolio, month by month. */
export interface MonthlyFields {
  /** Fields of one row in one month; a feature without enough history is null. */
  at(row: number, month: number): FirmFields;
}

/** Groups thinner than this tell more of their members than of the season. */
const MIN_GROUP = 20;
/** Changes are capped: a firm that starts again from nothing is no number. */
const MAX_CHANGE = 9;

/** @throws InputError `ERR_CREDIT_PANEL` when a series is missing or of the wrong length. */
export function monthlyFields(panel: MonthlyPanel, options: MonthlyFieldOptions): MonthlyFields {
  const { baselineMonths = 6, eventMonths = 3, levels = [] } = options;
  if (!(Number.isInteger(baselineMonths) && baselineMonths >= 3 && Number.isInteger(eventMonths) && eventMonths >= 1))
    throw refused('baselineMonths must be at least 3 and eventMonths at least 1, both whole');
  const kinds = options.kinds ?? [...new Set(panel.events.map(({ kind }) => kind))].sort();
  const groups = options.groups ?? new Uint8Array(panel.rows);
  if (groups.length !== panel.rows) throw refused(`${groups.length} groups for ${panel.rows} rows`);
  const flows = options.flows.map((name) => ({
    name,
    ...flowFeatures(panel, seriesOf(panel, name), groups, baselineMonths, options.cusum),
  }));
  const read = levels.map((name) => ({ name, values: seriesOf(panel, name) }));
  const counts = kinds.map((kind) => ({ kind, counts: countEvents(panel, kind) }));
  return Object.freeze({
    at(row: number, month: number): FirmFields {
      if (!(row >= 0 && row < panel.rows && month >= 0 && month < panel.months)) throw refused(`no row ${row} in month ${month}`);
      const at = row * panel.months + month;
      const fields: Record<string, number | null> = {};
      for (const { name, change, cusum } of flows) {
        fields[`${name}_change`] = known(change[at]);
        fields[`${name}_cusum`] = known(cusum[at]);
      }
      for (const { name, values } of read) fields[name] = known(values[at]);
      let distinct = 0;
      for (const { kind, counts: months } of counts) {
        let recent = 0;
        for (let m = Math.max(0, month - eventMonths + 1); m <= month; m++) recent += months[row * panel.months + m];
        fields[`${kind}_recent`] = recent;
        distinct += recent > 0 ? 1 : 0;
      }
      fields.events_recent = distinct;
      return fields;
    },
  });
}

interface FlowFeatures {
  readonly change: Float64Array;
  readonly cusum: Float64Array;
}

/** ln of the seasonless flow against its own usual level, as a change and as a CUSUM of standard deviations. */
function flowFeatures(
  panel: MonthlyPanel,
  values: Float64Array,
  groups: ArrayLike<number>,
  baseline: number,
  cusum?: CusumOptions,
): FlowFeatures {
  const logs = seasonless(panel, values, groups, baseline);
  const { rows, months } = panel;
  const change = new Float64Array(rows * months).fill(Number.NaN);
  // Against the firm's first usual level: against a moving one a slow decline would hide itself.
  const deviations = new Float64Array(rows * months).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    const first = median(logs.subarray(row * months, row * months + baseline), baseline - 1);
    for (let month = baseline; month < months; month++) {
      const at = row * months + month;
      change[at] = Math.min(MAX_CHANGE, Math.exp(logs[at] - median(logs.subarray(at - baseline, at), baseline - 1)) - 1);
      deviations[at] = logs[at] - first;
    }
  }
  const spread = spreadSoFar(deviations, rows, months);
  const levels = new Float64Array(rows * months);
  for (let row = 0; row < rows; row++) {
    const own = deviations.subarray(row * months, (row + 1) * months);
    const scaled = own.map((value, month) => value / spread[month]);
    levels.set(
      cusumFall(scaled, cusum).map((level, month) => (Number.isNaN(scaled[month]) ? Number.NaN : level)),
      row * months,
    );
  }
  return { change, cusum: levels };
}

/** Standard deviation of an undisturbed month as it was known in each month: 1.4826 × the portfolio's median absolute deviation so far. */
function spreadSoFar(deviations: Float64Array, rows: number, months: number): Float64Array {
  const past: number[] = [];
  return Float64Array.from({ length: months }, (_, month) => {
    for (let row = 0; row < rows; row++) {
      const value = deviations[row * months + month];
      if (!Number.isNaN(value)) past.push(Math.abs(value));
    }
    return past.length > 0 ? Math.max(1.4826 * medianOf(past), 1e-6) : Number.NaN;
  });
}

/** ln(value + 1) less what the group's median firm did in that month against its own first level; thin groups use the whole portfolio. */
function seasonless({ rows, months }: MonthlyPanel, values: Float64Array, groups: ArrayLike<number>, baseline: number): Float64Array {
  const logs = values.map((value) => {
    if (value < 0) throw refused('a flow must not be negative');
    return Math.log1p(value);
  });
  const own = Float64Array.from({ length: rows }, (_, row) => median(logs.subarray(row * months, row * months + baseline), 1));
  const members = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const list = members.get(groups[row]);
    if (list) list.push(row);
    else members.set(groups[row], [row]);
  }
  const everyone = Array.from({ length: rows }, (_, row) => row);
  for (const list of members.values()) {
    const peers = list.length >= MIN_GROUP ? list : everyone;
    for (let month = 0; month < months; month++) {
      const season = medianOf(peers.map((row) => logs[row * months + month] - own[row]).filter((value) => !Number.isNaN(value)));
      if (Number.isNaN(season)) continue;
      for (const row of list) logs[row * months + month] -= season;
    }
  }
  return logs;
}

function countEvents(panel: MonthlyPanel, kind: string): Uint16Array {
  const counts = new Uint16Array(panel.rows * panel.months);
  for (const event of panel.events) if (event.kind === kind) counts[event.row * panel.months + event.month]++;
  return counts;
}

function seriesOf(panel: MonthlyPanel, name: string): Float64Array {
  const values = Object.hasOwn(panel.series, name) ? panel.series[name] : undefined;
  if (values?.length !== panel.rows * panel.months)
    throw refused(`the panel has no series "${name}" of ${panel.rows} × ${panel.months} values`);
  return values;
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
/** NaN when fewer than `least` values are known. */
const median = (values: Float64Array, least: number): number => {
  const present = Array.from(values).filter((value) => !Number.isNaN(value));
  return present.length < least ? Number.NaN : medianOf(present);
};
const medianOf = (values: readonly number[]): number => {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const refused = (message: string): InputError =>
  new InputError('ERR_CREDIT_PANEL', message, { help: 'Give one value a row and month for every series named.' });
