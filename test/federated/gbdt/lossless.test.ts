import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeEngine } from '../../../src/he/index.ts';
import { holderBits, predict } from '../../../src/learn/trees/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';
import { loadEngine } from '../../support/engines.ts';
import { type FederatedCase, runFederated, runReference, SMALL, synthetic, tableOf } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

/** Trees, leaf values, predictions, the holder's thresholds: all equal, to the bit. */
async function expectIdentical(given: FederatedCase): Promise<number> {
  const run = await runFederated(given);
  const reference = await runReference(given, run);
  expect(run.label.model).toEqual(reference.result.model);
  expect(run.label.margins).toEqual(reference.result.margins);
  expect(run.label.figures).toEqual(reference.result.figures);
  run.holders.forEach(({ model }, i) => {
    for (const { splitId, ...threshold } of model.splits) expect(reference.thresholds[i].get(splitId)).toEqual(threshold);
  });
  const bits = given.holders.map(({ table }, i) => holderBits(run.holders[i].model, table));
  const predicted = predict(run.label.model, given.label.table, (holder, splitId) => bits[Number(holder.slice(7))].get(splitId)!);
  predicted.forEach((p, row) => expect(p).toBeCloseTo(1 / (1 + Math.exp(-run.label.margins[row])), 12));
  return run.holders.reduce((sum, { model }) => sum + model.splits.length, 0);
}

describe('federated trees are the single-party reference’s, bit for bit', () => {
  it('on synthetic rows with missing values', async () => {
    const { bank, platform, labels } = synthetic(900, 1);
    const remote = await expectIdentical({
      engine,
      seed: 11,
      label: { table: bank, labels, params: SMALL },
      holders: [{ table: platform, seed: 21, options: { minSupport: 20 } }],
    });
    expect(remote).toBeGreaterThan(2);
  });
});

describeWithData('federated trees on real data', (path) => {
  it('equal the reference on breast', async () => {
    const { guest, host, labels } = readHeld(path, 'breast');
    const remote = await expectIdentical({
      engine,
      seed: 12,
      label: { table: tableOf(guest), labels, params: { ...SMALL, max_bin: 32 } },
      holders: [{ table: tableOf(host), seed: 22, options: { minSupport: 20 } }],
    });
    expect(remote).toBeGreaterThan(0);
  });
});
