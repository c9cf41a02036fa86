/**
 * Residues (64-bit) and 32-bit words, by halves of the little-endian arrays: a BigInt an entry would cost three times a whole transform.
 */
import type { Residues } from './types.ts';

export function residuesOf(words: Uint32Array): Residues {
  const residues = new BigUint64Array(words.length);
  const halves = new Uint32Array(residues.buffer);
  for (let i = 0; i < words.length; i++) halves[2 * i] = words[i];
  return residues;
}

/** The residues as words, or undefined when one is not below `bound` ≤ 2^32. */
export function wordsBelow(residues: Residues, bound: number): Uint32Array | undefined {
  const halves = new Uint32Array(residues.buffer, residues.byteOffset, residues.length * 2);
  const words = new Uint32Array(residues.length);
  let excess = false;
  for (let i = 0; i < words.length; i++) {
    words[i] = halves[2 * i];
    excess ||= halves[2 * i + 1] !== 0 || words[i] >= bound;
  }
  return excess ? undefined : words;
}
