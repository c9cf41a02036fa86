import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROFILES, SPECIAL_PRIMES } from '../../../src/he/index.ts';
import { primeContext, shoup } from '../../../src/he/kernel/prime-context.ts';
import { mulmod } from '../../../src/he/modular.ts';
import { ensureBuilt, schoolbook, smallBench } from './lab.ts';

const PRIMES = [...new Set([...PROFILES.flatMap((profile) => profile.dataPrimes), ...SPECIAL_PRIMES])];

beforeAll(ensureBuilt);

/** Polynomials of a given length with residues mod q, extremes included. */
const polynomial = (n: number, q: number) =>
  fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: q - 1 }) }, fc.constantFrom(0, 1, q - 1)), {
    minLength: n,
    maxLength: n,
  });

describe('prime context', () => {
  it("has Shoup's quotients exactly, at the edges of 30 bits too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_073_692_672 }), (w) => {
        expect(BigInt(shoup(w, 1_073_692_673))).toBe((BigInt(w) << 32n) / 1_073_692_673n);
      }),
    );
  });

  it('refuses a modulus without the roots', () => {
    expect(() => primeContext(8192, 65_539)).toThrowError(/65539/);
    expect(() => primeContext(8192, 2 ** 31 - 1)).toThrowError(/2\^30/);
  });
});

describe('number-theoretic transform', () => {
  const cases = [16, 32, 64, 128].flatMap((n) =>
    PRIMES.slice(0, 2)
      .concat(PRIMES.at(-1) ?? [])
      .map((q) => [n, q] as const),
  );

  it.each(cases)('multiplies as the schoolbook does: N = %i, q = %i', (n, q) => {
    const { k, pc, words, free } = smallBench(n, q);
    const [a, b, c] = [free, free + 4 * n, free + 8 * n];
    fc.assert(
      fc.property(polynomial(n, q), polynomial(n, q), (x, y) => {
        words.set(x, a / 4);
        words.set(y, b / 4);
        k.forward(a, pc, Math.log2(n));
        k.forward(b, pc, Math.log2(n));
        k.toMontgomery(b, b, n, pc);
        k.dyadic(c, a, b, n, pc);
        k.inverse(c, pc, Math.log2(n));
        expect(Array.from(words.subarray(c / 4, c / 4 + n))).toEqual(schoolbook(x, y, q));
      }),
      { numRuns: 20 },
    );
  });

  it.each(PRIMES)('is undone by its inverse and leaves canonical residues: N = 8192, q = %i', (q) => {
    const { k, pc, words, free } = smallBench(8192, q);
    const x = Uint32Array.from({ length: 8192 }, (_, i) => (i % 3 === 0 ? q - 1 : mulmod(i, 48_271 % q, q)));
    words.set(x, free / 4);
    k.forward(free, pc, 13);
    expect(words.subarray(free / 4, free / 4 + 8192).every((word) => word < q)).toBe(true);
    k.inverse(free, pc, 13);
    expect(words.slice(free / 4, free / 4 + 8192)).toEqual(x);
  });

  it('takes lazy values up to 4q', () => {
    const q = PRIMES.find((prime) => prime > 2 ** 29) ?? 0;
    const { k, pc, words, free } = smallBench(64, q);
    const x = Uint32Array.from({ length: 64 }, (_, i) => mulmod(i + 1, 999_999_937 % q, q));
    words.set(x, free / 4);
    words.set(
      x.map((word, i) => word + (i % 4) * q),
      free / 4 + 64,
    );
    k.forward(free, pc, 6);
    k.forward(free + 256, pc, 6);
    expect(words.slice(free / 4 + 64, free / 4 + 128)).toEqual(words.slice(free / 4, free / 4 + 64));
  });
});
