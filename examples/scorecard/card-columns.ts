/**
 * default_credit as a scorecard wants it. Six columns are codes of repayment status (−2 no consumption, −1 paid in full, 0 revolving, 1… months
 * late): codes, not quantities, so they are binned as categories like sex, education and marriage. Each party adds a few columns it can
 * make from its own alone. All columns are standardised in the file; a status of one month late or more is above half a deviation in every month.
 */

type Columns = ReadonlyMap<string, Float64Array>;

/** Repayment status, latest month first. */
const PLATFORM_STATUS = ['host_x5', 'host_x6', 'host_x7', 'host_x8', 'host_x9'];
const BANK_STATUS = ['guest_x0'];
const DEMOGRAPHY = ['host_x1', 'host_x2', 'host_x3'];
/** Statement balances and payments, latest month first. */
const BALANCES = ['guest_x1', 'guest_x2', 'guest_x3', 'guest_x4', 'guest_x5', 'guest_x6'];
const PAYMENTS = ['guest_x7', 'guest_x8', 'guest_x9', 'guest_x10', 'guest_x11', 'guest_x12'];
const LATE = 0.5;

export const BANK_CATEGORIES = BANK_STATUS;
export const PLATFORM_CATEGORIES = [...PLATFORM_STATUS, ...DEMOGRAPHY];
/** Bins of the card: at most 6 a feature, at least 2 % of the rows each, event rates that only rise or only fall. */
export const CARD_BINNING = { preBins: 50, maxBins: 6, minShare: 0.02 } as const;

/** Platform: months late, worst and mean status. */
export function platformColumns(host: Columns): Map<string, Float64Array> {
  const months = PLATFORM_STATUS.map((name) => host.get(name)!);
  return new Map([
    ...host,
    ['months_late', rowwise(months, (values) => values.filter((value) => value > LATE).length)],
    ['worst_status', rowwise(months, (values) => Math.max(...values))],
    ['mean_status', rowwise(months, (values) => values.reduce((sum, value) => sum + value, 0) / values.length)],
  ]);
}

/** Bank: smallest payment, payments on a logarithmic scale, and how the balance grew. */
export function bankColumns(guest: Columns): Map<string, Float64Array> {
  const payments = PAYMENTS.map((name) => guest.get(name)!);
  const ends = [guest.get(BALANCES[0])!, guest.get(BALANCES[BALANCES.length - 1])!];
  return new Map([
    ...guest,
    ['smallest_payment', rowwise(payments, (values) => Math.min(...values))],
    ['log_payments', rowwise(payments, (values) => values.reduce((sum, value) => sum + Math.log(value + OFFSET), 0))],
    ['balance_growth', rowwise(ends, ([latest, first]) => latest - first)],
  ]);
}

/** Keeps the logarithm of a standardised payment finite: no payment is below −0.342 deviations. */
const OFFSET = 0.35;

function rowwise(columns: readonly Float64Array[], combine: (values: readonly number[]) => number): Float64Array {
  return Float64Array.from(columns[0], (_, i) => combine(columns.map((column) => column[i])));
}
