/** What an operator reads of lines that are cut, and of streams that want a session that is not theirs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connectPeer } from '../../src/adapters/grpc/index.ts';
import { type Logger, randomBytes, silentLogger, systemRandom } from '../../src/base/index.ts';
import type { StepHandlers } from '../../src/node/index.ts';
import { rawLine, reattachFrame } from '../adapters/grpc/frame-peer.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { startTestNode, systemClock, testContract, testFederation } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const handlers: StepHandlers = {
  async echo(channel) {
    for (;;) await channel.send('echo/answer', await channel.receive('echo/question'));
  },
};

describe('a node', () => {
  it('says when a line is lost and when it is back, a few times a minute, and writes down who may not take up a session', async () => {
    const { platform, bank } = await testFederation();
    const lines: string[] = [];
    const keep =
      (level: string): Logger['info'] =>
      (message, fields) =>
        void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { ...silentLogger, info: keep('info'), warn: keep('warn') };
    const node = await startTestNode(handlers, join(temp.path, 'state'), { logger });
    ends.push(() => node.close());
    const proxy = await cuttingProxy(node.address);
    ends.push(() => proxy.close());
    const ports = { clock: systemClock, random: systemRandom };
    const link = connectPeer({ party: 'bank', identity: bank.identity, peer: platform, address: proxy.address, ...ports });
    ends.push(() => link.close());
    const session = await link.open({ jobId: 'job-1', step: 'echo', contract: testContract().bytes });
    for (let i = 0; i < 25; i++) {
      await session.send('echo/question', Uint8Array.of(i));
      expect(await session.receive('echo/answer')).toEqual(Uint8Array.of(i));
      proxy.cut();
    }
    const { sessionId } = session.binding;
    const stranger = rawLine(node.address, bank);
    stranger.write(reattachFrame(randomBytes(systemRandom, 32), { attempt: 99, received: 0, sessionId }));
    expect(await stranger.frame()).toMatchObject({ type: 'rejected', code: 'ERR_REFUSED_REATTACH' });
    stranger.cut();
    await session.send('echo/question', Uint8Array.of(1));
    await session.receive('echo/answer');
    session.abort(new Error('enough'));
    const of = (text: string): string[] => lines.filter((line) => line.includes(text));
    expect(of('warn The line to bank was lost in the middle of echo: waiting up to 120 s for it.').length).toBeGreaterThan(10);
    expect(of('info The line to bank is back: echo goes on where it stopped.').length).toBeGreaterThan(10);
    expect(of('The line to bank').length).toBeLessThanOrEqual(30);
    expect(of('warn refused a session of bank')).toEqual([expect.stringContaining('ERR_REFUSED_REATTACH')]);
    const audit = readFileSync(join(node.stateFolder, 'audit.jsonl'), 'utf8').trim().split('\n');
    expect(audit.filter((line) => line.includes('ERR_REFUSED_REATTACH'))).toHaveLength(1);
  });
});
