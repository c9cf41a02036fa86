/**
 * The ring of one parameter set on one memory: prime contexts, rounding constants and an instance of the WASM. `RingPlan` is plain data, so
 * that another thread builds its own `Ring` on the same memory.
 */
import { invmod } from '../modular.ts';
import { hasSlots } from '../once.ts';
import { type SeedUse, seedNonce } from '../seed.ts';
import type { HeParameters, Residues } from '../types.ts';
import { keyModuli } from '../wire.ts';
import type { Arena } from './arena.ts';
import { pointsAt, primeContext, shoup } from './prime-context.ts';
import type { WasmMemory } from './wasm-api.ts';
import { instantiate, type KernelExports } from './wasm-module.ts';

type Constant = readonly [value: number, shoupQuotient: number];
const constant = (value: number, q: number): Constant => [value, shoup(value, q)];

export interface RingPlan {
  readonly memory: WasmMemory;
  readonly parameters: HeParameters;
  /** Data primes, then the special prime. */
  readonly primes: readonly number[];
  /** Offsets of the prime contexts. */
  readonly contexts: readonly number[];
  /** Offsets of the constants of `scaleDown` for the data primes and for the answer primes. */
  readonly scaleData: number;
  readonly scaleAnswer: number;
  /** Offset of the context of t where it has slots (`slot-ring.ts`). */
  readonly slots: number | undefined;
}

/** Writes contexts and constants into the arena. */
export function layRing(arena: Arena, parameters: HeParameters): RingPlan {
  const primes = keyModuli(parameters);
  const lay = (q: number): number => {
    const words = primeContext(parameters.ringDegree, q);
    const at = arena.allocate(words.byteLength);
    new Uint32Array(arena.memory.buffer).set(words, at / 4);
    return at;
  };
  const contexts = primes.map(lay);
  const slots = hasSlots(parameters) ? lay(Number(parameters.plainModulus)) : undefined;
  const scaleData = layScale(arena, parameters.dataPrimes);
  const scaleAnswer = layScale(arena, parameters.dataPrimes.slice(0, parameters.answerPrimes));
  return { memory: arena.memory, parameters, primes, contexts, scaleData, scaleAnswer, slots };
}

function layScale(arena: Arena, primes: readonly number[]): number {
  const at = arena.allocate(16 * primes.length);
  const words = new Uint32Array(arena.memory.buffer, at, 4 * primes.length);
  primes.forEach((q, i) => {
    const punctured = primes.reduce((product, p) => (p === q ? product : (product * BigInt(p)) % BigInt(q)), 1n);
    const inverse = (1n << 64n) / BigInt(q);
    words.set([q, invmod(Number(punctured), q), Number(inverse & 0xffffffffn), Number(inverse >> 32n)], 4 * i);
  });
  return at;
}

export class Ring {
  readonly plan: RingPlan;
  readonly k: KernelExports;
  readonly n: number;
  readonly logN: number;
  /** Number of data primes. */
  readonly limbs: number;
  /** Bytes of one limb. */
  readonly limbBytes: number;
  readonly #qModT: bigint;
  readonly #ratio: bigint;
  /** -2^32 / t, -2^64 / t and floor((t + 1) / 2) / t mod q_i. */
  readonly #scale: readonly (readonly [number, number, number])[];
  /** [last][i]: q_last^-1 mod q_i and its Shoup quotient. */
  readonly #inverses: readonly (readonly Constant[])[];
  #u8: Uint8Array<SharedArrayBuffer> = new Uint8Array(new SharedArrayBuffer(0));
  #u32: Uint32Array<SharedArrayBuffer> = new Uint32Array(new SharedArrayBuffer(0));
  #u64: BigUint64Array<SharedArrayBuffer> = new BigUint64Array(new SharedArrayBuffer(0));

  constructor(plan: RingPlan) {
    this.plan = plan;
    this.k = instantiate(plan.memory);
    const { ringDegree, dataPrimes, plainModulus } = plan.parameters;
    this.n = ringDegree;
    this.logN = Math.log2(ringDegree);
    this.limbs = dataPrimes.length;
    this.limbBytes = 4 * ringDegree;
    const q = dataPrimes.reduce((product, p) => product * BigInt(p), 1n);
    this.#qModT = q % plainModulus;
    this.#ratio = (this.#qModT << 64n) / plainModulus;
    this.#scale = dataPrimes.map((p) => {
      const inverse = BigInt(invmod(Number(plainModulus % BigInt(p)), p));
      const scaled = (value: bigint): number => Number((value * inverse) % BigInt(p));
      return [p - scaled(1n << 32n), p - scaled(1n << 64n), scaled((plainModulus + 1n) / 2n)];
    });
    this.#inverses = plan.primes.map((last, j) => plan.primes.slice(0, j).map((p) => constant(invmod(last % p, p), p)));
    this.#view();
  }

  /** The memory may have grown since the views were made. */
  #follow(end: number): void {
    if (end > this.#u8.length) this.#view();
  }

  #view(): void {
    const { buffer } = this.plan.memory;
    this.#u8 = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#u64 = new BigUint64Array(buffer);
  }

  bytes(at: number, length: number): Uint8Array<SharedArrayBuffer> {
    this.#follow(at + length);
    return this.#u8.subarray(at, at + length);
  }

  words(at: number, length: number): Uint32Array<SharedArrayBuffer> {
    this.#follow(at + 4 * length);
    return this.#u32.subarray(at / 4, at / 4 + length);
  }

  longs(at: number, length: number): BigUint64Array<SharedArrayBuffer> {
    this.#follow(at + 8 * length);
    return this.#u64.subarray(at / 8, at / 8 + length);
  }

  wipe(at: number, bytes: number): void {
    this.k.wipe(at, bytes);
  }

  prime(i: number): number {
    return this.plan.primes[i];
  }

  context(i: number): number {
    return this.plan.contexts[i];
  }

  /** Where x is in NTT form, Montgomery. */
  x(i: number): number {
    return pointsAt(this.plan.contexts[i], this.n);
  }

  /** A limb in NTT form times x; its form, plain or Montgomery, stays. */
  timesX(at: number, i: number): void {
    this.k.dyadic(at, at, this.x(i), this.n, this.plan.contexts[i]);
  }

  forward(at: number, i: number): void {
    this.k.forward(at, this.plan.contexts[i], this.logN);
  }

  inverse(at: number, i: number): void {
    this.k.inverse(at, this.plan.contexts[i], this.logN);
  }

  /** Limb i, in NTT form, of the polynomial that the public seed at `seed` stands for (`../seed.ts`). `work` is a sampler's scratch. */
  uniform(out: number, seed: number, use: SeedUse, i: number, work: number): void {
    this.k.uniform(out, this.n, seed, seedNonce(use, i), this.plan.contexts[i], work);
  }

  /** x (data limbs of `count` words each, `count` a multiple of 4, limbs `stride` bytes apart) += round(q m / t). `rest` is scratch. */
  addScaled(x: number, stride: number, m: number, rest: number, count: number): void {
    this.k.scaleRest(rest, m, count, this.#qModT, this.#ratio, this.plan.parameters.plainModulus);
    for (let i = 0; i < this.limbs; i++) this.k.addScaled(x + i * stride, rest, count, ...this.#scale[i], this.plan.contexts[i]);
  }

  /** SEAL's divide-and-round by prime `last`, on limbs `stride` bytes apart; limb `last` is consumed. `kept` limbs come first. */
  dropPrime(x: number, stride: number, count: number, last: number, kept: number): void {
    const pcLast = this.plan.contexts[last];
    const from = x + last * stride;
    this.k.roundLastBegin(from, count, pcLast);
    for (let i = 0; i < kept; i++) {
      const [inverse, quotient] = this.#inverses[last][i];
      this.k.roundLast(x + i * stride, from, count, this.plan.contexts[i], pcLast, inverse, quotient);
    }
  }

  /** From the data primes down to the answer primes. */
  switchDown(x: number, stride: number, count: number): void {
    for (let last = this.limbs - 1; last >= this.plan.parameters.answerPrimes; last--) this.dropPrime(x, stride, count, last, last);
  }

  /** round(t x / q) mod t of `count` values; `primes` says over which modulus. `m` is scratch of 8 `count` bytes. */
  scaleDown(x: number, stride: number, count: number, over: 'data' | 'answer', m: number): Residues {
    const { plainModulus, answerPrimes } = this.plan.parameters;
    const primes = over === 'data' ? this.limbs : answerPrimes;
    const constants = over === 'data' ? this.plan.scaleData : this.plan.scaleAnswer;
    this.k.scaleDown(m, x, stride, count, primes, constants, plainModulus);
    const out = this.longs(m, count).slice();
    this.wipe(m, 8 * count);
    return out;
  }
}
