/** Few coefficients of a product without transforming it back (assembly/wanted.ts, wanted.ts), against the schoolbook and the whole transform. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Wanted } from '../../../src/he/index.ts';
import { pointsAt } from '../../../src/he/kernel/prime-context.ts';
import { type WantedScratch, WantedSums } from '../../../src/he/kernel/wanted.ts';
import { N, seeded } from '../fixtures.ts';
import { type Bench, bench, ensureBuilt, P180, schoolbook, smallBench } from './lab.ts';

beforeAll(ensureBuilt);

const parameters = P180(1n << 20n);
const residues = (label: string, q: number, count: number): Uint32Array => {
  const random = seeded(label);
  return Uint32Array.from({ length: count }, () => random.u32() % q);
};

describe('sums over blocks', () => {
  const [q] = parameters.dataPrimes;
  const degrees = [16, 64, 512];
  const cases = degrees.flatMap((n) => Array.from({ length: Math.log2(n) - 1 }, (_, logM) => [n, logM] as const));

  it.each(cases)('are the coefficients that end a block, as the schoolbook has them: N = %s, 2^%s blocks', (n, logM) => {
    const { k, pc, words, free } = smallBench(n, q);
    const logN = Math.log2(n);
    const [a, b, out] = [free, free + 4 * n, free + 8 * n];
    const word = fc.integer({ min: 0, max: q - 1 });
    const polynomial = fc.array(word, { minLength: n, maxLength: n });
    const check = (x: readonly number[], y: readonly number[]): void => {
      words.set(x, a / 4);
      words.set(y, b / 4);
      for (const at of [a, b]) k.forward(at, pc, logN);
      k.toMontgomery(b, b, n, pc);
      k.dyadic(b, b, pointsAt(pc, n), n, pc);
      // Once over what was there, once added to it.
      k.blockSums(out, a, b, pc, logN, logM, 1);
      k.blockSums(out, a, b, pc, logN, logM, 0);
      k.wantedOfSums(out, pc, logN, logM);
      const product = schoolbook(x, y, q);
      const block = n >> logM;
      const expected = Array.from({ length: 1 << logM }, (_, i) => (2 * product[(i + 1) * block - 1]) % q);
      expect([...words.subarray(out / 4, out / 4 + (1 << logM))]).toEqual(expected);
    };
    check(new Array(n).fill(q - 1), new Array(n).fill(q - 1));
    fc.assert(fc.property(polynomial, polynomial, check), { numRuns: n > 100 ? 3 : 10 });
  });
});

describe('the wanted coefficients of a sum of products', () => {
  const at = (blocks: number, used = blocks): Uint32Array => Uint32Array.from({ length: used }, (_, i) => ((i + 1) * N) / blocks - 1);
  const cases: readonly (readonly [string, Wanted])[] = [
    ['all', 'all'],
    ['the last alone', at(1)],
    ['the first alone', Uint32Array.of(0)],
    ['two', at(2)],
    ['8 of a layout', at(8)],
    ['5 of 8', at(8, 5)],
    ['512', at(512)],
    ['1024, more than are summed', at(1024)],
    ['without a pattern', Uint32Array.of(0, 1, 77, 4095, 8190, 8191)],
    ['a pattern that breaks off', Uint32Array.of(1023, 2047, 3072)],
  ];
  let b: Bench;
  let sums: WantedSums;
  let scratch: WantedScratch;
  beforeAll(() => {
    b = bench(parameters);
    scratch = { limb: b.arena.allocate(4 * N), other: b.arena.allocate(4 * N), index: b.arena.allocate(4 * N) };
    sums = new WantedSums(b.ring, scratch);
  });

  it.each(cases)('are those of the whole transform: %s', (_, wanted) => {
    const { ring } = b;
    const i = 3;
    const q = ring.prime(i);
    const factors = ['a', 'b', 'c', 'd'].map((label) => b.put(residues(label, q, N)));
    const whole = b.put(new Uint32Array(N));
    const second = b.put(new Uint32Array(N));
    ring.k.dyadic(whole, factors[0], factors[1], N, ring.context(i));
    ring.k.dyadic(second, factors[2], factors[3], N, ring.context(i));
    ring.k.add(whole, whole, second, N, ring.context(i));
    ring.inverse(whole, i);
    const expected = b.get(whole, N);
    ring.timesX(factors[1], i);
    ring.timesX(factors[2], i);
    const out = b.put(new Uint32Array(N).fill(q - 1));
    const count = sums.choose(wanted);
    sums.take(out, i, [factors[0], factors[1]], [factors[2], factors[3]]);
    const indices = wanted === 'all' ? Array.from({ length: N }, (_, j) => j) : [...wanted];
    expect(count).toBe(Math.ceil(indices.length / 4) * 4);
    expect([...b.get(out, indices.length)]).toEqual(indices.map((w) => expected[w]));
    expect(b.get(out, count).every((word) => word < q)).toBe(true);
    for (const at of [scratch.limb, scratch.other]) expect(b.get(at, N).some((word) => word !== 0)).toBe(false);
  });
});
