/** The exactness argument of assembly/field.ts, with its sums done. */
import { describe, expect, it } from 'vitest';

const WEIGHT = Array.from({ length: 13 }, (_, k) => Math.ceil(21.25 * k));
/** log2 would round: the bounds are kept as exact rationals over 2^300. */
const UNIT = 2n ** 300n;
const REDUCED = 1.01;

/** Largest |limb k| of an element `times` reduced, times 2^300. */
function limbs(times: number): bigint[] {
  return Array.from(
    { length: 12 },
    (_, k) => (2n ** BigInt(WEIGHT[k + 1] - 1) * UNIT * BigInt(Math.ceil(times * REDUCED * 1_000))) / 1_000n,
  );
}

/** Largest |column k| of a product before carries, with every partial sum below it, times 2^300. */
function columns(a: bigint[], b: bigint[]): bigint[] {
  return a.map((_, k) =>
    a.reduce((sum, limb, i) => {
      const product = (limb * b[(k - i + 12) % 12]) / UNIT;
      return sum + (i > k ? (19n * product) / 2n ** 255n : product);
    }, 0n),
  );
}

const fits = (column: bigint, k: number, bits: number): boolean => column < 2n ** BigInt(WEIGHT[k] + bits) * UNIT;

describe('limbs of the Curve25519 kernel', () => {
  it('hold every product of sums of two elements exactly: multiples of 2^w_k below 2^(w_k + 53)', () => {
    expect(columns(limbs(2), limbs(2)).every((column, k) => fits(column, k, 51))).toBe(true);
    expect(columns(limbs(3), limbs(3)).every((column, k) => fits(column, k, 53))).toBe(true);
    expect(columns(limbs(4.5), limbs(4.5)).every((column, k) => fits(column, k, 53))).toBe(false);
  });

  it('have weights such that a product of two limbs is a multiple of its column’s weight', () => {
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) {
        const k = i + j;
        expect(WEIGHT[i] + WEIGHT[j]).toBeGreaterThanOrEqual(k < 12 ? WEIGHT[k] : WEIGHT[k - 12] + 255);
      }
    }
  });

  it('are reduced again by the four carry chains', () => {
    const column = columns(limbs(3), limbs(3));
    for (const k of [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 0]) {
      const step = 2n ** BigInt(WEIGHT[k + 1]) * UNIT;
      const up = column[k] + step / 2n;
      // Rounding to a multiple of `step` needs |limb| < 2^(w_{k+1} + 51).
      expect(column[k] < step * 2n ** 51n).toBe(true);
      column[k] = step / 2n;
      if (k === 11) column[0] += (19n * up) / 2n ** 255n;
      else column[k + 1] += up;
    }
    const reduced = limbs(1);
    expect(column.every((limb, k) => limb <= reduced[k])).toBe(true);
  });
});
