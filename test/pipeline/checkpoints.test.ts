/** What an unfinished training is bound to: another contract, column, row or label, and nothing is gone on from. */
import { describe, expect, it } from 'vitest';
import { featureTable } from '../../src/data/index.ts';
import type { GbdtHolderCheckpoint } from '../../src/federated/vertical/gbdt/index.ts';
import { memoryJobStores } from '../../src/node/index.ts';
import { bindingOf, holderHooks } from '../../src/pipeline/checkpoints.ts';
import { testContract } from '../support/federation.ts';

const ids = ['a', 'b', 'c'];
const table = (columns: Record<string, readonly number[]>) =>
  featureTable(ids, new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)])));
const contract = testContract();
const data = table({ x: [1, 2, 3], y: [0.1, Number.NaN, -0] });

describe('the binding of an unfinished training', () => {
  it('differs with the contract, a name, a value, the order of rows, and the labels', () => {
    const labels = Uint8Array.of(0, 1, 0);
    const all = [
      bindingOf(contract, data, [labels]),
      bindingOf(testContract({ jobId: 'job-2' }), data, [labels]),
      bindingOf(contract, table({ x: [1, 2, 3], z: [0.1, Number.NaN, -0] }), [labels]),
      bindingOf(contract, table({ x: [1, 2, 3], y: [0.1, Number.NaN, 0] }), [labels]),
      bindingOf(contract, table({ x: [2, 1, 3], y: [Number.NaN, 0.1, -0] }), [labels]),
      bindingOf(contract, data, [Uint8Array.of(0, 1, 1)]),
      bindingOf(contract, data),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(bindingOf(contract, table({ x: [1, 2, 3], y: [0.1, Number.NaN, -0] }), [labels])).toBe(all[0]);
  });

  it('makes a holder go on from its own state, and throw away one that is bound to something else', async () => {
    const store = memoryJobStores().of('bank', 'job-1');
    const state: GbdtHolderCheckpoint = { format: 'fedcredit-gbdt-holder-checkpoint', version: 2, splits: [] };
    const first = await holderHooks({ store, contract }, data);
    expect(first.resume).toBeUndefined();
    await first.checkpoint(state);
    expect((await holderHooks({ store, contract }, data)).resume).toEqual(state);
    expect((await holderHooks({ store, contract }, table({ x: [1, 2, 4], y: [0.1, 2, 3] }))).resume).toBeUndefined();
    expect(await store.keys()).toEqual([]);
  });
});
