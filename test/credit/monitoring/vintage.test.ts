import { describe, expect, it } from 'vitest';
import { arrearsBucket, rollRates, vintageTable } from '../../../src/credit/monitoring/index.ts';

const refused = expect.objectContaining({ code: 'ERR_CREDIT_VINTAGE' });
const loans = (cohort: string, n: number, observed: number, badAt?: number) =>
  Array.from({ length: n }, () => ({ cohort, observed, badAt }));

describe('a vintage table', () => {
  it('counts a loan only at the ages it was observed', () => {
    const [old, young] = vintageTable(
      [...loans('2025-Q1', 8, 4), ...loans('2025-Q1', 2, 4, 3), ...loans('2025-Q2', 5, 2), ...loans('2025-Q2', 5, 1)],
      4,
    );
    expect(old).toMatchObject({ cohort: '2025-Q1', loans: 10, atRisk: [10, 10, 10, 10], cumulative: [0, 0, 0.2, 0.2] });
    expect(young).toMatchObject({ atRisk: [10, 5, 0, 0], cumulative: [0, 0, undefined, undefined] });
  });
  it('never falls with age when all loans are followed to the end', () => {
    const [row] = vintageTable(
      Array.from({ length: 60 }, (_, i) => ({ cohort: 'a', observed: 12, badAt: i % 5 === 0 ? (i % 12) + 1 : undefined })),
      12,
    );
    row.cumulative.forEach((rate, i) => {
      expect(rate).toBeGreaterThanOrEqual(row.cumulative[i - 1] ?? 0);
    });
    expect(row.cumulative[11]).toBe(0.2);
  });
  it('refuses a loan that goes bad when nobody looks', () => {
    expect(() => vintageTable([{ cohort: 'a', observed: 2, badAt: 3 }], 4)).toThrow(refused);
    expect(() => vintageTable([{ cohort: 'a', observed: 1.5, badAt: undefined }], 4)).toThrow(refused);
    expect(() => vintageTable([], 0)).toThrow(refused);
  });
});

describe('roll rates', () => {
  it('count moves within a loan, never from one loan to the next', () => {
    const { counts, rates } = rollRates([0, 10, 40, 70, 95, 0, 0, 0, 5, 0], 5);
    expect(counts).toEqual([
      [2, 2, 0, 0, 0],
      [1, 0, 1, 0, 0],
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0],
    ]);
    expect(rates[0]).toEqual([0.5, 0.5, 0, 0, 0]);
    expect(rates[4]).toBeUndefined();
  });
  it('leave out months that were not observed', () => {
    expect(rollRates([0, Number.NaN, 0, 0], 4).counts[0][0]).toBe(1);
    expect(arrearsBucket(Number.NaN)).toBe(-1);
    expect([0, 1, 30, 31, 89, 90].map(arrearsBucket)).toEqual([0, 1, 1, 2, 3, 4]);
    expect(() => rollRates([0, -1], 2)).toThrow(refused);
    expect(() => rollRates([0, 1, 2], 2)).toThrow(refused);
  });
});
