/**
 * Audit log: one JSON line an event, each holding the hash of the line before, on the disk before the event goes on. No record ids, no
 * values: who, when, which step under which contract, how many bytes, how many bits. A chain alone cannot show that its end was cut off:
 * the transcripts of closed sessions stand in the peer's log too (audit-verify.ts compares), and heads can be handed to a third party.
 */
import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { appendLine, privateFolder, readIfPresent } from '../adapters/files/index.ts';
import { type Clock, InputError } from '../base/index.ts';
import { canonicalJson } from './canonical-json.ts';

export type AuditEventType =
  | 'node-started'
  | 'node-stopped'
  | 'connection-refused'
  | 'session-opened'
  | 'session-refused'
  | 'session-closed'
  | 'session-failed'
  | 'log-recovered';

/** Flat facts. Never a record id, a cell value, a label, a score or a key. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface AuditEvent extends AuditFacts {
  readonly sequence: number;
  readonly time: string;
  readonly type: AuditEventType;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditLog {
  append(type: AuditEventType, facts?: AuditFacts): Promise<void>;
  /** Sequence and hash of the last line: what a witness may keep. */
  head(): { readonly sequence: number; readonly hash: string };
}

export const GENESIS = '0'.repeat(64);

export function eventHash(event: Omit<AuditEvent, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(event)).digest('hex');
}

/**
 * Opens or starts a log. A last line that a crash cut short is taken off, and the log says so.
 * @throws InputError `ERR_AUDIT_BROKEN` when a line does not follow from the one before.
 */
export async function openAuditLog(path: string, clock: Clock): Promise<AuditLog> {
  await privateFolder(dirname(path));
  const bytes = Buffer.from((await readIfPresent(path)) ?? new Uint8Array());
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const events = readChain(whole.toString('utf8'));
  let head = events.at(-1);
  let turn: Promise<void> = Promise.resolve();
  const write = async (type: AuditEventType, facts: AuditFacts): Promise<void> => {
    const time = new Date(clock.now()).toISOString();
    const body = { ...facts, sequence: (head?.sequence ?? -1) + 1, time, type, previous: head?.hash ?? GENESIS };
    const event = { ...body, hash: eventHash(body) };
    await appendLine(path, canonicalJson(event));
    head = event;
  };
  const append = (type: AuditEventType, facts: AuditFacts = {}): Promise<void> => {
    const written = turn.then(() => write(type, facts));
    turn = written.catch(() => {});
    return written;
  };
  if (whole.length < bytes.length) {
    await truncate(path, whole.length);
    await append('log-recovered', { bytesDropped: bytes.length - whole.length });
  }
  return { append, head: () => ({ sequence: head?.sequence ?? -1, hash: head?.hash ?? GENESIS }) };
}

/** Every line of a log, checked against the one before. */
export function readChain(text: string): readonly AuditEvent[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw broken(lines.length + 1, 'the last line is cut short');
  const events: AuditEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const event = parseEvent(line, index + 1);
    const { hash, ...body } = event;
    if (event.sequence !== index) throw broken(index + 1, `it is number ${event.sequence}, ${index} was due`);
    if (event.previous !== (events.at(-1)?.hash ?? GENESIS)) throw broken(index + 1, 'it does not follow the line before');
    if (eventHash(body as Omit<AuditEvent, 'hash'>) !== hash) throw broken(index + 1, 'it was changed after it was written');
    events.push(event);
  }
  return events;
}

function parseEvent(line: string, number: number): AuditEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw broken(number, 'it is not JSON');
  }
  if (!isEvent(value)) throw broken(number, 'it is not an event');
  if (canonicalJson(value) !== line) throw broken(number, 'it is not written canonically');
  return value;
}

function isEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { sequence, time, type, previous, hash } = value as Partial<AuditEvent>;
  return Number.isInteger(sequence) && [time, type, previous, hash].every((field) => typeof field === 'string');
}

function broken(line: number, problem: string): InputError {
  return new InputError('ERR_AUDIT_BROKEN', `line ${line} of the audit log: ${problem}`, {
    help: 'Keep the file as it is, compare it with a backup and with the log of the peer, and find out who could write to it.',
    details: { line },
  });
}
