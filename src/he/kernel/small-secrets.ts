/**
 * What several sites do with small secret polynomials, each on its own memory: a ternary from 32 secret bytes (s of a key, u of a series), an error,
 * and hiding something under a public polynomial times s. Callers wipe the scratch.
 */
import type { SeedUse } from '../seed.ts';
import { NONCE } from './key-stream.ts';
import type { Ring } from './ring.ts';

/** Where 32 secret bytes are, a sampler's scratch, and room for one polynomial of small words. */
export interface SecretScratch {
  readonly key: number;
  readonly work: number;
  readonly small: number;
}

/** A uniform ternary at `to`: NTT form, Montgomery, `limbs` limbs. */
export function drawTernary(ring: Ring, to: number, limbs: number, { key, work, small }: SecretScratch): void {
  ring.k.ternary(small, ring.n, key, NONCE.secret, work);
  for (let i = 0; i < limbs; i++) {
    const limb = to + i * ring.limbBytes;
    ring.k.liftSmall(limb, small, ring.n, ring.context(i));
    ring.forward(limb, i);
    ring.k.toMontgomery(limb, limb, ring.n, ring.context(i));
  }
}

/** A centred binomial error at `to`, coefficient form, `limbs` limbs. */
export function drawError(ring: Ring, to: number, limbs: number, { key, work, small }: SecretScratch): void {
  ring.k.centredBinomial(small, ring.n, key, NONCE.error0, work);
  for (let i = 0; i < limbs; i++) ring.k.liftSmall(to + i * ring.limbBytes, small, ring.n, ring.context(i));
}

/** Where a public seed is, a sampler's scratch, and room for one limb. */
export interface MaskScratch {
  readonly seed: number;
  readonly work: number;
  readonly limb: number;
}

/** x = NTT(x) - a s over `limbs` limbs, a from the seed, s at `secret`. */
export function hideUnder(ring: Ring, x: number, secret: number, limbs: number, use: SeedUse, { seed, work, limb }: MaskScratch): void {
  for (let i = 0; i < limbs; i++) {
    const at = x + i * ring.limbBytes;
    ring.forward(at, i);
    ring.uniform(limb, seed, use, i, work);
    ring.k.subtractProduct(at, limb, secret + i * ring.limbBytes, ring.n, ring.context(i));
  }
}
