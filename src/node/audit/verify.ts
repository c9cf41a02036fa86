/** Offline verification of an audit log, with nothing but files: its chain, and that a known head is in it. */
import { InputError } from '../../base/index.ts';
import { readChain } from './log.ts';

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
