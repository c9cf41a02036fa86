/** The tests of NIST SP 800-22 that look at patterns, walks and complexity, and the list of all. See `bit-tests.ts`. */
import { erfc, gammaQ } from '../../src/math/index.ts';
import {
  approximateEntropy,
  type Bits,
  type BitTest,
  blockFrequency,
  chiSquaredP,
  cumulativeSums,
  frequency,
  longestRun,
  matrixRank,
  runs,
  serial,
  spectral,
} from './bit-tests.ts';

/** §2.7, one template of `length` bits that does not overlap itself, in 8 blocks. */
export const nonOverlapping =
  (template: number, length: number): BitTest =>
  (bits) => {
    const size = Math.floor(bits.length / 8);
    const mean = (size - length + 1) / 2 ** length;
    const variance = size * (2 ** -length - (2 * length - 1) * 2 ** (-2 * length));
    let sum = 0;
    for (let b = 0; b < 8; b++) sum += (countApart(bits, b * size, (b + 1) * size, template, length) - mean) ** 2 / variance;
    return [gammaQ(4, sum / 2)];
  };

function countApart(bits: Bits, from: number, to: number, template: number, length: number): number {
  const mask = 2 ** length - 1;
  let word = 0;
  let fresh = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    word = ((word << 1) | bits[i]) & mask;
    if (++fresh >= length && word === template) {
      count++;
      fresh = 0;
    }
  }
  return count;
}

/** §2.8, nine ones, blocks of 1032 bits: the exact probabilities (§3.8) of 0, 1, … 4, 5 or more. */
export const overlapping: BitTest = (bits) => overlappingAgainst([0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.139865])(bits);

export const overlappingAgainst =
  (probabilities: readonly number[]): BitTest =>
  (bits) => {
    const counts = new Float64Array(6);
    const blocks = Math.floor(bits.length / 1032);
    for (let b = 0; b < blocks; b++) {
      let hits = 0;
      for (let i = b * 1032, run = 0; i < (b + 1) * 1032; i++) {
        run = bits[i] ? run + 1 : 0;
        if (run >= 9) hits++;
      }
      counts[Math.min(5, hits)]++;
    }
    return [chiSquaredP(counts, probabilities, blocks)];
  };

/** §2.9 (Maurer 1992), L = 7, Q = 1280. */
export const universal: BitTest = (bits) => {
  const L = 7;
  const Q = 1280;
  const blocks = Math.floor(bits.length / L);
  const K = blocks - Q;
  const last = new Float64Array(2 ** L);
  let sum = 0;
  for (let b = 1; b <= blocks; b++) {
    let word = 0;
    for (let i = (b - 1) * L; i < b * L; i++) word = (word << 1) | bits[i];
    if (b > Q) sum += Math.log2(b - last[word]);
    last[word] = b;
  }
  const c = 0.7 - 0.8 / L + ((4 + 32 / L) * K ** (-3 / L)) / 15;
  return [erfc(Math.abs((sum / K - 6.1962507) / (Math.SQRT2 * c * Math.sqrt(3.125 / K))))];
};

const COMPLEXITY_BLOCK = 500;

/** §2.10, blocks of 500 bits. */
export const linearComplexity: BitTest = (bits) => {
  const M = COMPLEXITY_BLOCK;
  const probabilities = [0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833];
  const mean = M / 2 + 8 / 36 - (M / 3 + 2 / 9) / 2 ** M;
  const counts = new Float64Array(7);
  const blocks = Math.floor(bits.length / M);
  for (let b = 0; b < blocks; b++) {
    const t = complexityOf(bits.subarray(b * M, (b + 1) * M)) - mean + 2 / 9;
    counts[t <= -2.5 ? 0 : t > 2.5 ? 6 : Math.ceil(t + 2.5)]++;
  }
  return [chiSquaredP(counts, probabilities, blocks)];
};

const WORDS = 16;

/** Length of the shortest linear feedback register for the bits (Berlekamp and Massey), polynomials as words of 32 bits. */
function complexityOf(bits: Bits): number {
  const c = new Int32Array(WORDS);
  const b = new Int32Array(WORDS);
  const kept = new Int32Array(WORDS);
  // Bit j is s_(n-j).
  const newest = new Int32Array(WORDS);
  c[0] = 1;
  b[0] = 1;
  let length = 0;
  let m = -1;
  for (let n = 0; n < bits.length; n++) {
    for (let w = WORDS - 1; w > 0; w--) newest[w] = (newest[w] << 1) | (newest[w - 1] >>> 31);
    newest[0] = (newest[0] << 1) | bits[n];
    let folded = 0;
    for (let w = 0; w < WORDS; w++) folded ^= c[w] & newest[w];
    if (parity(folded) === 0) continue;
    kept.set(c);
    xorShifted(c, b, n - m);
    if (length > n / 2) continue;
    length = n + 1 - length;
    m = n;
    b.set(kept);
  }
  return length;
}

function parity(word: number): number {
  let x = word ^ (word >>> 16);
  x ^= x >>> 8;
  x ^= x >>> 4;
  return (0x6996 >>> (x & 15)) & 1;
}

/** c ^= b · x^shift. */
function xorShifted(c: Int32Array, b: Int32Array, shift: number): void {
  const words = shift >> 5;
  const rest = shift & 31;
  for (let w = WORDS - 1; w >= words; w--) {
    const carried = rest > 0 && w > words ? b[w - words - 1] >>> (32 - rest) : 0;
    c[w] ^= (b[w - words] << rest) | carried;
  }
}

interface Walk {
  /** Visits to states -9..9 (index state + 9) over the whole walk. */
  readonly totals: Float64Array;
  /** Per state -4..4 (index state + 4): cycles with 0, 1, … 4, 5 or more visits. */
  readonly cyclesWith: readonly Float64Array[];
  readonly cycles: number;
}

function walk(bits: Bits): Walk {
  const totals = new Float64Array(19);
  const cyclesWith = Array.from({ length: 9 }, () => new Float64Array(6));
  const visits = new Uint32Array(9);
  let cycles = 0;
  let sum = 0;
  const close = (): void => {
    cycles++;
    visits.forEach((count, state) => {
      cyclesWith[state][Math.min(5, count)]++;
    });
    visits.fill(0);
  };
  for (let i = 0; i < bits.length; i++) {
    sum += 2 * bits[i] - 1;
    if (sum >= -9 && sum <= 9) totals[sum + 9]++;
    if (sum >= -4 && sum <= 4) visits[sum + 4]++;
    if (sum === 0) close();
  }
  if (sum !== 0) close();
  return { totals, cyclesWith, cycles };
}

/** Too few cycles to say anything (§2.14.4). */
const tooFew = (cycles: number, n: number): boolean => cycles < Math.max(0.005 * Math.sqrt(n), 500);

/** §2.14: states -4..-1, 1..4; no p-value where the walk returned to zero too rarely. */
export const excursions: BitTest = (bits) => {
  const { cyclesWith, cycles } = walk(bits);
  if (tooFew(cycles, bits.length)) return [];
  return [-4, -3, -2, -1, 1, 2, 3, 4].map((state) => {
    const back = 1 / (2 * Math.abs(state));
    const pi = [1 - back, ...[1, 2, 3, 4].map((k) => back ** 2 * (1 - back) ** (k - 1)), back * (1 - back) ** 4];
    return chiSquaredP(cyclesWith[state + 4], pi, cycles);
  });
};

/** §2.15: states -9..-1, 1..9. */
export const excursionsVariant: BitTest = (bits) => {
  const { totals, cycles } = walk(bits);
  if (tooFew(cycles, bits.length)) return [];
  return Array.from({ length: 19 }, (_, i) => i - 9)
    .filter((state) => state !== 0)
    .map((state) => erfc(Math.abs(totals[state + 9] - cycles) / Math.sqrt(2 * cycles * (4 * Math.abs(state) - 2))));
};

/** Templates of 9 bits that cannot overlap themselves: no proper prefix is a suffix. */
export const TEMPLATES: readonly number[] = Array.from({ length: 512 }, (_, t) => t).filter((t) =>
  [1, 2, 3, 4, 5, 6, 7, 8].every((shift) => t >> shift !== (t & (2 ** (9 - shift) - 1))),
);

/** Every test by its name in the publication; templates one by one. */
export const BIT_TESTS: ReadonlyMap<string, BitTest> = new Map<string, BitTest>([
  ['Frequency', frequency],
  ['BlockFrequency', blockFrequency(128)],
  ['CumulativeSums', cumulativeSums],
  ['Runs', runs],
  ['LongestRun', longestRun],
  ['Rank', matrixRank],
  ['FFT', spectral],
  ...TEMPLATES.map((t): [string, BitTest] => [`NonOverlappingTemplate ${t.toString(2).padStart(9, '0')}`, nonOverlapping(t, 9)]),
  ['OverlappingTemplate', overlapping],
  ['Universal', universal],
  ['ApproximateEntropy', approximateEntropy(10)],
  ['RandomExcursions', excursions],
  ['RandomExcursionsVariant', excursionsVariant],
  ['Serial', serial(16)],
  ['LinearComplexity', linearComplexity],
]);
