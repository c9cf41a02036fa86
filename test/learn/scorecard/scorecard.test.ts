import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  calibrate,
  expectedCalibrationError,
  gainsTable,
  hosmerLemeshow,
  isotonicCalibrator,
  plattCalibrator,
  shiftCalibrator,
} from '../../../src/learn/calibration/index.ts';
import { buildScorecard, defaultProbability, scoreRows, scoreScale } from '../../../src/learn/scorecard/index.ts';
import { delongInterval } from '../../../src/learn/statistics/index.ts';
import { chiSquaredTail, normalQuantile, normalTwoSided } from '../../../src/math/index.ts';

describe('scorecard', () => {
  it('gives B = 28.8539, A = 487.123 for 20 points that double odds of 1:50 at 600', () => {
    const { offset, factor } = scoreScale({ pdo: 20, baseScore: 600, baseOdds: 1 / 50 });
    expect(factor).toBeCloseTo(28.8539, 4);
    expect(offset).toBeCloseTo(487.123, 3);
    expect(defaultProbability({ offset, factor }, 600)).toBeCloseTo(1 / 51, 12);
  });

  it('rounds every score by at most half a point a feature', () => {
    const random = seededRandom(5, 'scorecard');
    const terms = Array.from({ length: 7 }, (_, f) => ({
      name: `f${f}`,
      coefficient: random.uniform(),
      woes: Array.from({ length: 5 }, () => random.normal()),
    }));
    const card = buildScorecard(-1.3, terms);
    expect(card.roundingBound).toBe(3.5);
    const bins = terms.map(() => Int32Array.from({ length: 300 }, () => (random.u32() % 6) - 1));
    const scores = scoreRows(card.features, bins);
    scores.forEach((score, i) => {
      const z = terms.reduce((sum, { coefficient, woes }, f) => sum + coefficient * (bins[f][i] < 0 ? 0 : woes[bins[f][i]]), -1.3);
      expect(Math.abs(score - (card.offset - card.factor * z))).toBeLessThanOrEqual(card.roundingBound);
      expect(score).toBeGreaterThanOrEqual(card.lowest);
      expect(score).toBeLessThanOrEqual(card.highest);
    });
  });

  it('refuses a coefficient of the wrong sign', () => {
    expect(() => buildScorecard(0, [{ name: 'a', coefficient: -0.1, woes: [1] }])).toThrow(
      expect.objectContaining({ code: 'ERR_LEARN_SIGN' }),
    );
    expect(() => buildScorecard(0, [{ name: 'a', coefficient: 1, woes: [1] }], { pdo: 0 })).toThrow(/pdo/);
  });
});

describe('calibration', () => {
  const random = seededRandom(6, 'calibration');
  const z = Float64Array.from({ length: 4000 }, () => random.normal() - 1);
  const p = z.map((value) => 1 / (1 + Math.exp(-value)));
  const labels = Uint8Array.from(p, (value) => (random.uniform() < value ? 1 : 0));

  it('Hosmer-Lemeshow accepts true probabilities and rejects distorted ones', () => {
    expect(hosmerLemeshow(p, labels, { sample: 'unseen' }).pValue).toBeGreaterThan(0.01);
    expect(
      hosmerLemeshow(
        p.map((value) => value / 2),
        labels,
        { sample: 'unseen' },
      ).pValue,
    ).toBeLessThan(1e-6);
  });

  it('Platt undoes a linear distortion of the log odds; isotonic never falls; the shift moves the odds', () => {
    const platt = plattCalibrator(
      z.map((value) => 3 * value + 1),
      labels,
    );
    const table = hosmerLemeshow(
      z.map((value) => calibrate(platt, 3 * value + 1)),
      labels,
    ).groups;
    expect(expectedCalibrationError(table)).toBeLessThan(0.02);
    const isotonic = isotonicCalibrator(z, labels);
    const steps = [-4, -2, -1, 0, 1, 2].map((value) => calibrate(isotonic, value));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(calibrate(shiftCalibrator(0.2, 0.02), Math.log(0.2 / 0.8))).toBeCloseTo(0.02, 12);
  });

  it('gains end with every event captured', () => {
    const table = gainsTable(z, labels);
    expect(table[table.length - 1].captured).toBeCloseTo(1, 12);
    expect(table[0].lift).toBeGreaterThan(1.5);
  });
});

describe('tail probabilities and intervals', () => {
  it('match published values', () => {
    expect(normalTwoSided(1.959963984540054)).toBeCloseTo(0.05, 14);
    expect(normalTwoSided(10)).toBeCloseTo(1.523970604832105e-23, 35);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(chiSquaredTail(15.507313055865453, 8)).toBeCloseTo(0.05, 13);
  });

  it('DeLong covers the AUC and matches the direct double sum', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.7, 0.4, 0.2];
    const labels = [0, 0, 1, 1, 1, 1, 0];
    const { auc, standardError, lower, upper } = delongInterval(scores, labels);
    const cases = scores.filter((_, i) => labels[i] === 1);
    const controls = scores.filter((_, i) => labels[i] === 0);
    const wins = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
    const mean = (v: number[]): number => v.reduce((s, x) => s + x, 0) / v.length;
    const spread = (v: number[]): number => v.reduce((s, x) => s + (x - mean(v)) ** 2, 0) / (v.length - 1);
    const v10 = cases.map((c) => mean(controls.map((d) => wins(c, d))));
    const v01 = controls.map((d) => mean(cases.map((c) => wins(c, d))));
    expect(auc).toBeCloseTo(mean(v10), 12);
    expect(standardError).toBeCloseTo(Math.sqrt(spread(v10) / 4 + spread(v01) / 3), 12);
    expect(lower).toBeLessThan(auc);
    expect(upper).toBeGreaterThan(auc);
  });
});
