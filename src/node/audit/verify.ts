/**
 * Offline verification of audit logs, with nothing but the files: the chain of each, that a known head is in it, and that two parties wrote
 * down the same sessions.
 */
import { InputError } from '../base/index.ts';
import { type AuditEvent, readChain } from './audit-log.ts';

export interface AuditReport {
  readonly events: number;
  /** Hash of the last line. */
  readonly head: string;
  readonly sessionsClosed: number;
  readonly sessionsFailed: number;
  readonly refused: number;
  /** Bits the answers of closed and failed sessions could disclose. */
  readonly disclosedBits: number;
}

export interface VerifyOptions {
  /** A head written down earlier: must still be in the log, else its end was cut off or rewritten. */
  readonly knownHead?: string;
}

/** @throws InputError `ERR_AUDIT_BROKEN` naming the first bad line, or the missing head. */
export function verifyAudit(text: string, { knownHead }: VerifyOptions = {}): AuditReport {
  const events = readChain(text);
  if (knownHead !== undefined && !events.some(({ hash }) => hash === knownHead)) {
    throw new InputError('ERR_AUDIT_BROKEN', `the head ${knownHead} is not in the log: its end was cut off or rewritten`, {
      help: 'Keep the file as it is and compare it with a backup.',
    });
  }
  const count = (...types: readonly string[]): number => events.filter(({ type }) => types.includes(type)).length;
  return {
    events: events.length,
    head: events.at(-1)?.hash ?? '',
    sessionsClosed: count('session-closed'),
    sessionsFailed: count('session-failed'),
    refused: count('session-refused', 'connection-refused'),
    disclosedBits: events.reduce((sum, { disclosedBits }) => sum + (typeof disclosedBits === 'number' ? disclosedBits : 0), 0),
  };
}

export interface AuditDifference {
  readonly session: string;
  readonly problem: 'only in the first log' | 'only in the second log' | 'the transcripts differ' | 'the contracts differ';
}

/**
 * Sessions that both parties closed must stand in both logs, under one contract, with each other's transcripts. Each log is a witness of
 * the other: to hide a session both must lie.
 */
export function compareAudits(first: string, second: string): readonly AuditDifference[] {
  const a = closedSessions(first);
  const b = closedSessions(second);
  const differences: AuditDifference[] = [];
  for (const [session, mine] of a) {
    const theirs = b.get(session);
    if (!theirs) differences.push({ session, problem: 'only in the first log' });
    else if (mine.contract !== theirs.contract) differences.push({ session, problem: 'the contracts differ' });
    else if (mine.sentTranscript !== theirs.receivedTranscript || mine.receivedTranscript !== theirs.sentTranscript) {
      differences.push({ session, problem: 'the transcripts differ' });
    }
  }
  for (const session of b.keys()) if (!a.has(session)) differences.push({ session, problem: 'only in the second log' });
  return differences;
}

function closedSessions(text: string): Map<string, AuditEvent> {
  return new Map(
    readChain(text)
      .filter(({ type }) => type === 'session-closed')
      .map((event) => [String(event.session), event]),
  );
}
