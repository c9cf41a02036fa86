/** Offline comparison of two parties' audit logs: they must have written down the same sessions. */
import { type AuditEvent, readChain } from './log.ts';

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
