/**
 * L's arithmetic of a series (`../series.ts`) on one memory: a secret key a vector, c0 of its uploads and of its encryption of zero over public
 * polynomials given by seeds, hints kept in NTT form, sums decrypted with them. Where secrets and hints are, `series-keys.ts` says.
 */

import { SEED_BYTES } from '../seed.ts';
import type { HeParameters, Residues } from '../types.ts';
import { type Arena, blocks } from './arena.ts';
import { Framing, type LimbAt, wireBytes } from './framing.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { drawError, drawTernary, hideUnder, type SecretScratch } from './small-secrets.ts';
import { WantedSums } from './wanted.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

export interface SeriesKeySitePlan {
  readonly kind: 'series-key';
  readonly ring: RingPlan;
  /** Checked. */
  readonly wanted: Uint32Array;
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  const limbs = parameters.dataPrimes.length;
  return blocks({
    key: STREAM_KEY_BYTES,
    seed: SEED_BYTES,
    work: SAMPLER_WORK,
    error: limb,
    limb,
    other: limb,
    plain: 2 * limb,
    rest: 2 * limb,
    index: limb,
    x: limb * limbs,
    c0: limb * limbs,
    wire: wireBytes(parameters),
  });
}

/** Bytes of a hint in NTT form. */
export const storedHintBytes = ({ ringDegree, answerPrimes }: HeParameters): number => 4 * ringDegree * answerPrimes;

export function laySeriesKeySite(arena: Arena, parameters: HeParameters, threads: number, wanted: Uint32Array): SeriesKeySitePlan {
  const ring = layRing(arena, parameters);
  const { total } = scratchBlocks(parameters);
  return { kind: 'series-key', ring, wanted, scratch: Array.from({ length: threads }, () => arena.allocate(total)) };
}

/** What one part hides, and under which public polynomial. */
export interface PartInput {
  /** Undefined: an encryption of zero. */
  readonly plaintext: Residues | undefined;
  /** 32 fresh secret bytes, wiped by the task. */
  readonly key: Uint8Array;
  /** 32 public bytes of the series. */
  readonly seed: Uint8Array;
}

export class SeriesKeySite {
  readonly #plan: SeriesKeySitePlan;
  readonly #ring: Ring;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];
  readonly #base: number;
  readonly #framing: Framing;
  readonly #sums: WantedSums;

  constructor(plan: SeriesKeySitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(plan.ring.parameters).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
    this.#sums = new WantedSums(this.#ring, { limb: this.#p('limb'), other: this.#p('other'), index: this.#p('index') });
  }

  /** Draws a ternary secret key from 32 fresh bytes to `secret`: NTT form, Montgomery, data limbs. */
  drawSecret(secret: number, key: Uint8Array): void {
    const ring = this.#ring;
    this.#takeKey(key);
    drawTernary(ring, secret, ring.limbs, this.#secrets());
    this.#forget();
  }

  /** round(q m / t) + e - a s in NTT form, a from the seed. */
  encrypt(secret: number, { plaintext, key, seed }: PartInput): Uint8Array {
    const ring = this.#ring;
    this.#takeKey(key);
    ring.bytes(this.#p('seed'), SEED_BYTES).set(seed);
    drawError(ring, this.#p('x'), ring.limbs, this.#secrets());
    if (plaintext) {
      ring.longs(this.#p('plain'), ring.n).set(plaintext);
      ring.addScaled(this.#p('x'), ring.limbBytes, this.#p('plain'), this.#p('rest'), ring.n);
    }
    const mask = { seed: this.#p('seed'), work: this.#p('work'), limb: this.#p('limb') };
    hideUnder(ring, this.#p('x'), secret, ring.limbs, 'upload', mask);
    const part = this.#framing.writePart(this.#limbs('x', ring.limbs, ring.n));
    this.#forget();
    return part;
  }

  /** Keeps x times a hint at `to`, in NTT form. @throws PeerProtocolError on bytes that are not one hint. */
  keepHint(to: number, bytes: Uint8Array): void {
    const ring = this.#ring;
    const { answerPrimes } = ring.plan.parameters;
    const limbs = Array.from({ length: answerPrimes }, (_, prime) => ({ prime, at: to + prime * ring.limbBytes, count: ring.n }));
    this.#framing.readHint(bytes, limbs);
    for (const { prime, at } of limbs) {
      ring.forward(at, prime);
      ring.timesX(at, prime);
    }
  }

  /** The wanted coefficients mod t of a sum, with its answer's hint at `hint`. @throws PeerProtocolError on bytes that are not one sum. */
  decrypt(secret: number, hint: number, bytes: Uint8Array): Residues {
    const ring = this.#ring;
    const { wanted } = this.#plan;
    const { answerPrimes } = ring.plan.parameters;
    const count = this.#sums.choose(wanted);
    const products = this.#p('x');
    this.#framing.readSum(bytes, this.#limbs('c0', answerPrimes, wanted.length));
    for (let i = 0; i < answerPrimes; i++) {
      const offset = i * ring.limbBytes;
      const c0 = this.#p('c0') + offset;
      this.#sums.take(products + offset, i, [hint + offset, secret + offset]);
      ring.k.add(c0, c0, products + offset, count, ring.context(i));
    }
    const values = ring.scaleDown(this.#p('c0'), ring.limbBytes, count, 'answer', this.#p('plain')).slice(0, wanted.length);
    for (const name of ['c0', 'x'] as const)
      for (let i = 0; i < answerPrimes; i++) ring.wipe(this.#p(name) + i * ring.limbBytes, 4 * count);
    return values;
  }

  #limbs(name: 'x' | 'c0', primes: number, count: number): LimbAt[] {
    return Array.from({ length: primes }, (_, prime) => ({ prime, at: this.#p(name) + prime * this.#ring.limbBytes, count }));
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#base + this.#at[name];
  }

  #secrets(): SecretScratch {
    return { key: this.#p('key'), work: this.#p('work'), small: this.#p('error') };
  }

  #takeKey(key: Uint8Array): void {
    this.#ring.bytes(this.#p('key'), STREAM_KEY_BYTES).set(key);
    key.fill(0);
  }

  /** Keys, errors and plaintexts of a task do not stay in scratch; what is left there is public. */
  #forget(): void {
    const ring = this.#ring;
    ring.wipe(this.#p('key'), STREAM_KEY_BYTES);
    for (const name of ['error', 'limb'] as const) ring.wipe(this.#p(name), ring.limbBytes);
    for (const name of ['plain', 'rest'] as const) ring.wipe(this.#p(name), 2 * ring.limbBytes);
  }
}
