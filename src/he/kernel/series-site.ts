/**
 * The end of an answer of a series (`../series.ts`), at H: from the sum of its products to the wire. Hint and sums of an answer get the product of
 * L's encryption of zero, (z, a_z), with u of that answer; then a hint its error, a sum its flood; both are switched down.
 */

import { SEED_BYTES } from '../seed.ts';
import type { HeParameters } from '../types.ts';
import { type Arena, blocks } from './arena.ts';
import { addFlood, FLOOD_CONSTANTS } from './flood.ts';
import { Framing, type LimbAt, wireBytes } from './framing.ts';
import { NONCE, STREAM_KEY_BYTES } from './key-stream.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { drawTernary } from './small-secrets.ts';
import { WantedSums } from './wanted.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

export interface SeriesSitePlan {
  readonly kind: 'series';
  readonly ring: RingPlan;
  /** Checked. */
  readonly wanted: Uint32Array;
  /** F of sums. */
  readonly flood: bigint;
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  const limbs = parameters.dataPrimes.length;
  return blocks({
    key: STREAM_KEY_BYTES,
    seed: SEED_BYTES,
    work: SAMPLER_WORK,
    constants: FLOOD_CONSTANTS,
    error: limb,
    limb,
    other: limb,
    index: limb,
    x: limb * limbs,
    picked: limb * limbs,
    wire: wireBytes(parameters),
  });
}

export function laySeriesSite(arena: Arena, parameters: HeParameters, threads: number, wanted: Uint32Array, flood: bigint): SeriesSitePlan {
  const ring = layRing(arena, parameters);
  const { total } = scratchBlocks(parameters);
  return { kind: 'series', ring, wanted, flood, scratch: Array.from({ length: threads }, () => arena.allocate(total)) };
}

/** How an answer ends. */
export interface SeriesFinish {
  readonly kind: 'hint' | 'sum';
  /** Where a_z of the series (for a hint) or x z of the vector is. */
  readonly zero: number;
  /** Where u of the answer is. */
  readonly ternary: number;
  /** 32 fresh secret bytes for error or flood, wiped by the task. */
  readonly key: Uint8Array;
}

export class SeriesSite {
  readonly #plan: SeriesSitePlan;
  readonly #ring: Ring;
  readonly #base: number;
  readonly #framing: Framing;
  readonly #sums: WantedSums;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];

  constructor(plan: SeriesSitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(plan.ring.parameters).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
    this.#sums = new WantedSums(this.#ring, { limb: this.#p('limb'), other: this.#p('other'), index: this.#p('index') });
  }

  /** u of an answer, from 32 fresh secret bytes, which are wiped: NTT form, Montgomery, data limbs, at `to`. */
  drawTernary(to: number, key: Uint8Array): void {
    const ring = this.#ring;
    this.#takeKey(key);
    drawTernary(ring, to, ring.limbs, { key: this.#p('key'), work: this.#p('work'), small: this.#p('error') });
    this.#forget();
  }

  /** a_z of a series at `to`. */
  expandZero(to: number, seed: Uint8Array): void {
    const ring = this.#ring;
    ring.bytes(this.#p('seed'), SEED_BYTES).set(seed);
    for (let i = 0; i < ring.limbs; i++) ring.uniform(to + i * ring.limbBytes, this.#p('seed'), 'upload', i, this.#p('work'));
  }

  /** x z of a vector at `to`. @throws PeerProtocolError on bytes that are not one part. */
  loadZero(to: number, bytes: Uint8Array): void {
    const { limbs, limbBytes, n } = this.#ring;
    this.#framing.readPart(
      bytes,
      Array.from({ length: limbs }, (_, prime) => ({ prime, at: to + prime * limbBytes, count: n })),
    );
    for (let i = 0; i < limbs; i++) this.#ring.timesX(to + i * limbBytes, i);
  }

  /** What is sent of an answer whose products sum to `sum` (NTT form, data limbs). */
  finish(sum: Uint32Array, { kind, zero, ternary, key }: SeriesFinish): Uint8Array {
    this.#takeKey(key);
    this.#ring.words(this.#p('x'), sum.length).set(sum);
    const bytes = kind === 'hint' ? this.#hint(zero, ternary) : this.#sum(zero, ternary);
    this.#forget();
    return bytes;
  }

  /** c1 whole: x + a_z u + e. */
  #hint(zero: number, ternary: number): Uint8Array {
    const ring = this.#ring;
    const [limb, error] = [this.#p('limb'), this.#p('error')];
    ring.k.centredBinomial(error, ring.n, this.#p('key'), NONCE.error1, this.#p('work'));
    for (let i = 0; i < ring.limbs; i++) {
      const offset = i * ring.limbBytes;
      const x = this.#p('x') + offset;
      ring.k.dyadic(limb, zero + offset, ternary + offset, ring.n, ring.context(i));
      ring.k.add(x, x, limb, ring.n, ring.context(i));
      ring.inverse(x, i);
      ring.k.addError(x, x, error, ring.n, ring.context(i));
    }
    ring.switchDown(this.#p('x'), ring.limbBytes, ring.n);
    return this.#framing.writeHint(this.#limbs('x', ring.n));
  }

  /** The wanted words of c0: x + z u + f. */
  #sum(zero: number, ternary: number): Uint8Array {
    const ring = this.#ring;
    const { wanted, flood } = this.#plan;
    const count = this.#sums.choose(wanted);
    for (let i = 0; i < ring.limbs; i++) {
      const offset = i * ring.limbBytes;
      this.#sums.take(this.#p('picked') + offset, i, [this.#p('x') + offset, ring.x(i)], [zero + offset, ternary + offset]);
    }
    // x is used up: what is drawn takes its place.
    const scratch = { work: this.#p('work'), drawn: this.#p('x'), constants: this.#p('constants') };
    addFlood(ring, flood, this.#p('picked'), count, this.#p('key'), NONCE.mask, scratch);
    ring.switchDown(this.#p('picked'), ring.limbBytes, count);
    return this.#framing.writeSum(this.#limbs('picked', wanted.length));
  }

  #takeKey(key: Uint8Array): void {
    this.#ring.bytes(this.#p('key'), STREAM_KEY_BYTES).set(key);
    key.fill(0);
  }

  #limbs(name: 'x' | 'picked', count: number): LimbAt[] {
    const { answerPrimes } = this.#ring.plan.parameters;
    return Array.from({ length: answerPrimes }, (_, prime) => ({ prime, at: this.#p(name) + prime * this.#ring.limbBytes, count }));
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#base + this.#at[name];
  }

  /** The key of a task and what it drew do not stay in scratch. */
  #forget(): void {
    const ring = this.#ring;
    ring.wipe(this.#p('key'), STREAM_KEY_BYTES);
    ring.wipe(this.#p('work'), SAMPLER_WORK);
    for (const name of ['error', 'limb', 'other'] as const) ring.wipe(this.#p(name), ring.limbBytes);
  }
}
