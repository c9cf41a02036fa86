/**
 * Randomness as an argument. Two kinds that must never be mixed up:
 *
 * - `SecureRandom`  keys, masks, permutations that hide something: the platform's CSPRNG, `systemRandom`.
 * - `SeededRandom`  reproducible choices that hide nothing (row sampling, synthetic data, stochastic rounding in a test): a 128-bit
 *                   generator (sfc32, Doty-Humphrey's PractRand), same seed, same numbers on every machine.
 */
import { LocalProtocolError } from './errors.ts';

/** Fills the array with uniform bytes. */
export interface SecureRandom {
  fill(bytes: Uint8Array): void;
}

const MAX_GET_RANDOM_BYTES = 65_536;

/** The platform's CSPRNG through Web Crypto, which takes at most 65,536 bytes a call. */
export const systemRandom: SecureRandom = Object.freeze({
  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_GET_RANDOM_BYTES) {
      globalThis.crypto.getRandomValues(bytes.subarray(at, Math.min(at + MAX_GET_RANDOM_BYTES, bytes.length)));
    }
  },
});

/** `length` fresh uniform bytes. */
export function randomBytes(random: SecureRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}

/** Uniform integer in [0, bound), by rejection; `bound` at most 2^32. */
export function uniformInt(random: SecureRandom, bound: number): number {
  if (!(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32)) {
    throw new LocalProtocolError('ERR_INTERNAL_RANGE', `uniformInt bound ${bound} is not an integer in 1..2^32`);
  }
  const limit = 2 ** 32 - (2 ** 32 % bound);
  const word = new Uint8Array(4);
  for (;;) {
    random.fill(word);
    const value = new DataView(word.buffer).getUint32(0, true);
    if (value < limit) return value % bound;
  }
}

/** Uniform integer in [0, bound) for any positive bound, by rejection. */
export function uniformBigInt(random: SecureRandom, bound: bigint): bigint {
  if (bound <= 0n) throw new LocalProtocolError('ERR_INTERNAL_RANGE', 'uniformBigInt bound must be positive');
  const bits = (bound - 1n).toString(2).length;
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  const mask = (1n << BigInt(bits)) - 1n;
  for (;;) {
    random.fill(bytes);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    value &= mask;
    if (value < bound) return value;
  }
}

/** A uniformly random order of 0..n-1 (Fisher-Yates). */
export function permutation(random: SecureRandom, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = uniformInt(random, i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A reproducible generator. `split(label)` gives an independent stream, so that adding one consumer never changes another. */
export interface SeededRandom extends SecureRandom {
  /** Uniform 32-bit integer. */
  u32(): number;
  /** Uniform double in [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal (Marsaglia polar). */
  normal(): number;
  split(label: string): SeededRandom;
}

/** FNV-1a over UTF-16 code units, to turn labels into stream seeds. */
function hashLabel(label: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) {
    h = Math.imul(h ^ (label.charCodeAt(i) & 0xff), 0x01000193) >>> 0;
    h = Math.imul(h ^ (label.charCodeAt(i) >>> 8), 0x01000193) >>> 0;
  }
  return h >>> 0;
}

/** @param seed any integer; only its low 32 bits count. Not for secrets. */
export function seededRandom(seed: number, label = ''): SeededRandom {
  let a = hashLabel(label, seed >>> 0);
  let b = seed >>> 0;
  let c = hashLabel(`${label}/c`, seed >>> 0);
  let counter = 1;
  let spare: number | undefined;
  const u32 = (): number => {
    const t = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t;
  };
  for (let i = 0; i < 15; i++) u32();
  const uniform = (): number => ((u32() >>> 5) * 67_108_864 + (u32() >>> 6)) / 9_007_199_254_740_992;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = y * scale;
        return x * scale;
      }
    }
  };
  return {
    u32,
    uniform,
    normal,
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = u32() >>> 24;
    },
    split: (name) => seededRandom(seed, `${label}/${name}`),
  };
}
