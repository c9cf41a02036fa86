/**
 * The plaintext side of a ring whose t is a slot modulus: coefficients ↔ slots, and words mod t on their way into the ciphertext ring. One
 * context of t lies behind those of the primes (`RingPlan.slots`); the transform is theirs.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { dataModulus } from '../parameters.ts';
import type { Masks } from '../types.ts';
import { shoup } from './prime-context.ts';
import type { Ring } from './ring.ts';

type Constant = readonly [value: number, shoupQuotient: number];

export class SlotRing {
  readonly #ring: Ring;
  readonly #context: number;
  readonly #t: number;
  /** floor(q/t) mod each prime. */
  readonly #delta: readonly Constant[];
  /** q mod t. */
  readonly #rest: Constant;

  /** @throws LocalProtocolError when t has no slots: callers check with `assertSlots` first. */
  constructor(ring: Ring) {
    const { slots, parameters } = ring.plan;
    if (slots === undefined) throw new LocalProtocolError('ERR_HE_INTERNAL', 'the plaintext modulus of this ring has no slots');
    const q = dataModulus(parameters);
    const t = parameters.plainModulus;
    const constant = (value: bigint, modulus: bigint): Constant => {
      const reduced = Number(value % modulus);
      return [reduced, shoup(reduced, Number(modulus))];
    };
    this.#ring = ring;
    this.#context = slots;
    this.#t = Number(t);
    this.#delta = parameters.dataPrimes.map((prime) => constant(q / t, BigInt(prime)));
    this.#rest = constant(q, t);
  }

  /** N slot values → N coefficients, in place. */
  encode(at: number): void {
    this.#ring.k.inverse(at, this.#context, this.#ring.logN);
  }

  /** N coefficients → N slot values, in place. */
  decode(at: number): void {
    this.#ring.k.forward(at, this.#context, this.#ring.logN);
  }

  /** N slot values → N coefficients of least absolute value, signed, in place. */
  encodeSigned(at: number): void {
    this.encode(at);
    this.#ring.k.centre(at, this.#ring.n, this.#t);
  }

  /** x (data limbs, `stride` bytes apart) += round(q m / t) for N words m. */
  addScaled(x: number, stride: number, m: number): void {
    const { k, n, limbs } = this.#ring;
    const [rest, restShoup] = this.#rest;
    for (let i = 0; i < limbs; i++) {
      const [delta, deltaShoup] = this.#delta[i];
      k.addScaledWords(x + i * stride, m, n, delta, deltaShoup, rest, restShoup, this.#t, this.#ring.context(i));
    }
  }

  /** N slot values, uniform but for summing to zero in each run, from key stream `nonce` of `key`. */
  drawMasks(out: number, { run, count }: Masks, key: number, nonce: number, work: number): void {
    const { k, n } = this.#ring;
    k.uniform(out, n, key, nonce, this.#context, work);
    k.closeRuns(out, run, count, this.#t);
  }
}
