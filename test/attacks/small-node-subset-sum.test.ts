/**
 * The subset-sum attack on one (G, H) cell (security.md H7, T23): the label party knows g and h of every row of a node and tries all
 * subsets (meet in the middle). With 22-bit gradients exactly one subset fits: the cell is the rows. With the 6 bits used here a great many
 * fit, and at 100 rows a node 2^20 and far more by counting.
 */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { gbdtConfig, gradientLevels, prepareGradients, type TreeGradients } from '../../src/learn/trees/index.ts';

/** A node of a few trees' age: probabilities differ between rows. Finer than 16 bits is not offered, so 22 bits are rounded here. */
function node(rows: number, bits: number, seed: number): Pick<TreeGradients, 'g' | 'h'> & { readonly left: Uint8Array } {
  const random = seededRandom(seed, 'subset-sum');
  const p = Float64Array.from({ length: rows }, () => 0.02 + 0.5 * random.uniform());
  const g = p.map((value) => value - (random.uniform() < value ? 1 : 0));
  const h = p.map((value) => value * (1 - value));
  const left = Uint8Array.from({ length: rows }, () => (random.uniform() < 0.3 ? 1 : 0));
  if (bits > 16) return { g: g.map((x) => Math.round(x * 2 ** bits)), h: h.map((x) => Math.round(x * 2 ** bits)), left };
  const sampled = new Uint8Array(rows).fill(1);
  return { ...prepareGradients(gbdtConfig({ gradient_bits: bits, hessian_bits: bits }), g, h, sampled, random), left };
}

/** How many subsets of the rows have the cell's sums. */
function fittingSubsets({ g, h, left }: ReturnType<typeof node>): number {
  const half = left.length >> 1;
  const key = (gSum: number, hSum: number): number => gSum * 2 ** 26 + hSum;
  const halves = [subsetSums(g.subarray(0, half), h.subarray(0, half)), subsetSums(g.subarray(half), h.subarray(half))];
  const known = new Map<number, number>();
  for (const [gSum, hSum] of halves[0]) known.set(key(gSum, hSum), (known.get(key(gSum, hSum)) ?? 0) + 1);
  const target = left.reduce((sum, bit, i) => [sum[0] + bit * g[i], sum[1] + bit * h[i]] as const, [0, 0] as readonly [number, number]);
  return halves[1].reduce((count, [gSum, hSum]) => count + (known.get(key(target[0] - gSum, target[1] - hSum)) ?? 0), 0);
}

function subsetSums(g: Float64Array, h: Float64Array): (readonly [number, number])[] {
  const sums: (readonly [number, number])[] = [[0, 0]];
  for (let i = 0; i < g.length; i++) for (const [gSum, hSum] of [...sums]) sums.push([gSum + g[i], hSum + h[i]]);
  return sums;
}

describe('subset-sum attack on a histogram cell', () => {
  it.each([1, 2, 3])('gives the rows away at 22 bits: exactly one subset fits (seed %i)', (seed) => {
    expect(fittingSubsets(node(24, 22, seed))).toBe(1);
  });

  it.each([1, 2, 3])('finds many subsets at 6 bits (seed %i)', (seed) => {
    expect(fittingSubsets(node(28, 6, seed))).toBeGreaterThan(100);
  });

  it.each([1, 2, 3])('has at least 2^20 fitting subsets on average in a node of min_child_samples rows, by counting (seed %i)', (seed) => {
    const { g, h } = node(100, 6, seed);
    const spread = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0) + 1;
    const subsets = 100;
    const cells = Math.log2(spread(g)) + Math.log2(spread(h));
    expect(subsets - cells).toBeGreaterThan(20);
    const { g: most } = gradientLevels(6, 6, 'binary:logistic');
    expect(Math.max(...g.map(Math.abs))).toBe(most);
  });
});
