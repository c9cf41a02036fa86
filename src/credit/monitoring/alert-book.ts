/**
 * The alerts of a bank: raised once per (loan, rule, window), joined by further hits, suppressed for a reason, acknowledged, escalated while
 * nobody does, closed as a true or a false alarm. The book is a list of events; the same events give the same book, so it can be stored
 * and replayed. What must be told leaves as notices for an outbox, each with a key that never repeats.
 */
import { InputError, LocalProtocolError } from '../../base/index.ts';
import { addWorkdays, dayNumber, type WorkingCalendar } from '../calendar/index.ts';
import type { FirmFields } from '../rules/index.ts';
import { type Severity, type WarningPolicy, warningNamed, warningsOf } from './warning-rules.ts';

/** An event of the book; days are YYYY-MM-DD. */
export type AlertEvent =
  | { readonly kind: 'hit'; readonly day: string; readonly loan: string; readonly rule: string }
  | { readonly kind: 'acknowledged'; readonly day: string; readonly alert: string; readonly by: string }
  | { readonly kind: 'escalated'; readonly day: string; readonly alert: string; readonly level: number }
  | { readonly kind: 'closed'; readonly day: string; readonly alert: string; readonly by: string; readonly verdict: Verdict }
  | {
      readonly kind: 'suppressed';
      readonly day: string;
      readonly loan: string;
      /** Every rule when absent. */
      readonly rule?: string;
      readonly until: string;
      readonly by: string;
      readonly reason: string;
    };
/** What a person found. */
export type Verdict = 'true-alarm' | 'false-alarm';
/** An alert as it stands after the events so far; a value, never changed. */
export interface Alert {
  /** `<loan>/<rule>/<day raised>`. */
  readonly id: string;
  readonly loan: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly raised: string;
  readonly lastHit: string;
  /** Hits that it holds, 1 or more. */
  readonly hits: number;
  readonly status: 'open' | 'acknowledged' | 'closed';
  /** People told beyond the first, by escalation. */
  readonly level: number;
  /** Hit while suppressed: recorded, never sent. */
  readonly suppressed: boolean;
  readonly shadow: boolean;
  readonly verdict: Verdict | undefined;
}
/** Something to tell somebody. The key is the idempotency key of its delivery: the same notice has the same key, another never. */
export interface AlertNotice {
  readonly key: string;
  readonly alert: string;
  readonly severity: Severity;
  /** 'owner' is whoever manages the loan; else a name from the policy's escalation. */
  readonly to: string;
  readonly subject: string;
  readonly day: string;
}

/** Alerts under one policy. Not safe for two writers: one book, one process. */
export class AlertBook {
  readonly #policy: WarningPolicy;
  readonly #events: AlertEvent[] = [];
  readonly #alerts = new Map<string, Alert>();
  /** Latest alert of a (loan, rule). */
  readonly #latest = new Map<string, string>();
  readonly #suppressions: Extract<AlertEvent, { kind: 'suppressed' }>[] = [];
  #today = '';

  constructor(policy: WarningPolicy) {
    this.#policy = policy;
  }

  /** The book that these events made. @throws InputError as the calls that made them. */
  static replay(policy: WarningPolicy, events: readonly AlertEvent[]): AlertBook {
    const book = new AlertBook(policy);
    for (const event of events) book.#apply(event);
    return book;
  }

  /** Everything that happened, oldest first. */
  get events(): readonly AlertEvent[] {
    return [...this.#events];
  }
  /** Every alert as it stands, oldest first. */
  get alerts(): readonly Alert[] {
    return [...this.#alerts.values()];
  }
  /** @throws InputError `ERR_CREDIT_ALERT`. */
  alert(id: string): Alert {
    const alert = this.#alerts.get(id);
    if (!alert) throw refused('there is no such alert');
    return alert;
  }

  /**
   * Runs the policy over one loan on a day.
   * @returns notices of alerts that are new; hits within the window of an alert join it silently.
   * @throws InputError `ERR_CREDIT_ALERT` for an id of a loan that is none or a day before the last; `ERR_CREDIT_FIELD_VALUE`.
   */
  observe(loan: string, day: string, fields: FirmFields): readonly AlertNotice[] {
    if (loan === '' || loan.length > 128) throw refused('a loan needs an id of at most 128 characters');
    return warningsOf(this.#policy, fields).flatMap((rule) => {
      const before = this.#alerts.size;
      this.#apply({ kind: 'hit', day, loan, rule: rule.name });
      const alert = this.alert(this.#latest.get(pair(loan, rule.name)) as string);
      return this.#alerts.size > before && !alert.suppressed && !alert.shadow ? [notice(alert, 0, 'owner', day)] : [];
    });
  }

  /** No alert of this loan (and rule) is sent before `until`; hits are still recorded. */
  suppress(entry: Omit<Extract<AlertEvent, { kind: 'suppressed' }>, 'kind'>): void {
    this.#apply({ kind: 'suppressed', ...entry });
  }
  /** Somebody took it up: it is no longer escalated. */
  acknowledge(id: string, by: string, day: string): void {
    this.#apply({ kind: 'acknowledged', day, alert: id, by });
  }
  /** Ends an alert with what a person found; precision by rule is counted from this. */
  close(id: string, verdict: Verdict, by: string, day: string): void {
    this.#apply({ kind: 'closed', day, alert: id, by, verdict });
  }

  /** Escalates every alert that waited too long. Call it daily; calling it twice tells nobody twice. */
  escalate(day: string, calendar: WorkingCalendar): readonly AlertNotice[] {
    const notices: AlertNotice[] = [];
    for (const alert of this.alerts) {
      if (alert.status !== 'open' || alert.suppressed || alert.shadow) continue;
      const steps = this.#policy.escalation[alert.severity];
      for (let level = alert.level; steps && level < steps.to.length; level++) {
        if (addWorkdays(calendar, alert.raised, steps.afterWorkdays * (level + 1)) > day) break;
        this.#apply({ kind: 'escalated', day, alert: alert.id, level: level + 1 });
        notices.push(notice(this.alert(alert.id), level + 1, steps.to[level], day));
      }
    }
    return notices;
  }

  /** Notices that these events imply: what an outbox may be missing after a crash. Keys are those of the first time. */
  notices(): readonly AlertNotice[] {
    const first = this.alerts
      .filter(({ suppressed, shadow }) => !suppressed && !shadow)
      .map((alert) => notice(alert, 0, 'owner', alert.raised));
    const later = this.#events.flatMap((event) => {
      if (event.kind !== 'escalated') return [];
      const alert = this.alert(event.alert);
      const to = this.#policy.escalation[alert.severity]?.to[event.level - 1];
      return to === undefined ? [] : [notice(alert, event.level, to, event.day)];
    });
    return [...first, ...later];
  }

  /** Share of closed alerts that were true, by rule. */
  feedback(): readonly { readonly rule: string; readonly closed: number; readonly precision: number | undefined }[] {
    return this.#policy.rules.map(({ name }) => {
      const closed = this.alerts.filter((alert) => alert.rule === name && alert.verdict !== undefined);
      const right = closed.filter((alert) => alert.verdict === 'true-alarm').length;
      return { rule: name, closed: closed.length, precision: closed.length > 0 ? right / closed.length : undefined };
    });
  }

  #apply(event: AlertEvent): void {
    if (!(dayNumber(event.day) >= (this.#today === '' ? Number.NEGATIVE_INFINITY : dayNumber(this.#today))))
      throw refused(`the book is at ${this.#today} already: days must not run backwards`);
    switch (event.kind) {
      case 'hit':
        this.#hit(event);
        break;
      case 'suppressed':
        if (event.rule !== undefined) warningNamed(this.#policy, event.rule);
        if (dayNumber(event.until) <= dayNumber(event.day)) throw refused('a suppression must end after it begins');
        if (event.by === '' || event.reason === '') throw refused('a suppression needs a name and a reason');
        this.#suppressions.push(event);
        break;
      case 'acknowledged':
        this.#change(event.alert, ['open'], { status: 'acknowledged' }, event.by);
        break;
      case 'closed':
        this.#change(event.alert, ['open', 'acknowledged'], { status: 'closed', verdict: event.verdict }, event.by);
        break;
      case 'escalated':
        if (event.level !== this.alert(event.alert).level + 1)
          throw new LocalProtocolError('ERR_CREDIT_ALERT', 'an escalation skips a level');
        this.#change(event.alert, ['open'], { level: event.level }, 'policy');
        break;
    }
    this.#today = event.day;
    this.#events.push(Object.freeze(event));
  }

  #hit({ day, loan, rule: name }: Extract<AlertEvent, { kind: 'hit' }>): void {
    const rule = warningNamed(this.#policy, name);
    const latest = this.#alerts.get(this.#latest.get(pair(loan, name)) ?? '');
    if (latest && dayNumber(day) - dayNumber(latest.raised) < rule.windowDays) {
      this.#alerts.set(latest.id, Object.freeze({ ...latest, hits: latest.hits + 1, lastHit: day }));
      return;
    }
    const id = `${loan}/${name}/${day}`;
    const suppressed = this.#suppressions.some((s) => s.loan === loan && (s.rule === undefined || s.rule === name) && day < s.until);
    const { severity, reason, shadow } = rule;
    const opened = { hits: 1, status: 'open', level: 0, verdict: undefined } as const;
    this.#alerts.set(
      id,
      Object.freeze({ id, loan, rule: name, severity, reason, shadow, raised: day, lastHit: day, suppressed, ...opened }),
    );
    this.#latest.set(pair(loan, name), id);
  }

  #change(id: string, from: readonly Alert['status'][], to: Partial<Alert>, by: string): void {
    const alert = this.alert(id);
    if (by === '') throw refused('an alert is changed by somebody: give a name');
    if (!from.includes(alert.status)) throw refused(`the alert is ${alert.status}, not ${from.join(' or ')}`);
    this.#alerts.set(id, Object.freeze({ ...alert, ...to }));
  }
}

const pair = (loan: string, rule: string): string => JSON.stringify([loan, rule]);

function notice({ id, severity, reason }: Alert, level: number, to: string, day: string): AlertNotice {
  return Object.freeze({ key: `${id}/${level}`, alert: id, severity, to, subject: reason, day });
}

const refused = (message: string): InputError => new InputError('ERR_CREDIT_ALERT', message, { help: 'See the alert in the book.' });
