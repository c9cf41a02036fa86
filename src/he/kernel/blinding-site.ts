/**
 * H's arithmetic for one public key: encryptions of zero, and the end of every answer: INTT, + Enc_pk(0), + H's own mask, flood or share
 * mask, switch down, wire form. c1 is computed whole, c0 at the wanted coefficients alone.
 *
 * Enc_pk(0) at full level: (p0 u + e0, p1 u + e1) over data primes and special prime, divided and rounded by the special prime (as SEAL).
 * What is made ahead of an answer is u and c1; which coefficients of c0 will be wanted is not known before.
 */

import { uniformRns } from '../sampling.ts';
import { SEED_BYTES } from '../seed.ts';
import type { HeParameters, Masks, Residues, Wanted } from '../types.ts';
import { type Arena, blocks } from './arena.ts';
import { addFlood, FLOOD_CONSTANTS } from './flood.ts';
import { Framing, type LimbAt, wireBytes } from './framing.ts';
import { keyStream, NONCE, STREAM_KEY_BYTES } from './key-stream.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { SlotRing } from './slot-ring.ts';
import { WantedSums } from './wanted.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

export interface BlindingSitePlan {
  readonly kind: 'blinding';
  readonly ring: RingPlan;
  /** x p0 then p1: NTT form, Montgomery, one limb a key prime each. */
  readonly publicKey: number;
  /** Encryptions of zero made ahead: u in NTT form, then c1; one limb a key prime each, c1's last one used up. */
  readonly zeros: readonly number[];
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  const limbs = parameters.dataPrimes.length + 1;
  return blocks({
    key: STREAM_KEY_BYTES,
    seed: SEED_BYTES,
    work: SAMPLER_WORK,
    constants: FLOOD_CONSTANTS,
    small: limb,
    index: limb,
    limb,
    other: limb,
    m: 2 * limb,
    rest: 2 * limb,
    zero: 2 * limb * limbs,
    zero0: limb * limbs,
    x0: limb * limbs,
    x1: limb * limbs,
    picked: limb * limbs,
    wire: wireBytes(parameters),
  });
}

const zeroBytes = (parameters: HeParameters): number => 8 * parameters.ringDegree * (parameters.dataPrimes.length + 1);

export function layBlindingSite(arena: Arena, parameters: HeParameters, threads: number, pool: number): BlindingSitePlan {
  const ring = layRing(arena, parameters);
  const publicKey = arena.allocate(8 * parameters.ringDegree * ring.primes.length);
  const zeros = Array.from({ length: pool }, () => arena.allocate(zeroBytes(parameters)));
  const { total } = scratchBlocks(parameters);
  return { kind: 'blinding', ring, publicKey, zeros, scratch: Array.from({ length: threads }, () => arena.allocate(total)) };
}

export interface FinishInput {
  /** 32 fresh secret bytes, wiped by the task. */
  readonly key: Uint8Array;
  readonly mode: 'reveal' | 'share';
  /** Checked. */
  readonly wanted: Wanted;
  /** The wanted coefficients of H's own mask, or undefined. */
  readonly addend: Residues | undefined;
  /** Masks over the slots, where all coefficients are wanted. */
  readonly masks?: Masks | undefined;
  /** F: the flood is uniform in [-F, F] (reveal mode). */
  readonly flood: bigint;
  /** Which entry of the pool to use up; undefined: make an encryption of zero here. */
  readonly zero: number | undefined;
}

export interface FinishOutput {
  readonly answer: Uint8Array;
  readonly share: Residues | undefined;
}

export class BlindingSite {
  readonly #plan: BlindingSitePlan;
  readonly #ring: Ring;
  readonly #base: number;
  readonly #framing: Framing;
  readonly #sums: WantedSums;
  #slots: SlotRing | undefined;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];

  constructor(plan: BlindingSitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(plan.ring.parameters).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
    this.#sums = new WantedSums(this.#ring, { limb: this.#p('limb'), other: this.#p('other'), index: this.#p('index') });
  }

  /** Reads a public key into the memory. @throws PeerProtocolError unless it is exactly (p0, seed) for these parameters. */
  loadPublicKey(bytes: Uint8Array): void {
    const ring = this.#ring;
    const limbs = ring.plan.primes.length;
    const p0 = Array.from({ length: limbs }, (_, prime) => ({ prime, at: this.#key(0, prime), count: ring.n }));
    const seed = this.#framing.readPublicKey(bytes, p0);
    ring.bytes(this.#p('seed'), SEED_BYTES).set(seed);
    for (let i = 0; i < limbs; i++) {
      const p1 = this.#key(1, i);
      ring.uniform(p1, this.#p('seed'), 'publicKey', i, this.#p('work'));
      ring.k.toMontgomery(p1, p1, ring.n, ring.context(i));
      ring.k.toMontgomery(this.#key(0, i), this.#key(0, i), ring.n, ring.context(i));
      ring.timesX(this.#key(0, i), i);
    }
  }

  /** Makes an encryption of zero from 32 fresh bytes, in entry `entry` of the pool. */
  fillZero(entry: number, key: Uint8Array): void {
    this.#takeKey(key);
    this.#encryptZero(this.#plan.zeros[entry]);
    this.#forget();
  }

  /** Copies an answer's two sums (NTT form, data limbs) from wherever they were computed. */
  loadSums(c0: Uint32Array, c1: Uint32Array): void {
    this.#ring.words(this.#p('x0'), c0.length).set(c0);
    this.#ring.words(this.#p('x1'), c1.length).set(c1);
  }

  /** Everything between the sums and the wire. */
  finish(input: FinishInput): FinishOutput {
    const ring = this.#ring;
    const wanted = input.wanted === 'all' ? ring.n : input.wanted.length;
    const count = this.#sums.choose(input.wanted);
    this.#takeKey(input.key);
    const zero = input.zero === undefined ? this.#encryptZero(this.#p('zero')) : this.#plan.zeros[input.zero];
    this.#addZero(zero, count);
    if (input.addend) this.#addMask(input.addend, count);
    if (input.masks) this.#addSlotMasks(input.masks);
    const share = this.#blind(input, wanted);
    ring.switchDown(this.#p('x1'), ring.limbBytes, ring.n);
    ring.switchDown(this.#p('picked'), ring.limbBytes, count);
    const primes = ring.plan.parameters.answerPrimes;
    const answer = this.#framing.writeAnswer(this.#limbs('x1', primes, ring.n), this.#limbs('picked', primes, wanted));
    this.#forget();
    ring.wipe(zero, zeroBytes(ring.plan.parameters));
    return { answer, share };
  }

  /** Sums back to coefficients, c0 at the wanted places; plus the encryption of zero. */
  #addZero(zero: number, count: number): void {
    const ring = this.#ring;
    const zero0 = this.zeroAtWanted(zero, count);
    for (let i = 0; i < ring.limbs; i++) {
      const offset = i * ring.limbBytes;
      const c1 = this.#p('x1') + offset;
      const picked = this.#p('picked') + offset;
      ring.inverse(c1, i);
      ring.k.add(c1, c1, this.#zeroLimb(zero, 'c1', i), ring.n, ring.context(i));
      this.#sums.take(picked, i, [this.#p('x0') + offset, ring.x(i)]);
      ring.k.add(picked, picked, zero0 + offset, count, ring.context(i));
    }
  }

  /** c0 of the encryption of zero whose u is at `zero`, at the `count` coefficients of the last `finish`: p0 u + e0 without its special prime. */
  zeroAtWanted(zero: number, count: number): number {
    const ring = this.#ring;
    const [zero0, error] = [this.#p('zero0'), this.#p('small')];
    ring.k.centredBinomial(error, count, this.#p('key'), NONCE.error0, this.#p('work'));
    for (let i = 0; i <= ring.limbs; i++) {
      const limb = zero0 + i * ring.limbBytes;
      this.#sums.take(limb, i, [this.#zeroLimb(zero, 'u', i), this.#key(0, i)]);
      ring.k.addError(limb, limb, error, count, ring.context(i));
    }
    ring.dropPrime(zero0, ring.limbBytes, count, ring.limbs, ring.limbs);
    return zero0;
  }

  #addMask(addend: Residues, count: number): void {
    const m = this.#ring.longs(this.#p('m'), count).fill(0n);
    m.set(addend);
    this.#ring.addScaled(this.#p('picked'), this.#ring.limbBytes, this.#p('m'), this.#p('rest'), count);
  }

  /** Masks that sum to zero in each run of slots: what L decrypts is uniform given the sums. */
  #addSlotMasks(masks: Masks): void {
    const ring = this.#ring;
    this.#slots ??= new SlotRing(ring);
    this.#slots.drawMasks(this.#p('m'), masks, this.#p('key'), NONCE.slotMask, this.#p('work'));
    this.#slots.encode(this.#p('m'));
    this.#slots.addScaled(this.#p('picked'), ring.limbBytes, this.#p('m'));
  }

  /** Flood (added) or uniform share mask (subtracted), at full level; the share is the mask's own decryption. */
  #blind({ mode, flood }: FinishInput, wanted: number): Residues | undefined {
    const ring = this.#ring;
    const count = Math.ceil(wanted / 4) * 4;
    // x0 is used up: what is drawn takes its place.
    if (mode === 'reveal') {
      const scratch = { work: this.#p('work'), drawn: this.#p('x0'), constants: this.#p('constants') };
      addFlood(ring, flood, this.#p('picked'), count, this.#p('key'), NONCE.mask, scratch);
      return undefined;
    }
    const random = keyStream(ring, this.#p('key'), NONCE.mask, this.#p('work'));
    const mask = uniformRns(random, ring.plan.parameters.dataPrimes, wanted);
    for (let i = 0; i < ring.limbs; i++) {
      const limb = this.#p('x0') + i * ring.limbBytes;
      const picked = this.#p('picked') + i * ring.limbBytes;
      ring.words(limb, count).fill(0);
      ring.words(limb, wanted).set(mask.subarray(i * wanted, (i + 1) * wanted));
      ring.k.subtract(picked, picked, limb, count, ring.context(i));
    }
    mask.fill(0);
    return ring.scaleDown(this.#p('x0'), ring.limbBytes, count, 'data', this.#p('m')).slice(0, wanted);
  }

  #limbs(name: 'x1' | 'picked', primes: number, count: number): LimbAt[] {
    return Array.from({ length: primes }, (_, prime) => ({ prime, at: this.#p(name) + prime * this.#ring.limbBytes, count }));
  }

  /** u and p1 u + e1 without its special prime, at `out`. */
  #encryptZero(out: number): number {
    const ring = this.#ring;
    const last = ring.limbs;
    const small = this.#p('small');
    ring.k.ternary(small, ring.n, this.#p('key'), NONCE.secret, this.#p('work'));
    for (let i = 0; i <= last; i++) {
      const u = this.#zeroLimb(out, 'u', i);
      const c1 = this.#zeroLimb(out, 'c1', i);
      ring.k.liftSmall(u, small, ring.n, ring.context(i));
      ring.forward(u, i);
      ring.k.dyadic(c1, u, this.#key(1, i), ring.n, ring.context(i));
      ring.inverse(c1, i);
    }
    ring.k.centredBinomial(small, ring.n, this.#p('key'), NONCE.error1, this.#p('work'));
    for (let i = 0; i <= last; i++) {
      const c1 = this.#zeroLimb(out, 'c1', i);
      ring.k.addError(c1, c1, small, ring.n, ring.context(i));
    }
    ring.dropPrime(this.#zeroLimb(out, 'c1', 0), ring.limbBytes, ring.n, last, last);
    return out;
  }

  #zeroLimb(zero: number, part: 'u' | 'c1', i: number): number {
    return zero + ((part === 'u' ? 0 : this.#ring.limbs + 1) + i) * this.#ring.limbBytes;
  }

  #key(component: 0 | 1, i: number): number {
    return this.#plan.publicKey + (component * (this.#ring.limbs + 1) + i) * this.#ring.limbBytes;
  }

  #takeKey(key: Uint8Array): void {
    this.#ring.bytes(this.#p('key'), STREAM_KEY_BYTES).set(key);
    key.fill(0);
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#base + this.#at[name];
  }

  /** The key of a task and what it drew do not stay in scratch; sums and masks are overwritten by the next task, all on `dispose`. */
  #forget(): void {
    const ring = this.#ring;
    ring.wipe(this.#p('key'), STREAM_KEY_BYTES);
    ring.wipe(this.#p('work'), SAMPLER_WORK);
    ring.wipe(this.#p('small'), ring.limbBytes);
  }
}
