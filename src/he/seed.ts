/**
 * The one expansion of a public seed to a uniform polynomial: p1 of a public key, c1 of an upload, both in NTT form (uniform in one form is
 * uniform in the other, and whoever uses it wants this one).
 *
 *   limb i mod q   the words of ChaCha20 (RFC 8439, 20 rounds, little-endian, from block 0) under the seed as key and the nonce
 *                  (256 · use + i, 0, 0) are masked to ceil(log2 q) bits in turn; the first N that are below q are the limb
 *
 * Each limb has a stream of its own, so that limbs can be made in any order; uses are 1 (public key) and 2 (upload), and 256 keeps them
 * apart from the nonces of secret streams (`kernel/key-stream.ts`), should a key ever serve both. All of it is public: time may depend on
 * it. Bit for bit the same in the kernel (`assembly/sampling.ts`).
 */
import { BLOCK_WORDS, chacha20Words } from './chacha20.ts';
import { wordBits } from './packing.ts';

/** A ChaCha20 key: 256 fresh bits a polynomial. */
export const SEED_BYTES = 32;
const USE = Object.freeze({ publicKey: 1, upload: 2 });

/** What the polynomial is for. */
export type SeedUse = keyof typeof USE;

/** First word of the nonce of limb `limb`; the other two are zero. */
export const seedNonce = (use: SeedUse, limb: number): number => 256 * USE[use] + limb;

/** `count` residues mod each of `moduli` (below 2^32), limb after limb. */
export function expandSeed(seed: Uint8Array, use: SeedUse, moduli: readonly number[], count: number): Uint32Array {
  const out = new Uint32Array(moduli.length * count);
  moduli.forEach((q, i) => {
    fillLimb(seed, seedNonce(use, i), q, out.subarray(i * count, (i + 1) * count));
  });
  return out;
}

function fillLimb(seed: Uint8Array, nonce: number, q: number, out: Uint32Array): void {
  const mask = 2 ** wordBits(q) - 1;
  const block = new Uint32Array(BLOCK_WORDS);
  for (let at = 0, counter = 0; at < out.length; counter++) {
    chacha20Words(seed, nonce, counter, block);
    for (let i = 0; i < BLOCK_WORDS && at < out.length; i++) {
      const word = (block[i] & mask) >>> 0;
      if (word < q) out[at++] = word;
    }
  }
}
