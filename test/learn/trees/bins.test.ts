import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binFeature, candidateSplits, codeGoesLeft, goesLeft, safeSupport, thresholdOf } from '../../../src/learn/trees/index.ts';

const column = fc.array(
  fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(Number.NaN)),
  {
    minLength: 1,
    maxLength: 120,
  },
);

describe('bins', () => {
  it('every candidate sends the same rows left by code and by threshold, with and without missing values', () => {
    fc.assert(
      fc.property(column, fc.integer({ min: 2, max: 16 }), fc.integer({ min: 1, max: 10 }), (values, maxBin, minSupport) => {
        const feature = binFeature('x', Float64Array.from(values), { maxBin, minSupport });
        for (const split of candidateSplits([feature])) {
          const threshold = thresholdOf(feature, split);
          values.forEach((value, row) => {
            expect(codeGoesLeft(feature, split, feature.codes[row])).toBe(goesLeft(value, threshold));
          });
        }
      }),
    );
  });

  it('no candidate and no difference of neighbouring candidates covers fewer rows than the minimum support', () => {
    fc.assert(
      fc.property(column, fc.integer({ min: 2, max: 16 }), fc.integer({ min: 1, max: 30 }), (values, maxBin, minSupport) => {
        const feature = binFeature('x', Float64Array.from(values), { maxBin, minSupport });
        const lefts = candidateSplits([feature]).map((split) => values.map((_, row) => codeGoesLeft(feature, split, feature.codes[row])));
        for (const left of lefts) {
          const rows = left.filter(Boolean).length;
          expect(Math.min(rows, values.length - rows)).toBeGreaterThanOrEqual(minSupport);
        }
        for (const a of lefts) {
          for (const b of lefts) {
            const between = a.filter((bit, row) => bit !== b[row]).length;
            if (a !== b) expect(between).toBeGreaterThanOrEqual(minSupport);
          }
        }
      }),
    );
  });

  it('keeps every distinct value while there are few, and at most max_bin bins otherwise', () => {
    const few = binFeature('x', Float64Array.from([1, 1, 2, 2, 3, 3]), { maxBin: 8, minSupport: 1 });
    expect([...few.thresholds]).toEqual([1.5, 2.5]);
    const many = binFeature(
      'x',
      Float64Array.from({ length: 1000 }, (_, i) => i),
      { maxBin: 8, minSupport: 1 },
    );
    expect(many.thresholds.length).toBe(7);
    expect(many.thresholds[0]).toBeCloseTo(124.5);
  });

  it('a quantile that falls on a heavy value does not split it', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i));
    const { thresholds } = binFeature('x', values, { maxBin: 4, minSupport: 1 });
    expect(thresholds[0]).toBe(450);
  });

  it('a bin of 99 rows is merged under the safe support, one of 100 is kept', () => {
    const withFirst = (count: number): number => {
      const values = Float64Array.from({ length: 1000 }, (_, i) => (i < count ? 0 : 1));
      return binFeature('x', values, { maxBin: 32, minSupport: safeSupport(1000) }).thresholds.length;
    };
    expect(withFirst(99)).toBe(0);
    expect(withFirst(100)).toBe(1);
    expect(safeSupport(1_000_000)).toBe(1000);
  });

  it('missing values get a side of their own only when there are enough of them', () => {
    const withMissing = (missing: number): number => {
      const values = Float64Array.from({ length: 1000 }, (_, i) => (i < missing ? Number.NaN : i % 2));
      return candidateSplits([binFeature('x', values, { maxBin: 4, minSupport: 100 })]).length;
    };
    expect(withMissing(0)).toBe(1);
    expect(withMissing(99)).toBe(1);
    expect(withMissing(100)).toBe(3);
  });

  it('a constant column and one that is all missing give no candidate', () => {
    const constant = binFeature('x', new Float64Array(50).fill(4), { maxBin: 8, minSupport: 1 });
    const absent = binFeature('x', new Float64Array(50).fill(Number.NaN), { maxBin: 8, minSupport: 1 });
    expect(candidateSplits([constant, absent])).toEqual([]);
  });

  it('neighbouring doubles are told apart', () => {
    const feature = binFeature('x', Float64Array.from([1, 1 + Number.EPSILON]), { maxBin: 8, minSupport: 1 });
    expect([...feature.codes]).toEqual([0, 1]);
  });

  it('an infinite value is refused', () => {
    expect(() => binFeature('x', Float64Array.from([1, Infinity]), { maxBin: 8, minSupport: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_LEARN_INFINITE_VALUE' }),
    );
  });
});
