/**
 * T60: given one witnessed head and two certificates, a third party finds every deletion, edit, insertion, reordering, fork and cut of the log
 * the head speaks of, whether the forger leaves the hashes of the chain or makes them anew. It has everything but the keys.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { headLine } from '../../../src/node/audit/head-file.ts';
import { eventHash, openAuditLog } from '../../../src/node/audit/log.ts';
import { openOwnHeads } from '../../../src/node/audit/own-heads.ts';
import { counterSign, isHeadOf, signHead, type WitnessedHead } from '../../../src/node/audit/tree-head.ts';
import { peerWitness } from '../../../src/node/audit/witness.ts';
import { canonicalJson, type TrustedKeys, verifyAudit } from '../../../src/node/index.ts';
import { tempFolder } from '../../support/temp.ts';
import { CLOCK, keyOf, linesOf, logOf, partyOf, textOf, trustedKeys, witnessedBy } from './party.ts';

const temp = tempFolder();
const EVENTS = 60;
/** Sizes at which the bank witnessed the log; five lines came later. */
const SEEN = [1, 2, 17, 32, 55];
let lines: readonly string[];
let heads: readonly string[];
let keys: TrustedKeys;

beforeAll(async () => {
  const [state, bankState] = [join(temp.path, 'platform'), join(temp.path, 'bank')];
  const log = await openAuditLog(join(state, 'audit.jsonl'), CLOCK);
  const own = await openOwnHeads({ stateFolder: state, party: 'platform', key: await keyOf('platform'), tree: log.tree, clock: CLOCK });
  const { pin } = await partyOf('platform');
  const bank = peerWitness('platform', [pin], { stateFolder: bankState, party: 'bank', key: await keyOf('bank'), clock: CLOCK });
  for (let i = 1; i <= EVENTS; i++) {
    await log.append('session-closed', { session: `s${i}`, contract: 'c', disclosedBits: i });
    if (!SEEN.includes(i)) continue;
    await bank.inTurn(async (seen, see) => {
      const { signed, proof } = own.present(seen);
      await see(signed, proof);
    });
  }
  lines = linesOf(logOf(state));
  heads = linesOf(witnessedBy(bankState, 'platform'));
  keys = await trustedKeys();
});

const verify = (log: readonly string[], given: readonly string[]): ReturnType<typeof verifyAudit> =>
  verifyAudit(textOf(log), { heads: [{ name: 'heads', text: textOf(given) }], keys });

/** What somebody does who knows how the log is made: numbers, links and hashes are right again. */
function rechained(log: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of log) {
    const { hash: _, ...body } = JSON.parse(line);
    const previous = out.length === 0 ? '0'.repeat(64) : JSON.parse(out[out.length - 1]).hash;
    const due = { ...body, sequence: out.length, previous };
    out.push(canonicalJson({ ...due, hash: eventHash(due) }));
  }
  return out;
}

const edited = (line: string, bits: number): string => line.replace(/"disclosedBits":\d+/, `"disclosedBits":${bits}`);

/** Each changes something among the first `size` lines; `a` and `b` are places in them. */
const ATTACKS: Readonly<Record<string, (log: readonly string[], size: number, a: number, b: number) => string[]>> = {
  delete: (log, _size, a) => log.toSpliced(a, 1),
  edit: (log, _size, a, b) => log.with(a, edited(log[a], 1_000 + b)),
  insert: (log, _size, a, b) => log.toSpliced(a, 0, edited(log[b], 77)),
  repeat: (log, _size, a) => log.toSpliced(a, 0, log[a]),
  reorder: (log, size, a, b) => {
    const other = a === b ? (a + 1) % size : b;
    return log.with(a, log[other]).with(other, log[a]);
  },
  fork: (log, _size, a, b) => [...log.slice(0, a), ...log.slice(a).map((line, i) => edited(line, 5_000 + b + i))],
  truncate: (log, size, a) => log.slice(0, a % size),
  'truncate and refill': (log, size, a) => [...log.slice(0, a % size), ...log.slice(a % size).map((line) => edited(line, 1))],
};

describe('a log with a witnessed head', () => {
  it('verifies, and says who stands for how much of it', () => {
    expect(verify(lines, heads).heads).toEqual({
      log: 'platform',
      witnesses: [{ party: 'bank', heads: SEEN.length, events: 55, time: '2026-01-01T00:00:00.000Z' }],
      witnessed: 55,
      unwitnessed: 5,
    });
    for (const head of heads) expect(verify(lines, [head]).events).toBe(EVENTS);
  });

  it.each(Object.keys(ATTACKS))('does not survive: %s (T60, one head, any place, old hashes or fresh)', (kind) => {
    let tried = 0;
    fc.assert(
      fc.property(fc.nat(SEEN.length - 1), fc.nat(), fc.nat(), fc.boolean(), (which, x, y, fresh) => {
        const size = SEEN[which];
        if (size === 1 && kind === 'reorder') return;
        const [a, b] = [x % size, y % size];
        const attacked = ATTACKS[kind](lines, size, a, b);
        const forged = fresh ? rechained(attacked) : attacked;
        // What comes out as it was, among the lines the head speaks of, is no forgery of them.
        if (textOf(forged.slice(0, size)) === textOf(lines.slice(0, size))) return;
        tried += 1;
        expect(() => verify(forged, [heads[which]])).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_BROKEN' }));
      }),
      { numRuns: 250, seed: 20260101 },
    );
    expect(tried).toBeGreaterThan(150);
  });

  it('names the lines among which it was changed, and the head that knows', () => {
    const forged = rechained(lines.with(19, edited(lines[19], 9)));
    expect(() => verify(forged, heads)).toThrow(
      /lines 18 to 32 are not what was witnessed: bank witnessed 32 lines on .* \(line 4 of heads\)/,
    );
    expect(() => verify(lines.slice(0, 40), heads)).toThrow(/the log has 40 lines, bank witnessed 55 lines on .*: its end was cut off/);
  });

  it('may be rewritten after its last head and nowhere before', () => {
    // What the limits of the README say: only the chain speaks for these.
    expect(verify(rechained(lines.with(57, edited(lines[57], 9))), heads).heads?.unwitnessed).toBe(5);
  });
});

describe('a witnessed head', () => {
  const parsed = (line: string): WitnessedHead => JSON.parse(line);
  const fails = (given: readonly string[], code: string, log: readonly string[] = lines): void => {
    expect(() => verify(log, given)).toThrow(expect.objectContaining({ code }));
  };

  it.each([
    [
      'a root',
      (head: WitnessedHead) => ({ ...head, head: { ...head.head, root: head.head.root.replace(/^./, (c) => (c === '0' ? '1' : '0')) } }),
    ],
    ['a size', (head: WitnessedHead) => ({ ...head, head: { ...head.head, size: head.head.size - 1 } })],
    ['a time', (head: WitnessedHead) => ({ ...head, head: { ...head.head, time: '2027-01-01T00:00:00.000Z' } })],
    ['a log', (head: WitnessedHead) => ({ ...head, head: { ...head.head, log: 'bank' } })],
    ['the time of the witness', (head: WitnessedHead) => ({ ...head, witness: { ...head.witness, time: '2027-01-01T00:00:00.000Z' } })],
    ['a signature', (head: WitnessedHead) => ({ ...head, signature: head.witness.signature })],
    ['a counter-signature', (head: WitnessedHead) => ({ ...head, witness: { ...head.witness, signature: head.signature } })],
    ['a key', (head: WitnessedHead) => ({ ...head, key: head.witness.key })],
  ])('is not believed with %s changed', (_, change) => {
    fails([headLine(change(parsed(heads[3])))], 'ERR_AUDIT_HEADS');
  });

  it('is refused when the party signed it alone, or with a key of its own making', async () => {
    const [mine, stranger] = [await keyOf('platform'), await keyOf('stranger')];
    const { head } = parsed(heads[4]);
    const signed = signHead({ ...head, size: 40 }, mine);
    fails([headLine(counterSign(signed, 'platform', head.time, mine))], 'ERR_AUDIT_HEADS');
    fails([headLine(counterSign(signed, 'bank', head.time, stranger))], 'ERR_AUDIT_HEADS');
    fails([headLine(counterSign(signHead(head, stranger), 'bank', head.time, await keyOf('bank')))], 'ERR_AUDIT_HEADS');
    fails([headLine(counterSign(signed, 'mallory', head.time, stranger))], 'ERR_AUDIT_KEY');
  });

  it('is one line, written one way, and a file has at least one', () => {
    fails([], 'ERR_AUDIT_HEADS');
    fails([heads[0].replace(',', ', ')], 'ERR_AUDIT_HEADS');
    fails([heads[0].replace('{', '{"a":1,')], 'ERR_AUDIT_HEADS');
    const cut = { name: 'heads', text: heads[0] };
    expect(() => verifyAudit(textOf(lines), { heads: [cut], keys })).toThrow(/line 1 of heads/);
  });

  it('proves a fork when its party signed another of its size', async () => {
    const { head } = parsed(heads[4]);
    const other = signHead({ ...head, root: 'ab'.repeat(32) }, await keyOf('platform'));
    const forked = headLine(counterSign(other, 'bank', head.time, await keyOf('bank')));
    fails([...heads, forked], 'ERR_AUDIT_FORKED');
    expect(() => verify(lines, [...heads, forked])).toThrow(/two different logs of 55 lines: line 5 of heads, and line 6 of heads/);
  });

  it('of another party’s log does not stand for this one', async () => {
    const { head } = parsed(heads[4]);
    const foreign = counterSign(signHead({ ...head, log: 'bank' }, await keyOf('bank')), 'platform', head.time, await keyOf('platform'));
    fails([...heads, headLine(foreign)], 'ERR_AUDIT_HEADS');
  });

  it('is never mistaken for its counter-signature', async () => {
    const head = parsed(heads[2]);
    const swapped = { ...head, key: head.witness.key, signature: head.witness.signature };
    expect(isHeadOf([(await partyOf('bank')).pin], swapped)).toBe(false);
    expect(isHeadOf([(await partyOf('platform')).pin], head)).toBe(true);
  });
});
