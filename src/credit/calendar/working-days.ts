/**
 * Working days in China: weekends, statutory holidays and the 调休 days worked instead. The State Council publishes each year's plan in the
 * autumn before; a day beyond the published years is an error, not a guess. Data: the chinese-days package, or a bank's own table.
 */
import chineseDays from 'chinese-days';
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, dayField, isDay, readDocument } from '../document/index.ts';

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

/** A calendar from a document: for years the package does not know yet. @throws InputError `ERR_CREDIT_CALENDAR` with file and line. */
export function parseCalendar(source: DocumentSource): WorkingCalendar {
  const value = readDocument(calendarSchema, source, 'ERR_CREDIT_CALENDAR');
  const [off, on] = [new Set(value.holidays), new Set(value.workdays)];
  return calendar(value.source, value.from, value.until, (day) => on.has(day) || (!off.has(day) && weekday(day) % 6 !== 0));
}

/** The `count`-th working day after `day` (before it when negative); 0 gives the day itself, or the next working day when it is none. */
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

/** Working days after `from` up to and including `to`; 0 when `to` is not later. */
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

/** Calendar days later (or earlier). */
export function addDays(day: string, days: number): string {
  return new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10);
}

/** Months later, on the same day or the month's last. */
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
          help: 'Give a calendar document with the published plan of that year.',
        });
      }
      return isWorkday(day);
    },
  });
}
