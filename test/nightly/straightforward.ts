/** The statistics of SP 800-22 as its §2 words them, a bit an array element: what the packed versions are held to. */
import { erfc, gammaQ, normalCdf } from '../../src/math/index.ts';
import { chiSquaredP } from './bit-tests.ts';
import { TEMPLATES } from './patterns.ts';

export type PlainBits = readonly number[];
type PlainTest = (bits: PlainBits) => readonly number[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const blocksOf = (bits: PlainBits, size: number): PlainBits[] =>
  Array.from({ length: Math.floor(bits.length / size) }, (_, b) => bits.slice(b * size, (b + 1) * size));
const classes = (values: readonly number[], count: number): Float64Array => {
  const out = new Float64Array(count);
  for (const value of values) out[Math.min(count - 1, Math.max(0, value))]++;
  return out;
};
const runsOfOnes = (bits: PlainBits): number[] =>
  bits
    .join('')
    .split('0')
    .map((run) => run.length);

export const frequency: PlainTest = (bits) => [erfc(Math.abs(sum(bits.map((bit) => 2 * bit - 1))) / Math.sqrt(2 * bits.length))];

export const blockFrequency: PlainTest = (bits) => {
  const blocks = blocksOf(bits, 128);
  return [gammaQ(blocks.length / 2, 256 * sum(blocks.map((block) => (sum(block) / 128 - 0.5) ** 2)))];
};

export const runs: PlainTest = (bits) => {
  const n = bits.length;
  const p = sum(bits) / n;
  if (Math.abs(p - 0.5) >= 2 / Math.sqrt(n)) return [];
  const changes = 1 + bits.filter((bit, i) => i > 0 && bit !== bits[i - 1]).length;
  return [erfc(Math.abs(changes - 2 * n * p * (1 - p)) / (2 * Math.sqrt(2 * n) * p * (1 - p)))];
};

export const longestRun: PlainTest = (bits) => {
  const longest = blocksOf(bits, 10_000).map((block) => Math.max(...runsOfOnes(block)));
  return [
    chiSquaredP(
      classes(
        longest.map((run) => run - 10),
        7,
      ),
      [0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727],
      longest.length,
    ),
  ];
};

export const matrixRank: PlainTest = (bits) => {
  const lost = blocksOf(bits, 1024).map((block) => 32 - rankOf(blocksOf(block, 32)));
  return [chiSquaredP(classes(lost, 3), [0.2887880951, 0.5775761902, 0.1336357147], lost.length)];
};

function rankOf(rows: readonly PlainBits[]): number {
  if (rows.length === 0 || rows[0].length === 0) return 0;
  const pivot = rows.findIndex((row) => row[0] === 1);
  const rest = rows
    .filter((_, i) => i !== pivot)
    .map((row) => (row[0] === 1 && pivot >= 0 ? row.map((bit, i) => bit ^ rows[pivot][i]) : row));
  return (pivot >= 0 ? 1 : 0) + rankOf(rest.map((row) => row.slice(1)));
}

export const spectral: PlainTest = (bits) => {
  const n = bits.length;
  const below = Array.from({ length: n / 2 }, (_, k) => {
    const angle = (i: number): number => (2 * Math.PI * ((i * k) % n)) / n;
    return Math.hypot(
      sum(bits.map((bit, i) => (2 * bit - 1) * Math.cos(angle(i)))),
      sum(bits.map((bit, i) => (2 * bit - 1) * Math.sin(angle(i)))),
    );
  }).filter((size) => size < Math.sqrt(Math.log(20) * n)).length;
  return [erfc(Math.abs(below - 0.475 * n) / Math.sqrt((n * 0.95 * 0.05) / 4) / Math.SQRT2)];
};

export const nonOverlapping: PlainTest = (bits) => {
  const size = Math.floor(bits.length / 8);
  const mean = (size - 8) / 512;
  const variance = size * (1 / 512 - 17 / 512 ** 2);
  const blocks = blocksOf(bits, size).map((block) => block.join(''));
  return TEMPLATES.map((t) => {
    const template = t.toString(2).padStart(9, '0');
    return gammaQ(4, sum(blocks.map((text) => (text.split(template).length - 1 - mean) ** 2 / variance)) / 2);
  });
};

export const overlapping: PlainTest = (bits) => {
  const hits = blocksOf(bits, 1032).map((block) => sum(runsOfOnes(block).map((run) => Math.max(0, run - 8))));
  return [chiSquaredP(classes(hits, 6), [0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.139865], hits.length)];
};

export const universal: PlainTest = (bits) => {
  const words = blocksOf(bits, 7).map((block) => block.join(''));
  const K = words.length - 1280;
  const fn = sum(words.map((word, b) => (b < 1280 ? 0 : Math.log2(b - words.lastIndexOf(word, b - 1))))) / K;
  const c = 0.7 - 0.8 / 7 + ((4 + 32 / 7) * K ** (-3 / 7)) / 15;
  return [erfc(Math.abs((fn - 6.1962507) / (Math.SQRT2 * c * Math.sqrt(3.125 / K))))];
};

const frequencies = (bits: PlainBits, size: number): number[] => {
  const ring = [...bits, ...bits.slice(0, size - 1)].join('');
  const counts = new Map<string, number>();
  for (let i = 0; i < bits.length; i++) counts.set(ring.slice(i, i + size), (counts.get(ring.slice(i, i + size)) ?? 0) + 1);
  return [...counts.values()];
};

export const serial =
  (m: number): PlainTest =>
  (bits) => {
    const n = bits.length;
    const [a, b, c] = [m, m - 1, m - 2].map((size) => (sum(frequencies(bits, size).map((count) => count ** 2)) * 2 ** size) / n - n);
    return [gammaQ(2 ** (m - 2), (a - b) / 2), gammaQ(2 ** (m - 3), (a - 2 * b + c) / 2)];
  };

export const approximateEntropy =
  (m: number): PlainTest =>
  (bits) => {
    const n = bits.length;
    const [a, b] = [m, m + 1].map((size) => sum(frequencies(bits, size).map((count) => (count / n) * Math.log(count / n))));
    return [gammaQ(2 ** (m - 1), n * (Math.LN2 - (a - b)))];
  };

export const cumulativeSums: PlainTest = (bits) =>
  [bits, bits.toReversed()].map((path) => {
    const root = Math.sqrt(bits.length);
    const z = Math.max(...walkOf(path).map(Math.abs));
    const between = (a: number, b: number): number => normalCdf((a * z) / root) - normalCdf((b * z) / root);
    const range = (from: number, to: number): number[] =>
      Array.from({ length: Math.trunc(to) - Math.trunc(from) + 1 }, (_, i) => Math.trunc(from) + i);
    const q = bits.length / z;
    const first = sum(range((1 - q) / 4, (q - 1) / 4).map((k) => between(4 * k + 1, 4 * k - 1)));
    return Math.min(1, Math.max(0, 1 - first + sum(range((-q - 3) / 4, (q - 1) / 4).map((k) => between(4 * k + 3, 4 * k + 1)))));
  });

function walkOf(bits: PlainBits): number[] {
  let place = 0;
  return bits.map((bit) => {
    place += 2 * bit - 1;
    return place;
  });
}

/** Cycles of the walk from zero to zero, the last one closed. */
function cyclesOf(bits: PlainBits): number[][] {
  const cycles: number[][] = [[]];
  for (const place of walkOf(bits)) {
    cycles[cycles.length - 1].push(place);
    if (place === 0) cycles.push([]);
  }
  return cycles.filter((cycle) => cycle.length > 0);
}

const visits = (cycle: readonly number[], state: number): number => cycle.filter((place) => place === state).length;
const states = (top: number): number[] => Array.from({ length: 2 * top + 1 }, (_, i) => i - top).filter((state) => state !== 0);

export const excursions: PlainTest = (bits) => {
  const cycles = cyclesOf(bits);
  if (cycles.length < 500) return [];
  return states(4).map((x) => {
    const back = 1 / (2 * Math.abs(x));
    const pi = [1 - back, ...[1, 2, 3, 4].map((k) => back ** 2 * (1 - back) ** (k - 1)), back * (1 - back) ** 4];
    const counts = classes(
      cycles.map((cycle) => visits(cycle, x)),
      6,
    );
    return chiSquaredP(counts, pi, cycles.length);
  });
};

export const excursionsVariant: PlainTest = (bits) => {
  const cycles = cyclesOf(bits);
  if (cycles.length < 500) return [];
  return states(9).map((x) => {
    const total = sum(cycles.map((cycle) => visits(cycle, x)));
    return erfc(Math.abs(total - cycles.length) / Math.sqrt(2 * cycles.length * (4 * Math.abs(x) - 2)));
  });
};

/** Berlekamp and Massey with polynomials as lists. */
export function complexityOf(bits: PlainBits): number {
  let c = [1];
  let b = [1];
  let length = 0;
  let m = -1;
  for (let n = 0; n < bits.length; n++) {
    if (sum(c.map((coefficient, j) => coefficient * (bits[n - j] ?? 0))) % 2 === 0) continue;
    const shifted = [...new Array<number>(n - m).fill(0), ...b];
    const next = Array.from({ length: Math.max(c.length, shifted.length) }, (_, i) => (c[i] ?? 0) ^ (shifted[i] ?? 0));
    if (2 * length <= n) [length, m, b] = [n + 1 - length, n, c];
    c = next;
  }
  return length;
}
