/**
 * L's arithmetic on one memory: key generation, symmetric seeded encryption, decryption. The memory holds the secret key, in NTT form for
 * all key primes; it is wiped when the key holder is disposed of.
 *
 * Key: s ternary, uniform. Public key: (p0, p1) = (-(a s + e), a) mod data primes and special prime, NTT form, a from a seed (as SEAL).
 * Upload: c0 = round(q m / t) - (a s + e), c1 = a from a fresh seed, coefficient form.
 */
import type { HeParameters, Residues } from '../types.ts';
import { decodeAnswer, encodePublicKey, encodeUpload, SEED_BYTES } from '../wire.ts';
import { type Arena, blocks } from './arena.ts';
import { NONCE, STREAM_KEY_BYTES } from './key-stream.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { BLAKE_WORK, SAMPLER_WORK } from './wasm-module.ts';

const STREAM_SPARE = 4096;

export interface KeySitePlan {
  readonly kind: 'key';
  readonly ring: RingPlan;
  /** NTT form, Montgomery, one limb a key prime. */
  readonly secret: number;
  /** One scratch block a thread. */
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  const limbs = parameters.dataPrimes.length + 1;
  return blocks({
    key: STREAM_KEY_BYTES,
    seed: SEED_BYTES,
    work: Math.max(BLAKE_WORK, SAMPLER_WORK),
    stream: 2 * limb + STREAM_SPARE,
    error: limb,
    limb,
    plain: 2 * limb,
    fix: 2 * limb,
    index: limb,
    x: limb * limbs,
  });
}

export function layKeySite(arena: Arena, parameters: HeParameters, threads: number): KeySitePlan {
  const ring = layRing(arena, parameters);
  const secret = arena.allocate(4 * parameters.ringDegree * ring.primes.length);
  const { total } = scratchBlocks(parameters);
  return { kind: 'key', ring, secret, scratch: Array.from({ length: threads }, () => arena.allocate(total)) };
}

export interface EncryptInput {
  readonly plaintext: Residues;
  /** 32 fresh secret bytes, wiped by the task. */
  readonly key: Uint8Array;
  /** 64 fresh public bytes. */
  readonly seed: Uint8Array;
}

export interface DecryptInput {
  readonly answer: Uint8Array;
  readonly wanted: Uint32Array;
}

export class KeySite {
  readonly #ring: Ring;
  readonly #plan: KeySitePlan;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];
  readonly #base: number;

  constructor(plan: KeySitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(plan.ring.parameters).at;
  }

  /** Draws the secret key from 32 fresh bytes into the memory. Called once. */
  generate(key: Uint8Array): void {
    const ring = this.#ring;
    this.#load('key', key);
    ring.k.ternary(this.#p('error'), ring.n, this.#p('key'), NONCE.secret, this.#p('work'));
    ring.plan.primes.forEach((_, i) => {
      const limb = this.#secret(i);
      ring.k.liftSmall(limb, this.#p('error'), ring.n, ring.context(i));
      ring.forward(limb, i);
      ring.k.toMontgomery(limb, limb, ring.n, ring.context(i));
    });
    this.#forget();
  }

  /** Wire form of the public key whose p1 is expanded from `seed`; `key` is 32 fresh secret bytes for the error. */
  publicKey(key: Uint8Array, seed: Uint8Array): Uint8Array {
    const ring = this.#ring;
    const limbs = ring.plan.primes.length;
    this.#sampleError(key, seed);
    let mended = 0;
    for (let i = 0; i < limbs; i++) {
      const c = this.#limb(i);
      mended = ring.expandLimb(c, this.#p('seed'), i, limbs, this.#p('stream'), this.#p('work'), mended);
      ring.k.dyadic(c, c, this.#secret(i), ring.n, ring.context(i));
      ring.k.liftSmall(this.#p('limb'), this.#p('error'), ring.n, ring.context(i));
      ring.forward(this.#p('limb'), i);
      ring.k.add(c, c, this.#p('limb'), ring.n, ring.context(i));
      ring.k.negateWithError(c, c, this.#zeroError(), ring.n, ring.context(i));
    }
    const p0 = ring.words(this.#p('x'), limbs * ring.n).slice();
    this.#forget();
    return encodePublicKey(ring.plan.parameters, { p0, seed });
  }

  encrypt({ plaintext, key, seed }: EncryptInput): Uint8Array {
    const ring = this.#ring;
    this.#sampleError(key, seed);
    let mended = 0;
    for (let i = 0; i < ring.limbs; i++) {
      const c = this.#limb(i);
      mended = ring.expandLimb(c, this.#p('seed'), i, ring.limbs, this.#p('stream'), this.#p('work'), mended);
      ring.forward(c, i);
      ring.k.dyadic(c, c, this.#secret(i), ring.n, ring.context(i));
      ring.inverse(c, i);
      ring.k.negateWithError(c, c, this.#p('error'), ring.n, ring.context(i));
    }
    ring.longs(this.#p('plain'), ring.n).set(plaintext);
    ring.addScaled(this.#p('x'), ring.limbBytes, this.#p('plain'), this.#p('fix'), ring.n);
    const c0 = ring.words(this.#p('x'), ring.limbs * ring.n).slice();
    this.#forget();
    return encodeUpload(ring.plan.parameters, { c0, seed });
  }

  /** The wanted coefficients mod t. @throws PeerProtocolError on bytes that are not one answer. */
  decrypt({ answer, wanted }: DecryptInput): Residues {
    const ring = this.#ring;
    const primes = ring.plan.parameters.answerPrimes;
    const { c0, c1 } = decodeAnswer(ring.plan.parameters, wanted.length, answer);
    const count = Math.ceil(wanted.length / 4) * 4;
    const index = ring.words(this.#p('index'), count).fill(0);
    index.set(wanted);
    const sum = this.#p('limb');
    for (let i = 0; i < primes; i++) {
      ring.words(sum, ring.n).set(c1.subarray(i * ring.n, (i + 1) * ring.n));
      ring.forward(sum, i);
      ring.k.dyadic(sum, sum, this.#secret(i), ring.n, ring.context(i));
      ring.inverse(sum, i);
      const phase = this.#limb(i);
      ring.k.gather(phase, sum, this.#p('index'), count);
      ring.words(this.#p('error'), wanted.length).set(c0.subarray(i * wanted.length, (i + 1) * wanted.length));
      ring.k.add(phase, phase, this.#p('error'), count, ring.context(i));
    }
    const values = ring.scaleDown(this.#p('x'), ring.limbBytes, count, 'answer', this.#p('plain')).slice(0, wanted.length);
    this.#forget();
    return values;
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#base + this.#at[name];
  }

  #limb(i: number): number {
    return this.#p('x') + i * this.#ring.limbBytes;
  }

  #secret(i: number): number {
    return this.#plan.secret + i * this.#ring.limbBytes;
  }

  #load(name: 'key' | 'seed', bytes: Uint8Array): void {
    this.#ring.bytes(this.#p(name), bytes.length).set(bytes);
    if (name === 'key') bytes.fill(0);
  }

  #sampleError(key: Uint8Array, seed: Uint8Array): void {
    this.#load('key', key);
    this.#load('seed', seed);
    this.#ring.k.centredBinomial(this.#p('error'), this.#ring.n, this.#p('key'), NONCE.error0, this.#p('work'));
  }

  /** A zero polynomial, in scratch that this task does not use otherwise. */
  #zeroError(): number {
    this.#ring.wipe(this.#p('fix'), this.#ring.limbBytes);
    return this.#p('fix');
  }

  /** Nothing of a task stays in scratch: keys, errors, plaintexts, phases. */
  #forget(): void {
    this.#ring.wipe(this.#base, scratchBlocks(this.#ring.plan.parameters).total);
  }
}
