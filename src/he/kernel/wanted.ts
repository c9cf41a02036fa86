/**
 * The wanted coefficients of a product of transformed polynomials. Where they lie as a layout (`../matvec.ts`) puts them, kB + B - 1, they cost a
 * tenth of a transform (assembly/wanted.ts); others are read off a whole one.
 *
 * Both ways read them off x c, so one factor of every product has x in it: `Ring.timesX`.
 */
import { wantedIndices } from '../blinding.ts';
import type { Wanted } from '../types.ts';
import type { Ring } from './ring.ts';

/** Two limbs and room for N indices. */
export interface WantedScratch {
  readonly limb: number;
  readonly other: number;
  readonly index: number;
}

/** Beyond this many the short transform, whose stages are short too, costs what it saves. */
const MOST_BLOCKS = 512;

/** Two limbs in NTT form, the second in Montgomery form. */
export type Factors = readonly [a: number, b: number];

export class WantedSums {
  readonly #ring: Ring;
  readonly #scratch: WantedScratch;
  /** How many words are wanted; the arithmetic does four at a time. */
  #wanted = 0;
  /** log2 of the number of blocks, where the wanted coefficients end the first blocks. */
  #logBlocks: number | undefined;
  /** Whether coefficient N - 1 is wanted, which is minus coefficient 0 of x c. */
  #wraps = false;

  constructor(ring: Ring, scratch: WantedScratch) {
    this.#ring = ring;
    this.#scratch = scratch;
  }

  /** Which coefficients the calls of `take` that follow are about; returns how many, rounded up to a multiple of 4. */
  choose(wanted: Wanted): number {
    const { n, plan } = this.#ring;
    const indices = wantedIndices(plan.parameters, wanted);
    this.#wanted = indices.length;
    const block = indices[0] + 1;
    const even = Number.isInteger(Math.log2(block)) && n / block <= MOST_BLOCKS && indices.every((w, k) => w === (k + 1) * block - 1);
    this.#logBlocks = even ? Math.log2(n / block) : undefined;
    this.#wraps = indices[indices.length - 1] === n - 1;
    const count = Math.ceil(this.#wanted / 4) * 4;
    if (!even) {
      const index = this.#ring.words(this.#scratch.index, count).fill(0);
      for (let c = 0; c < this.#wanted; c++) index[c] = (indices[c] + 1) % n;
    }
    return count;
  }

  /** out = the wanted coefficients of c mod prime i, x c being the sum of the products; words up to a multiple of 4 are overwritten. */
  take(out: number, i: number, ...products: readonly Factors[]): void {
    if (this.#logBlocks === undefined) this.#takeFromAll(out, i, products);
    else this.#takeFromBlocks(out, i, products, this.#logBlocks);
  }

  #takeFromBlocks(out: number, i: number, products: readonly Factors[], logBlocks: number): void {
    const { k, logN } = this.#ring;
    const context = this.#ring.context(i);
    const blocks = 2 ** logBlocks;
    products.forEach(([a, b], j) => {
      k.blockSums(out, a, b, context, logN, logBlocks, j === 0 ? 1 : 0);
    });
    k.wantedOfSums(out, context, logN, logBlocks);
    if (blocks < 4) this.#ring.wipe(out + 4 * blocks, 16 - 4 * blocks);
  }

  #takeFromAll(out: number, i: number, products: readonly Factors[]): void {
    const { k, n } = this.#ring;
    const { limb, other, index } = this.#scratch;
    const context = this.#ring.context(i);
    products.forEach(([a, b], j) => {
      k.dyadic(j === 0 ? limb : other, a, b, n, context);
      if (j > 0) k.add(limb, limb, other, n, context);
    });
    this.#ring.inverse(limb, i);
    k.gather(out, limb, index, Math.ceil(this.#wanted / 4) * 4);
    // Whole, a product with s or u gives either away.
    this.#ring.wipe(limb, this.#ring.limbBytes);
    if (products.length > 1) this.#ring.wipe(other, this.#ring.limbBytes);
    if (!this.#wraps) return;
    const last = this.#ring.words(out + 4 * (this.#wanted - 1), 1);
    last[0] = last[0] === 0 ? 0 : this.#ring.prime(i) - last[0];
  }
}
