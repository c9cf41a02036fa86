/** Offline verification of an audit log, with nothing but files: its chain, and that it is the log its witnesses saw. */
import { InputError, toHex } from '../../base/index.ts';
import { readChain, treeOver } from './log.ts';
import { type HeadFile, type HeadsReport, type TrustedKeys, verifyHeads } from './verify-heads.ts';

export interface AuditReport {
  readonly events: number;
  /** Hash of the last line. */
  readonly head: string;
  /** Root of the Merkle tree over all lines. */
  readonly root: string;
  readonly sessionsClosed: number;
  readonly sessionsFailed: number;
  readonly refused: number;
  /** Bits the answers of closed and failed sessions could disclose. */
  readonly disclosedBits: number;
  /** When heads were given: who stands for which lines. */
  readonly heads?: HeadsReport;
}

export interface VerifyOptions {
  /** A head written down earlier: must still be in the log, else its end was cut off or rewritten. */
  readonly knownHead?: string;
  /** Files of witnessed heads: the witness's own (`witnessed/<party>.jsonl`), else the party could leave out the last ones. */
  readonly heads?: readonly HeadFile[];
  /** Keys of the log's party and of its witnesses. */
  readonly keys?: TrustedKeys;
}

/**
 * @throws InputError `ERR_AUDIT_BROKEN` naming the first bad line, or the head that is missing or contradicted; `ERR_AUDIT_FORKED`,
 * `ERR_AUDIT_HEADS`, `ERR_AUDIT_KEY`
 */
export function verifyAudit(text: string, { knownHead, heads, keys = new Map() }: VerifyOptions = {}): AuditReport {
  const events = readChain(text);
  if (knownHead !== undefined && !events.some(({ hash }) => hash === knownHead)) {
    throw new InputError('ERR_AUDIT_BROKEN', `the head ${knownHead} is not in the log: its end was cut off or rewritten`, {
      help: 'Keep the file as it is and compare it with a backup.',
    });
  }
  const tree = treeOver(text);
  const count = (...types: readonly string[]): number => events.filter(({ type }) => types.includes(type)).length;
  return {
    events: events.length,
    head: events.at(-1)?.hash ?? '',
    root: toHex(tree.root()),
    sessionsClosed: count('session-closed'),
    sessionsFailed: count('session-failed'),
    refused: count('session-refused', 'connection-refused'),
    disclosedBits: events.reduce((sum, { disclosedBits }) => sum + (typeof disclosedBits === 'number' ? disclosedBits : 0), 0),
    ...(heads && { heads: verifyHeads(tree, heads, keys) }),
  };
}
