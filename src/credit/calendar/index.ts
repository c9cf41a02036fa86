/** calendar: working days with Chinese holidays, and plain date arithmetic. */
export {
  addDays,
  addMonths,
  addWorkdays,
  chinaCalendar,
  dayNumber,
  extendCalendar,
  parseCalendar,
  type WorkingCalendar,
  workdaysBetween,
} from './working-days.ts';
