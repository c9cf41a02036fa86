/** One job, one contract, one count: not for this process's memory alone. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { jobSlot, type StepHandlers } from '../../src/node/index.ts';
import { JobMemories, MAX_JOBS_PER_PEER } from '../../src/node/job-memory.ts';
import { startTestNode, type TestNode } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const handlers: StepHandlers = {
  async echo(channel) {
    await channel.send('echo/answer', await channel.receive('echo/question'));
  },
};
let running: TestNode | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function echo(node: TestNode, changes?: Parameters<TestNode['open']>[1]): Promise<void> {
  const session = await node.open('echo', changes);
  await session.send('echo/question', new Uint8Array([1]));
  await session.receive('echo/answer');
  await session.close();
}

describe('a job', () => {
  it('keeps its contract when the node starts again, and when other jobs have taken its place in memory (T57)', async () => {
    const folder = join(temp.path, 'again');
    running = await startTestNode(handlers, folder);
    await echo(running);
    await running.close();
    running = await startTestNode(handlers, folder);
    await expect(echo(running, { maxTrees: 5 })).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
    for (let i = 0; i <= MAX_JOBS_PER_PEER; i++) await echo(running, { jobId: `other-${i}` });
    await expect(echo(running, { maxTrees: 5 })).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
    await echo(running);
  });

  it('begun twice at once under two contracts is one of them: the second is refused before the first is on the disk (T57)', () => {
    const memories = new JobMemories();
    memories.of('bank', 'a', 'one');
    expect(() => memories.of('bank', 'a', 'another')).toThrowError(expect.objectContaining({ code: 'ERR_PEER_CONTRACT' }));
    memories.of('bank', 'b', 'another');
  });

  it('is not forgotten while a session of it is under way: a second session finds the same turns (T33)', () => {
    const slot = jobSlot<string>('turns');
    const memories = new JobMemories(2);
    memories.of('bank', 'a', 'h').set(slot, 'first');
    const release = memories.hold('bank', 'a');
    for (const other of ['b', 'c', 'd']) memories.of('bank', other, 'h');
    expect(memories.of('bank', 'a', 'h').get(slot)).toBe('first');
    release();
    for (const other of ['e', 'f']) memories.of('bank', other, 'h');
    expect(memories.of('bank', 'a', 'h').get(slot)).toBeUndefined();
  });
});
