/**
 * The ChaCha20 block function (RFC 8439 §2.3) in TypeScript, for public data alone: the seal engine expands seeds with it, and the kernel's
 * SIMD version is held against it. Secret streams are the kernel's.
 */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
/** Words of one block. */
export const BLOCK_WORDS = 16;

/**
 * Key stream as little-endian words: `out.length / 16` blocks from block `counter` on.
 * @param key 32 bytes
 * @param nonce first word of the nonce; the other two are zero
 */
export function chacha20Words(key: Uint8Array, nonce: number, counter: number, out: Uint32Array): void {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const start = new Uint32Array(BLOCK_WORDS);
  start.set(CONSTANTS);
  for (let i = 0; i < 8; i++) start[4 + i] = view.getUint32(4 * i, true);
  start[13] = nonce;
  const x = new Uint32Array(BLOCK_WORDS);
  for (let block = 0; block < out.length / BLOCK_WORDS; block++) {
    start[12] = counter + block;
    x.set(start);
    for (let round = 0; round < 10; round++) doubleRound(x);
    for (let i = 0; i < BLOCK_WORDS; i++) out[block * BLOCK_WORDS + i] = x[i] + start[i];
  }
}

function doubleRound(x: Uint32Array): void {
  quarterRound(x, 0, 4, 8, 12);
  quarterRound(x, 1, 5, 9, 13);
  quarterRound(x, 2, 6, 10, 14);
  quarterRound(x, 3, 7, 11, 15);
  quarterRound(x, 0, 5, 10, 15);
  quarterRound(x, 1, 6, 11, 12);
  quarterRound(x, 2, 7, 8, 13);
  quarterRound(x, 3, 4, 9, 14);
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a] += x[b];
  x[d] = rotate(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = rotate(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = rotate(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = rotate(x[b] ^ x[c], 7);
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
