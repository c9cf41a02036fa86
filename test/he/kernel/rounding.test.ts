import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { roundedShare } from '../../../src/he/blinding.ts';
import { dataModulus, type HeParameters, heParameters } from '../../../src/he/index.ts';
import { bench, compose, ensureBuilt, P180 } from './lab.ts';

const MODULI = [2n, 3n, 65_537n, 1n << 26n, 1n << 44n, (1n << 59n) - 55n, 1n << 59n, (1n << 60n) - 1n];

beforeAll(ensureBuilt);

const residuesOf = (values: readonly bigint[], moduli: readonly number[]): number[][] =>
  moduli.map((q) => values.map((x) => Number(x % BigInt(q))));

/** Limbs `stride` words apart, as the ring wants them. */
function layLimbs(limbs: readonly (readonly number[])[], stride: number): Uint32Array {
  const words = new Uint32Array(limbs.length * stride);
  for (const [i, limb] of limbs.entries()) words.set(limb, i * stride);
  return words;
}

describe('scaling up: round(q m / t)', () => {
  it.each(MODULI)('is exact for t = %i', (t) => {
    const parameters = P180(t);
    const { ring, put, get, arena } = bench(parameters);
    const q = dataModulus(parameters);
    const x = put(new Uint32Array(6 * 4));
    const m = arena.allocate(64);
    const fix = arena.allocate(64);
    const value = fc.oneof(fc.constantFrom(0n, 1n, t - 1n, t / 2n, ((t + 1n) / 2n) % t), fc.bigInt({ min: 0n, max: t - 1n }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), (values) => {
        ring.words(x, 24).fill(0);
        ring.longs(m, 4).set(values);
        ring.addScaled(x, 16, m, fix, 4);
        const words = get(x, 24);
        values.forEach((v, j) => {
          const residues = parameters.dataPrimes.map((_, i) => words[4 * i + j]);
          expect(compose(residues, parameters.dataPrimes)).toBe(((q * v + (t + 1n) / 2n) / t) % q);
        });
      }),
    );
  });
});

describe('scaling down: round(t x / q) mod t', () => {
  const check = (parameters: HeParameters, over: 'data' | 'answer', values: readonly bigint[]): void => {
    const { ring, put, arena } = bench(parameters);
    const moduli = over === 'data' ? parameters.dataPrimes : parameters.dataPrimes.slice(0, parameters.answerPrimes);
    const q = moduli.reduce((product, p) => product * BigInt(p), 1n);
    const x = put(layLimbs(residuesOf(values, moduli), values.length));
    const m = arena.allocate(8 * values.length);
    const t = parameters.plainModulus;
    const out = ring.scaleDown(x, 4 * values.length, values.length, over, m);
    expect(Array.from(out)).toEqual(values.map((v) => ((2n * t * (v % q) + q) / (2n * q)) % t));
    expect(ring.longs(m, values.length).every((word) => word === 0n)).toBe(true);
  };

  it.each(MODULI)('is exact over any number of primes, at the edges of every interval: t = %i', (t) => {
    for (const answerPrimes of [1, 2, 3, 4, 5, 6].filter((count) => 2n ** BigInt(29 * count) > t)) {
      const parameters = P180(t, answerPrimes);
      const moduli = parameters.dataPrimes.slice(0, answerPrimes);
      const q = moduli.reduce((product, p) => product * BigInt(p), 1n);
      // Both neighbours of every boundary (2k + 1) q / 2t, where a rounding from below could slip.
      const boundary = (k: bigint): bigint => ((2n * k + 1n) * q) / (2n * t);
      const edges = [0n, 1n, t / 2n, t - 1n].flatMap((k) => [boundary(k), boundary(k) + 1n, boundary(k) - 1n]);
      check(
        parameters,
        'answer',
        [...edges, 0n, 1n, q - 1n, q / 2n].map((v) => ((v % q) + q) % q),
      );
    }
  });

  it('gives the share of a mask as the reference does', () => {
    const parameters = P180((1n << 59n) - 55n);
    const { ring, put, arena } = bench(parameters);
    const mask = Uint32Array.from({ length: 6 * 64 }, (_, i) => Math.imul(i + 7, 2_654_435_761) >>> 2).map(
      (word, i) => word % parameters.dataPrimes[Math.floor(i / 64)],
    );
    const share = ring.scaleDown(put(mask), 256, 64, 'data', arena.allocate(512));
    expect(share).toEqual(roundedShare(parameters, mask, 64));
  });
});

describe('dropping primes', () => {
  it.each(['P108', 'P138', 'P168', 'P180'] as const)('divides and rounds as the integers do, prime after prime: %s', (profile) => {
    const parameters = heParameters({ profile, plainModulus: 1n << 20n, answerPrimes: 2 });
    const { ring, put, get } = bench(parameters);
    const primes = parameters.dataPrimes;
    const q = dataModulus(parameters);
    const values = [0n, 1n, q - 1n, q / 2n, q / 3n, q - 12_345n, (q * 7n) / 11n, 99n];
    const x = put(layLimbs(residuesOf(values, primes), 8));
    ring.switchDown(x, 32, 8);
    const words = get(x, 16);
    const expected = values.map((value) => {
      let v = value;
      for (let last = primes.length - 1; last >= 2; last--) {
        const p = BigInt(primes[last]);
        const rest = primes.slice(0, last).reduce((product, prime) => product * BigInt(prime), 1n);
        v = ((v + p / 2n) / p) % rest;
      }
      return v;
    });
    expect(values.map((_, j) => compose([words[j], words[8 + j]], primes.slice(0, 2)))).toEqual(expected);
  });
});
