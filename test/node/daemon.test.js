import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerProtocolError, RefusedError } from '../../src/base/index.js';
import { jobSlot, verifyAudit } from '../../src/node/index.js';
import { startTestNode } from '../support/federation.js';
import { tempFolder } from '../support/temp.js';

const temp = tempFolder();
let count = 0;
let running;
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const COUNT = jobSlot('count');
const handlers = {
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
async function start(given = handlers, options = {}) {
  count += 1;
  running = await startTestNode(given, join(temp.path, `state-${count}`), options);
  return running;
}
async function echo(node, changes) {
  const session = await node.open('echo', changes);
  await session.send('echo/question', new Uint8Array([1, 2, 3]));
  expect(await session.receive('echo/answer')).toEqual(new Uint8Array([1, 2, 3]));
  await session.close();
}
const auditOf = (node) => readFileSync(join(node.stateFolder, 'audit.jsonl'), 'utf8');
const eventsOf = (node) =>
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
    const error = await echo(node).catch((thrown) => thrown);
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
    const error = await session.receive('echo/answer').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(PeerProtocolError);
    expect(error).toMatchObject({ code: 'ERR_INTERNAL' });
    expect(JSON.stringify(error)).not.toMatch(/91350100|firms\.csv/);
    expect(auditOf(node)).not.toMatch(/91350100|firms\.csv/);
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
    const error = await node.open(step, changes).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'ERR_REFUSED_POLICY' });
    expect(eventsOf(node).at(-1)).toMatchObject({ type: 'session-refused', peer: 'bank', code: 'ERR_REFUSED_POLICY' });
  });
  it('refuses a contract for another job than the session names', async () => {
    const node = await start();
    const { testContract } = await import('../support/federation.js');
    const opening = node.link().open({ jobId: 'job-9', step: 'echo', contract: testContract().bytes });
    await expect(opening).rejects.toMatchObject({ code: 'ERR_REFUSED_POLICY' });
  });
  it('refuses a contract that is not written canonically', async () => {
    const node = await start();
    const { testContract } = await import('../support/federation.js');
    const loose = new TextEncoder().encode(JSON.stringify(testContract().terms, null, 1));
    await expect(node.link().open({ jobId: 'job-1', step: 'echo', contract: loose })).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
  });
  it('tells a peer only what its policy allows that peer', async () => {
    const { stranger, bank } = await (await import('../support/federation.js')).testFederation();
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
