/**
 * Words of `width` bits (1 to 31), little-endian, back to back, the last byte padded with zero bits: 30-bit residues cost 30 bits on the wire.
 */
import { bitLength } from './modular.ts';

/** Bytes of `count` packed words. */
export const packedBytes = (count: number, width: number): number => Math.ceil((count * width) / 8);

/** Width of a packed residue mod q. */
export const wordBits = (q: number): number => bitLength(q - 1);

/** Packs `words` into `out` from byte `at` on; returns the byte after the last. */
export function packWords(words: Uint32Array, width: number, out: Uint8Array, at: number): number {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let position = at;
  let pending = 0;
  let held = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    pending |= word << held;
    held += width;
    if (held >= 32) {
      view.setUint32(position, pending, true);
      position += 4;
      held -= 32;
      pending = held === 0 ? 0 : word >>> (width - held);
    }
  }
  for (; held > 0; held -= 8) {
    out[position++] = pending & 0xff;
    pending >>>= 8;
  }
  return position;
}

/**
 * Reads `out.length` words of `width` bits from byte `at` on. Returns false when a word is not below `bound` or a padding bit is set;
 * the caller has checked that the bytes are there.
 */
export function unpackWords(bytes: Uint8Array, at: number, width: number, bound: number, out: Uint32Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = at + packedBytes(out.length, width);
  const mask = 2 ** width - 1;
  let position = at;
  let pending = 0;
  let held = 0;
  let excess = 0;
  for (let i = 0; i < out.length; i++) {
    let word = pending;
    if (held < width) {
      const next = position + 4 <= end ? view.getUint32(position, true) : readTail(bytes, position, end);
      position += 4;
      word |= next << held;
      pending = next >>> (width - held);
      held += 32 - width;
    } else {
      pending >>>= width;
      held -= width;
    }
    word &= mask;
    excess |= word >= bound ? 1 : 0;
    out[i] = word;
  }
  return excess === 0 && pending === 0;
}

function readTail(bytes: Uint8Array, from: number, end: number): number {
  let word = 0;
  for (let i = from; i < end; i++) word |= bytes[i] << (8 * (i - from));
  return word >>> 0;
}
