/**
 * A sequence of bits, packed: 32 a word, the first bit the highest. What the tests of SP 800-22 share on it: counting ones, reading 32 bits from any
 * place, and counting patterns.
 */
export interface Bits {
  /** One word more than the bits need, so that 32 bits can be read from every place. Bits past the length are zero. */
  readonly words: Uint32Array;
  readonly length: number;
}

/** Of bytes, the highest bit of each first; as many bits as `length` says. */
export function packBits(bytes: Uint8Array, length = 8 * bytes.length): Bits {
  const words = new Uint32Array(Math.ceil(length / 32) + 1);
  for (let i = 0; 8 * i < length; i++) words[i >> 2] |= bytes[i] << (24 - 8 * (i & 3));
  if (length % 32 > 0) words[length >> 5] &= ~(0xffffffff >>> (length % 32));
  return { words, length };
}

/** Ones in a word. */
export function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The 32 bits from place `at`, signed. */
export function wordAt({ words }: Bits, at: number): number {
  const i = at >> 5;
  const shift = at & 31;
  return shift === 0 ? words[i] | 0 : (words[i] << shift) | (words[i + 1] >>> (32 - shift));
}

/** The 8 bits from place `at`. */
export const byteAt = (bits: Bits, at: number): number => wordAt(bits, at) >>> 24;

/** Ones in places from … to - 1. */
export function onesIn(bits: Bits, from: number, to: number): number {
  let count = 0;
  let at = from;
  for (; at + 32 <= to; at += 32) count += popcount(wordAt(bits, at));
  return at < to ? count + popcount(wordAt(bits, at) >>> (32 - (to - at))) : count;
}

/** How often each pattern of `size` ≤ 16 bits begins in places from … to - 1; `bits` goes on long enough. */
export function patternCounts(bits: Bits, size: number, from: number, to: number): Uint32Array {
  const counts = new Uint32Array(2 ** size);
  const drop = 32 - size;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const word = wordAt(bits, at);
    for (let k = 0; k < 16; k++) counts[(word << k) >>> drop]++;
  }
  for (; at < to; at++) counts[wordAt(bits, at) >>> drop]++;
  return counts;
}

/** The sequence as a ring: its first `more` < 32 bits once again at its end. */
export function asRing(bits: Bits, more: number): Bits {
  const words = new Uint32Array(Math.ceil((bits.length + more) / 32) + 1);
  words.set(bits.words);
  const first = wordAt(bits, 0) & ~(0xffffffff >>> more);
  const at = bits.length >> 5;
  const shift = bits.length & 31;
  words[at] |= first >>> shift;
  if (shift > 0) words[at + 1] |= first << (32 - shift);
  return { words, length: bits.length + more };
}
