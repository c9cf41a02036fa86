/** The fast reader and writer of the wire format agree with the reference on every byte, well formed or not. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  answerBytes,
  decodeAnswer,
  decodePublicKey,
  decodeUpload,
  encodeAnswer,
  encodePublicKey,
  encodeUpload,
  heParameters,
  keyModuli,
  PROFILES,
  publicKeyBytes,
  uploadBytes,
} from '../../../src/he/index.ts';
import { Framing, type LimbAt, wireBytes } from '../../../src/he/kernel/framing.ts';
import { N, seeded } from '../fixtures.ts';
import { bench, ensureBuilt } from './lab.ts';

const parameters = heParameters({ profile: 'P168', plainModulus: 1n << 30n, answerPrimes: 3 });
const WANTED = 13;
const moduli = parameters.dataPrimes;
const answerModuli = moduli.slice(0, 3);
const seed = Uint8Array.from({ length: 32 }, (_, i) => 3 * i + 1);

const words = (label: string, primes: readonly number[], count: number): Uint32Array => {
  const random = seeded(label);
  return Uint32Array.from({ length: primes.length * count }, (_, i) => {
    const q = primes[Math.floor(i / count)];
    return i % 5 === 0 ? q - 1 : random.u32() % q;
  });
};

beforeAll(ensureBuilt);

const open = () => {
  const b = bench(parameters);
  const framing = new Framing(b.ring, b.arena.allocate(wireBytes(parameters)));
  const limbs = (primes: number, count: number): LimbAt[] =>
    Array.from({ length: primes }, (_, prime) => ({ prime, at: b.arena.allocate(4 * count + 64), count }));
  const read = (list: readonly LimbAt[]): number[] => list.flatMap(({ at, count }) => Array.from(b.get(at, count)));
  const put = (list: readonly LimbAt[], all: Uint32Array): readonly LimbAt[] => {
    list.forEach(({ at, count }, i) => {
      b.ring.words(at, count).set(all.subarray(i * count, (i + 1) * count));
    });
    return list;
  };
  return { framing, limbs, read, put };
};

/** What a function gives, or the message of the peer error it throws. */
const outcome = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });
    return (error as Error).message;
  }
};

/** Bytes with up to three changes: anywhere, in the header, at the ends of limbs, or of another length. */
const damaged = (good: Uint8Array) =>
  fc
    .record({
      edits: fc.array(
        fc.tuple(fc.oneof(fc.nat(good.length - 1), fc.nat(8), fc.integer({ min: good.length - 40, max: good.length - 1 })), fc.nat(255)),
        {
          maxLength: 3,
        },
      ),
      cut: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 3 })),
    })
    .map(({ edits, cut }) => {
      const bytes = new Uint8Array(good.length + cut);
      bytes.set(good.subarray(0, bytes.length));
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });

describe('framing', () => {
  it('uploads', () => {
    const { framing, limbs, read, put } = open();
    const c0 = limbs(moduli.length, N);
    const all = words('upload', moduli, N);
    const good = encodeUpload(parameters, { c0: all, seed });
    expect(framing.writeUpload(put(c0, all), seed)).toEqual(good);
    fc.assert(
      fc.property(damaged(good), (bytes) => {
        const fast = outcome(() => ({ seed: framing.readUpload(bytes, c0), c0: read(c0) }));
        const reference = outcome(() => {
          const decoded = decodeUpload(parameters, bytes);
          return { seed: decoded.seed, c0: Array.from(decoded.c0) };
        });
        expect(fast).toEqual(reference);
      }),
      { numRuns: 30 },
    );
  });

  it('answers, with words that end inside a byte', () => {
    const { framing, limbs, read, put } = open();
    const [c1, c0] = [limbs(3, N), limbs(3, WANTED)];
    const [all1, all0] = [words('c1', answerModuli, N), words('c0', answerModuli, WANTED)];
    const good = encodeAnswer(parameters, { c0: all0, c1: all1 });
    expect(framing.writeAnswer(put(c1, all1), put(c0, all0))).toEqual(good);
    fc.assert(
      fc.property(damaged(good), (bytes) => {
        const fast = outcome(() => {
          framing.readAnswer(bytes, c1, c0);
          return [read(c1), read(c0)];
        });
        const reference = outcome(() => {
          const decoded = decodeAnswer(parameters, WANTED, bytes);
          return [Array.from(decoded.c1), Array.from(decoded.c0)];
        });
        expect(fast).toEqual(reference);
      }),
      { numRuns: 40 },
    );
  });

  it('public keys, and limbs of zeros', () => {
    const { framing, limbs, read } = open();
    const primes = keyModuli(parameters);
    const p0 = limbs(primes.length, N);
    const all = words('p0', primes, N);
    const good = encodePublicKey(parameters, { p0: all, seed });
    const zeroLimb = encodePublicKey(parameters, { p0: all.slice().fill(0, 2 * N, 3 * N), seed });
    const constantSeed = encodePublicKey(parameters, { p0: all, seed: new Uint8Array(32).fill(7) });
    const check = (bytes: Uint8Array): void => {
      const fast = outcome(() => ({ seed: framing.readPublicKey(bytes, p0), p0: read(p0) }));
      const reference = outcome(() => {
        const decoded = decodePublicKey(parameters, bytes);
        return { seed: decoded.seed, p0: Array.from(decoded.p0) };
      });
      expect(fast).toEqual(reference);
    };
    for (const bytes of [good, zeroLimb, constantSeed, new Uint8Array(0)]) check(bytes);
    fc.assert(fc.property(damaged(good), check), { numRuns: 20 });
  });

  it('has scratch for every message of every profile: beyond it lies the key stream of the next thread', () => {
    for (const { name, dataPrimes } of PROFILES) {
      dataPrimes.forEach((_, i) => {
        const each = heParameters({ profile: name, plainModulus: 65_537n, answerPrimes: i + 1 });
        for (const bytes of [publicKeyBytes(each), uploadBytes(each), answerBytes(each, N)]) {
          expect(wireBytes(each), `${name}, ${i + 1} primes`).toBeGreaterThanOrEqual(bytes + 16);
        }
      });
    }
  });

  it('leaves what lies behind its scratch alone when an answer keeps all coefficients and all primes', () => {
    const whole = heParameters({ profile: 'P120', plainModulus: 1n << 30n });
    const b = bench(whole);
    const framing = new Framing(b.ring, b.arena.allocate(wireBytes(whole)));
    const behind = b.arena.allocate(8 * N);
    b.ring.bytes(behind, 8 * N).fill(0x5a);
    const limbs = (): LimbAt[] => whole.dataPrimes.map((_, prime) => ({ prime, at: b.arena.allocate(4 * N), count: N }));
    const [c1, c0] = [limbs(), limbs()];
    const [all1, all0] = [words('c1 whole', whole.dataPrimes, N), words('c0 whole', whole.dataPrimes, N)];
    framing.readAnswer(encodeAnswer(whole, { c0: all0, c1: all1 }), c1, c0);
    expect(c0.flatMap(({ at }) => Array.from(b.get(at, N)))).toEqual(Array.from(all0));
    expect(b.ring.bytes(behind, 8 * N).every((byte) => byte === 0x5a)).toBe(true);
  });
});
