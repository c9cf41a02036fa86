import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { InputError, PeerProtocolError, RefusedError } from '../../src/base/index.ts';
import { jobSlot, type StepHandlers, verifyAudit } from '../../src/node/index.ts';
import { startTestNode, type TestNode, testContract, testFederation } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
let count = 0;
let running: TestNode | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const COUNT = jobSlot<number>('count');

const handlers: StepHandlers = {
  async echo(channel, context) {
    context.memory.set(COUNT, (context.memory.get(COUNT) ?? 0) + 1);
    await context.debit(100);
    await channel.send('echo/answer', await channel.receive('echo/question'));
  },
  async again(channel, context) {
    await context.store.put('seen', new Uint8Array([context.memory.get(COUNT) ?? 0]));
    await channel.send('again/count', (await context.store.get('seen')) ?? new Uint8Array());
  },
};

async function start(given: StepHandlers = handlers, options: Parameters<typeof startTestNode>[2] = {}): Promise<TestNode> {
  count += 1;
  running = await startTestNode(given, join(temp.path, `state-${count}`), options);
  return running;
}

async function echo(node: TestNode, changes?: Parameters<TestNode['open']>[1]): Promise<void> {
  const session = await node.open('echo', changes);
  await session.send('echo/question', new Uint8Array([1, 2, 3]));
  expect(await session.receive('echo/answer')).toEqual(new Uint8Array([1, 2, 3]));
  await session.close();
}

const auditOf = (node: TestNode): string => readFileSync(join(node.stateFolder, 'audit.jsonl'), 'utf8');
const eventsOf = (node: TestNode): { type: string }[] =>
  auditOf(node)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a node', () => {
  it('runs the steps of a job and remembers between them', async () => {
    const node = await start();
    await echo(node);
    await echo(node);
    const session = await node.open('again');
    expect(await session.receive('again/count')).toEqual(new Uint8Array([2]));
    await session.close();
  });

  it('serves two sessions at once', async () => {
    const node = await start();
    await Promise.all([echo(node), echo(node, { jobId: 'job-2' })]);
  });

  it('keeps jobs of one id under one contract', async () => {
    const node = await start();
    await echo(node);
    await expect(echo(node, { maxTrees: 5 })).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
    await echo(node, { jobId: 'job-2', maxTrees: 5 });
  });

  it('stops answering when the budget of the month is used up', async () => {
    const node = await start(handlers, { budgets: new Map([['bank', 250]]) });
    await echo(node);
    await echo(node);
    const error: unknown = await echo(node).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'ERR_REFUSED_BUDGET' });
  });

  it('tells the peer a code and a sentence when a step fails, and nothing of the inside', async () => {
    const node = await start({
      async echo() {
        throw new Error('cell 91350100M000100Y43 in /data/firms.csv');
      },
    });
    const session = await node.open('echo');
    const error: unknown = await session.receive('echo/answer').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PeerProtocolError);
    expect(error).toMatchObject({ code: 'ERR_INTERNAL' });
    expect(JSON.stringify(error)).not.toMatch(/91350100|firms\.csv/);
    expect(auditOf(node)).not.toMatch(/91350100|firms\.csv/);
  });

  it('says of an error that is not in the public catalog only what family it is of', async () => {
    const node = await start({
      async echo() {
        throw new InputError('ERR_DATA_NOT_NUMERIC', 'row 17 of column electricity_kwh');
      },
    });
    const session = await node.open('echo');
    const error: unknown = await session.receive('echo/answer').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_INPUT', details: { peerCode: 'ERR_INPUT' } });
    expect(JSON.stringify(error)).not.toMatch(/NOT_NUMERIC|row 17|electricity/);
    await expect.poll(() => eventsOf(node).at(-1)).toMatchObject({ type: 'session-failed', code: 'ERR_DATA_NOT_NUMERIC' });
  });

  it('lends no peer the rules of another', async () => {
    const { stranger, bank } = await testFederation();
    const node = await start(handlers, {
      peers: [
        { id: 'bank', pin: bank.pin },
        { id: 'stranger', pin: stranger.pin },
      ],
    });
    const { bytes } = testContract({ caller: 'stranger' });
    const opening = node.link({ as: stranger }).open({ jobId: 'job-1', step: 'echo', contract: bytes });
    await expect(opening).rejects.toMatchObject({ code: 'ERR_REFUSED_POLICY' });
  });

  it('goes on after a session failed', async () => {
    let first = true;
    const node = await start({
      async echo(channel, context) {
        if (first) {
          first = false;
          throw new Error('once');
        }
        await handlers.echo(channel, context);
      },
    });
    const failed = await node.open('echo');
    await expect(failed.receive('echo/answer')).rejects.toThrow();
    await echo(node);
  });

  it.each([
    ['a step the policy does not list', 'train', { steps: ['train'] }],
    ['a step the contract does not list', 'again', { steps: ['echo'] }],
    ['an asset without a rule', 'echo', { asset: 'people' }],
    ['a column that is not allowed', 'echo', { columns: ['legal_representative'] }],
    ['more rows than allowed', 'echo', { maxRows: 1_000_000 }],
    ['more trees than allowed', 'echo', { maxTrees: 1_000 }],
    ['deeper trees than allowed', 'echo', { maxDepth: 10 }],
    ['smaller nodes than allowed', 'echo', { minSupport: 1 }],
    ['a contract with somebody else', 'echo', { callee: 'other' }],
    ['a contract of somebody else', 'echo', { caller: 'other' }],
    ['an expired contract', 'echo', { expires: '2020-01-01T00:00:00Z' }],
  ])('refuses %s', async (_, step, changes) => {
    const node = await start();
    const error: unknown = await node.open(step, changes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'ERR_REFUSED_POLICY' });
    expect(eventsOf(node).at(-1)).toMatchObject({ type: 'session-refused', peer: 'bank', code: 'ERR_REFUSED_POLICY' });
  });

  it('refuses a contract for another job than the session names', async () => {
    const node = await start();
    const opening = node.link().open({ jobId: 'job-9', step: 'echo', contract: testContract().bytes });
    await expect(opening).rejects.toMatchObject({ code: 'ERR_REFUSED_POLICY' });
  });

  it('refuses a contract that is not written canonically', async () => {
    const node = await start();
    const loose = new TextEncoder().encode(JSON.stringify(testContract().terms, null, 1));
    await expect(node.link().open({ jobId: 'job-1', step: 'echo', contract: loose })).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
  });

  it('tells a peer only what its policy allows that peer', async () => {
    const { stranger, bank } = await testFederation();
    const node = await start(handlers, {
      peers: [
        { id: 'bank', pin: bank.pin },
        { id: 'stranger', pin: stranger.pin },
      ],
    });
    expect(await node.link().describe()).toMatchObject({ steps: ['echo', 'again'], assets: [{ name: 'firms' }] });
    expect(await node.link({ as: stranger }).describe()).toMatchObject({ steps: [], assets: [] });
  });

  it('writes every session down, with contract, bytes and bits', async () => {
    const node = await start();
    await echo(node);
    await node.close();
    running = undefined;
    expect(eventsOf(node).map(({ type }) => type)).toEqual(['node-started', 'session-opened', 'session-closed', 'node-stopped']);
    expect(eventsOf(node)[2]).toMatchObject({ peer: 'bank', step: 'echo', job: 'job-1', bytesReceived: 3, disclosedBits: 100 });
    expect(verifyAudit(auditOf(node))).toMatchObject({ events: 4, sessionsClosed: 1, disclosedBits: 100 });
  });

  it('refuses to share its state folder with a second node', async () => {
    const node = await start();
    await expect(startTestNode(handlers, node.stateFolder)).rejects.toMatchObject({ code: 'ERR_NODE_STATE_IN_USE' });
  });
});
