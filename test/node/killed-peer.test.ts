/** T54 in part: a peer that is killed in the middle of a step, in two real processes. The survivor gets a typed error and goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { connectPeer } from '../../src/adapters/grpc/index.ts';
import { systemRandom, TransportError } from '../../src/base/index.ts';
import type { StepHandlers } from '../../src/node/index.ts';
import { startTestNode, systemClock, type TestNode, testContract, testFederation, testRules } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

/** A dead peer does not come back: there is nothing to wait for. */
const SHORT_GRACE = { reattachGraceMs: 300 };

const temp = tempFolder();
const children: ChildProcess[] = [];
let running: TestNode | undefined;
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await running?.close();
  running = undefined;
});

/** Starts a script of `processes/` and waits for its first line. */
async function start(script: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'processes', script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout! });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { child, line };
}

describe('a peer killed in the middle of a step', () => {
  it('is a TransportError for the caller, which can call the restarted node', async () => {
    const { platform, bank } = await testFederation();
    const setup = temp.write(
      'platform.json',
      JSON.stringify({
        party: { id: 'platform', name: '平台' },
        identity: platform.identity,
        peers: [{ id: 'bank', pin: bank.pin }],
        rules: testRules,
      }),
    );
    const contract = testContract().bytes;
    const ask = async (
      port: string,
    ): Promise<{ session: Awaited<ReturnType<ReturnType<typeof connectPeer>['open']>>; close: () => void }> => {
      const link = connectPeer({
        party: 'bank',
        identity: bank.identity,
        peer: platform,
        address: `127.0.0.1:${port}`,
        clock: systemClock,
        random: systemRandom,
        limits: SHORT_GRACE,
      });
      const session = await link.open({ jobId: 'job-1', step: 'echo', contract });
      await session.send('echo/question', new Uint8Array([5]));
      expect(await session.receive('echo/answer')).toEqual(new Uint8Array([5]));
      return { session, close: () => link.close() };
    };
    const state = join(temp.path, 'killed-platform');
    const first = await start('platform.ts', state, setup);
    const before = await ask(first.line);
    const pending = before.session.receive('echo/more').catch((error: unknown) => error);
    first.child.kill('SIGKILL');
    const error = await pending;
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    await expect(before.session.send('echo/question', new Uint8Array(1))).rejects.toBeInstanceOf(TransportError);
    before.close();
    // The same state folder: the killed process' lock is taken over, its log continues.
    const second = await start('platform.ts', state, setup);
    const after = await ask(second.line);
    after.session.abort(new Error('enough'));
    after.close();
  });

  it('is a TransportError for the node, which serves the next session', async () => {
    const { platform, bank } = await testFederation();
    const problems: unknown[] = [];
    const handlers: StepHandlers = {
      async echo(channel, context) {
        try {
          await channel.send('echo/answer', await channel.receive('echo/question'));
          if (context.contract.terms.parameters.wait !== false) await channel.receive('echo/more');
        } catch (error) {
          problems.push(error);
          throw error;
        }
      },
    };
    running = await startTestNode(handlers, join(temp.path, 'surviving-platform'), { limits: SHORT_GRACE });
    const contract = Buffer.from(testContract().bytes).toString('base64');
    const setup = temp.write('bank.json', JSON.stringify({ party: 'bank', identity: bank.identity, peer: platform, contract }));
    const { child } = await start('bank.ts', running.address, setup);
    child.kill('SIGKILL');
    await expect.poll(() => problems.length, { timeout: 10_000 }).toBe(1);
    expect(problems[0]).toBeInstanceOf(TransportError);
    const session = await running.open('echo', { jobId: 'job-2', parameters: { wait: false } });
    await session.send('echo/question', new Uint8Array([6]));
    expect(await session.receive('echo/answer')).toEqual(new Uint8Array([6]));
    await session.close();
  });
});
