/**
 * Vintage and roll-rate tables: how loans of one cohort go bad with age, and how arrears move from bucket to bucket in a month.
 * A cohort's rate at an age counts only loans seen that long: young loans would make every recent cohort look good.
 */
import { InputError } from '../../base/index.ts';

/** One loan. */
export interface VintageLoan {
  /** Where it belongs: "2025-Q3". */
  readonly cohort: string;
  /** Months on book that were observed, 0 or more. */
  readonly observed: number;
  /** Month on book in which it went bad, 1 or more; undefined while good. */
  readonly badAt: number | undefined;
}
/** One cohort by month on book. */
export interface VintageRow {
  readonly cohort: string;
  /** Loans of the cohort. */
  readonly loans: number;
  /** Loans observed at least this long, by month on book 1, 2, …. */
  readonly atRisk: readonly number[];
  /** Share of those that went bad by then; undefined when none was observed so long. */
  readonly cumulative: readonly (number | undefined)[];
}

/**
 * Cumulative bad rate by cohort and month on book. A loan that went bad counts as observed ever after.
 * @throws InputError `ERR_CREDIT_VINTAGE` on months that are no whole numbers in range.
 */
export function vintageTable(loans: readonly VintageLoan[], months: number): readonly VintageRow[] {
  if (!(Number.isInteger(months) && months >= 1 && months <= 360)) throw refused('months must be a whole number from 1 to 360');
  const cohorts = new Map<string, VintageLoan[]>();
  loans.forEach((loan, i) => {
    checkLoan(loan, i);
    const members = cohorts.get(loan.cohort);
    if (members) members.push(loan);
    else cohorts.set(loan.cohort, [loan]);
  });
  return [...cohorts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cohort, members]) => vintageRow(cohort, members, months));
}

function vintageRow(cohort: string, members: readonly VintageLoan[], months: number): VintageRow {
  const seen = Array.from({ length: months }, (_, i) => members.filter((loan) => loan.badAt !== undefined || loan.observed >= i + 1));
  const cumulative = seen.map((at, i) => {
    // A loan that went bad later than this age, yet was not followed to this age, cannot exist; badAt ≤ observed is checked.
    const bad = at.filter((loan) => loan.badAt !== undefined && loan.badAt <= i + 1).length;
    return at.length > 0 ? bad / at.length : undefined;
  });
  const atRisk = seen.map((at) => at.length);
  const reached = members.reduce((most, loan) => Math.max(most, loan.observed), 0);
  return { cohort, loans: members.length, atRisk, cumulative: cumulative.map((rate, i) => (i < reached ? rate : undefined)) };
}

function checkLoan({ observed, badAt }: VintageLoan, i: number): void {
  const whole = (x: number, least: number): boolean => Number.isInteger(x) && x >= least;
  if (!whole(observed, 0) || (badAt !== undefined && !(whole(badAt, 1) && badAt <= observed)))
    throw refused(`loan ${i}: months on book must be whole numbers, and a loan goes bad while it is observed`);
}

/** Arrears buckets in days past due: M0 (none), M1, M2, M3 and 90 or more. */
export const arrearsBuckets = Object.freeze([
  { name: 'M0', from: 0 },
  { name: 'M1', from: 1 },
  { name: 'M2', from: 31 },
  { name: 'M3', from: 61 },
  { name: 'M4+', from: 90 },
] as const);

/** Moves between arrears buckets in a month. */
export interface RollRates {
  readonly buckets: readonly string[];
  /** counts[i][j]: loan-months that went from bucket i to bucket j. */
  readonly counts: readonly (readonly number[])[];
  /** Row shares; a row nobody was in is undefined. */
  readonly rates: readonly (readonly number[] | undefined)[];
}

/**
 * Month-to-month moves between arrears buckets.
 * @param daysPastDue row-major, `months` values a loan; NaN where it is not observed (before it was granted, after it was written off).
 * @throws InputError `ERR_CREDIT_VINTAGE`.
 */
export function rollRates(daysPastDue: ArrayLike<number>, months: number): RollRates {
  if (!(Number.isInteger(months) && months >= 2) || daysPastDue.length % months !== 0)
    throw refused(`${daysPastDue.length} values are no loans of ${months} months`);
  const counts = arrearsBuckets.map(() => arrearsBuckets.map(() => 0));
  for (let at = 0; at < daysPastDue.length; at++) {
    if (at % months === months - 1) continue;
    const [from, to] = [arrearsBucket(daysPastDue[at]), arrearsBucket(daysPastDue[at + 1])];
    if (from >= 0 && to >= 0) counts[from][to]++;
  }
  const rates = counts.map((row) => {
    const all = row.reduce((a, b) => a + b, 0);
    return all > 0 ? row.map((count) => count / all) : undefined;
  });
  return { buckets: arrearsBuckets.map(({ name }) => name), counts, rates };
}

/** Place in `arrearsBuckets`; −1 for NaN. @throws InputError `ERR_CREDIT_VINTAGE` on negative days. */
export function arrearsBucket(days: number): number {
  if (Number.isNaN(days)) return -1;
  if (days < 0) throw refused('days past due must not be negative');
  return arrearsBuckets.findLastIndex(({ from }) => days >= from);
}

const refused = (message: string): InputError => new InputError('ERR_CREDIT_VINTAGE', message, { help: 'Correct the loan named.' });
