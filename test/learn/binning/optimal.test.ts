import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  type BinningOptions,
  binningRules,
  type CellCounts,
  cutCategorical,
  cutNumeric,
  describeBin,
  fitBinning,
  informationValue,
  optimalMerge,
  type Trend,
  woeColumn,
} from '../../../src/learn/binning/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';

const turns = (n: number): number[] => Array.from({ length: n + 1 }, (_, t) => t);

/** Every way to cut n cells into runs. */
function bruteForce(cells: CellCounts, options: BinningOptions): number {
  const rules = binningRules(options);
  const n = cells.negatives.length;
  const sum = (values: ArrayLike<number>, from: number, to: number): number =>
    Array.from(values)
      .slice(from, to)
      .reduce((a, b) => a + b, 0);
  const totals = { negatives: sum(cells.negatives, 0, n), positives: sum(cells.positives, 0, n) };
  const fits: Record<Exclude<Trend, 'auto'>, (steps: number[]) => boolean> = {
    none: () => true,
    ascending: (steps) => steps.every((s) => s >= 0),
    descending: (steps) => steps.every((s) => s <= 0),
    peak: (steps) => turns(steps.length).some((t) => steps.every((s, i) => (i < t ? s >= 0 : s <= 0))),
    valley: (steps) => turns(steps.length).some((t) => steps.every((s, i) => (i < t ? s <= 0 : s >= 0))),
  };

  const trends = rules.trend === 'auto' ? (['ascending', 'descending'] as const) : [rules.trend];
  let best = -Infinity;
  for (let cuts = 0; cuts < 2 ** (n - 1); cuts++) {
    const starts = [0, ...Array.from({ length: n - 1 }, (_, i) => i + 1).filter((i) => (cuts >> (i - 1)) & 1)];
    if (starts.length > rules.maxBins || starts.length < rules.minBins) continue;
    const bins = starts.map((s, b) => [sum(cells.negatives, s, starts[b + 1] ?? n), sum(cells.positives, s, starts[b + 1] ?? n)]);
    const floor = rules.minShare * (totals.negatives + totals.positives);
    if (bins.some(([g, b]) => g < rules.minEvents || b < rules.minEvents || g + b < floor)) continue;
    const steps = bins.slice(1).map(([g, b], i) => Math.sign(b * bins[i][0] - bins[i][1] * g));
    if (!trends.some((trend) => fits[trend](steps))) continue;
    best = Math.max(
      best,
      bins.reduce((total, [g, b]) => total + informationValue(g, b, totals), 0),
    );
  }
  return best;
}

describe('optimal binning', () => {
  const random = seededRandom(11, 'optimal-binning');
  const randomCells = (n: number): CellCounts => ({
    negatives: Array.from({ length: n }, () => random.u32() % 40),
    positives: Array.from({ length: n }, () => random.u32() % 15),
  });

  for (const trend of ['auto', 'ascending', 'descending', 'peak', 'valley', 'none'] as const) {
    it(`reaches the brute-force optimum on random counts, trend ${trend}`, () => {
      for (let round = 0; round < 40; round++) {
        const cells = randomCells(2 + (random.u32() % 8));
        const options = { trend, maxBins: 2 + (random.u32() % 4), minShare: [0, 0.05, 0.15][random.u32() % 3] };
        const totals = {
          negatives: Array.from(cells.negatives).reduce((a, b) => a + b, 0),
          positives: Array.from(cells.positives).reduce((a, b) => a + b, 0),
        };
        const found = optimalMerge(cells, totals, binningRules(options));
        const best = bruteForce(cells, options);
        if (best === -Infinity) expect(found).toBeUndefined();
        else expect(found!.value).toBeCloseTo(best, 12);
      }
    });
  }

  it('gives one neutral bin where no merge is feasible', () => {
    const { table } = fitBinning(Float64Array.from([1, 1, 1, 1]), [0, 1, 0, 1]);
    expect(table.bins).toHaveLength(1);
    expect(table.bins[0].woe).toBe(0);
    expect(table.informationValue).toBe(0);
  });

  it('keeps missing and special values in bins of their own, and thin ones neutral', () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => (i < 40 ? Number.NaN : i < 80 ? -1 : i < 83 ? -2 : i));
    const labels = Array.from(values, (_, i) => (i % 3 === 0 ? 1 : 0));
    const binning = fitBinning(values, labels, { specialValues: [-1, -2], minCellRows: 10 });
    const extra = binning.table.bins.filter((bin) => bin.kind === 'extra');
    expect(extra.map((bin) => bin.negatives + bin.positives)).toEqual([40, 40]);
    expect(binning.cells.specials.get(-2)).toBe(-1);
    expect(woeColumn(binning, Float64Array.of(-2))[0]).toBe(0);
    expect(describeBin(binning, binning.table.binOfCell[binning.cells.missing])).toBe('missing');
  });

  it('orders categories by event rate and gives an unseen category woe 0', () => {
    const values = Float64Array.from({ length: 900 }, (_, i) => [7, 3, 5][i % 3]);
    const labels = Array.from(values, (code, i) => (Math.floor(i / 3) % 10 < { 7: 5, 3: 1, 5: 3 }[code]! ? 1 : 0));
    const binning = fitBinning(values, labels, { minCellRows: 1 }, 'categorical');
    const woe = woeColumn(binning, Float64Array.of(3, 5, 7, 99));
    expect(woe[0]).toBeLessThan(woe[1]);
    expect(woe[1]).toBeLessThan(woe[2]);
    expect(woe[3]).toBe(0);
  });

  it('merges cells below the floor before a label is looked at', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i);
    expect(Math.min(...cutNumeric(values, binningRules({ minCellRows: 120 })).counts)).toBeGreaterThanOrEqual(120);
    const codes = Float64Array.from({ length: 1000 }, (_, i) => (i < 5 ? i : 10 + (i % 3)));
    expect(Math.min(...cutCategorical(codes, binningRules({ minCellRows: 100 })).counts)).toBeGreaterThanOrEqual(100);
  });

  it('refuses what it cannot bin', () => {
    expect(() => fitBinning(Float64Array.of(1, 2), [0, 0])).toThrow(/one class/);
    expect(() => fitBinning(Float64Array.of(1, Infinity), [0, 1])).toThrow(/infinite/);
    expect(() => fitBinning(Float64Array.of(1, 2), [0, 2])).toThrow(/neither 0 nor 1/);
    expect(() => binningRules({ bins: 3 } as never)).toThrow(/unknown binning option/);
  });
});

const golden = JSON.parse(readFileSync(new URL('../../golden/scorecard-reference.json', import.meta.url), 'utf8'));

describeWithData('binning of default_credit against optbinning', (path) => {
  const data = readHeld(path, 'default_credit');
  const targets: Record<string, number> = { host_x0: 0.1763, host_x5: 0.8612, guest_x7: 0.1683 };
  for (const { column, preBinEdges, splits, iv, trend } of golden.binning) {
    it(`${column}: the same pre-bins, the same optimum, IV ${targets[column]}`, () => {
      const values = (data.host.get(column) ?? data.guest.get(column))!;
      const { cells, table } = fitBinning(values, data.labels);
      expect(Array.from(cells.edges)).toEqual(preBinEdges);
      expect(table.informationValue).toBeGreaterThanOrEqual(iv - 1e-12);
      expect(table.informationValue).toBeCloseTo(iv, 12);
      expect(table.informationValue.toFixed(4)).toBe(targets[column].toFixed(4));
      expect(table.bins.slice(1).map((bin) => cells.edges[bin.cells[0] - 1])).toEqual(splits);
      const woes = table.bins.map((bin) => bin.woe);
      expect(woes).toEqual([...woes].sort((a, b) => (trend === 'ascending' ? a - b : b - a)));
    });
  }
});
