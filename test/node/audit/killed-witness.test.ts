/** A party killed (SIGKILL) on the real path while it closes, signs or witnesses: both start again, and the logs stand as witnessed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../src/node/index.ts';
import { testContract, testFederation, testRules } from '../../support/federation.ts';
import { tempFolder } from '../../support/temp.ts';
import { logOf, trustedKeys, type Who, witnessedBy } from './party.ts';

const temp = tempFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Mortal {
  /** Its first line, or that it died before. */
  readonly line: Promise<string>;
  readonly ended: Promise<string>;
  kill(): void;
}

async function start(role: Who, state: string, setup: object, dies = 0): Promise<Mortal> {
  const { bank, platform } = await testFederation();
  const parties = {
    platform: {
      party: { id: 'platform', name: '平台' },
      identity: platform.identity,
      peers: [{ id: 'bank', pin: bank.pin }],
      rules: testRules,
    },
    bank: { party: 'bank', identity: bank.identity, peer: platform, contract: Buffer.from(testContract().bytes).toString('base64') },
  };
  const file = temp.write(`${role}.json`, JSON.stringify({ ...parties[role], limits: { reattachGraceMs: 300 }, ...setup }));
  const script = join(import.meta.dirname, '../processes/mortal.ts');
  const child = spawn(process.execPath, [script, role, join(state, role), file, String(dies)], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const ended = new Promise<string>((resolve) => child.once('close', (code, signal) => resolve(signal ?? String(code))));
  const line = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { line: Promise.race([line, ended]), ended, kill: () => child.kill('SIGKILL') };
}

async function stands(state: string, whose: Who, witness: Who): Promise<number> {
  const heads = [{ name: 'heads', text: witnessedBy(join(state, witness), whose) }];
  return verifyAudit(logOf(join(state, whose)), { heads, keys: await trustedKeys() }).heads?.witnesses[0].heads ?? 0;
}

describe('a party killed in the exchange of heads', () => {
  // Looks before: certificate, (node-started, policy,) session-opened, session-closed. These two: our head, and the counter-signature of theirs.
  it.each([
    ['bank', 4],
    ['bank', 5],
    ['platform', 6],
    ['platform', 7],
  ] as const)('goes on: the %s at its look %i', async (mortal, dies) => {
    const state = join(temp.path, `${mortal}-${dies}`);
    const first = await start('platform', state, {}, mortal === 'platform' ? dies : 0);
    const bank = await start('bank', state, { address: `127.0.0.1:${await first.line}` }, mortal === 'bank' ? dies : 0);
    expect(await (mortal === 'bank' ? bank : first).ended).toBe('SIGKILL');
    await bank.ended;
    first.kill();
    await first.ended;
    const second = await start('platform', state, {});
    const again = await start('bank', state, { address: `127.0.0.1:${await second.line}` });
    expect(await again.line).toBe('done');
    await again.ended;
    expect(await stands(state, 'platform', 'bank')).toBeGreaterThanOrEqual(1);
    expect(await stands(state, 'bank', 'platform')).toBeGreaterThanOrEqual(1);
  });
});
