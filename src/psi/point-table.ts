/**
 * A set of 32-byte points with the position of each: open addressing over one Uint32Array, points in one flat Uint8Array, no strings.
 * A million points take 32 MB + 8 MB.
 *
 * Peers choose the points, so the hash is keyed (HalfSipHash-2-4, Aumasson and Bernstein's short variant as in the Linux kernel): with a
 * plain hash a peer could send a million points that fall into one slot and stall us.
 */
import { LocalProtocolError, randomBytes, type SecureRandom } from '../base/index.ts';
import { POINT_BYTES } from './wire.ts';

const WORDS = POINT_BYTES / 4;

export class PointTable {
  readonly #words: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #mask: number;
  readonly #key: Uint32Array;
  #count = 0;

  /** @param capacity the most points it will hold. */
  constructor(capacity: number, random: SecureRandom) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(capacity * 2 + 1)));
    this.#words = new Uint32Array(capacity * WORDS);
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
    this.#key = new Uint32Array(randomBytes(random, 8).buffer);
  }

  /** Adds every point of a flat array in order; false, and the table is void, when one of them was there already. */
  addAll(points: Uint8Array): boolean {
    const words = wordsOf(points);
    for (let at = 0; at < words.length; at += WORDS) if (!this.#add(words, at)) return false;
    return true;
  }

  /** Position (order of addition) of each point of a flat array, or -1. */
  findAll(points: Uint8Array): Int32Array {
    const words = wordsOf(points);
    const positions = new Int32Array(words.length / WORDS);
    for (let i = 0; i < positions.length; i++) positions[i] = this.#slots[this.#slotOf(words, i * WORDS)] - 1;
    return positions;
  }

  #add(words: Uint32Array, at: number): boolean {
    const slot = this.#slotOf(words, at);
    if (this.#slots[slot] !== 0) return false;
    if (this.#count * WORDS === this.#words.length)
      throw new LocalProtocolError('ERR_INTERNAL_RANGE', 'more points than the table was made for');
    this.#words.set(words.subarray(at, at + WORDS), this.#count * WORDS);
    this.#count += 1;
    this.#slots[slot] = this.#count;
    return true;
  }

  /** The slot that holds the point, or the empty slot where it belongs. */
  #slotOf(words: Uint32Array, at: number): number {
    let slot = halfSipHash(this.#key, words, at) & this.#mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const held = (this.#slots[slot] - 1) * WORDS;
      let same = 0;
      while (same < WORDS && this.#words[held + same] === words[at + same]) same += 1;
      if (same === WORDS) break;
    }
    return slot;
  }
}

/** Points as 32-bit words; copies only when the bytes are not aligned. */
function wordsOf(points: Uint8Array): Uint32Array {
  const aligned = points.byteOffset % 4 === 0 ? points : points.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/** HalfSipHash-2-4 with 32-bit output over the 8 words of one point; the length byte is that of 32 bytes. */
export function halfSipHash(key: Uint32Array, words: Uint32Array, at: number): number {
  let v0 = key[0];
  let v1 = key[1];
  let v2 = 0x6c796765 ^ key[0];
  let v3 = 0x74656462 ^ key[1];
  for (let i = 0; i <= WORDS + 4; i++) {
    const word = i < WORDS ? words[at + i] : i === WORDS ? POINT_BYTES << 24 : 0;
    const finishing = i > WORDS;
    v3 ^= word;
    for (let round = finishing ? 1 : 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
    if (i === WORDS) v2 ^= 0xff;
  }
  return (v1 ^ v3) >>> 0;
}
