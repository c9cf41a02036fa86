import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  type Design,
  fitLogisticRegression,
  linearPredictor,
  momentsOf,
  scale,
  scalingOf,
  sigmoid,
  solveMoments,
  varianceInflation,
  waldTable,
} from '../../../src/learn/logistic-regression/index.ts';
import { auc } from '../../../src/learn/metrics.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';

function drawn(rows: number, truth: readonly number[], seed: number): { design: Design; labels: Uint8Array } {
  const random = seededRandom(seed, 'newton');
  const design = truth.map((_, j) => ({ name: `x${j}`, values: Float64Array.from({ length: rows }, () => random.normal()) }));
  const z = linearPredictor(Float64Array.from([-1, ...truth]), design);
  return { design, labels: Uint8Array.from(z, (value) => (random.uniform() < sigmoid(value) ? 1 : 0)) };
}

describe('logistic regression by Newton', () => {
  it('has a zero gradient at its optimum, with and without a ridge', () => {
    const { design, labels } = drawn(500, [0.8, -0.5, 0], 1);
    for (const ridge of [0, 3]) {
      const { weights } = fitLogisticRegression(design, labels, { ridge });
      const p = linearPredictor(weights, design).map(sigmoid);
      design.forEach(({ values }, j) => {
        const slope = values.reduce((sum, x, i) => sum + x * (p[i] - labels[i]), ridge * weights[j + 1]);
        expect(Math.abs(slope)).toBeLessThan(1e-8);
      });
    }
  });

  it('keeps signs: the bounded optimum is the unbounded one on the columns that stay free', () => {
    const { design, labels } = drawn(800, [0.8, -0.4, 0.3], 2);
    const bounded = fitLogisticRegression(design, labels, { signs: [1, 1, 1] });
    expect(bounded.weights[2]).toBe(0);
    const refit = fitLogisticRegression([design[0], design[2]], labels);
    expect(bounded.weights[1]).toBeCloseTo(refit.weights[1], 8);
    expect(bounded.weights[3]).toBeCloseTo(refit.weights[2], 8);
  });

  it('refuses data without a trustworthy fit', () => {
    const { design, labels } = drawn(200, [0.5, 0.5], 3);
    const fitted = (d: Design, y: ArrayLike<number> = labels) => fitLogisticRegression(d, y);
    const twin = { name: 'twin', values: design[0].values.map((x, i) => 2 * x - design[1].values[i]) };
    expect(() => fitted([...design, twin])).toThrow(expect.objectContaining({ code: 'ERR_LEARN_COLLINEAR' }));
    expect(() => fitted([...design, { name: 'flat', values: new Float64Array(200).fill(3) }])).toThrow(
      expect.objectContaining({ code: 'ERR_LEARN_CONSTANT' }),
    );
    expect(() => fitted([{ name: 'gap', values: design[0].values.map((x, i) => (i === 5 ? Number.NaN : x)) }])).toThrow(
      expect.objectContaining({ code: 'ERR_LEARN_MISSING' }),
    );
    expect(() => fitted(design, new Uint8Array(200))).toThrow(expect.objectContaining({ code: 'ERR_LEARN_ONE_CLASS' }));
    expect(() =>
      fitted(
        design,
        design[0].values.map((x) => (x > 0 ? 1 : 0)),
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_LEARN_SEPARABLE' }));
    const few = design.map(({ name, values }) => ({ name, values: values.slice(0, 3) }));
    expect(() => fitted(few, [0, 1, 0])).toThrow(expect.objectContaining({ code: 'ERR_LEARN_FEW_ROWS' }));
  });
});

const golden = JSON.parse(readFileSync(new URL('../../golden/scorecard-reference.json', import.meta.url), 'utf8'));

describeWithData('logistic regression of default_credit against scikit-learn and statsmodels', (path) => {
  const data = readHeld(path, 'default_credit');
  for (const [kind, clip] of [
    ['standardised', Infinity],
    ['clipped', 6],
  ] as const) {
    it(`${kind} columns: weights within 1e-6, p-values within 1e-6, AUC the same`, () => {
      const design = [...data.guest, ...data.host].map(([name, values]) => ({ name, values: scale(values, scalingOf(values, clip)) }));
      const fit = fitLogisticRegression(design, data.labels);
      const reference = golden[kind];
      expect(Math.max(...fit.weights.map((w, j) => Math.abs(w - reference.weights[j])))).toBeLessThan(1e-6);
      waldTable(fit, fit.information).forEach((row, j) => {
        expect(Math.abs(row.pValue - reference.pValues[j])).toBeLessThan(1e-6);
        expect(Math.abs(row.standardError - reference.standardErrors[j])).toBeLessThan(1e-7);
      });
      expect(auc({ scores: linearPredictor(fit.weights, design), labels: data.labels })).toBeCloseTo(reference.auc, 6);
      expect(fit.logLikelihood).toBeCloseTo(reference.logLikelihood, 5);
    });
  }

  it('linear residual: AUC 0.7203 on clipped columns; VIF names the statement balances', () => {
    const design = [...data.guest, ...data.host].map(([name, values]) => ({ name, values: scale(values, scalingOf(values, 6)) }));
    const moments = momentsOf(design, data.labels);
    const area = auc({ scores: linearPredictor(solveMoments(moments), design), labels: data.labels });
    expect(area.toFixed(4)).toBe('0.7203');
    expect(varianceInflation(moments)[moments.names.indexOf('guest_x3')]).toBeGreaterThan(10);
  });
});
