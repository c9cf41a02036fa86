import { createCipheriv } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { expandSeed, SEED_BYTES } from '../../../src/he/index.ts';
import { keyStream, NONCE } from '../../../src/he/kernel/key-stream.ts';
import { seedNonce } from '../../../src/he/seed.ts';
import { N } from '../fixtures.ts';
import { chiSquareScore, histogram, serialCorrelation } from '../statistics.ts';
import { bench, ensureBuilt, P180, smallBench } from './lab.ts';

beforeAll(ensureBuilt);

const COUNT = 1 << 17;
const parameters = P180(1n << 44n);

/** A sampler's words over a fixed key; `COUNT` of them. */
function draw(sample: (b: ReturnType<typeof bench>, out: number, key: number, work: number) => void): Int32Array {
  const b = bench(parameters);
  const key = b.put(Uint32Array.from({ length: 8 }, (_, i) => 0x9e37_79b9 * (i + 1)));
  const work = b.arena.allocate(8192);
  const out = b.arena.allocate(4 * COUNT);
  sample(b, out, key, work);
  expect(b.ring.bytes(work, 8192).every((byte) => byte === 0)).toBe(true);
  return Int32Array.from(b.ring.words(out, COUNT));
}

describe('ChaCha20', () => {
  it('gives the key stream of RFC 8439 §2.3.2 in its layout (nonce word 0 alone is ours)', () => {
    // RFC 8439 appendix A.1, test vector 1: zero key, zero nonce, counter 0; and vector 2: counter 1.
    const { k, words, free } = smallBench(16, 65_537);
    words.fill(0, free / 4, free / 4 + 16);
    k.chacha20(free + 64, 1, free, 0, 0);
    const hex = Buffer.from(new Uint8Array(words.buffer).slice(free + 64, free + 192)).toString('hex');
    expect(hex.slice(0, 128)).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
    );
    expect(hex.slice(128)).toBe(
      '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    );
  });

  it('streams the same bytes however they are asked for, and different ones per nonce', () => {
    const b = bench(parameters);
    const key = b.put([1, 2, 3, 4, 5, 6, 7, 8]);
    const work = b.arena.allocate(4096);
    const read = (nonce: number, sizes: readonly number[]): string => {
      const stream = keyStream(b.ring, key, nonce, work);
      return sizes
        .map((size) => {
          const bytes = new Uint8Array(size);
          stream.fill(bytes);
          return Buffer.from(bytes).toString('hex');
        })
        .join('');
    };
    expect(read(4, [1, 4095, 10, 5000])).toBe(read(4, [9106]));
    expect(read(5, [64])).not.toBe(read(4, [64]));
  });
});

describe('samplers', () => {
  it('ternary: -1, 0, 1 equally often, independent', () => {
    const values = draw((b, out, key, work) => b.ring.k.ternary(out, COUNT, key, 1, work));
    const counts = [-1, 0, 1].map((value) => values.filter((v) => v === value).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(COUNT);
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(6);
    expect(Math.abs(serialCorrelation(Array.from(values)))).toBeLessThan(5.5);
  });

  it('centred binomial: the 43 probabilities C(42, 21 + e) / 2^42, |e| at most 21', () => {
    const values = draw((b, out, key, work) => b.ring.k.centredBinomial(out, COUNT, key, 2, work));
    expect(values.every((value) => value >= -21 && value <= 21)).toBe(true);
    const probability = (e: number): number => {
      let c = 1;
      for (let i = 0; i < 21 + e; i++) c = (c * (42 - i)) / (i + 1);
      return c / 2 ** 42;
    };
    let chi = 0;
    for (let e = -11; e <= 11; e++) {
      const expected = COUNT * probability(e);
      chi += (values.filter((value) => value === e).length - expected) ** 2 / expected;
    }
    expect(chi).toBeLessThan(23 + 6 * Math.sqrt(46));
    expect(Math.abs(serialCorrelation(Array.from(values)))).toBeLessThan(5.5);
  });
});

describe('uniform polynomials from a public seed', () => {
  const seed = Uint8Array.from({ length: SEED_BYTES }, (_, i) => 7 * i + 1);
  const primes = [65_537, 16_760_833, 1_073_692_673];

  it('are the words of ChaCha20 below the prime, in turn: by OpenSSL, in TypeScript and in the kernel', () => {
    for (const [limb, q] of primes.entries()) {
      const nonce = Buffer.alloc(16); // OpenSSL: block counter, then the nonce of RFC 8439
      nonce.writeUInt32LE(seedNonce('upload', limb), 4);
      const stream = createCipheriv('chacha20', seed, nonce).update(Buffer.alloc(8 * N + 4096));
      const mask = 2 ** Math.ceil(Math.log2(q)) - 1;
      const below = Array.from({ length: stream.length / 4 }, (_, i) => (stream.readUInt32LE(4 * i) & mask) >>> 0).filter(
        (word) => word < q,
      );
      expect(Array.from(expandSeed(seed, 'upload', primes, N).subarray(limb * N, (limb + 1) * N))).toEqual(below.slice(0, N));
      const { k, pc, words, free } = smallBench(16, q);
      const at = { key: free, work: free + 64, out: free + 16_384 };
      new Uint8Array(words.buffer).set(seed, at.key);
      for (const count of [N, 1003, 1]) {
        words.fill(0xdead_beef, at.out / 4, at.out / 4 + N + 4);
        k.uniform(at.out, count, at.key, seedNonce('upload', limb), pc, at.work);
        expect(Array.from(words.slice(at.out / 4, at.out / 4 + count))).toEqual(below.slice(0, count));
        // One word beyond the last may hold a draw that was turned down; nothing further is touched.
        expect(words[at.out / 4 + count + 1]).toBe(0xdead_beef);
      }
    }
  });

  it('differ in every limb and every use, and never meet the nonces of secret streams', () => {
    const all = (['upload', 'publicKey'] as const).flatMap((use) => {
      const words = expandSeed(seed, use, [1_073_692_673, 1_073_692_673], 64);
      return [words.subarray(0, 64).join(), words.subarray(64).join()];
    });
    expect(new Set(all).size).toBe(4);
    expect(Math.max(...Object.values(NONCE))).toBeLessThan(seedNonce('publicKey', 0));
  });

  it('are uniform', () => {
    for (const q of primes) {
      const words = Array.from(expandSeed(seed, 'publicKey', [q], COUNT));
      expect(words.every((word) => word < q)).toBe(true);
      expect(Math.abs(chiSquareScore(histogram(words, q, 64)))).toBeLessThan(6);
      expect(Math.abs(serialCorrelation(words))).toBeLessThan(5.5);
    }
  });
});
