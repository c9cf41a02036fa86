/**
 * Statistical tests of NIST SP 800-22 rev. 1a on one sequence of bits, with the parameters that its §2 recommends for 10^6 bits: those that count ones,
 * runs and ranks. Each gives p-values; under the hypothesis that the bits are fair and independent they are uniform. Held against the publication's
 * own figures for the binary expansion of e (appendix B) and against straightforward versions in `bit-tests.test.ts`. The rest:
 * `spectrum.ts`, `patterns.ts`, `complexity.ts`, `walks.ts`; the list of all: `battery.ts`.
 */
import { erfc, gammaQ } from '../../src/math/index.ts';
import { type Bits, byteAt, onesIn, popcount, wordAt } from './bits.ts';

export type BitTest = (bits: Bits) => readonly number[];

/** §2.1. */
export const frequency: BitTest = (bits) => [erfc(Math.abs(2 * onesIn(bits, 0, bits.length) - bits.length) / Math.sqrt(2 * bits.length))];

/** §2.2. */
export const blockFrequency =
  (size: number): BitTest =>
  (bits) => {
    const blocks = Math.floor(bits.length / size);
    let sum = 0;
    for (let b = 0; b < blocks; b++) sum += (onesIn(bits, b * size, (b + 1) * size) / size - 0.5) ** 2;
    return [gammaQ(blocks / 2, 2 * size * sum)];
  };

/** §2.3. No p-value where ones are 4 σ from half, one fair sequence in 16,000: the publication says 0 there, but that is the frequency test's to judge. */
export const runs: BitTest = (bits) => {
  const n = bits.length;
  const p = onesIn(bits, 0, n) / n;
  if (Math.abs(p - 0.5) >= 2 / Math.sqrt(n)) return [];
  const observed = 1 + changesIn(bits);
  return [erfc(Math.abs(observed - 2 * n * p * (1 - p)) / (2 * Math.sqrt(2 * n) * p * (1 - p)))];
};

/** Places whose next bit differs. */
function changesIn(bits: Bits): number {
  let count = 0;
  const last = bits.length - 1;
  for (let at = 0; at < last; at += 32) {
    const changes = wordAt(bits, at) ^ wordAt(bits, at + 1);
    count += popcount(at + 32 <= last ? changes : changes >>> (32 - (last - at)));
  }
  return count;
}

const BLOCK = 10_000;
/** Of every byte: ones at its start, ones at its end, longest run inside. */
const BYTE_RUNS = Array.from({ length: 256 }, (_, byte) => {
  const text = byte.toString(2).padStart(8, '0');
  const lengths = text.split('0').map((run) => run.length);
  return { before: lengths[0], after: lengths[lengths.length - 1], longest: Math.max(...lengths) };
});
const BEFORE = Uint8Array.from(BYTE_RUNS, ({ before }) => before);
const AFTER = Uint8Array.from(BYTE_RUNS, ({ after }) => after);
const LONGEST = Uint8Array.from(BYTE_RUNS, ({ longest }) => longest);

/** §2.4, blocks of 10^4: probabilities of a longest run ≤ 10, 11, …, 15, ≥ 16. */
export const longestRun: BitTest = (bits) => {
  const probabilities = [0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727];
  const counts = new Float64Array(7);
  const blocks = Math.floor(bits.length / BLOCK);
  for (let b = 0; b < blocks; b++) counts[Math.min(6, Math.max(0, longestIn(bits, b * BLOCK) - 10))]++;
  return [chiSquaredP(counts, probabilities, blocks)];
};

function longestIn(bits: Bits, from: number): number {
  let longest = 0;
  for (let at = from, run = 0; at < from + BLOCK; at += 8) {
    const byte = byteAt(bits, at);
    longest = Math.max(longest, run + BEFORE[byte], LONGEST[byte]);
    run = byte === 255 ? run + 8 : AFTER[byte];
  }
  return longest;
}

/** §2.5: rank of 32 × 32 matrices over GF(2). */
export const matrixRank: BitTest = (bits) => {
  const matrices = Math.floor(bits.length / 1024);
  const counts = new Float64Array(3);
  for (let m = 0; m < matrices; m++) counts[Math.min(2, 32 - rankOf(bits.words.subarray(32 * m, 32 * m + 32)))]++;
  return [chiSquaredP(counts, [0.2887880951, 0.5775761902, 0.1336357147], matrices)];
};

/** Every row is reduced by the rows kept before it, each the only one kept with its first bit. */
function rankOf(rows: Uint32Array): number {
  const kept = new Uint32Array(32);
  let rank = 0;
  for (let row of rows) {
    while (row !== 0) {
      const first = Math.clz32(row);
      if (kept[first] === 0) {
        kept[first] = row;
        rank++;
        break;
      }
      row ^= kept[first];
    }
  }
  return rank;
}

/** P of Pearson's χ² against these probabilities. */
export function chiSquaredP(counts: Float64Array, probabilities: readonly number[], total: number): number {
  const sum = probabilities.reduce((chi, p, i) => chi + (counts[i] - total * p) ** 2 / (total * p), 0);
  return gammaQ((probabilities.length - 1) / 2, sum / 2);
}
