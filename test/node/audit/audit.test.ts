/** T60: an audit log that was touched is found out. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/base/index.ts';
import { eventHash } from '../../../src/node/audit/log.ts';
import { canonicalJson, compareAudits, openAuditLog, verifyAudit } from '../../../src/node/index.ts';
import { quota } from '../../../src/node/quota.ts';
import { tempFolder } from '../../support/temp.ts';

const temp = tempFolder();
const clock = { now: () => Date.UTC(2026, 0, 1) };
let files = 0;

async function writtenLog(): Promise<{ path: string; text: string }> {
  files += 1;
  const path = join(temp.path, `audit-${files}.jsonl`);
  const log = await openAuditLog(path, clock);
  await log.append('node-started', { party: 'platform' });
  for (let i = 0; i < 4; i++)
    await log.append('session-closed', {
      session: `s${i}`,
      contract: 'c',
      disclosedBits: 10,
      sentTranscript: `a${i}`,
      receivedTranscript: `b${i}`,
    });
  return { path, text: readFileSync(path, 'utf8') };
}

const linesOf = (text: string): string[] => text.trimEnd().split('\n');
const join1 = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** What somebody does who knows how the log is made, but touches one line only. */
function rehash(line: string, changes: object): string {
  const { hash: _, ...body } = { ...JSON.parse(line), ...changes };
  return canonicalJson({ ...body, hash: eventHash(body) });
}

describe('an audit log', () => {
  it('verifies as written, and sums what was disclosed', async () => {
    const { text } = await writtenLog();
    expect(verifyAudit(text)).toMatchObject({ events: 5, sessionsClosed: 4, disclosedBits: 40 });
  });

  it.each([
    [
      'a changed figure',
      (lines: string[]) => lines.map((line, i) => (i === 2 ? line.replace('"disclosedBits":10', '"disclosedBits":1') : line)),
    ],
    ['a removed line', (lines: string[]) => lines.toSpliced(2, 1)],
    ['a removed first line', (lines: string[]) => lines.slice(1)],
    ['a repeated line', (lines: string[]) => lines.toSpliced(2, 0, lines[2])],
    ['two lines that changed places', (lines: string[]) => [lines[0], lines[2], lines[1], lines[3], lines[4]]],
    ['an added space', (lines: string[]) => lines.map((line, i) => (i === 1 ? line.replace(',', ', ') : line))],
    ['a line that is no event', (lines: string[]) => [...lines, '{}']],
    [
      'a changed line with a fresh hash',
      (lines: string[]) => lines.map((line, i) => (i === 2 ? rehash(line, { disclosedBits: 1 }) : line)),
    ],
    [
      'a last line with a wrong number and a fresh hash',
      (lines: string[]) => lines.map((line, i) => (i === 4 ? rehash(line, { sequence: 9 }) : line)),
    ],
    ['a line cut short', (lines: string[]) => lines.map((line, i) => (i === 4 ? line.slice(0, -1) : line))],
  ])('is found out by %s', async (_, tamper) => {
    const { text } = await writtenLog();
    expect(() => verifyAudit(join1(tamper(linesOf(text))))).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_BROKEN' }));
  });

  it('whose end was cut off is found out by a head that was written down', async () => {
    const { text } = await writtenLog();
    const { head } = verifyAudit(text);
    const cut = join1(linesOf(text).slice(0, 3));
    expect(verifyAudit(cut).events).toBe(3);
    expect(() => verifyAudit(cut, { knownHead: head })).toThrow(/cut off or rewritten/);
  });

  it('rewritten from its middle with fresh hashes is found out by the peer’s log', async () => {
    const mine = await writtenLog();
    files += 1;
    const peer = await openAuditLog(join(temp.path, `peer-${files}.jsonl`), clock);
    for (let i = 0; i < 4; i++)
      await peer.append('session-closed', {
        session: `s${i}`,
        contract: 'c',
        sentTranscript: `b${i}`,
        receivedTranscript: i === 2 ? 'forged' : `a${i}`,
      });
    await peer.append('session-closed', { session: 's9', contract: 'c' });
    const theirs = readFileSync(join(temp.path, `peer-${files}.jsonl`), 'utf8');
    expect(compareAudits(mine.text, theirs)).toEqual([
      { session: 's2', problem: 'the transcripts differ' },
      { session: 's9', problem: 'only in the second log' },
    ]);
  });

  it('takes off a last line that a crash cut short, says so, and goes on', async () => {
    const { path } = await writtenLog();
    appendFileSync(path, '{"half":');
    const log = await openAuditLog(path, clock);
    await log.append('node-started');
    const report = verifyAudit(readFileSync(path, 'utf8'));
    expect(report.events).toBe(7);
    expect(linesOf(readFileSync(path, 'utf8'))[5]).toContain('log-recovered');
  });

  it('that was touched is not continued', async () => {
    const { path, text } = await writtenLog();
    writeFileSync(path, text.replace('"s1"', '"s7"'));
    await expect(openAuditLog(path, clock)).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN', details: { line: 3 } });
  });

  it('salts the first line of each opening, so that a witness cannot guess what its leaves are made of', async () => {
    const { path } = await writtenLog();
    const again = await openAuditLog(path, clock);
    await again.append('node-started');
    await again.append('node-stopped');
    const salts = linesOf(readFileSync(path, 'utf8')).map((line) => JSON.parse(line).salt);
    expect(salts.map((salt) => typeof salt)).toEqual(['string', 'undefined', 'undefined', 'undefined', 'undefined', 'string', 'undefined']);
    expect(salts[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(salts[5]).not.toBe(salts[0]);
  });

  it('written before lines were salted still opens, and its tree is over the same lines', async () => {
    const { path, text } = await writtenLog();
    let previous = '0'.repeat(64);
    const unsalted = linesOf(text).map((line) => {
      const { hash: _, salt: __, ...body } = JSON.parse(line);
      const hash = eventHash({ ...body, previous });
      const event = canonicalJson({ ...body, previous, hash });
      previous = hash;
      return event;
    });
    writeFileSync(path, join1(unsalted));
    const log = await openAuditLog(path, clock);
    expect(log.tree.size).toBe(5);
    expect(toHex(log.tree.root())).toBe(verifyAudit(join1(unsalted)).root);
    await log.append('node-started');
    expect(toHex(log.tree.root())).toBe(verifyAudit(readFileSync(path, 'utf8')).root);
  });

  it('is not gone on with after a write that failed', async () => {
    const { path, text } = await writtenLog();
    const log = await openAuditLog(path, clock);
    rmSync(path);
    mkdirSync(path);
    await expect(log.append('node-started')).rejects.toMatchObject({ code: 'EISDIR' });
    rmSync(path, { recursive: true });
    writeFileSync(path, text);
    await expect(log.append('node-started')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('keeps its order under concurrent writers', async () => {
    const { path } = await writtenLog();
    const log = await openAuditLog(path, clock);
    await Promise.all(Array.from({ length: 20 }, (_, i) => log.append('session-opened', { session: String(i) })));
    expect(verifyAudit(readFileSync(path, 'utf8')).events).toBe(25);
  });
});

describe('lines about strangers', () => {
  it('are bounded, and say how many were left out', () => {
    let now = 0;
    const knocks = quota({ now: () => now }, 3, 1_000);
    expect([1, 2, 3, 4, 5].map(() => knocks.take())).toEqual([0, 0, 0, undefined, undefined]);
    now = 1_000;
    expect([knocks.take(), knocks.take()]).toEqual([2, 0]);
  });
});
