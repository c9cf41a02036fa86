import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { heParameters, SLOT_PLAIN_MODULI, slotCodec } from '../../../src/he/index.ts';
import { addFlood, FLOOD_CONSTANTS } from '../../../src/he/kernel/flood.ts';
import { SlotRing } from '../../../src/he/kernel/slot-ring.ts';
import { hasSlots } from '../../../src/he/once.ts';
import { N, randomResidues, seeded } from '../fixtures.ts';
import { chiSquareScore, histogram, kolmogorovSmirnov, serialCorrelation } from '../statistics.ts';
import { bench, compose, ensureBuilt } from './lab.ts';

beforeAll(ensureBuilt);

const low = (residues: BigUint64Array): Uint32Array => Uint32Array.from(residues, Number);

describe('slots in the kernel', () => {
  it.each(SLOT_PLAIN_MODULI)('are the codec of TypeScript, mod %i, bit for bit', (t) => {
    const b = bench(heParameters({ profile: 'P120', plainModulus: t, answerPrimes: 2 }));
    const slots = new SlotRing(b.ring);
    const codec = slotCodec(t);
    const values = randomResidues(seeded(`kernel/slots/${t}`), t, N);
    const at = b.put(low(values));
    slots.encode(at);
    expect(b.get(at, N)).toEqual(low(codec.encode(values)));
    slots.decode(at);
    expect(b.get(at, N)).toEqual(low(values));
    const signed = new Int32Array(N);
    codec.encodeSigned(low(values), signed);
    slots.encodeSigned(at);
    expect(Int32Array.from(b.get(at, N))).toEqual(signed);
  });

  it('scale words into the ring exactly as 64-bit residues are scaled', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SLOT_PLAIN_MODULI),
        fc.constantFrom('P90' as const, 'P138' as const),
        fc.nat(2 ** 20),
        (t, profile, seed) => {
          const b = bench(heParameters({ profile, plainModulus: t, answerPrimes: 2 }));
          const { ring } = b;
          const values = randomResidues(seeded(`scale/${seed}`), t, N);
          values.set([0n, 1n, t - 1n, t - 2n, t >> 1n, (t >> 1n) + 1n]);
          const start = Array.from({ length: ring.limbs }, (_, i) => low(randomResidues(seeded(`start/${i}`), BigInt(ring.prime(i)), N)));
          const lay = (): number => {
            const at = b.arena.allocate(ring.limbs * ring.limbBytes);
            for (const [i, limb] of start.entries()) ring.words(at + i * ring.limbBytes, N).set(limb);
            return at;
          };
          const [byWords, byLongs] = [lay(), lay()];
          new SlotRing(ring).addScaled(byWords, ring.limbBytes, b.put(low(values)));
          const m = b.arena.allocate(8 * N);
          ring.longs(m, N).set(values);
          ring.addScaled(byLongs, ring.limbBytes, m, b.arena.allocate(8 * N), N);
          expect(b.get(byWords, ring.limbs * N)).toEqual(b.get(byLongs, ring.limbs * N));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('add products up as numbers do', () => {
    const b = bench(heParameters({ profile: 'P90', plainModulus: 65_537n }));
    for (let i = 0; i < b.ring.limbs; i++) {
      const q = BigInt(b.ring.prime(i));
      const draw = (label: string) => {
        const words = randomResidues(seeded(`${label}/${i}`), q, N);
        words.set([0n, q - 1n, q - 1n, 1n]);
        return words;
      };
      const [c0, c1, p, s0, s1] = ['c0', 'c1', 'p', 's0', 's1'].map(draw);
      const [a0, a1, ap, at0, at1] = [c0, c1, p, s0, s1].map((words) => b.put(low(words)));
      b.ring.k.multiplyAdd(at0, at1, a0, a1, ap, N, b.ring.context(i), 0);
      expect(b.get(at0, N)).toEqual(low(s0.map((s, j) => (s + c0[j] * p[j]) % q)));
      expect(b.get(at1, N)).toEqual(low(s1.map((s, j) => (s + c1[j] * p[j]) % q)));
      b.ring.k.multiplyAdd(at0, at1, a0, a1, ap, N, b.ring.context(i), 1);
      expect(b.get(at0, N)).toEqual(low(c0.map((c, j) => (c * p[j]) % q)));
    }
  });

  it('masks sum to zero in every run, are uniform otherwise, and follow their key', () => {
    const b = bench(heParameters({ profile: 'P90', plainModulus: 1_032_193n }));
    const slots = new SlotRing(b.ring);
    const [out, work] = [b.arena.allocate(4 * N), b.arena.allocate(8192)];
    const draw = (key: number, run: number, count: number): Uint32Array => {
      slots.drawMasks(out, { run, count }, b.put([key, 2, 3, 4, 5, 6, 7, 8]), 5, work);
      return b.get(out, N);
    };
    for (const [run, count] of [
      [1, N],
      [63, 130],
      [1000, 8],
      [N, 1],
    ]) {
      const masks = draw(run, run, count);
      for (let i = 0; i < count; i++) {
        expect(masks.subarray(i * run, (i + 1) * run).reduce((a, c) => a + c, 0) % 1_032_193).toBe(0);
      }
    }
    const many = Array.from({ length: 8 }, (_, key) => Array.from(draw(100 + key, 63, 130))).flat();
    expect(Math.abs(chiSquareScore(histogram(many, 1_032_193)))).toBeLessThan(6);
    expect(draw(1, 63, 130)).not.toEqual(draw(2, 63, 130));
    expect(draw(1, 63, 130)).toEqual(draw(1, 63, 130));
  });

  it('are known by their modulus alone: a prime below 2^30, 1 mod 2N', () => {
    const has = (plainModulus: bigint) => hasSlots(heParameters({ profile: 'P120', plainModulus, answerPrimes: 2 }));
    expect(SLOT_PLAIN_MODULI.every(has)).toBe(true);
    expect([65_536n, 49_153n, 65_539n, 2_147_352_577n].some(has)).toBe(false);
  });
});

describe('the flood of the kernel', () => {
  const profiles = [
    ['P90', 5n],
    ['P90', (1n << 66n) + 12_345n],
    ['P138', (1n << 90n) - 1n],
    ['P180', (1n << 135n) + 3n ** 60n],
  ] as const;

  it.each(profiles)('over %s is uniform over [-F, F] for F = %i, the same integer in every residue', (profile, flood) => {
    const parameters = heParameters({ profile, plainModulus: 65_537n });
    const b = bench(parameters);
    const { ring } = b;
    const room = b.arena.allocate(ring.limbs * ring.limbBytes);
    const scratch = {
      work: b.arena.allocate(8192),
      drawn: b.arena.allocate((ring.limbs + 1) * ring.limbBytes),
      constants: b.arena.allocate(FLOOD_CONSTANTS),
    };
    const units: number[] = [];
    const values = new Set<bigint>();
    const q = parameters.dataPrimes.reduce((product, p) => product * BigInt(p), 1n);
    for (let call = 0; call < 3; call++) {
      const before = parameters.dataPrimes.map((p, i) => low(randomResidues(seeded(`flood/${call}/${i}`), BigInt(p), N)));
      for (const [i, limb] of before.entries()) ring.words(room + i * ring.limbBytes, N).set(limb);
      addFlood(ring, flood, room, N, b.put([call, 1, 2, 3, 4, 5, 6, 7]), 4, scratch);
      const limbs = parameters.dataPrimes.map((p, i) =>
        b.get(room + i * ring.limbBytes, N).map((word, j) => (word + p - before[i][j]) % p),
      );
      for (let j = 0; j < N; j++) {
        const lifted = compose(
          limbs.map((limb) => limb[j]),
          parameters.dataPrimes,
        );
        const value = lifted > q / 2n ? lifted - q : lifted;
        values.add(value);
        units.push(Number(value + flood) / Number(2n * flood + 1n));
      }
    }
    expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true);
    expect(ring.words(scratch.drawn, ring.limbs * N).every((word) => word === 0)).toBe(true);
    expect(ring.bytes(scratch.work, 8192).every((byte) => byte === 0)).toBe(true);
    if (flood === 5n) {
      expect([...values].sort((x, y) => Number(x - y))).toEqual([-5n, -4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n, 5n]);
      expect(Math.abs(chiSquareScore(histogram(units, 1, 11)))).toBeLessThan(6);
      return;
    }
    expect(values.size).toBe(units.length);
    expect(kolmogorovSmirnov(units)).toBeLessThan(2.7);
    expect(Math.abs(chiSquareScore(histogram(units, 1)))).toBeLessThan(6);
    expect(Math.abs(serialCorrelation(units))).toBeLessThan(5.5);
  });

  it('refuses an empty range', () => {
    const b = bench(heParameters({ profile: 'P90', plainModulus: 2n }));
    expect(() => addFlood(b.ring, 0n, 0, 4, 0, 4, { work: 0, drawn: 0, constants: 0 })).toThrowError(
      expect.objectContaining({ code: 'ERR_HE_INTERNAL' }),
    );
  });
});
