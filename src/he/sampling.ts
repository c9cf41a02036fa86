/**
 * Uniform sampling by rejection, buffered: residues mod a word, shares in R_q, floods in [-F, F]. All bytes come from the caller's
 * `SecureRandom`. Rejection makes the number of bytes drawn vary, which tells nothing: rejected draws are independent of those kept.
 */
import { LocalProtocolError, type SecureRandom } from '../base/index.ts';
import { bitLength, mulmod } from './modular.ts';

const BUFFER_BYTES = 65_536;
const CHUNK_BITS = 30;

/** A stream of uniform 32-bit words; wiped by `dispose`. */
class RandomWords {
  readonly #random: SecureRandom;
  readonly #words: Uint32Array;
  #next: number;

  constructor(random: SecureRandom, expected: number) {
    this.#random = random;
    this.#words = new Uint32Array(Math.min(BUFFER_BYTES / 4, Math.max(64, Math.ceil(expected * 1.1))));
    this.#next = this.#words.length;
  }

  next(): number {
    if (this.#next === this.#words.length) {
      this.#random.fill(new Uint8Array(this.#words.buffer));
      this.#next = 0;
    }
    return this.#words[this.#next++];
  }

  dispose(): void {
    this.#words.fill(0);
  }
}

/** `count` independent uniform residues below `bound` ≤ 2^31. */
export function uniformResidues(random: SecureRandom, bound: number, count: number): Uint32Array {
  const stream = new RandomWords(random, count);
  const out = new Uint32Array(count);
  fillUniform(stream, bound, out);
  stream.dispose();
  return out;
}

/** `count` uniform elements of Z_q in residue form, limb after limb (Chinese remainders: uniform limbs are a uniform element). */
export function uniformRns(random: SecureRandom, moduli: readonly number[], count: number): Uint32Array {
  const stream = new RandomWords(random, count * moduli.length);
  const out = new Uint32Array(count * moduli.length);
  for (const [i, q] of moduli.entries()) fillUniform(stream, q, out.subarray(i * count, (i + 1) * count));
  stream.dispose();
  return out;
}

/**
 * `count` integers uniform in [-F, F] as residues, limb after limb. Each is drawn as 30-bit chunks of x in [0, 2F] (rejected above 2F),
 * reduced mod each prime chunk by chunk, then shifted by -F: no BigInt per coefficient.
 */
export function uniformFlood(random: SecureRandom, flood: bigint, moduli: readonly number[], count: number): Uint32Array {
  if (flood < 1n) throw new LocalProtocolError('ERR_HE_INTERNAL', 'the flood range is empty');
  const top = chunksOf(2n * flood);
  const chunks = new Uint32Array(top.length);
  const stream = new RandomWords(random, count * top.length);
  const shift = moduli.map((q) => Number(flood % BigInt(q)));
  const powers = moduli.map((q) => top.map((_, j) => Number((1n << BigInt(CHUNK_BITS * j)) % BigInt(q))));
  const out = new Uint32Array(count * moduli.length);
  for (let c = 0; c < count; c++) {
    drawUpTo(stream, top, chunks);
    moduli.forEach((q, i) => {
      let residue = q - shift[i];
      for (let j = 0; j < chunks.length; j++) residue += mulmod(chunks[j] % q, powers[i][j], q);
      out[i * count + c] = residue % q;
    });
  }
  stream.dispose();
  chunks.fill(0);
  return out;
}

function fillUniform(stream: RandomWords, bound: number, out: Uint32Array): void {
  const mask = 2 ** bitLength(bound - 1) - 1;
  for (let i = 0; i < out.length; i++) {
    let word = stream.next() & mask;
    while (word >= bound) word = stream.next() & mask;
    out[i] = word;
  }
}

/** Little-endian chunks of 30 bits. */
function chunksOf(value: bigint): number[] {
  const chunks: number[] = [];
  for (let rest = value; rest > 0n; rest >>= BigInt(CHUNK_BITS)) chunks.push(Number(rest & ((1n << BigInt(CHUNK_BITS)) - 1n)));
  return chunks;
}

/** A uniform number in [0, top], both as chunks. */
function drawUpTo(stream: RandomWords, top: readonly number[], out: Uint32Array): void {
  const highest = top.length - 1;
  const highMask = 2 ** bitLength(top[highest]) - 1;
  do {
    for (let j = 0; j < highest; j++) out[j] = stream.next() & (2 ** CHUNK_BITS - 1);
    out[highest] = stream.next() & highMask;
  } while (exceeds(out, top));
}

function exceeds(chunks: Uint32Array, top: readonly number[]): boolean {
  for (let j = top.length - 1; j >= 0; j--) if (chunks[j] !== top[j]) return chunks[j] > top[j];
  return false;
}
