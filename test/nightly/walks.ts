/** The tests of NIST SP 800-22 that look at the walk of ±1 a bit. A byte at a time, and bit by bit only near zero. See `bit-tests.ts`. */
import { erfc, normalCdf } from '../../src/math/index.ts';
import { type BitTest, chiSquaredP } from './bit-tests.ts';
import { type Bits, byteAt, popcount } from './bits.ts';

/** Of every byte: the sum of its steps, and the highest and the lowest place on the way. */
const BYTE_STEPS = Array.from({ length: 256 }, (_, byte) => {
  const sums = [1, 2, 3, 4, 5, 6, 7, 8].map((steps) => 2 * popcount(byte >> (8 - steps)) - steps);
  return { sum: sums[7], highest: Math.max(...sums), lowest: Math.min(...sums) };
});
const SUM = Int8Array.from(BYTE_STEPS, ({ sum }) => sum);
const HIGHEST = Int8Array.from(BYTE_STEPS, ({ highest }) => highest);
const LOWEST = Int8Array.from(BYTE_STEPS, ({ lowest }) => lowest);

const stepAt = (bits: Bits, at: number): number => ((bits.words[at >> 5] >>> (31 - (at & 31))) & 1) * 2 - 1;

/** §2.13, forward and backward: the backward sum after k steps is the whole sum less a forward one. */
export const cumulativeSums: BitTest = (bits) => {
  const whole = bits.length & ~7;
  let sum = 0;
  let highest = 0;
  let lowest = 0;
  for (let at = 0; at < whole; at += 8) {
    const byte = byteAt(bits, at);
    highest = Math.max(highest, sum + HIGHEST[byte]);
    lowest = Math.min(lowest, sum + LOWEST[byte]);
    sum += SUM[byte];
  }
  for (let at = whole; at < bits.length; at++) {
    sum += stepAt(bits, at);
    highest = Math.max(highest, sum);
    lowest = Math.min(lowest, sum);
  }
  return [Math.max(highest, -lowest), Math.max(sum - lowest, highest - sum)].map((z) => cumulativeP(z, bits.length));
};

function cumulativeP(z: number, n: number): number {
  const root = Math.sqrt(n);
  const between = (a: number, b: number): number => normalCdf((a * z) / root) - normalCdf((b * z) / root);
  let p = 1;
  for (let k = Math.trunc((-n / z + 1) / 4); k <= Math.trunc((n / z - 1) / 4); k++) p -= between(4 * k + 1, 4 * k - 1);
  for (let k = Math.trunc((-n / z - 3) / 4); k <= Math.trunc((n / z - 1) / 4); k++) p += between(4 * k + 3, 4 * k + 1);
  return Math.min(1, Math.max(0, p));
}

interface Walk {
  /** Visits to states -9..9 (index state + 9) over the whole walk. */
  readonly totals: Float64Array;
  /** Per state -4..4 (index state + 4): cycles with 0, 1, … 4, 5 or more visits. */
  readonly cyclesWith: readonly Float64Array[];
  readonly cycles: number;
}

/** From farther than this a byte reaches no state that is counted. */
const FAR = 9 + 8;

function walk(bits: Bits): Walk {
  const totals = new Float64Array(19);
  const cyclesWith = Array.from({ length: 9 }, () => new Float64Array(6));
  const visits = new Uint32Array(9);
  let cycles = 0;
  let sum = 0;
  const close = (): void => {
    cycles++;
    for (let state = 0; state < 9; state++) cyclesWith[state][Math.min(5, visits[state])]++;
    visits.fill(0);
  };
  for (let at = 0; at < bits.length; ) {
    if (Math.abs(sum) > FAR && at + 8 <= bits.length) {
      sum += SUM[byteAt(bits, at)];
      at += 8;
      continue;
    }
    sum += stepAt(bits, at++);
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
