/**
 * Attacks on the logistic regression: label inference from a plaintext gradient (it works, which is why nobody is sent one), the same
 * inference from everything the holder gets, the label party's reconstruction of the holder's columns, uniformity of shares.
 */
import { Matrix, SVD } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../../src/base/index.ts';
import { featureHolder, labelParty } from '../../../src/federated/vertical/logistic-regression/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';
import { type Spied, spyOn } from '../spy-engine.ts';
import { drawn } from './drawn.ts';

/** The holder's inference: least squares for the residual behind a gradient Xᵀr; its signs are the labels. */
function labelsFromGradient(columns: readonly Float64Array[], gradient: readonly number[], rows: number): number[] {
  const x = new Matrix(columns.map((column) => Array.from(column.subarray(0, rows))));
  const residual = new SVD(x, { autoTranspose: true }).solve(Matrix.columnVector([...gradient]));
  return Array.from({ length: rows }, (_, i) => (residual.get(i, 0) < 0 ? 1 : 0));
}

const accuracy = (guess: ArrayLike<number>, labels: ArrayLike<number>): number => {
  let right = 0;
  for (let i = 0; i < guess.length; i++) if (guess[i] === labels[i]) right++;
  return right / guess.length;
};
const centred = (values: BigUint64Array, t: bigint): number[] => Array.from(values, (v) => Number(v > t / 2n ? v - t : v));

describe('label inference by the holder', () => {
  it('recovers every label from one plaintext gradient of a small batch', () => {
    const { holder, labels } = drawn(20, 1, 20, 8);
    const columns = holder.map(({ values }) => values);
    const gradient = columns.map((column) => column.reduce((sum, x, i) => sum + x * (0.5 - labels[i]), 0));
    expect(accuracy(labelsFromGradient(columns, gradient, 20), labels)).toBe(1);
  });
});

describe('views of the two parties in LR-S', () => {
  const rows = 600;
  const data = drawn(rows, 3, 20, 21);
  const majority = Math.max(...[0, 1].map((y) => data.labels.filter((label) => label === y).length)) / rows;
  let base: HeEngine;
  let label: Spied;
  let holder: Spied;
  beforeAll(async () => {
    base = await loadEngine();
    label = spyOn(base);
    holder = spyOn(base);
    const contract = { rows, labelColumns: 3, holderColumns: 20, degree: 5, iterations: 3 } as const;
    await runPair(
      (channel) =>
        labelParty(channel, { contract, columns: data.label, labels: data.labels }, { engine: label.engine, random: systemRandom }),
      (channel) => featureHolder(channel, { contract, columns: data.holder }, { engine: holder.engine, random: systemRandom }),
    );
  });
  afterAll(() => base.dispose());

  it('the holder guesses labels no better than the majority, from every vector it decrypted or kept', () => {
    const columns = data.holder.map(({ values }) => values);
    const bound = majority + 2.6 * Math.sqrt((majority * (1 - majority)) / rows);
    const views = [...holder.decrypted, ...holder.kept];
    expect(views.length).toBeGreaterThan(80);
    let best = 0;
    for (const { t, values } of views) {
      const signed = centred(values, t);
      if (signed.length >= rows) {
        const guess = signed.slice(0, rows).map((v) => (v < 0 ? 1 : 0));
        best = Math.max(best, accuracy(guess, data.labels), 1 - accuracy(guess, data.labels));
      } else if (signed.length >= columns.length) {
        const guess = labelsFromGradient(columns, signed.slice(0, columns.length), rows);
        best = Math.max(best, accuracy(guess, data.labels), 1 - accuracy(guess, data.labels));
      }
    }
    expect(best).toBeLessThanOrEqual(bound);
  });

  it("the label party's reconstruction of a holder column from 40 known rows gains nothing from its view", () => {
    const random = seededRandom(4, 'view');
    const shares = [...label.decrypted, ...label.kept].filter(({ t, values }) => t < 1n << 30n && values.length >= rows);
    const view = shares.slice(0, 12).map(({ t, values }) =>
      centred(values, t)
        .slice(0, rows)
        .map((v) => v / Number(t)),
    );
    const noise = view.map((column) => column.map(() => random.uniform() - 0.5));
    const own = data.label.map(({ values }) => Array.from(values));
    const score = (extra: number[][]): number =>
      data.holder.reduce((sum, { values }) => sum + outOfSampleR2([...own, ...extra], values, 40), 0) / 20;
    expect(score(view)).toBeLessThanOrEqual(Math.max(score(noise), score([])) + 0.02);
  });

  it('partial scores in the clear would give the columns away: what nobody is shown (T22, with the guard removed)', () => {
    const columns = data.holder.slice(0, 4).map(({ values }) => values);
    const random = seededRandom(9, 'scores');
    const opened = Array.from({ length: 4 }, () => {
      const w = columns.map(() => random.normal());
      return Array.from({ length: rows }, (_, i) => columns.reduce((sum, column, j) => sum + w[j] * column[i], 0));
    });
    for (const column of columns) expect(outOfSampleR2(opened, column, 40)).toBeGreaterThan(0.999);
  });

  it('shares are uniform: chi-squared of the low byte, and no correlation with the holder columns', () => {
    const words = [...holder.decrypted, ...holder.kept].flatMap(({ t, values }) =>
      t < 1n << 30n && values.length === 8192 ? [...values] : [],
    );
    const counts = new Float64Array(256);
    for (const word of words) counts[Number(word & 255n)]++;
    const expected = words.length / 256;
    const chi = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
    expect(words.length).toBeGreaterThan(200_000);
    expect(chi).toBeLessThan(255 + 4 * Math.sqrt(2 * 255));
    expect(chi).toBeGreaterThan(255 - 4 * Math.sqrt(2 * 255));
  });
});

/** R² on the other rows of least squares fitted on the first `known`. */
function outOfSampleR2(regressors: readonly number[][], target: Float64Array, known: number): number {
  const rows = (from: number, to: number) =>
    new Matrix(Array.from({ length: to - from }, (_, i) => [1, ...regressors.map((column) => column[from + i])]));
  const weights = new SVD(rows(0, known), { autoTranspose: true }).solve(Matrix.columnVector(Array.from(target.subarray(0, known))));
  const predicted = rows(known, target.length).mmul(weights);
  const rest = target.subarray(known);
  const mean = rest.reduce((sum, v) => sum + v, 0) / rest.length;
  let left = 0;
  let total = 0;
  rest.forEach((v, i) => {
    left += (v - predicted.get(i, 0)) ** 2;
    total += (v - mean) ** 2;
  });
  return 1 - left / total;
}
