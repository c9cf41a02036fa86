import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeEngine } from '../../../src/he/index.ts';
import { holderBits, predictMargins } from '../../../src/learn/trees/index.ts';
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
  const margins = predictMargins(run.label.model, given.label.table, (holder, splitId) => bits[Number(holder.slice(7))].get(splitId)!);
  expect(margins).toEqual(run.label.margins);
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

  it('with two holders, row and feature sampling, early stopping and monotone signs on both sides', async () => {
    const { bank, platform, second, labels } = synthetic(700, 2);
    const run = await expectIdentical({
      engine,
      seed: 13,
      label: {
        table: bank,
        labels,
        params: {
          ...SMALL,
          n_estimators: 3,
          subsample: 0.8,
          colsample_bytree: 0.7,
          early_stopping_rounds: 1,
          monotone_constraints: { a: 1 },
        },
      },
      holders: [
        { table: platform, seed: 23, options: { minSupport: 20, monotone_constraints: { c: -1 } } },
        { table: second, seed: 24, options: { minSupport: 20 } },
      ],
    });
    expect(run).toBeGreaterThan(0);
  });

  it('with squared error', async () => {
    const { bank, platform } = synthetic(500, 3);
    const target = bank.columns.get('a')!.map((value, row) => 2 * value - platform.columns.get('c')![row]);
    const remote = await expectIdentical({
      engine,
      seed: 14,
      label: { table: bank, labels: target, params: { ...SMALL, objective: 'reg:squarederror' } },
      holders: [{ table: platform, seed: 25, options: { minSupport: 20 } }],
    });
    expect(remote).toBeGreaterThan(0);
  });

  it.each([8191, 8192, 8193])('with %i rows: one less, as many, one more than a ciphertext has slots', async (rows) => {
    const { bank, platform, labels } = synthetic(rows, 4);
    const remote = await expectIdentical({
      engine,
      seed: 15,
      label: { table: bank, labels, params: { ...SMALL, n_estimators: 1, max_depth: 2 } },
      holders: [{ table: platform, seed: 26 }],
    });
    expect(remote).toBeGreaterThan(0);
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

  it('equal the reference on default_credit, with the safe minimum support and FATE’s settings', async () => {
    const { guest, host, labels } = readHeld(path, 'default_credit');
    const params = { n_estimators: 2, max_depth: 3, learning_rate: 0.3, max_bin: 32, reg_lambda: 0.1 };
    const remote = await expectIdentical({
      engine,
      seed: 16,
      label: { table: tableOf(guest), labels, params },
      holders: [{ table: tableOf(host), seed: 27 }],
    });
    expect(remote).toBeGreaterThan(0);
  });
});
