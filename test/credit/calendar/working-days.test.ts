import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  addWorkdays,
  chinaCalendar,
  extendCalendar,
  parseCalendar,
  workdaysBetween,
} from '../../../src/credit/calendar/index.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('working days', () => {
  it('know the Spring Festival of 2025 and the weekend days worked for it', () => {
    const days = ['2025-01-26', '2025-01-27', '2025-01-28', '2025-02-04', '2025-02-05', '2025-02-08', '2025-02-09'];
    expect(days.map((day) => chinaCalendar.isWorkday(day))).toEqual([true, true, false, false, true, true, false]);
    expect(addWorkdays(chinaCalendar, '2025-01-27', 3)).toBe('2025-02-07');
    expect(addWorkdays(chinaCalendar, '2025-01-28', 0)).toBe('2025-02-05');
    expect(addWorkdays(chinaCalendar, '2025-02-05', -1)).toBe('2025-01-27');
    expect(workdaysBetween(chinaCalendar, '2025-01-27', '2025-02-08')).toBe(4);
  });
  it('refuse a year that is not published', () => {
    expect(() => addWorkdays(chinaCalendar, '2026-12-30', 5)).toThrow(code('ERR_CREDIT_CALENDAR_RANGE'));
    expect(() => chinaCalendar.isWorkday('2025-02-29')).toThrow(code('ERR_CREDIT_DAY'));
  });
  it('take a newer plan from a document', () => {
    const text = 'source: 国办发明电\nfrom: 2027-01-01\nuntil: 2027-01-31\nholidays: [2027-01-01]\nworkdays: [2027-01-03]\n';
    const calendar = parseCalendar({ file: 'days.yaml', text });
    expect(['2027-01-01', '2027-01-02', '2027-01-03', '2027-01-04'].map((day) => calendar.isWorkday(day))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(() => parseCalendar({ file: 'days.yaml', text: text.replace('[2027-01-01]', '[2027-02-30]') })).toThrow(
      expect.objectContaining({ code: 'ERR_CREDIT_CALENDAR', message: expect.stringContaining('days.yaml:4:12') }),
    );
  });
  it('are carried on with one call, and the error says which', () => {
    const refused = expect.objectContaining({ code: 'ERR_CREDIT_CALENDAR_RANGE', help: expect.stringContaining('extendCalendar(') });
    expect(() => addWorkdays(chinaCalendar, '2026-12-30', 5)).toThrow(refused);
    const text = 'source: plan\nfrom: 2027-01-01\nuntil: 2027-01-31\nholidays: [2027-01-01]\n';
    const days = extendCalendar(chinaCalendar, { file: '2027.yaml', text });
    expect([days.from, days.until]).toEqual(['2004-01-01', '2027-01-31']);
    expect(addWorkdays(days, '2026-12-30', 2)).toBe('2027-01-04');
    expect(days.isWorkday('2025-01-28')).toBe(false);
    expect(() =>
      extendCalendar(chinaCalendar, { file: '2027.yaml', text: text.replace('2027-01-01\nuntil', '2027-01-02\nuntil') }),
    ).toThrow(
      expect.objectContaining({ code: 'ERR_CREDIT_CALENDAR', message: expect.stringMatching(/^2027\.yaml:2:7: from: must be 2027-01-01/) }),
    );
  });
  it('and plain dates do not slip at month ends or in leap years', () => {
    expect([addMonths('2024-01-31', 1), addMonths('2023-11-30', 3), addDays('2023-12-31', 1)]).toEqual([
      '2024-02-29',
      '2024-02-29',
      '2024-01-01',
    ]);
  });
});
