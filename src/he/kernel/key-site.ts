/**
 * L's arithmetic on one memory: key generation, symmetric seeded encryption, decryption. The memory holds the secret key, in NTT form for
 * all key primes; it is wiped when the key holder is disposed of.
 *
 * Key: s ternary, uniform. Public key: (p0, p1) = (e - a s, a) mod data primes and special prime, a from a seed.
 * Upload: (round(q m / t) + e - a s, a) mod data primes, a from a fresh seed. Both in NTT form, as the evaluator uses them: a transform of
 * what is hidden is all either side needs, where coefficient form would cost the evaluator two of every limb and the key holder one more.
 */
import { wordsBelow } from '../residues.ts';
import { SEED_BYTES, type SeedUse } from '../seed.ts';
import type { HeParameters, PlainForm, Residues, Wanted } from '../types.ts';
import { encodePublicKey } from '../wire.ts';
import { type Arena, blocks } from './arena.ts';
import { Framing, type LimbAt, wireBytes } from './framing.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { SlotRing } from './slot-ring.ts';
import { drawError, drawTernary, hideUnder, type SecretScratch } from './small-secrets.ts';
import { WantedSums } from './wanted.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

export interface KeySitePlan {
  readonly kind: 'key';
  readonly ring: RingPlan;
  /** NTT form, Montgomery, one limb a key prime. */
  readonly secret: number;
  /** x s: NTT form, Montgomery, one limb an answer prime. */
  readonly shifted: number;
  /** Encryptions of zero made ahead: c0's data limbs in NTT form, then the seed of c1. */
  readonly zeros: readonly number[];
  /** One scratch block a thread. */
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  const limbs = parameters.dataPrimes.length + 1;
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
    product: limb,
    wire: wireBytes(parameters),
  });
}

const zeroBytes = (parameters: HeParameters): number => 4 * parameters.ringDegree * parameters.dataPrimes.length + SEED_BYTES;

export function layKeySite(arena: Arena, parameters: HeParameters, threads: number, pool: number): KeySitePlan {
  const ring = layRing(arena, parameters);
  const secret = arena.allocate(4 * parameters.ringDegree * ring.primes.length);
  const shifted = arena.allocate(4 * parameters.ringDegree * parameters.answerPrimes);
  const zeros = Array.from({ length: pool }, () => arena.allocate(zeroBytes(parameters)));
  const { total } = scratchBlocks(parameters);
  return { kind: 'key', ring, secret, shifted, zeros, scratch: Array.from({ length: threads }, () => arena.allocate(total)) };
}

export interface EncryptInput {
  /** Coefficients as residues; or words, which are what `form` says. */
  readonly plaintext: Residues | Uint32Array;
  /** @default 'coefficients' */
  readonly form?: PlainForm;
  /** 32 fresh secret bytes, wiped by the task. */
  readonly key: Uint8Array;
  /** 32 fresh public bytes. */
  readonly seed: Uint8Array;
  /** Which entry of the pool to use up (key and seed then go unused); undefined: make an encryption of zero here. */
  readonly zero: number | undefined;
}

export interface DecryptInput {
  readonly answer: Uint8Array;
  /** Checked. */
  readonly wanted: Wanted;
}

export class KeySite {
  readonly #ring: Ring;
  readonly #plan: KeySitePlan;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];
  readonly #base: number;
  readonly #framing: Framing;
  readonly #sums: WantedSums;
  #slots: SlotRing | undefined;

  constructor(plan: KeySitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(plan.ring.parameters).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
    this.#sums = new WantedSums(this.#ring, { limb: this.#p('limb'), other: this.#p('other'), index: this.#p('index') });
  }

  /** Draws the secret key from 32 fresh bytes into the memory. Called once. */
  generate(key: Uint8Array): void {
    const ring = this.#ring;
    this.#load('key', key);
    drawTernary(ring, this.#plan.secret, ring.plan.primes.length, this.#secrets());
    for (let i = 0; i < ring.plan.parameters.answerPrimes; i++) {
      ring.k.dyadic(this.#plan.shifted + i * ring.limbBytes, this.#secret(i), ring.x(i), ring.n, ring.context(i));
    }
    this.#forget();
  }

  /** Wire form of the public key whose p1 is expanded from `seed`; `key` is 32 fresh secret bytes for the error. */
  publicKey(key: Uint8Array, seed: Uint8Array): Uint8Array {
    const ring = this.#ring;
    const limbs = ring.plan.primes.length;
    this.#encryptZero('publicKey', limbs, key, seed);
    const p0 = ring.words(this.#p('x'), limbs * ring.n).slice();
    this.#forget();
    return encodePublicKey(ring.plan.parameters, { p0, seed });
  }

  encrypt({ plaintext, form, key, seed, zero }: EncryptInput): Uint8Array {
    const ring = this.#ring;
    if (zero === undefined) this.#liftError(ring.limbs, key);
    else ring.wipe(this.#p('x'), ring.limbs * ring.limbBytes);
    this.#addMessage(plaintext, form);
    const used = zero === undefined ? this.#hide('upload', ring.limbs, seed) : this.#addZero(zero);
    const upload = this.#framing.writeUpload(this.#limbs(ring.limbs, ring.n), used);
    this.#forget();
    return upload;
  }

  /** x += round(q m / t), coefficient form. */
  #addMessage(plaintext: Residues | Uint32Array, form: PlainForm = 'coefficients'): void {
    const ring = this.#ring;
    const m = this.#p('plain');
    if (plaintext instanceof Uint32Array) {
      this.#slots ??= new SlotRing(ring);
      ring.words(m, ring.n).set(plaintext);
      if (form === 'slots') this.#slots.encode(m);
      this.#slots.addScaled(this.#p('x'), ring.limbBytes, m);
    } else {
      ring.longs(m, ring.n).set(plaintext);
      ring.addScaled(this.#p('x'), ring.limbBytes, m, this.#p('rest'), ring.n);
    }
  }

  /** Makes an encryption of zero in entry `entry` of the pool. */
  fillUpload(entry: number, key: Uint8Array, seed: Uint8Array): void {
    const ring = this.#ring;
    this.#encryptZero('upload', ring.limbs, key, seed);
    const at = this.#plan.zeros[entry];
    ring.bytes(at, ring.limbs * ring.limbBytes).set(ring.bytes(this.#p('x'), ring.limbs * ring.limbBytes));
    ring.bytes(at + ring.limbs * ring.limbBytes, SEED_BYTES).set(seed);
    ring.wipe(this.#p('x'), ring.limbs * ring.limbBytes);
    this.#forget();
  }

  /** x = NTT(x) + an entry of the pool; returns its seed. An entry seen later would open the upload it became: it is wiped. */
  #addZero(entry: number): Uint8Array {
    const ring = this.#ring;
    const at = this.#plan.zeros[entry];
    for (let i = 0; i < ring.limbs; i++) {
      const c = this.#limb(i);
      ring.forward(c, i);
      ring.k.add(c, c, at + i * ring.limbBytes, ring.n, ring.context(i));
    }
    const seed = ring.bytes(at + ring.limbs * ring.limbBytes, SEED_BYTES).slice();
    ring.wipe(at, zeroBytes(ring.plan.parameters));
    return seed;
  }

  /** x = NTT(e) - a s, a from the seed: c0 of an encryption of zero. */
  #encryptZero(use: SeedUse, limbs: number, key: Uint8Array, seed: Uint8Array): void {
    this.#liftError(limbs, key);
    this.#hide(use, limbs, seed);
  }

  /** x = a fresh error, in coefficient form. */
  #liftError(limbs: number, key: Uint8Array): void {
    const ring = this.#ring;
    this.#load('key', key);
    drawError(ring, this.#p('x'), limbs, this.#secrets());
  }

  /** x = NTT(x) - a s, a from the seed, which is returned. */
  #hide(use: SeedUse, limbs: number, seed: Uint8Array): Uint8Array {
    const ring = this.#ring;
    this.#load('seed', seed);
    const mask = { seed: this.#p('seed'), work: this.#p('work'), limb: this.#p('limb') };
    hideUnder(ring, this.#p('x'), this.#plan.secret, limbs, use, mask);
    return seed;
  }

  /** The wanted coefficients mod t. @throws PeerProtocolError on bytes that are not one answer. */
  decrypt(input: DecryptInput): Residues {
    const ring = this.#ring;
    const { answer } = input;
    const wanted = input.wanted === 'all' ? ring.n : input.wanted.length;
    const count = this.#sums.choose(input.wanted);
    const primes = ring.plan.parameters.answerPrimes;
    const c0 = Array.from({ length: primes }, (_, prime) => ({ prime, at: this.#p('c0') + prime * ring.limbBytes, count: wanted }));
    this.#framing.readAnswer(answer, this.#limbs(primes, ring.n), c0);
    const product = this.#p('product');
    for (let i = 0; i < primes; i++) {
      ring.forward(this.#limb(i), i);
      this.#sums.take(product, i, [this.#limb(i), this.#plan.shifted + i * ring.limbBytes]);
      ring.k.add(c0[i].at, c0[i].at, product, count, ring.context(i));
    }
    const values = ring.scaleDown(this.#p('c0'), ring.limbBytes, count, 'answer', this.#p('plain')).slice(0, wanted);
    for (const { at } of c0) ring.wipe(at, 4 * count);
    ring.wipe(product, 4 * count);
    ring.wipe(this.#p('limb'), ring.limbBytes);
    return values;
  }

  /** All coefficients of an answer, as slot values. @throws PeerProtocolError on bytes that are not one answer. */
  decryptSlots(input: DecryptInput): Uint32Array {
    const ring = this.#ring;
    this.#slots ??= new SlotRing(ring);
    const coefficients = this.decrypt(input);
    const words = ring.words(this.#p('plain'), ring.n);
    words.set(wordsBelow(coefficients, 2 ** 32) as Uint32Array);
    coefficients.fill(0n);
    this.#slots.decode(this.#p('plain'));
    const values = words.slice();
    this.#forget();
    return values;
  }

  #limbs(primes: number, count: number): LimbAt[] {
    return Array.from({ length: primes }, (_, prime) => ({ prime, at: this.#limb(prime), count }));
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

  #secrets(): SecretScratch {
    return { key: this.#p('key'), work: this.#p('work'), small: this.#p('error') };
  }

  #load(name: 'key' | 'seed', bytes: Uint8Array): void {
    this.#ring.bytes(this.#p(name), bytes.length).set(bytes);
    if (name === 'key') bytes.fill(0);
  }

  /** Keys, errors and plaintexts of a task do not stay in scratch; what is left there is public. */
  #forget(): void {
    const ring = this.#ring;
    ring.wipe(this.#p('key'), STREAM_KEY_BYTES);
    ring.wipe(this.#p('error'), ring.limbBytes);
    ring.wipe(this.#p('limb'), ring.limbBytes);
    ring.wipe(this.#p('plain'), 2 * ring.limbBytes);
    ring.wipe(this.#p('rest'), 2 * ring.limbBytes);
  }
}
