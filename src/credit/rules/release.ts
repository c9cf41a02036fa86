/**
 * Release: which version of a rule set, table or policy is in force on a day. A version is proposed by one person and approved by another
 * (maker-checker, 双人复核); an approved version never changes; a decision pins the version it used.
 */
import { type ErrorCode, InputError, RefusedError } from '../../base/index.ts';
import { isDay } from '../document/index.ts';

/** Something with versions: content is pinned by its hash (see decision/hash). */
export interface Versioned {
  readonly name: string;
  /** 1, 2, 3, … */
  readonly version: number;
  /** First day in force, YYYY-MM-DD. */
  readonly from: string;
  /** First day no longer in force. */
  readonly until?: string | undefined;
}
/** A version that waits for its checker. */
export interface Proposal<T extends Versioned> {
  readonly content: T;
  readonly maker: string;
  readonly proposedOn: string;
}
/** An approved version. */
export interface Release<T extends Versioned> extends Proposal<T> {
  readonly checker: string;
  readonly approvedOn: string;
}

/** Approved versions of one name, oldest first; a value, every step gives a new one. */
export interface ReleaseLog<T extends Versioned> {
  readonly name: string;
  readonly pending: readonly Proposal<T>[];
  readonly releases: readonly Release<T>[];
}

/** A log without versions. */
export const emptyLog = <T extends Versioned>(name: string): ReleaseLog<T> => Object.freeze({ name, pending: [], releases: [] });

const refuse = (code: ErrorCode, message: string, help: string): never => {
  throw new RefusedError(code, message, { help });
};

/**
 * A maker hands a version in.
 * @throws InputError `ERR_CREDIT_RELEASE_VERSION` when the version is not the next one.
 */
export function propose<T extends Versioned>(log: ReleaseLog<T>, content: T, maker: string, day: string): ReleaseLog<T> {
  checkDay(day);
  const last = Math.max(0, ...log.releases.map((r) => r.content.version), ...log.pending.map((p) => p.content.version));
  if (content.name !== log.name || content.version !== last + 1) {
    throw new InputError('ERR_CREDIT_RELEASE_VERSION', `expected version ${last + 1} of "${log.name}"`, {
      help: 'Number versions 1, 2, 3, … without a gap.',
    });
  }
  return { ...log, pending: [...log.pending, { content, maker, proposedOn: day }] };
}

/**
 * A checker approves the oldest pending version.
 * @throws RefusedError `ERR_CREDIT_MAKER_CHECKER` when maker and checker are one person; `ERR_CREDIT_RELEASE_BACKDATED` when it would have
 *   been in force before its approval.
 */
export function approve<T extends Versioned>(log: ReleaseLog<T>, checker: string, day: string): ReleaseLog<T> {
  checkDay(day);
  const [proposal, ...pending] = log.pending;
  if (!proposal) return refuse('ERR_CREDIT_RELEASE_NONE', `nothing of "${log.name}" waits for approval`, 'Propose a version first.');
  if (proposal.maker === checker)
    refuse('ERR_CREDIT_MAKER_CHECKER', 'the maker of a version cannot approve it', 'Have a second person approve.');
  if (proposal.content.from < day) {
    refuse(
      'ERR_CREDIT_RELEASE_BACKDATED',
      'a version cannot come into force before it is approved',
      'Set `from` to the day of approval or later.',
    );
  }
  return { ...log, pending, releases: [...log.releases, Object.freeze({ ...proposal, checker, approvedOn: day })] };
}

/** The checker sends the oldest pending version back; its number is free again. */
export function reject<T extends Versioned>(log: ReleaseLog<T>): ReleaseLog<T> {
  return { ...log, pending: log.pending.slice(1) };
}

/**
 * The version in force on a day: the newest approved one whose period holds the day.
 * @throws InputError `ERR_CREDIT_NO_VERSION`.
 */
export function inForce<T extends Versioned>(log: ReleaseLog<T>, day: string): Release<T> {
  checkDay(day);
  const found = log.releases.findLast(({ content }) => content.from <= day && (content.until === undefined || day < content.until));
  if (!found)
    throw new InputError('ERR_CREDIT_NO_VERSION', `no version of "${log.name}" is in force on ${day}`, {
      help: 'Release one that covers the day.',
    });
  return found;
}

function checkDay(day: string): void {
  if (!isDay(day)) throw new InputError('ERR_CREDIT_DAY', 'a day must be written YYYY-MM-DD and exist');
}
