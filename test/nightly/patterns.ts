/** The tests of NIST SP 800-22 that count patterns of a few bits. See `bit-tests.ts`. */
import { gammaQ } from '../../src/math/index.ts';
import { type BitTest, chiSquaredP } from './bit-tests.ts';
import { asRing, type Bits, byteAt, patternCounts } from './bits.ts';

const TEMPLATE_BITS = 9;
/** Templates of 9 bits that cannot overlap themselves: no proper prefix is a suffix. */
export const TEMPLATES: readonly number[] = Array.from({ length: 2 ** TEMPLATE_BITS }, (_, t) => t).filter((t) =>
  [1, 2, 3, 4, 5, 6, 7, 8].every((shift) => t >> shift !== (t & (2 ** (TEMPLATE_BITS - shift) - 1))),
);

/**
 * §2.7, a p-value for each of `TEMPLATES`, in 8 blocks. The publication starts afresh after each occurrence; these cannot overlap, so that is every
 * occurrence, and one count of all patterns serves all templates.
 */
export const nonOverlapping: BitTest = (bits) => {
  const m = TEMPLATE_BITS;
  const size = Math.floor(bits.length / 8);
  const mean = (size - m + 1) / 2 ** m;
  const variance = size * (2 ** -m - (2 * m - 1) * 2 ** (-2 * m));
  const counts = Array.from({ length: 8 }, (_, b) => patternCounts(bits, m, b * size, (b + 1) * size - m + 1));
  return TEMPLATES.map((t) => gammaQ(4, counts.reduce((sum, block) => sum + (block[t] - mean) ** 2 / variance, 0) / 2));
};

/** §2.8, nine ones, blocks of 1032 bits: the exact probabilities (§3.8) of 0, 1, … 4, 5 or more. */
export const overlapping: BitTest = (bits) => overlappingAgainst([0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.139865])(bits);

const BLOCK = 1032;
/** After a run of r ≤ 8 ones (more count as 8), a byte: at [256 r + byte], 16 × the ends of nine ones in it, plus the run it leaves. */
const NINES = Uint8Array.from({ length: 9 * 256 }, (_, i) => {
  let run = i >> 8;
  let ends = 0;
  for (let k = 7; k >= 0; k--) {
    const one = (i >> k) & 1;
    if (one && run === 8) ends++;
    run = one ? Math.min(8, run + 1) : 0;
  }
  return 16 * ends + run;
});

export const overlappingAgainst =
  (probabilities: readonly number[]): BitTest =>
  (bits) => {
    const counts = new Float64Array(6);
    const blocks = Math.floor(bits.length / BLOCK);
    for (let b = 0; b < blocks; b++) counts[Math.min(5, ninesIn(bits, b * BLOCK))]++;
    return [chiSquaredP(counts, probabilities, blocks)];
  };

function ninesIn(bits: Bits, from: number): number {
  let hits = 0;
  for (let at = from, run = 0; at < from + BLOCK; at += 8) {
    const next = NINES[(run << 8) | byteAt(bits, at)];
    hits += next >> 4;
    run = next & 15;
  }
  return hits;
}

/** How often each pattern of `size` bits occurs in the sequence taken as a ring. */
const ringCounts = (bits: Bits, size: number): Uint32Array => patternCounts(asRing(bits, size - 1), size, 0, bits.length);

/** From the counts of patterns those of patterns one bit shorter: on a ring each goes on with a 0 or a 1. */
function shorter(counts: Uint32Array): Uint32Array {
  const out = new Uint32Array(counts.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = counts[2 * i] + counts[2 * i + 1];
  return out;
}

/** §2.11. */
export const serial =
  (m: number): BitTest =>
  (bits) => {
    const counts = ringCounts(bits, m);
    const psi = (of: Uint32Array): number => (of.reduce((sum, c) => sum + c * c, 0) * of.length) / bits.length - bits.length;
    const [a, b, c] = [psi(counts), psi(shorter(counts)), psi(shorter(shorter(counts)))];
    return [gammaQ(2 ** (m - 2), (a - b) / 2), gammaQ(2 ** (m - 3), (a - 2 * b + c) / 2)];
  };

/** §2.12. */
export const approximateEntropy =
  (m: number): BitTest =>
  (bits) => {
    const counts = ringCounts(bits, m + 1);
    const phi = (of: Uint32Array): number =>
      of.reduce((sum, c) => (c === 0 ? sum : sum + (c / bits.length) * Math.log(c / bits.length)), 0);
    return [gammaQ(2 ** (m - 1), bits.length * (Math.LN2 - (phi(shorter(counts)) - phi(counts))))];
  };
