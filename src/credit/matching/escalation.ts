/**
 * 县 → 市 → 省: an application goes to the county's products first; after a refusal, or when the working days of a level are used up, to the
 * city's, then the province's. A case is a value; every hand-over stays in its log; the clock is an argument.
 */
import { InputError } from '../../base/index.ts';
import { addWorkdays, type WorkingCalendar } from '../calendar/index.ts';

/** From the nearest to the widest. */
export const levels = ['county', 'city', 'province'] as const;
/** 县, 市, 省. */
export type EscalationLevel = (typeof levels)[number];
/** Least digits of coverage that put a product into a level's pool: a county product names the county itself. */
export const poolSpecificity: Readonly<Record<EscalationLevel, number>> = Object.freeze({ county: 6, city: 4, province: 0 });

/** How long each level has, and whose holidays count. */
export interface EscalationPolicy {
  /** Working days a level has. */
  readonly workdays: Readonly<Record<EscalationLevel, number>>;
  readonly calendar: WorkingCalendar;
}
/** One line of the log. */
export interface Handover {
  readonly day: string;
  readonly to: EscalationLevel | 'accepted' | 'exhausted';
  readonly why: 'opened' | 'refused' | 'timed-out' | 'accepted';
}
/** Where an application stands. */
export interface MatchCase {
  readonly id: string;
  readonly state: EscalationLevel | 'accepted' | 'exhausted';
  /** Last working day of the present level; undefined when closed. */
  readonly due: string | undefined;
  readonly log: readonly Handover[];
}

/** @throws InputError `ERR_CREDIT_CALENDAR_RANGE` when the deadline is outside the holiday data. */
export function openCase(id: string, day: string, policy: EscalationPolicy): MatchCase {
  return enter({ id, state: 'county', due: undefined, log: [] }, 'county', day, 'opened', policy);
}

/** Every bank of the level refused. @throws InputError `ERR_CREDIT_CASE_CLOSED`, `ERR_CREDIT_CALENDAR_RANGE`. */
export function refuseCase(open: MatchCase, day: string, policy: EscalationPolicy): MatchCase {
  return next(requireOpen(open), day, 'refused', policy);
}

/** A bank accepted. @throws InputError `ERR_CREDIT_CASE_CLOSED`. */
export function acceptCase(open: MatchCase, day: string): MatchCase {
  requireOpen(open);
  return { ...open, state: 'accepted', due: undefined, log: [...open.log, { day, to: 'accepted', why: 'accepted' }] };
}

/** Moves a case past every deadline that lies before `day`; a case within its time is returned as it is. */
export function advanceCase(open: MatchCase, day: string, policy: EscalationPolicy): MatchCase {
  let current = open;
  while (current.due !== undefined && day > current.due)
    current = next(current, addWorkdays(policy.calendar, current.due, 1), 'timed-out', policy);
  return current;
}

function next(open: MatchCase, day: string, why: Handover['why'], policy: EscalationPolicy): MatchCase {
  const level = levels[levels.indexOf(open.state as EscalationLevel) + 1];
  if (level) return enter(open, level, day, why, policy);
  return { ...open, state: 'exhausted', due: undefined, log: [...open.log, { day, to: 'exhausted', why }] };
}

function enter(from: MatchCase, level: EscalationLevel, day: string, why: Handover['why'], policy: EscalationPolicy): MatchCase {
  const due = addWorkdays(policy.calendar, day, policy.workdays[level]);
  return { ...from, state: level, due, log: [...from.log, { day, to: level, why }] };
}

function requireOpen(open: MatchCase): MatchCase {
  if (open.due === undefined) throw new InputError('ERR_CREDIT_CASE_CLOSED', `the case is ${open.state}`, { help: 'Open a new case.' });
  return open;
}
