/**
 * Offline verification of witnessed heads against a log's file. Trust goes in as pinned keys and nothing else: every head must be signed by the
 * log's party and by its witness, and the file must hold exactly the lines each head speaks of. A party that cut off, changed or rewrote its
 * log would have to forge its own earlier signature, or the witness's.
 */
import { InputError, toHex } from '../../base/index.ts';
import { readHeads } from './head-file.ts';
import type { ReadableTree } from './merkle-tree.ts';
import { isHeadOf, isWitnessedBy, type WitnessedHead } from './tree-head.ts';

/** Pins by party. A party that changed its key has several. */
export type TrustedKeys = ReadonlyMap<string, readonly string[]>;

export interface HeadFile {
  /** For errors. */
  readonly name: string;
  readonly text: string;
}

export interface WitnessReport {
  readonly party: string;
  readonly heads: number;
  /** Lines of the largest head. */
  readonly events: number;
  /** When it was seen, by the clock of the witness. */
  readonly time: string;
}

export interface HeadsReport {
  /** Party whose log it is. */
  readonly log: string;
  readonly witnesses: readonly WitnessReport[];
  /** Lines that a witness stands for: the first ones, without a gap. */
  readonly witnessed: number;
  /** Lines after them: only the chain speaks for these. */
  readonly unwitnessed: number;
}

interface Placed {
  readonly head: WitnessedHead;
  /** "line 3 of bank.jsonl" */
  readonly where: string;
}

/**
 * @throws InputError `ERR_AUDIT_BROKEN` when the log is not the witnessed one, `ERR_AUDIT_FORKED` when its party signed two logs,
 * `ERR_AUDIT_HEADS` for a head that is none or is not signed, `ERR_AUDIT_KEY` when nobody said which key to trust
 */
export function verifyHeads(tree: ReadableTree, files: readonly HeadFile[], keys: TrustedKeys): HeadsReport {
  const heads = files.flatMap(({ name, text }) => readHeads(text, name).map((head, i) => ({ head, where: `line ${i + 1} of ${name}` })));
  if (heads.length === 0) throw badHead('there is no head in the given files');
  for (const placed of heads) assertSigned(placed, keys);
  const { log } = heads[0].head.head;
  const other = heads.find(({ head }) => head.head.log !== log);
  if (other) throw badHead(`${other.where} is a head of the log of ${other.head.head.log}, ${heads[0].where} of ${log}`);
  const bySize = heads.toSorted((a, b) => a.head.head.size - b.head.head.size);
  assertOneLog(bySize, log);
  assertHeld(tree, bySize);
  const witnessed = bySize.at(-1)?.head.head.size ?? 0;
  return { log, witnesses: witnessesOf(heads), witnessed, unwitnessed: tree.size - witnessed };
}

function assertSigned({ head, where }: Placed, keys: TrustedKeys): void {
  const { log } = head.head;
  const { party } = head.witness;
  // A party that witnesses itself could sign whatever it likes afterwards.
  if (party === log) throw badHead(`${where} is witnessed by ${log} itself`);
  if (!isHeadOf(pinsOf(log, where, keys), head)) throw badHead(`${where} is not signed by ${log} with a key given for it`);
  if (!isWitnessedBy(pinsOf(party, where, keys), head)) throw badHead(`${where} is not counter-signed by ${party} with a key given for it`);
}

function pinsOf(party: string, where: string, keys: TrustedKeys): readonly string[] {
  const pins = keys.get(party);
  if (pins?.length) return pins;
  throw new InputError('ERR_AUDIT_KEY', `${where} is signed by ${party}, for which no key was given`, {
    help: `Add its certificate: --key ${party}.crt. Get it, or its pin, from ${party} itself and not from whoever gave you the log.`,
    details: { party },
  });
}

/** One party, one size, one root: two are a fork, whatever the file holds. */
function assertOneLog(bySize: readonly Placed[], log: string): void {
  for (const [i, { head, where }] of bySize.entries()) {
    const before = bySize[i - 1];
    if (before?.head.head.size !== head.head.size || before.head.head.root === head.head.root) continue;
    throw new InputError('ERR_AUDIT_FORKED', `${log} signed two different logs of ${head.head.size} lines: ${before.where}, and ${where}`, {
      help: 'Keep both: together they prove that the log was forked.',
      details: { size: head.head.size },
    });
  }
}

function assertHeld(tree: ReadableTree, bySize: readonly Placed[]): void {
  let held = 0;
  for (const { head, where } of bySize) {
    const { size, root } = head.head;
    const { party, time } = head.witness;
    const seen = `${party} witnessed ${size} lines on ${time} (${where})`;
    if (size > tree.size) throw broken(`the log has ${tree.size} lines, ${seen}: its end was cut off`, where, tree.size + 1);
    if (toHex(tree.root(size)) !== root) {
      const lines = held + 1 === size ? `line ${size} is` : `lines ${held + 1} to ${size} are`;
      throw broken(`${lines} not what was witnessed: ${seen}`, where, held + 1);
    }
    held = size;
  }
}

function witnessesOf(heads: readonly Placed[]): WitnessReport[] {
  const parties = [...new Set(heads.map(({ head }) => head.witness.party))];
  return parties.map((party) => {
    const own = heads.map(({ head }) => head).filter(({ witness }) => witness.party === party);
    const last = own.reduce((a, b) => (b.head.size > a.head.size ? b : a));
    return { party, heads: own.length, events: last.head.size, time: last.witness.time };
  });
}

const badHead = (problem: string): InputError =>
  new InputError('ERR_AUDIT_HEADS', problem, {
    help: 'Give the heads as a node wrote them, and the certificates of the party whose log it is and of its witnesses.',
  });

function broken(problem: string, head: string, line: number): InputError {
  return new InputError('ERR_AUDIT_BROKEN', problem, {
    help: 'Keep the file and the heads as they are: together they prove that the log was changed. Compare it with a backup.',
    details: { head, line },
  });
}
