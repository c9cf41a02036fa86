/**
 * Working days in China: weekends, statutory holidays and the 调休 days worked instead. The State Council publishes each year's plan in the
 * autumn before; a day beyond the published years is an error, not a guess. Data: the chinese-days package, carried on by a bank's own documents.
 */
import chineseDays from 'chinese-days';
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, dayField, isDay, readLocated } from '../document/index.ts';

/** Which days are worked, within the years that are published. */
export interface WorkingCalendar {
  /** Where the days come from. */
  readonly source: string;
  /** First and last day known, inclusive. */
  readonly from: string;
  readonly until: string;
  /** @throws InputError `ERR_CREDIT_CALENDAR_RANGE` outside `from`..`until`. */
  isWorkday(day: string): boolean;
}

/** The plan of each year as chinese-days 1.5.7 carries it: 2004 to 2026. */
export const chinaCalendar: WorkingCalendar = calendar('chinese-days 1.5.7', '2004-01-01', '2026-12-31', (day) =>
  chineseDays.isWorkday(day),
);

const calendarSchema = z.strictObject({
  source: z.string().min(1),
  from: dayField,
  until: dayField,
  /** Weekdays off. */
  holidays: z.array(dayField),
  /** Weekend days worked (调休). */
  workdays: z.array(dayField).default([]),
});

/**
 * A calendar from a document: days off that are weekdays, weekend days worked.
 * @throws InputError `ERR_CREDIT_CALENDAR` with file and line.
 */
export function parseCalendar(source: DocumentSource): WorkingCalendar {
  return readCalendar(source).calendar;
}

/**
 * A calendar carried on by the plan of the years that follow: what a bank does each November.
 *
 * ```ts
 * const days = extendCalendar(chinaCalendar, { file: '2027.yaml', text });
 * // source: 国办发明电〔2026〕… 号
 * // from: 2027-01-01
 * // until: 2027-12-31
 * // holidays: [2027-01-01, …]   # weekdays off
 * // workdays: [2027-01-03, …]   # weekend days worked
 * ```
 * @throws InputError `ERR_CREDIT_CALENDAR` with file and line, also when the plan does not begin on the day after the calendar ends.
 */
export function extendCalendar(base: WorkingCalendar, source: DocumentSource): WorkingCalendar {
  const { calendar: next, where } = readCalendar(source);
  if (next.from !== addDays(base.until, 1))
    throw new InputError('ERR_CREDIT_CALENDAR', `${where}: from: must be ${addDays(base.until, 1)}, the day after the calendar ends`, {
      help: 'Give the plans year by year, without a gap and without an overlap.',
    });
  return calendar(`${base.source}; ${next.source}`, base.from, next.until, (day) =>
    day < next.from ? base.isWorkday(day) : next.isWorkday(day),
  );
}

function readCalendar(source: DocumentSource): { readonly calendar: WorkingCalendar; readonly where: string } {
  const { value, locate } = readLocated(calendarSchema, source, 'ERR_CREDIT_CALENDAR');
  const [off, on] = [new Set(value.holidays), new Set(value.workdays)];
  const isWorkday = (day: string): boolean => on.has(day) || (!off.has(day) && weekday(day) % 6 !== 0);
  return { calendar: calendar(value.source, value.from, value.until, isWorkday), where: locate(['from']) };
}

/**
 * The `count`-th working day after `day` (before it when negative); 0 gives the day itself, or the next working day when it is none.
 * @throws InputError `ERR_CREDIT_CALENDAR_RANGE` outside the calendar; `ERR_CREDIT_DAY` for a day that is none or a count that is not whole.
 */
export function addWorkdays(calendar: WorkingCalendar, day: string, count: number): string {
  if (!Number.isInteger(count)) throw new InputError('ERR_CREDIT_DAY', 'a number of working days must be whole');
  let at = day;
  if (count === 0) while (!calendar.isWorkday(at)) at = addDays(at, 1);
  for (let left = Math.abs(count); left > 0; ) {
    at = addDays(at, Math.sign(count));
    if (calendar.isWorkday(at)) left--;
  }
  return at;
}

/**
 * Working days after `from` up to and including `to`; 0 when `to` is not later.
 * @throws InputError as `addWorkdays`.
 */
export function workdaysBetween(calendar: WorkingCalendar, from: string, to: string): number {
  let count = 0;
  for (let day = addDays(from, 1); day <= to; day = addDays(day, 1)) if (calendar.isWorkday(day)) count++;
  return count;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of YYYY-MM-DD. @throws InputError `ERR_CREDIT_DAY`. */
export function dayNumber(day: string): number {
  if (!isDay(day)) throw new InputError('ERR_CREDIT_DAY', 'a day must be written YYYY-MM-DD and exist');
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/** Calendar days later (or earlier). @throws InputError `ERR_CREDIT_DAY`. */
export function addDays(day: string, days: number): string {
  return new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10);
}

/** Months later, on the same day or the month's last. @throws InputError `ERR_CREDIT_DAY`. */
export function addMonths(day: string, months: number): string {
  dayNumber(day);
  const [year, month, date] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return `${first.toISOString().slice(0, 8)}${String(Math.min(date, last)).padStart(2, '0')}`;
}

/** 0 Sunday to 6 Saturday. */
const weekday = (day: string): number => (dayNumber(day) + 4) % 7;

function calendar(source: string, from: string, until: string, isWorkday: (day: string) => boolean): WorkingCalendar {
  return Object.freeze({
    source,
    from,
    until,
    isWorkday(day: string): boolean {
      dayNumber(day);
      if (day < from || day > until) {
        throw new InputError('ERR_CREDIT_CALENDAR_RANGE', `${day} is outside the holiday data (${from} to ${until})`, {
          help: 'Carry the calendar on with the published plan of that year: extendCalendar(calendar, { file, text }).',
        });
      }
      return isWorkday(day);
    },
  });
}
