/** The tests of NIST SP 800-22 that ask how far a sequence can be compressed: Maurer's, and linear complexity. See `bit-tests.ts`. */
import { erfc } from '../../src/math/index.ts';
import { type BitTest, chiSquaredP } from './bit-tests.ts';
import { type Bits, wordAt } from './bits.ts';

/** log2 of the distances that occur: the mean is 128, one in 10^13 is past the table. */
const LOG2 = Float64Array.from({ length: 4096 }, (_, distance) => Math.log2(distance));

/** §2.9 (Maurer 1992), L = 7, Q = 1280. */
export const universal: BitTest = (bits) => {
  const L = 7;
  const Q = 1280;
  const blocks = Math.floor(bits.length / L);
  const K = blocks - Q;
  const last = new Int32Array(2 ** L);
  let sum = 0;
  for (let b = 1; b <= blocks; b++) {
    const word = wordAt(bits, (b - 1) * L) >>> (32 - L);
    const distance = b - last[word];
    if (b > Q) sum += distance < LOG2.length ? LOG2[distance] : Math.log2(distance);
    last[word] = b;
  }
  const c = 0.7 - 0.8 / L + ((4 + 32 / L) * K ** (-3 / L)) / 15;
  return [erfc(Math.abs((sum / K - 6.1962507) / (Math.SQRT2 * c * Math.sqrt(3.125 / K))))];
};

const BLOCK = 500;

/** §2.10, blocks of 500 bits. */
export const linearComplexity: BitTest = (bits) => {
  const probabilities = [0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833];
  const mean = BLOCK / 2 + 8 / 36 - (BLOCK / 3 + 2 / 9) / 2 ** BLOCK;
  const counts = new Float64Array(7);
  const blocks = Math.floor(bits.length / BLOCK);
  for (let b = 0; b < blocks; b++) {
    const t = complexityOf(bits, b * BLOCK, BLOCK) - mean + 2 / 9;
    counts[t <= -2.5 ? 0 : t > 2.5 ? 6 : Math.ceil(t + 2.5)]++;
  }
  return [chiSquaredP(counts, probabilities, blocks)];
};

/**
 * Length of the shortest linear feedback register for `count` bits (Berlekamp and Massey 1969). Only the length is wanted, so the connection
 * polynomials C and B are never made: kept are the products C·S and B·S with the sequence S, each from the place of its discrepancy on. The discrepancy
 * is then the first bit, and C ← C + B·x^(n-m) is an exclusive or without a shift. Bits that the rest of the block cannot reach are left stale.
 */
export function complexityOf(bits: Bits, from: number, count: number): number {
  const size = Math.ceil(count / 32) + 1;
  const current = new Int32Array(size);
  const earlier = new Int32Array(size);
  for (let w = 0; 32 * w < count; w++) {
    current[w] = wordAt(bits, from + 32 * w);
    earlier[w] = (current[w] >>> 1) | (w > 0 ? current[w - 1] << 31 : 0);
  }
  let length = 0;
  for (let n = 0; n < count; n++) {
    const words = (count - n + 31) >> 5;
    const discrepancy = current[0] < 0;
    if (discrepancy && 2 * length <= n) {
      advanceAndKeep(current, earlier, words);
      length = n + 1 - length;
    } else advance(current, earlier, words, discrepancy ? -1 : 0);
  }
  return length;
}

/** current ← (current + earlier) without its first bit, or current alone where the mask is 0. */
function advance(current: Int32Array, earlier: Int32Array, words: number, mask: number): void {
  let sum = current[0] ^ (earlier[0] & mask);
  for (let w = 0; w < words; w++) {
    const next = current[w + 1] ^ (earlier[w + 1] & mask);
    current[w] = (sum << 1) | (next >>> 31);
    sum = next;
  }
}

/** The same with the sum, and earlier ← current as it was. */
function advanceAndKeep(current: Int32Array, earlier: Int32Array, words: number): void {
  let was = current[0];
  let sum = was ^ earlier[0];
  for (let w = 0; w < words; w++) {
    const nextWas = current[w + 1];
    const next = nextWas ^ earlier[w + 1];
    earlier[w] = was;
    current[w] = (sum << 1) | (next >>> 31);
    was = nextWas;
    sum = next;
  }
}
