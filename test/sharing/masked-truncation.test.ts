import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../src/base/index.ts';
import {
  addShares,
  decodeFixed,
  encodeIntegers,
  maskBits,
  maskForTruncation,
  RING_MODULUS,
  randomShare,
  type Share,
  subtractShares,
  truncateMasked,
  truncationLeakLog2,
} from '../../src/sharing/index.ts';

const random = seededRandom(23, 'masked-truncation');

/** x shared among the label party and `holders` others, truncated: the sum of the new shares. */
function truncated(values: readonly number[], bits: number, valueBits: number, holders: number): Float64Array {
  const shares = Array.from({ length: holders }, () => randomShare(random, values.length));
  const own = shares.reduce(subtractShares, encodeIntegers(values));
  const masks = shares.map((share) => ({ share, ...maskForTruncation(random, values.length, bits, holders) }));
  const opened = masks.map(({ share, mask }) => addShares(share, mask)).reduce(addShares, own);
  const parts: Share[] = [truncateMasked(opened, bits, valueBits), ...masks.map(({ rest }) => rest)];
  return decodeFixed(parts.reduce(addShares), 0);
}

describe('masked truncation', () => {
  it('divides signed values by a power of two, to within the number of holders plus one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 2, max: 9 }),
        (values, bits, holders) => {
          truncated(values, bits, 54, holders).forEach((value, i) => {
            expect(Math.abs(value - values[i] / 2 ** bits)).toBeLessThanOrEqual(holders + 1);
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('masks are fresh and fill their bits; all of them together stay below the modulus', () => {
    for (const holders of [2, 3, 16]) {
      const bits = maskBits(holders);
      expect(BigInt(holders) * 2n ** BigInt(bits) + 2n ** 70n).toBeLessThan(RING_MODULUS);
      const { mask } = maskForTruncation(systemRandom, 2000, 20, holders);
      const values = decodeFixed(mask, 0);
      expect(new Set(values).size).toBe(2000);
      const shares = values.map((value) => value / 2 ** bits);
      expect(shares.every((share) => share >= 0 && share < 1)).toBe(true);
      const mean = shares.reduce((sum, share) => sum + share, 0) / 2000;
      expect(Math.abs(mean - 0.5)).toBeLessThan(6 * Math.sqrt(1 / 12 / 2000));
    }
  });

  it('states how far all opened values together are from nothing, and refuses formats it cannot shift', () => {
    expect(truncationLeakLog2(52, 2 ** 20, 2)).toBe(52 + 20 - maskBits(2));
    const share = encodeIntegers([1]);
    expect(() => truncateMasked(share, 20, 10)).toThrow(expect.objectContaining({ code: 'ERR_LOCAL_TRUNCATION' }));
    expect(() => truncateMasked(share, 1, 60)).toThrow(expect.objectContaining({ code: 'ERR_LOCAL_TRUNCATION' }));
  });
});
