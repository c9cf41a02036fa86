import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROFILES } from '../../../src/he/index.ts';
import { ensureBuilt, smallBench } from './lab.ts';

const PRIMES = [...new Set(PROFILES.flatMap((profile) => profile.dataPrimes)), 65_537];
const N = 64;

beforeAll(ensureBuilt);

describe('product-accumulate', () => {
  it.each(PRIMES)('sums exactly whatever the number of blocks, at the largest residues too: q = %i', (q) => {
    const { k, pc, words, free } = smallBench(N, q);
    const value = fc.oneof(fc.constantFrom(0, q - 1, q - 2), fc.integer({ min: 0, max: q - 1 }));
    const blocks = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(blocks, value, value, value, fc.integer({ min: 1, max: q - 1 }), (count, x, y, z, step) => {
        const at = { plain: free, uploads: free + 2 ** 16, limb: free + 2 ** 18, out0: free + 2 ** 19, out1: free + 2 ** 19 + 4 * N };
        const term = (base: number, b: number, i: number): number => Number((BigInt(base) + BigInt(step) * BigInt(b * i)) % BigInt(q));
        for (let b = 0; b < count; b++) {
          const limb = (base: number): void =>
            words.set(
              Array.from({ length: N }, (_, i) => term(base, b, i)),
              at.limb / 4,
            );
          limb(x);
          k.tilePlain(at.plain, at.limb, b, count, N);
          limb(y);
          k.tileUpload(at.uploads, at.limb, 0, b, count, N, pc);
          limb(z);
          k.tileUpload(at.uploads, at.limb, 1, b, count, N, pc);
        }
        k.accumulate(at.out0, at.out1, at.uploads, at.plain, count, N, pc, 1);
        k.accumulate(at.out0, at.out1, at.uploads, at.plain, count, N, pc, 0);
        const expected = (base: number) =>
          Array.from({ length: N }, (_, i) => {
            let sum = 0n;
            for (let b = 0; b < count; b++) sum += BigInt(term(x, b, i)) * BigInt(term(base, b, i));
            return Number((2n * sum) % BigInt(q));
          });
        expect(Array.from(words.subarray(at.out0 / 4, at.out0 / 4 + N))).toEqual(expected(y));
        expect(Array.from(words.subarray(at.out1 / 4, at.out1 / 4 + N))).toEqual(expected(z));
      }),
      { numRuns: 40 },
    );
  });
});

describe('ring arithmetic', () => {
  const q = PRIMES[0];
  const residue = fc.integer({ min: 0, max: q - 1 });
  const lane = fc.array(residue, { minLength: 16, maxLength: 16 });

  it('obeys the laws of a commutative ring', () => {
    const { k, pc, words, free } = smallBench(16, q);
    const put = (x: readonly number[], slot: number): number => {
      words.set(x, free / 4 + 16 * slot);
      return free + 64 * slot;
    };
    const get = (at: number): number[] => Array.from(words.subarray(at / 4, at / 4 + 16));
    const binary = (name: 'add' | 'subtract') => (x: readonly number[], y: readonly number[]) => {
      k[name](free + 640, put(x, 0), put(y, 1), 16, pc);
      return get(free + 640);
    };
    const add = binary('add');
    const subtract = binary('subtract');
    const multiply = (x: readonly number[], y: readonly number[]): number[] => {
      const right = put(y, 1);
      k.toMontgomery(right, right, 16, pc);
      k.dyadic(free + 640, put(x, 0), right, 16, pc);
      return get(free + 640);
    };
    fc.assert(
      fc.property(lane, lane, lane, (x, y, z) => {
        expect(add(x, y)).toEqual(add(y, x));
        expect(add(add(x, y), z)).toEqual(add(x, add(y, z)));
        expect(subtract(add(x, y), y)).toEqual(x);
        expect(multiply(x, y)).toEqual(multiply(y, x));
        expect(multiply(multiply(x, y), z)).toEqual(multiply(x, multiply(y, z)));
        expect(multiply(x, add(y, z))).toEqual(add(multiply(x, y), multiply(x, z)));
      }),
    );
  });

  it.each(PRIMES)('reduces every signed word: q = %i', (prime) => {
    const { k, pc, words, free } = smallBench(16, prime);
    const signed = new Int32Array(words.buffer);
    const word = fc.oneof(fc.constantFrom(0, 1, -1, prime, -prime, 2 ** 31 - 1, -(2 ** 31)), fc.integer());
    fc.assert(
      fc.property(fc.array(word, { minLength: 16, maxLength: 16 }), (x) => {
        signed.set(x, free / 4);
        const any = k.reduceSigned(free + 64, free, 16, pc);
        expect(any !== 0).toBe(x.some((value) => value !== 0));
        expect(Array.from(words.subarray(free / 4 + 16, free / 4 + 32))).toEqual(x.map((value) => ((value % prime) + prime) % prime));
      }),
    );
  });

  it('adds small errors without leaving the range', () => {
    const { k, pc, words, free } = smallBench(16, q);
    const signed = new Int32Array(words.buffer);
    const error = fc.array(fc.integer({ min: -21, max: 21 }), { minLength: 16, maxLength: 16 });
    const edge = fc.array(fc.oneof(fc.constantFrom(0, 20, q - 1, q - 21), residue), { minLength: 16, maxLength: 16 });
    const mod = (value: number): number => ((value % q) + q) % q;
    fc.assert(
      fc.property(edge, error, (x, e) => {
        words.set(x, free / 4);
        signed.set(e, free / 4 + 16);
        k.addError(free + 128, free, free + 64, 16, pc);
        expect(Array.from(words.subarray(free / 4 + 32, free / 4 + 48))).toEqual(x.map((value, i) => mod(value + e[i])));
        k.negateWithError(free + 128, free, free + 64, 16, pc);
        expect(Array.from(words.subarray(free / 4 + 32, free / 4 + 48))).toEqual(x.map((value, i) => mod(-(value + e[i]))));
        k.liftSmall(free + 128, free + 64, 16, pc);
        expect(Array.from(words.subarray(free / 4 + 32, free / 4 + 48))).toEqual(e.map(mod));
      }),
    );
  });
});
