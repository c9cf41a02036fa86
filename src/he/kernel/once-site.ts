/**
 * H's products with plaintexts that are used once: uploads and plaintexts of one answer wait in a desk of shared memory, any thread reads
 * some of them and leaves its partial sum there, and the thread that ends the answer adds the partial sums up. Nothing is prepared and
 * nothing is kept; a desk serves one answer after the other.
 */
import { SEED_BYTES } from '../seed.ts';
import type { HeParameters, OnceOperand } from '../types.ts';
import { uploadBytes } from '../wire.ts';
import { type Arena, blocks } from './arena.ts';
import { Framing, wireBytes } from './framing.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { SlotRing } from './slot-ring.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

export interface OnceSitePlan {
  readonly kind: 'once';
  readonly ring: RingPlan;
  /** Uploads an answer has at most, and parts its work is cut into at most. */
  readonly uploads: number;
  readonly parts: number;
  readonly desks: readonly number[];
  readonly scratch: readonly number[];
}

function scratchBlocks(parameters: HeParameters) {
  const limb = 4 * parameters.ringDegree;
  return blocks({
    seed: SEED_BYTES,
    work: SAMPLER_WORK,
    c0: limb * parameters.dataPrimes.length,
    c1: limb,
    plain: limb,
    wire: wireBytes(parameters),
  });
}

/** Bytes between uploads on a desk: each may stand up to 7 bytes further on, as it stood in its message. */
export const deskUpload = (parameters: HeParameters): number => 8 * Math.ceil(uploadBytes(parameters) / 8) + 8;

/** Where things are on a desk: uploads in wire form, plaintext words, partial sums. */
export function deskBlocks(parameters: HeParameters, uploads: number, parts: number) {
  const limb = 4 * parameters.ringDegree;
  return blocks({
    uploads: uploads * deskUpload(parameters),
    plains: uploads * limb,
    sums: parts * 2 * limb * parameters.dataPrimes.length,
  });
}

export function layOnceSite(
  arena: Arena,
  parameters: HeParameters,
  shape: { readonly uploads: number; readonly parts: number; readonly desks: number; readonly threads: number },
): OnceSitePlan {
  const ring = layRing(arena, parameters);
  const { total } = scratchBlocks(parameters);
  const scratch = Array.from({ length: shape.threads }, () => arena.allocate(total));
  const desk = deskBlocks(parameters, shape.uploads, shape.parts).total;
  const desks = Array.from({ length: shape.desks }, () => arena.allocate(desk));
  return { kind: 'once', ring, uploads: shape.uploads, parts: shape.parts, desks, scratch };
}

/** Some uploads of one answer, summed as part `part`. */
export interface OncePart {
  readonly desk: number;
  readonly part: number;
  /** Number of the first upload, and where each of them starts. */
  readonly first: number;
  readonly uploads: readonly number[];
  readonly form: OnceOperand['form'];
}

export class OnceSite {
  readonly #plan: OnceSitePlan;
  readonly #ring: Ring;
  readonly #base: number;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];
  readonly #desk: ReturnType<typeof deskBlocks>['at'];
  readonly #framing: Framing;
  #slots: SlotRing | undefined;

  constructor(plan: OnceSitePlan, thread: number) {
    const { parameters } = plan.ring;
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#base = plan.scratch[thread];
    this.#at = scratchBlocks(parameters).at;
    this.#desk = deskBlocks(parameters, plan.uploads, plan.parts).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
  }

  /** Σ upload_u ⊙ P_u over the part's uploads. @throws PeerProtocolError when one is not well formed. */
  multiply({ desk, part, first, uploads, form }: OncePart): void {
    for (const [u, upload] of uploads.entries()) {
      this.#load(upload);
      const plain = this.#plain(desk, first + u, form);
      for (let i = 0; i < this.#ring.limbs; i++) this.#accumulate(desk, part, plain, i, u === 0);
    }
  }

  /** Component c of the sum of all `parts` parts. */
  sums(desk: number, parts: number, component: 0 | 1): Uint32Array {
    const ring = this.#ring;
    for (let part = 1; part < parts; part++) {
      for (let i = 0; i < ring.limbs; i++) {
        const sum = this.#sum(desk, 0, component, i);
        ring.k.add(sum, sum, this.#sum(desk, part, component, i), ring.n, ring.context(i));
      }
    }
    return ring.words(this.#sum(desk, 0, component, 0), ring.limbs * ring.n);
  }

  /** An upload off the desk: c0 into scratch, and its seed. */
  #load(upload: number): void {
    const ring = this.#ring;
    const bytes = ring.bytes(upload, uploadBytes(ring.plan.parameters));
    const c0 = Array.from({ length: ring.limbs }, (_, prime) => ({ prime, at: this.#p('c0') + prime * ring.limbBytes, count: ring.n }));
    ring.bytes(this.#p('seed'), SEED_BYTES).set(this.#framing.readUpload(bytes, c0));
  }

  /** The signed coefficients of a plaintext, in place on the desk. */
  #plain(desk: number, upload: number, form: OnceOperand['form']): number {
    const at = this.#plan.desks[desk] + this.#desk.plains + upload * this.#ring.limbBytes;
    if (form === 'slots') {
      this.#slots ??= new SlotRing(this.#ring);
      this.#slots.encodeSigned(at);
    }
    return at;
  }

  #accumulate(desk: number, part: number, coefficients: number, i: number, first: boolean): void {
    const ring = this.#ring;
    const [c1, plain] = [this.#p('c1'), this.#p('plain')];
    ring.uniform(c1, this.#p('seed'), 'upload', i, this.#p('work'));
    ring.k.reduceSigned(plain, coefficients, ring.n, ring.context(i));
    ring.forward(plain, i);
    const [sum0, sum1] = [this.#sum(desk, part, 0, i), this.#sum(desk, part, 1, i)];
    ring.k.multiplyAdd(sum0, sum1, this.#p('c0') + i * ring.limbBytes, c1, plain, ring.n, ring.context(i), first ? 1 : 0);
  }

  #sum(desk: number, part: number, component: 0 | 1, i: number): number {
    const ring = this.#ring;
    return this.#plan.desks[desk] + this.#desk.sums + ((2 * part + component) * ring.limbs + i) * ring.limbBytes;
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#base + this.#at[name];
  }
}
