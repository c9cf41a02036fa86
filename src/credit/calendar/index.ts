/** calendar: working days with Chinese holidays, and plain date arithmetic. */
export {
  addDays,
  addMonths,
  addWorkdays,
  chinaCalendar,
  dayNumber,
  parseCalendar,
  type WorkingCalendar,
  workdaysBetween,
} from './working-days.ts';
