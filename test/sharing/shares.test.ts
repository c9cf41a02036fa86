import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, seededRandom } from '../../src/base/index.ts';
import {
  addConstant,
  addShares,
  decodeFixed,
  encodeFixed,
  encodeIntegers,
  LANE_MODULI,
  maskedSum,
  multiplyColumns,
  multiplyEntries,
  multiplyModulo,
  multiplyRows,
  RING_BITS,
  RING_MODULUS,
  randomShare,
  readShare,
  type Share,
  scaleShare,
  subtractShares,
  sumInRange,
  truncateShare,
  truncationFailureLog2,
  writeShare,
} from '../../src/sharing/index.ts';

const random = seededRandom(17, 'shares');
const split = (value: Share): [Share, Share] => {
  const first = randomShare(random, value[0].length);
  return [first, subtractShares(value, first)];
};
const bigShare = (values: readonly bigint[]): Share =>
  LANE_MODULI.map((t) => Uint32Array.from(values, (v) => Number(((v % BigInt(t)) + BigInt(t)) % BigInt(t))));

describe('the ring of shares', () => {
  it('is a product of four distinct primes ≡ 1 mod 2·8192, about 2^116', () => {
    for (const t of LANE_MODULI) {
      expect(t % 16_384).toBe(1);
      for (let f = 3; f * f <= t; f += 2) if (t % f === 0) throw new Error(`${t} is not prime`);
    }
    expect(new Set(LANE_MODULI).size).toBe(4);
    expect(RING_BITS).toBeGreaterThan(115.9);
    expect(RING_MODULUS.toString(2)).toHaveLength(116);
  });

  it('multiplies modulo a lane exactly', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom(...LANE_MODULI), (a, b, t) => {
        expect(multiplyModulo(a % t, b % t, t)).toBe(Number((BigInt(a % t) * BigInt(b % t)) % BigInt(t)));
      }),
      { numRuns: 2000 },
    );
    for (const t of LANE_MODULI) expect(multiplyModulo(t - 1, t - 1, t)).toBe(1);
  });

  it('adds, scales, shifts and multiplies as the integers do', () => {
    const values = Array.from({ length: 200 }, () => Math.floor((random.uniform() - 0.5) * 2 ** 40));
    const [a, b] = split(encodeIntegers(values));
    expect(Array.from(decodeFixed(addShares(a, b), 0))).toEqual(values);
    const scaled = addShares(addConstant(scaleShare(a, -7), 11, 'first'), addConstant(scaleShare(b, -7), 11, 'second'));
    expect(Array.from(decodeFixed(scaled, 0))).toEqual(values.map((v) => -7 * v + 11));
    const squares = multiplyEntries(encodeIntegers(values.map((v) => v % 1000)), encodeIntegers(values.map((v) => v % 1000)));
    expect(Array.from(decodeFixed(squares, 0))).toEqual(values.map((v) => (v % 1000) ** 2));
  });

  it('multiplies a matrix of this party by a shared vector, by rows and by columns', () => {
    const rows = Array.from({ length: 3 }, () => Int32Array.from({ length: 150 }, () => (random.u32() | 0) >> 4));
    const v = Array.from({ length: 150 }, () => Math.floor((random.uniform() - 0.5) * 2 ** 30));
    const expected = rows.map((row) => row.reduce((sum, m, i) => sum + BigInt(m) * BigInt(v[i]), 0n));
    const [a, b] = split(encodeIntegers(v));
    const byRows = addShares(
      multiplyRows(3, a, (j) => rows[j]),
      multiplyRows(3, b, (j) => rows[j]),
    );
    expect(byRows).toEqual(bigShare(expected));
    const byColumns = addShares(
      multiplyColumns(3, a, (j) => Int32Array.from(rows, (row) => row[j])),
      multiplyColumns(3, b, (j) => Int32Array.from(rows, (row) => row[j])),
    );
    expect(byColumns).toEqual(byRows);
  });

  it('keeps 53 bits of a fixed-point value and refuses more', () => {
    const values = [0, 1.5, -3.25, 1234.5678, -1e-6];
    decodeFixed(encodeFixed(values, 30), 30).forEach((value, i) => {
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(2 ** -31);
    });
    expect(() => encodeFixed([2 ** 40], 30)).toThrow(expect.objectContaining({ code: 'ERR_SHARING_OVERFLOW' }));
  });

  it('travels as words that are checked against their modulus', () => {
    const share = randomShare(random, 9);
    const bytes = writeShare(new ByteWriter(), share).finish();
    expect(readShare(new ByteReader(bytes, 'test'), 'share', 9)).toEqual(share);
    bytes.fill(0xff, 0, 4);
    expect(() => readShare(new ByteReader(bytes, 'test'), 'share', 9)).toThrow(/share/);
  });

  it('random shares are uniform by byte (chi-squared on the low byte of each lane)', () => {
    for (const lane of randomShare(random, 65_536)) {
      const counts = new Float64Array(256);
      for (const word of lane) counts[word & 255]++;
      const chi = counts.reduce((sum, c) => sum + (c - 256) ** 2 / 256, 0);
      expect(chi).toBeLessThan(360);
      expect(chi).toBeGreaterThan(170);
    }
  });
});

describe('truncation', () => {
  it('divides by 2^f within one unit, for values up to 2^60 of either sign', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 60n), max: 1n << 60n }), fc.integer({ min: 1, max: 44 }), (value, bits) => {
        const [a, b] = split(bigShare([value]));
        const sum = addShares(truncateShare(a, bits, 'first'), truncateShare(b, bits, 'second'));
        const [got] = decodeFixed(sum, 0);
        expect(Math.abs(got - Number(value) / 2 ** bits)).toBeLessThanOrEqual(bits > 31 ? 2.01 : 1.01 + Math.abs(got) * 2 ** -52);
      }),
      { numRuns: 500 },
    );
  });

  it('needs uniform shares: a negative value held by the first party alone wraps', () => {
    const sum = addShares(truncateShare(bigShare([-4096n]), 4, 'first'), truncateShare(bigShare([0n]), 4, 'second'));
    expect(Math.abs(decodeFixed(sum, 0)[0])).toBeGreaterThan(2 ** 100);
  });

  it('fails with about the stated probability where the value is a known part of the ring', () => {
    const value = RING_MODULUS / 64n;
    let failures = 0;
    const [a, b] = split(bigShare(new Array(4096).fill(value)));
    const sum = decodeFixed(addShares(truncateShare(a, 20, 'first'), truncateShare(b, 20, 'second')), 0);
    for (const got of sum) if (Math.abs(got - Number(value) / 2 ** 20) > 2 ** 60) failures++;
    expect(failures / 4096).toBeGreaterThan(1 / 64 / 2);
    expect(failures / 4096).toBeLessThan(1 / 64 / 0.6);
    expect(truncationFailureLog2(56, 2 ** 22)).toBeCloseTo(22 + 57 - RING_BITS, 10);
  });
});

describe('range check', () => {
  const values = Array.from({ length: 300 }, (_, i) => (i - 150) * 1000);

  it('accepts an honest batch', () => {
    const [first, second] = split(encodeIntegers(values));
    expect(sumInRange(first, maskedSum(second, 30, random), 30)).toBe(true);
  });

  it('finds one lane off by one, a wrapped truncation, and a value far out of range', () => {
    const [first, second] = split(encodeIntegers(values));
    for (let k = 0; k < LANE_MODULI.length; k++) {
      const bad = first.map((lane, l) => (l === k ? lane.map((w, i) => (i === 7 ? (w + 1) % LANE_MODULI[l] : w)) : lane));
      expect(sumInRange(bad, maskedSum(second, 30, random), 30)).toBe(false);
    }
    const wrapped = addShares(first, bigShare(values.map((_, i) => (i === 3 ? RING_MODULUS >> 24n : 0n))));
    expect(sumInRange(wrapped, maskedSum(second, 30, random), 30)).toBe(false);
    const [huge, rest] = split(bigShare([1n << 80n]));
    expect(sumInRange(huge, maskedSum(rest, 30, random), 30)).toBe(false);
  });
});
