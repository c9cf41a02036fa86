import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, binaryMetrics, brierScore, gini, ks, lift, logLoss, rootMeanSquaredError } from '../../src/learn/metrics.ts';

/** Scores from a small set, so that ties are common; both classes present. */
const scored = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 5 }), label: fc.integer({ min: 0, max: 1 }) }), { minLength: 2, maxLength: 40 })
  .filter((rows) => rows.some(({ label }) => label === 0) && rows.some(({ label }) => label === 1))
  .map((rows) => ({ scores: rows.map(({ score }) => score), labels: rows.map(({ label }) => label) }));

function pairwiseAuc({ scores, labels }: { scores: number[]; labels: number[] }): number {
  let won = 0;
  let pairs = 0;
  scores.forEach((a, i) => {
    scores.forEach((b, j) => {
      if (labels[i] !== 1 || labels[j] !== 0) return;
      pairs++;
      won += a > b ? 1 : a === b ? 0.5 : 0;
    });
  });
  return won / pairs;
}

describe('AUC', () => {
  it('is the share of pairs in the right order, a tie counting half', () => {
    fc.assert(
      fc.property(scored, (data) => {
        expect(auc(data)).toBeCloseTo(pairwiseAuc(data), 12);
      }),
    );
  });

  it('does not depend on the order of rows, and turns round with the score', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const reversed = { scores: [...scores].reverse(), labels: [...labels].reverse() };
        const negated = { scores: scores.map((s) => -s), labels };
        expect(auc(reversed)).toBeCloseTo(auc({ scores, labels }), 12);
        expect(auc(negated)).toBeCloseTo(1 - auc({ scores, labels }), 12);
      }),
    );
  });

  it('is one half for a constant score', () => {
    expect(auc({ scores: [2, 2, 2, 2], labels: [0, 1, 1, 0] })).toBe(0.5);
  });

  it.each([
    [[1, 1], 'ERR_LEARN_ONE_CLASS'],
    [[0, 2], 'ERR_LEARN_LABEL'],
  ])('refuses labels %j with %s', (labels, code) => {
    expect(() => auc({ scores: [0.1, 0.2], labels })).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a score that is not a number, and lengths that differ', () => {
    expect(() => auc({ scores: [Number.NaN, 1], labels: [0, 1] })).toThrow(expect.objectContaining({ code: 'ERR_LEARN_SCORE' }));
    expect(() => auc({ scores: [1], labels: [0, 1] })).toThrow(expect.objectContaining({ code: 'ERR_LEARN_LENGTH_MISMATCH' }));
  });
});

describe('KS', () => {
  it('is the largest distance between the class distributions, taken at distinct scores', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const share = (cut: number, label: number): number =>
          scores.filter((s, i) => s >= cut && labels[i] === label).length / labels.filter((y) => y === label).length;
        const expected = Math.max(...scores.map((cut) => Math.abs(share(cut, 1) - share(cut, 0))));
        expect(ks({ scores, labels })).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('and the other figures agree with the one-pass summary', () => {
    fc.assert(
      fc.property(scored, (data) => {
        const summary = binaryMetrics(data);
        expect(summary).toMatchObject({ auc: auc(data), ks: ks(data), gini: gini(data), rows: data.scores.length });
      }),
    );
  });
});

describe('other figures', () => {
  const data = { scores: [0.9, 0.8, 0.3, 0.1], labels: [1, 0, 1, 0] };

  it('log loss is the mean negative log-likelihood, and finite at certain mistakes', () => {
    expect(logLoss(data)).toBeCloseTo(-(Math.log(0.9) + Math.log(0.2) + Math.log(0.3) + Math.log(0.9)) / 4, 12);
    expect(logLoss({ scores: [0, 1], labels: [1, 0] })).toBeCloseTo(-Math.log(1e-15), 2);
  });

  it('Brier score is the mean squared distance to the label', () => {
    expect(brierScore(data)).toBeCloseTo((0.01 + 0.64 + 0.49 + 0.01) / 4, 12);
    expect(() => brierScore({ scores: [1.2], labels: [1] })).toThrow(expect.objectContaining({ code: 'ERR_LEARN_SCORE' }));
  });

  it('lift of the top share compares event rates, ties by the share that fits', () => {
    expect(lift(data, 0.25)).toBeCloseTo(2, 12);
    expect(lift(data, 1)).toBeCloseTo(1, 12);
    expect(lift({ scores: [1, 1, 1, 1], labels: [1, 0, 0, 0] }, 0.25)).toBeCloseTo(1, 12);
    expect(() => lift(data, 0)).toThrow(expect.objectContaining({ code: 'ERR_LEARN_OPTION' }));
  });

  it('root mean squared error is in the unit of the target', () => {
    expect(rootMeanSquaredError([1, 3], [2, 1])).toBeCloseTo(Math.sqrt(2.5), 12);
  });
});
