/**
 * Use of public data (用数合规): look-ups without an application, and look-ups under an application that is another firm's, by operator. One such
 * look-up is a slip; a few in a month are asked about. Hours are told beside it and decide nothing: people work late.
 */
import { InputError } from '../../base/index.ts';

/** A look-up of public data. */
export interface AccessLookup {
  readonly bank: string;
  readonly operator: string;
  /** Minutes since the log began, at midnight. */
  readonly minute: number;
  /** Any value that is one for each firm. */
  readonly firm: string | number;
  /** The application it serves. */
  readonly application: string | undefined;
}
/** What an operator did. A row of fields, too: a rule set (`rules/`) judges it by a bank's own thresholds. */
export interface AccessFinding {
  readonly bank: string;
  readonly operator: string;
  /** All look-ups of the operator. */
  readonly lookups: number;
  /** Look-ups that name no application. */
  readonly withoutApplication: number;
  /** Under an application that was first used for another firm. */
  readonly underAnother: number;
  /** Part of the look-ups before 8 or from 18 o'clock. */
  readonly afterHours: number;
  /** Whether both thresholds are passed. */
  readonly suspicious: boolean;
}
/** When somebody is asked about look-ups. */
export interface AccessOptions {
  /** Look-ups without an application of their own before anybody asks, at least 1. @default 3 */
  readonly minCount?: number;
  /** Their least part of the operator's look-ups, [0, 1]. @default 0.01 */
  readonly minShare?: number;
}

const DAY_MINUTES = 1440;

/**
 * Findings by operator, most look-ups without an application of their own first.
 * @param log in order of time: an application belongs to the firm it was first used for.
 * @throws InputError `ERR_CREDIT_ACCESS` when an option is out of range or the log runs backwards.
 */
export function accessFindings(
  log: readonly AccessLookup[],
  { minCount = 3, minShare = 0.01 }: AccessOptions = {},
): readonly AccessFinding[] {
  if (!(Number.isInteger(minCount) && minCount >= 1 && minShare >= 0 && minShare <= 1))
    throw refused('minCount must be whole and at least 1, minShare in [0, 1]');
  const owners = new Map<string, string | number>();
  const operators = new Map<string, { bank: string; operator: string; lookups: number; without: number; under: number; late: number }>();
  let now = Number.NEGATIVE_INFINITY;
  for (const { bank, operator, minute, firm, application } of log) {
    if (!(minute >= now)) throw refused('the log must be in order of time');
    now = minute;
    const id = JSON.stringify([bank, operator]);
    const count = operators.get(id) ?? { bank, operator, lookups: 0, without: 0, under: 0, late: 0 };
    operators.set(id, count);
    count.lookups++;
    const hour = (minute % DAY_MINUTES) / 60;
    if (hour < 8 || hour >= 18) count.late++;
    if (application === undefined) count.without++;
    else if (!owners.has(application)) owners.set(application, firm);
    else if (owners.get(application) !== firm) count.under++;
  }
  return [...operators.values()]
    .map(({ bank, operator, lookups, without, under, late }) => {
      const own = without + under;
      const suspicious = own >= minCount && own >= minShare * lookups;
      return { bank, operator, lookups, withoutApplication: without, underAnother: under, afterHours: late / lookups, suspicious };
    })
    .sort((a, b) => b.withoutApplication + b.underAnother - a.withoutApplication - a.underAnother);
}

const refused = (message: string): InputError =>
  new InputError('ERR_CREDIT_ACCESS', message, { help: 'Sort the log by minute; see `AccessOptions`.' });
