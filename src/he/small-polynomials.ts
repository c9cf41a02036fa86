/**
 * Small random polynomials in JavaScript, with the distributions of the kernel's samplers: for the engine that has none of its own to lend.
 */
import { randomBytes, type SecureRandom } from '../base/index.ts';

/** n words uniform in {-1, 0, 1}: a byte below 255 = 3 · 85, mod 3. */
export function ternary(random: SecureRandom, n: number): Int32Array {
  const out = new Int32Array(n);
  for (let at = 0; at < n; ) {
    const bytes = randomBytes(random, n - at);
    for (const byte of bytes) if (byte < 255) out[at++] = (byte % 3) - 1;
    bytes.fill(0);
  }
  return out;
}

const BITS = 2 ** 21 - 1;

/** n centred binomial words, popcount of 21 bits minus popcount of 21 bits: |e| ≤ 21, standard deviation 3.24. */
export function centredBinomial(random: SecureRandom, n: number): Int32Array {
  const bytes = randomBytes(random, 8 * n);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * n);
  const out = Int32Array.from({ length: n }, (_, i) => popcount(words[2 * i] & BITS) - popcount(words[2 * i + 1] & BITS));
  bytes.fill(0);
  return out;
}

function popcount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
