/**
 * Statistical tests of NIST SP 800-22 rev. 1a on one sequence of bits (0 or 1 a byte), with the parameters that its §2 recommends for 10^6 bits. Each
 * gives p-values; under the hypothesis that the bits are fair and independent they are uniform. Held against the publication's own figures for
 * the binary expansion of e (appendix B) in `bit-tests.test.ts`. Templates, excursions and complexity: `bit-tests-long.ts`.
 */
import { erfc, gammaQ, normalCdf } from '../../src/math/index.ts';

export type Bits = Uint8Array;
export type BitTest = (bits: Bits) => readonly number[];

const ones = (bits: Bits, from: number, to: number): number => {
  let count = 0;
  for (let i = from; i < to; i++) count += bits[i];
  return count;
};

/** §2.1. */
export const frequency: BitTest = (bits) => [erfc(Math.abs(2 * ones(bits, 0, bits.length) - bits.length) / Math.sqrt(2 * bits.length))];

/** §2.2. */
export const blockFrequency =
  (size: number): BitTest =>
  (bits) => {
    const blocks = Math.floor(bits.length / size);
    let sum = 0;
    for (let b = 0; b < blocks; b++) sum += (ones(bits, b * size, (b + 1) * size) / size - 0.5) ** 2;
    return [gammaQ(blocks / 2, 2 * size * sum)];
  };

/** §2.3. */
export const runs: BitTest = (bits) => {
  const n = bits.length;
  const p = ones(bits, 0, n) / n;
  if (Math.abs(p - 0.5) >= 2 / Math.sqrt(n)) return [0];
  let changes = 1;
  for (let i = 1; i < n; i++) changes += bits[i] ^ bits[i - 1];
  return [erfc(Math.abs(changes - 2 * n * p * (1 - p)) / (2 * Math.sqrt(2 * n) * p * (1 - p)))];
};

/** §2.4, blocks of 10^4: probabilities of a longest run ≤ 10, 11, …, 15, ≥ 16. */
export const longestRun: BitTest = (bits) => {
  const probabilities = [0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727];
  const counts = new Float64Array(7);
  const blocks = Math.floor(bits.length / 10_000);
  for (let b = 0; b < blocks; b++) {
    let longest = 0;
    for (let i = b * 10_000, run = 0; i < (b + 1) * 10_000; i++) {
      run = bits[i] ? run + 1 : 0;
      if (run > longest) longest = run;
    }
    counts[Math.min(6, Math.max(0, longest - 10))]++;
  }
  return [chiSquaredP(counts, probabilities, blocks)];
};

/** §2.5: rank of 32 × 32 matrices over GF(2). */
export const matrixRank: BitTest = (bits) => {
  const matrices = Math.floor(bits.length / 1024);
  const counts = new Float64Array(3);
  for (let m = 0; m < matrices; m++) {
    const rows = Uint32Array.from({ length: 32 }, (_, r) => {
      let row = 0;
      for (let c = 0; c < 32; c++) row = (row << 1) | bits[m * 1024 + 32 * r + c];
      return row >>> 0;
    });
    counts[Math.min(2, 32 - rankOf(rows))]++;
  }
  return [chiSquaredP(counts, [0.2887880951, 0.5775761902, 0.1336357147], matrices)];
};

function rankOf(rows: Uint32Array): number {
  let rank = 0;
  for (let bit = 31; bit >= 0; bit--) {
    const mask = (1 << bit) >>> 0;
    const pivot = rows.findIndex((row, r) => r >= rank && (row & mask) !== 0);
    if (pivot < 0) continue;
    const chosen = rows[pivot];
    rows[pivot] = rows[rank];
    rows[rank] = chosen;
    for (let r = rank + 1; r < 32; r++) if (rows[r] & mask) rows[r] ^= chosen;
    rank++;
  }
  return rank;
}

/** §2.6: too many, or too few, of the spectrum's first half below √(n·ln 20). The sequence is cut to a power of two for the transform. */
export const spectral: BitTest = (bits) => {
  const n = 2 ** Math.floor(Math.log2(bits.length));
  const re = Float64Array.from({ length: n }, (_, i) => 2 * bits[i] - 1);
  const im = new Float64Array(n);
  transform(re, im);
  const limit = Math.log(1 / 0.05) * n;
  let below = 0;
  for (let i = 0; i < n / 2; i++) if (re[i] ** 2 + im[i] ** 2 < limit) below++;
  const expected = (0.95 * n) / 2;
  return [erfc(Math.abs(below - expected) / Math.sqrt((n * 0.95 * 0.05) / 4) / Math.SQRT2)];
};

/** In-place radix-2 transform. */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  const cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sin = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  for (let length = 2; length <= n; length <<= 1) {
    const half = length >> 1;
    const step = n / length;
    for (let i = 0; i < n; i += length) {
      for (let k = 0, a = i, b = i + half; k < half; k++, a++, b++) {
        const wr = cos[k * step];
        const wi = sin[k * step];
        const xr = re[b] * wr - im[b] * wi;
        const xi = re[b] * wi + im[b] * wr;
        re[b] = re[a] - xr;
        im[b] = im[a] - xi;
        re[a] += xr;
        im[a] += xi;
      }
    }
  }
}

/** §2.13, forward and backward. */
export const cumulativeSums: BitTest = (bits) => [largestSum(bits, 1), largestSum(bits, -1)].map((z) => cumulativeP(z, bits.length));

function largestSum(bits: Bits, direction: 1 | -1): number {
  let sum = 0;
  let largest = 0;
  for (let k = 0; k < bits.length; k++) {
    sum += 2 * bits[direction === 1 ? k : bits.length - 1 - k] - 1;
    largest = Math.max(largest, Math.abs(sum));
  }
  return largest;
}

function cumulativeP(z: number, n: number): number {
  const root = Math.sqrt(n);
  const between = (a: number, b: number): number => normalCdf((a * z) / root) - normalCdf((b * z) / root);
  let p = 1;
  for (let k = Math.trunc((-n / z + 1) / 4); k <= Math.trunc((n / z - 1) / 4); k++) p -= between(4 * k + 1, 4 * k - 1);
  for (let k = Math.trunc((-n / z - 3) / 4); k <= Math.trunc((n / z - 1) / 4); k++) p += between(4 * k + 3, 4 * k + 1);
  return Math.min(1, Math.max(0, p));
}

/** How often each pattern of m bits occurs, the sequence taken as a ring. */
function patternCounts(bits: Bits, m: number): Float64Array {
  const counts = new Float64Array(2 ** m);
  const mask = 2 ** m - 1;
  const ring = new Uint8Array(bits.length + m);
  ring.set(bits);
  ring.set(bits.subarray(0, m), bits.length);
  let word = 0;
  for (let i = 0; i < m - 1; i++) word = (word << 1) | ring[i];
  for (let i = 0; i < bits.length; i++) {
    word = ((word << 1) | ring[i + m - 1]) & mask;
    counts[word]++;
  }
  return counts;
}

/** §2.11. */
export const serial =
  (m: number): BitTest =>
  (bits) => {
    const psi = (size: number): number =>
      (patternCounts(bits, size).reduce((sum, c) => sum + c * c, 0) * 2 ** size) / bits.length - bits.length;
    const [a, b, c] = [psi(m), psi(m - 1), psi(m - 2)];
    return [gammaQ(2 ** (m - 2), (a - b) / 2), gammaQ(2 ** (m - 3), (a - 2 * b + c) / 2)];
  };

/** §2.12. */
export const approximateEntropy =
  (m: number): BitTest =>
  (bits) => {
    const phi = (size: number): number =>
      patternCounts(bits, size).reduce((sum, c) => (c === 0 ? sum : sum + (c / bits.length) * Math.log(c / bits.length)), 0);
    return [gammaQ(2 ** (m - 1), bits.length * (Math.LN2 - (phi(m) - phi(m + 1))))];
  };

/** P of Pearson's χ² against these probabilities. */
export function chiSquaredP(counts: Float64Array, probabilities: readonly number[], total: number): number {
  const sum = probabilities.reduce((chi, p, i) => chi + (counts[i] - total * p) ** 2 / (total * p), 0);
  return gammaQ((probabilities.length - 1) / 2, sum / 2);
}
