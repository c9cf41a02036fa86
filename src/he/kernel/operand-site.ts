/**
 * H's products on one slab: the plaintexts of some answers in NTT form, the uploads of the vectors being served, and the sums. Everything is
 * tiled as assembly/product.ts wants it; 16 uploads make a group, the most that can be summed before a reduction. Zero polynomials cost what
 * all others cost: how long an answer takes tells nothing of the operand.
 *
 * A product has two components. They are c0 and c1 of a vector, or any two lists of polynomials of a series (`../series.ts`): a hint's a_i, a
 * vector's c0.
 */
import { SEED_BYTES } from '../seed.ts';
import type { HeParameters } from '../types.ts';
import { type Arena, blocks } from './arena.ts';
import { Framing, type LimbAt, wireBytes } from './framing.ts';
import { layRing, Ring, type RingPlan } from './ring.ts';
import { SAMPLER_WORK } from './wasm-module.ts';

const GROUP = 16;
/** Answers multiplied together: an upload is read from memory once for all of them. */
export const ANSWERS_TOGETHER = 4;
/** Coefficients multiplied in turn: those of a few answers and vectors stay in a core's cache. */
const SPAN = 512;

/** Lives as long as the operand. */
export interface OperandSitePlan {
  readonly kind: 'operand';
  readonly ring: RingPlan;
  readonly uploads: number;
  /** Every coefficient is below every prime: no division to reduce it. */
  readonly small: boolean;
  /** Plaintexts of the resident answers, one after the other. */
  readonly resident: number;
  /** Signed words of one answer, waiting to be transformed: slots of `uploads` limbs. */
  readonly staging: readonly number[];
  readonly scratch: readonly number[];
}

/** Lives for one call: where the uploads and the sums of its vectors (pairs of polynomials) are. */
export interface WorkPlan {
  readonly vectors: number;
  readonly uploadsAt: number;
  /** One block a thread. */
  readonly sumsAt: readonly number[];
}

function scratchBlocks(parameters: HeParameters, uploads: number) {
  const limb = 4 * parameters.ringDegree;
  return blocks({
    seed: SEED_BYTES,
    work: SAMPLER_WORK,
    limb,
    c0: limb * parameters.dataPrimes.length,
    wire: wireBytes(parameters),
    plain: uploads * limb,
  });
}

export function layOperandSite(
  arena: Arena,
  parameters: HeParameters,
  shape: {
    readonly residentAnswers: number;
    readonly uploads: number;
    readonly maxAbs: number;
    readonly threads: number;
    readonly slots: number;
  },
): OperandSitePlan {
  const limb = 4 * parameters.ringDegree;
  const ring = layRing(arena, parameters);
  const { total } = scratchBlocks(parameters, shape.uploads);
  const scratch = Array.from({ length: shape.threads }, () => arena.allocate(total));
  const staging = Array.from({ length: shape.slots }, () => arena.allocate(shape.uploads * limb));
  const resident = arena.allocate(shape.residentAnswers * shape.uploads * parameters.dataPrimes.length * limb);
  const small = shape.maxAbs < Math.min(...parameters.dataPrimes);
  return { kind: 'operand', ring, uploads: shape.uploads, small, resident, staging, scratch };
}

/** Space for `vectors` vectors behind the plaintexts. */
export function layWork(arena: Arena, parameters: HeParameters, uploads: number, vectors: number, threads: number): WorkPlan {
  const polynomial = 4 * parameters.ringDegree * parameters.dataPrimes.length;
  const uploadsAt = arena.allocate(2 * vectors * uploads * polynomial);
  const sumsAt = Array.from({ length: threads }, () => arena.allocate(2 * ANSWERS_TOGETHER * vectors * polynomial));
  return { vectors, uploadsAt, sumsAt };
}

/** Where a polynomial of a call stands. */
export interface Place {
  readonly vector: number;
  readonly component: 0 | 1;
  readonly upload: number;
}

export class OperandSite {
  readonly #plan: OperandSitePlan;
  readonly #ring: Ring;
  readonly #thread: number;
  readonly #at: ReturnType<typeof scratchBlocks>['at'];
  readonly #framing: Framing;

  constructor(plan: OperandSitePlan, thread: number) {
    this.#plan = plan;
    this.#ring = new Ring(plan.ring);
    this.#thread = thread;
    this.#at = scratchBlocks(plan.ring.parameters, plan.uploads).at;
    this.#framing = new Framing(this.#ring, this.#p('wire'));
  }

  /** Upload u of vector v: from the wire (NTT form) to its tiles. @throws PeerProtocolError when it is not well formed. */
  loadUpload(work: WorkPlan, vector: number, upload: number, bytes: Uint8Array): void {
    const c0 = this.#c0();
    const seed = this.#framing.readUpload(bytes, c0);
    for (const { prime, at } of c0) this.#tile(work, { vector, component: 0, upload }, prime, at);
    this.expand(work, { vector, component: 1, upload }, seed);
  }

  /** c0 of an upload of a series, likewise. */
  loadPart(work: WorkPlan, place: Place, bytes: Uint8Array): void {
    const c0 = this.#c0();
    this.#framing.readPart(bytes, c0);
    for (const { prime, at } of c0) this.#tile(work, place, prime, at);
  }

  /** The polynomial a seed stands for. */
  expand(work: WorkPlan, place: Place, seed: Uint8Array): void {
    const ring = this.#ring;
    ring.bytes(this.#p('seed'), SEED_BYTES).set(seed);
    for (let i = 0; i < ring.limbs; i++) {
      ring.uniform(this.#p('limb'), this.#p('seed'), 'upload', i, this.#p('work'));
      this.#tile(work, place, i, this.#p('limb'));
    }
  }

  /** The staged answer of `slot` becomes resident answer `index` of this slab. */
  makeResident(slot: number, index: number): void {
    for (let i = 0; i < this.#ring.limbs; i++) this.#transform(slot, i, this.#residentAt(index, i));
  }

  /**
   * Σ_u upload_u ⊙ P_u of some answers, at most `ANSWERS_TOGETHER`, for vectors first .. first + count - 1, into this thread's sums. `from` names
   * resident answers or one staged slot.
   */
  multiply(work: WorkPlan, from: readonly PlainSource[], first: number, count: number): void {
    const { limbs, n } = this.#ring;
    for (let i = 0; i < limbs; i++) {
      const plains = from.map((source) => this.#plainOf(source, i));
      for (let start = 0; start < n; start += SPAN) {
        for (let v = 0; v < count; v++) {
          for (const [a, plain] of plains.entries()) this.#accumulate(work, { plain, a, vector: first + v, v, i, start });
        }
      }
    }
  }

  /** Component c of the sums of the v-th vector of the last `multiply` with its a-th answer. */
  sums(work: WorkPlan, a: number, v: number, component: 0 | 1): Uint32Array {
    return this.#ring.words(this.#sumAt(work, a, v, component, 0), this.#ring.limbs * this.#ring.n);
  }

  #plainOf(from: PlainSource, i: number): number {
    if (from.kind === 'resident') return this.#residentAt(from.index, i);
    const plain = this.#p('plain');
    this.#transform(from.slot, i, plain);
    return plain;
  }

  /** `SPAN` coefficients, from `start` on, of one sum: tiles of 16 coefficients follow each other within a group of uploads. */
  #accumulate(work: WorkPlan, { plain, a, vector, v, i, start }: Product): void {
    const ring = this.#ring;
    const uploads = this.#uploadsAt(work, vector, i);
    for (let first = 0; first < this.#plan.uploads; first += GROUP) {
      const size = this.#groupSize(first);
      const at = first * ring.limbBytes + 4 * start * size;
      ring.k.accumulate(
        this.#sumAt(work, a, v, 0, i) + 4 * start,
        this.#sumAt(work, a, v, 1, i) + 4 * start,
        uploads + 2 * at,
        plain + at,
        size,
        SPAN,
        ring.context(i),
        first === 0 ? 1 : 0,
      );
    }
  }

  #transform(slot: number, i: number, to: number): void {
    const ring = this.#ring;
    const limb = this.#p('limb');
    const reduce = this.#plan.small ? ring.k.liftSmall : ring.k.reduceSigned;
    for (let upload = 0; upload < this.#plan.uploads; upload++) {
      const first = upload - (upload % GROUP);
      reduce(limb, this.#plan.staging[slot] + upload * ring.limbBytes, ring.n, ring.context(i));
      ring.forward(limb, i);
      ring.k.tilePlain(to + first * ring.limbBytes, limb, upload - first, this.#groupSize(first), ring.n);
    }
  }

  /** Tiles a limb into its group. */
  #tile(work: WorkPlan, { vector, component, upload }: Place, i: number, limb: number): void {
    const ring = this.#ring;
    const first = upload - (upload % GROUP);
    const to = this.#uploadsAt(work, vector, i) + 2 * first * ring.limbBytes;
    ring.k.tileUpload(to, limb, component, upload - first, this.#groupSize(first), ring.n, ring.context(i));
  }

  #c0(): LimbAt[] {
    const { limbs, limbBytes, n } = this.#ring;
    return Array.from({ length: limbs }, (_, prime) => ({ prime, at: this.#p('c0') + prime * limbBytes, count: n }));
  }

  /** Uploads in the group that begins with upload `first`. */
  #groupSize(first: number): number {
    return Math.min(GROUP, this.#plan.uploads - first);
  }

  #residentAt(index: number, i: number): number {
    return this.#plan.resident + (index * this.#ring.limbs + i) * this.#plan.uploads * this.#ring.limbBytes;
  }

  #uploadsAt(work: WorkPlan, vector: number, i: number): number {
    return work.uploadsAt + 2 * (vector * this.#ring.limbs + i) * this.#plan.uploads * this.#ring.limbBytes;
  }

  #sumAt(work: WorkPlan, a: number, v: number, component: 0 | 1, i: number): number {
    return work.sumsAt[this.#thread] + ((2 * (a * work.vectors + v) + component) * this.#ring.limbs + i) * this.#ring.limbBytes;
  }

  #p(name: keyof ReturnType<typeof scratchBlocks>['at']): number {
    return this.#plan.scratch[this.#thread] + this.#at[name];
  }
}

/** One sum: the a-th answer's plaintexts mod prime i, with a vector that is the v-th of the call. */
interface Product {
  readonly plain: number;
  readonly a: number;
  readonly vector: number;
  readonly v: number;
  readonly i: number;
  readonly start: number;
}

/** Where an answer's plaintexts are. */
export type PlainSource = { readonly kind: 'resident'; readonly index: number } | { readonly kind: 'staged'; readonly slot: number };
