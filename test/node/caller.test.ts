import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RefusedError, systemRandom } from '../../src/base/index.ts';
import { type Caller, compareAudits, startCaller, verifyAudit } from '../../src/node/index.ts';
import { startTestNode, systemClock, type TestNode, testContract, testFederation } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const bankState = join(temp.path, 'bank');
let node: TestNode | undefined;
let caller: Caller | undefined;
afterEach(async () => {
  await caller?.close();
  await node?.close();
});

describe('a caller', () => {
  it('runs a step, both parties write the same session down, and a refusal too', async () => {
    node = await startTestNode(
      {
        async echo(channel, context) {
          await channel.send('echo/answer', new TextEncoder().encode(context.sessionId));
        },
      },
      join(temp.path, 'platform'),
    );
    const { bank, platform } = await testFederation();
    caller = await startCaller({
      party: 'bank',
      identity: bank.identity,
      peer: platform,
      address: node.address,
      stateFolder: bankState,
      clock: systemClock,
      random: systemRandom,
    });
    const done = await caller.step(
      'echo',
      testContract(),
      async (channel, { sessionId }) => ({ sessionId, heard: new TextDecoder().decode(await channel.receive('echo/answer')) }),
      64,
    );
    expect(done.result.heard).toBe(done.result.sessionId);
    expect(done.traffic.received['echo/answer']).toEqual({ messages: 1, bytes: 64 });
    expect(done.wireBytes).toBeGreaterThan(64);
    await expect(caller.step('echo', testContract({ maxTrees: 10_000, jobId: 'job-2' }), async () => 0)).rejects.toBeInstanceOf(
      RefusedError,
    );
    const failing = caller.step('echo', testContract(), async () => {
      throw new Error('of our own');
    });
    await expect(failing).rejects.toThrow('of our own');
    await caller.close();
    await node.node.close(2_000);
    const [mine, theirs] = [bankState, node.stateFolder].map((folder) => readFileSync(join(folder, 'audit.jsonl'), 'utf8'));
    expect(compareAudits(mine, theirs)).toEqual([]);
    expect(verifyAudit(mine)).toMatchObject({ sessionsClosed: 1, sessionsFailed: 1, refused: 1, disclosedBits: 64 });
    expect(verifyAudit(theirs)).toMatchObject({ sessionsClosed: 1, sessionsFailed: 1, refused: 1 });
    node = undefined;
    caller = undefined;
  });
});
