/** Scores of a logistic regression under encrypted weights: the integers of the clear sum, and what either end refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter, seededRandom } from '../../../src/base/index.ts';
import {
  acceptWeights,
  LINEAR_SCORE_UNIT,
  memoryRegistrations,
  plainParts,
  registerWeights,
} from '../../../src/federated/vertical/logistic-regression/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { scalingOf } from '../../../src/learn/logistic-regression/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

const random = seededRandom(8, 'lr scoring');
const columns = Array.from({ length: 5 }, (_, f) => Float64Array.from({ length: 600 }, () => (f + 1) * random.normal() + f));
columns[2][17] = Number.NaN;
columns[3][18] = 1e9;
const scalings = columns.map((column) =>
  scalingOf(
    column.filter(Number.isFinite).map((value) => Math.min(value, 50)),
    6,
  ),
);
const weights = Float64Array.of(0.4, -1.25, 0, 2, -0.01);
const ports = () => ({ engine, store: memoryRegistrations() });

describe('scores under encrypted weights', () => {
  it('are the integers of the clear sum, negative weights, gaps and outliers included', async () => {
    const rows = Uint32Array.from({ length: 600 }, (_, i) => (7 * i) % 600);
    const seen: number[] = [];
    const { a } = await runPair(
      async (channel) => {
        const registered = await registerWeights(channel, weights, ports());
        const parts = [...(await registered.ask(channel, rows)), ...(await registered.ask(channel, Uint32Array.of(3)))];
        registered.dispose();
        return parts;
      },
      async (channel) => {
        const held = await acceptWeights(channel, scalings, ports());
        const desk = { authorise: async (asked: Uint32Array) => void seen.push(asked.length) };
        await held.answer(channel, columns, desk);
        await held.answer(channel, columns, desk);
        held.dispose();
      },
    );
    const plain = plainParts(weights, columns, scalings);
    expect(a).toEqual([...Array.from(rows, (row) => plain[row]), plain[3]]);
    expect(seen).toEqual([600, 1]);
    const exact = columns.reduce((z, column, f) => z + (weights[f] * (column[5] - scalings[f].mean)) / scalings[f].deviation, 0);
    expect(Math.abs(plain[5] * LINEAR_SCORE_UNIT - exact)).toBeLessThan(0.02);
  });

  it('ask before anything is computed, and answer nothing when refused', async () => {
    const refused = runPair(
      async (channel) => (await registerWeights(channel, weights, ports())).ask(channel, Uint32Array.of(1, 2)),
      async (channel) => {
        const held = await acceptWeights(channel, scalings, ports());
        await held.answer(channel, columns, { authorise: () => Promise.reject(new Error('no')) });
      },
    );
    await expect(refused).rejects.toThrow('no');
  });

  it('refuse a repeated row, a row that is not there, and weights that could wrap around', async () => {
    const asking = (rows: readonly number[]) =>
      runPair(
        async (channel) => {
          await registerWeights(channel, weights, ports());
          await channel.send('lr/ask', new ByteWriter().u32s(Uint32Array.from(rows)).finish());
          await channel.receive('lr/scores');
        },
        async (channel) => (await acceptWeights(channel, scalings, ports())).answer(channel, columns),
      );
    await expect(asking([4, 4])).rejects.toMatchObject({ code: 'ERR_LR_REPEATED_ROW' });
    await expect(asking([600])).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
    expect(() => plainParts(Float64Array.of(40, 40), columns.slice(0, 2), scalings)).toThrow(
      expect.objectContaining({ code: 'ERR_LR_WEIGHTS' }),
    );
  });
});
