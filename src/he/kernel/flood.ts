/**
 * The flood of an answer, drawn and added by the WASM: uniform in [-F, F] per coefficient, the distribution of `../sampling.ts` (which is a
 * fifth as fast).
 */
import { LocalProtocolError } from '../../base/index.ts';
import { shoup } from './prime-context.ts';
import type { Ring } from './ring.ts';

const CHUNK_BITS = 30n;

export interface FloodScratch {
  /** A sampler's scratch. */
  readonly work: number;
  /** Data limbs of words for the draws, wiped. */
  readonly drawn: number;
  /** 64 bytes for 2F, 64 for the powers of a prime. */
  readonly constants: number;
}

export const FLOOD_CONSTANTS = 128;

/** x (data limbs of `count` words, a multiple of 4, `stride` bytes apart) += f, f fresh from key stream `nonce` of the key at `key`. */
export function addFlood(ring: Ring, flood: bigint, x: number, count: number, key: number, nonce: number, scratch: FloodScratch): void {
  if (flood < 1n) throw new LocalProtocolError('ERR_HE_INTERNAL', 'the flood range is empty');
  const top = chunksOf(2n * flood);
  if (top.length > ring.limbs) throw new LocalProtocolError('ERR_HE_INTERNAL', 'the flood is wider than the modulus');
  const powersAt = scratch.constants + FLOOD_CONSTANTS / 2;
  ring.words(scratch.constants, top.length).set(top);
  ring.k.drawUpTo(scratch.drawn, ring.n, count, scratch.constants, top.length, key, nonce, scratch.work);
  for (let i = 0; i < ring.limbs; i++) {
    const q = ring.prime(i);
    const powers = top.flatMap((_, j) => {
      const power = Number((1n << (CHUNK_BITS * BigInt(j))) % BigInt(q));
      return [power, shoup(power, q)];
    });
    ring.words(powersAt, powers.length).set(powers);
    const negated = Number((BigInt(q) - (flood % BigInt(q))) % BigInt(q));
    ring.k.addDrawn(x + i * ring.limbBytes, scratch.drawn, ring.n, count, powersAt, top.length, negated, ring.context(i));
  }
  ring.wipe(scratch.drawn, top.length * ring.limbBytes);
}

/** Little-endian chunks of 30 bits. */
function chunksOf(value: bigint): number[] {
  const chunks: number[] = [];
  for (let rest = value; rest > 0n; rest >>= CHUNK_BITS) chunks.push(Number(rest & ((1n << CHUNK_BITS) - 1n)));
  return chunks;
}
