/**
 * Audit log: one JSON line an event, each holding the hash of the line before, on the disk before the event goes on. No record ids, no
 * values: who, when, which step under which contract, how many bytes, how many bits. A chain alone cannot show that its end was cut off or
 * that it was written anew: its lines are the leaves of a Merkle tree, whose signed heads the peers witness (exchange.ts), and the transcripts
 * of closed sessions stand in the peer's log too (compare.ts).
 */
import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { appendLine, privateFolder, readIfPresent } from '../../adapters/files/index.ts';
import { type Clock, InputError, randomBytes, type SecureRandom, systemRandom, toHex } from '../../base/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { MerkleTree, type ReadableTree } from './merkle-tree.ts';

export type AuditEventType =
  | 'node-started'
  | 'node-stopped'
  | 'connection-refused'
  | 'session-opened'
  | 'session-refused'
  | 'session-closed'
  | 'session-failed'
  | 'witness-failed'
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
  /** Over the lines on the disk, without their line ends. */
  readonly tree: ReadableTree;
}

export const GENESIS = '0'.repeat(64);

export function eventHash(event: Omit<AuditEvent, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(event)).digest('hex');
}

/** Bytes that nobody else knows, in the first line of each opening: through `previous` they are in every later leaf. */
const SALT_BYTES = 16;

/**
 * Opens or starts a log. A last line that a crash cut short is taken off, and the log says so. The first line it writes is salted: a witness
 * sees hashes of subtrees, and must not find out by guessing what events of others they are made of.
 * @throws InputError `ERR_AUDIT_BROKEN` when a line does not follow from the one before.
 */
export async function openAuditLog(path: string, clock: Clock, random: SecureRandom = systemRandom): Promise<AuditLog> {
  await privateFolder(dirname(path));
  const bytes = Buffer.from((await readIfPresent(path)) ?? new Uint8Array());
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const text = whole.toString('utf8');
  let head = readChain(text).at(-1);
  const tree = treeOver(text);
  let salt: string | undefined = toHex(randomBytes(random, SALT_BYTES));
  let turn: Promise<void> = Promise.resolve();
  let failure: unknown;
  const write = async (type: AuditEventType, facts: AuditFacts): Promise<void> => {
    const time = new Date(clock.now()).toISOString();
    const body = { ...facts, salt, sequence: (head?.sequence ?? -1) + 1, time, type, previous: head?.hash ?? GENESIS };
    const event = { ...body, hash: eventHash(body) };
    const line = canonicalJson(event);
    // After a failed write nobody knows how the file ends: going on could write a second event in the place of one.
    if (failure !== undefined) throw failure;
    await appendLine(path, line).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    tree.append(leafOf(line));
    head = event;
    salt = undefined;
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
  return { append, tree };
}

const leafOf = (line: string): Uint8Array => new TextEncoder().encode(line);

/** The tree over the lines of a log. */
export function treeOver(text: string): MerkleTree {
  const tree = new MerkleTree();
  for (const line of text.split('\n').slice(0, -1)) tree.append(leafOf(line));
  return tree;
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
