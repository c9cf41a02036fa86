/**
 * H's operand on the kernel: plaintexts in NTT form, resident up to a cap on one or more slabs, the rest made anew in each streaming pass.
 * Every polynomial is checked against the bounds the noise analysis relies on, whenever it is made.
 */
import { InputError, LocalProtocolError } from '../../base/index.ts';
import type { HeParameters, Operand, PreparedOperand } from '../types.ts';
import { Arena } from './arena.ts';
import type { Crew } from './crew.ts';
import { type MemoryLimits, type MemoryPlan, planMemory, polynomialBytes } from './memory-plan.ts';
import { layOperandSite, layWork, type OperandSitePlan, type PlainSource, type WorkPlan } from './operand-site.ts';
import { Jobs, Slots } from './pacing.ts';
import { instantiate, type KernelExports } from './wasm-module.ts';

const MAX_ABS = 2 ** 31;

type Limits = Omit<MemoryLimits, 'threads'>;

interface Slab {
  readonly arena: Arena;
  readonly kernel: KernelExports;
  readonly plan: OperandSitePlan;
  readonly site: number;
  readonly firstAnswer: number;
  readonly answers: number;
  /** Where uploads and sums start. */
  readonly mark: number;
}

/** Where the plaintexts of one answer, or of some that follow it, are for the products of one call. */
export interface AnswerSource {
  readonly slab: number;
  readonly from: readonly PlainSource[];
  /** Gives the staging slot back, if there is one. */
  readonly done: () => void;
}

export class KernelOperand implements PreparedOperand {
  readonly answers: number;
  readonly uploads: number;
  readonly maxAbs: number;
  readonly terms: number;
  readonly residentBytes: number;
  readonly parameters: HeParameters;
  readonly #source: Operand;
  readonly #crew: Crew;
  readonly #limits: Limits;
  readonly #slabs: readonly Slab[];
  readonly #staging: Slots;
  #turn: Promise<unknown> = Promise.resolve();
  #wiped: Promise<void> = Promise.resolve();
  #disposed = false;

  private constructor(parameters: HeParameters, source: Operand, crew: Crew, limits: Limits) {
    const plan = planMemory(parameters, { ...shapeOf(source), vectors: 1 }, { ...limits, threads: crew.threads });
    this.parameters = parameters;
    this.answers = source.answers;
    this.uploads = source.uploads;
    this.maxAbs = source.maxAbs;
    this.terms = source.terms ?? source.uploads * parameters.ringDegree;
    this.residentBytes = plan.residentBytes;
    this.#source = source;
    this.#crew = crew;
    this.#limits = limits;
    this.#staging = new Slots(crew.threads + 1);
    this.#slabs = this.#laySlabs(plan);
  }

  /** @throws InputError `ERR_HE_OPERAND`; RefusedError `ERR_HE_KERNEL_MEMORY` when the plan does not fit. */
  static async prepare(parameters: HeParameters, source: Operand, crew: Crew, limits: Limits): Promise<KernelOperand> {
    checkShape(source, parameters.plainModulus);
    const operand = new KernelOperand(parameters, source, crew, limits);
    try {
      await operand.#fillResident();
    } catch (error) {
      operand.dispose();
      throw error;
    }
    return operand;
  }

  /** What a call with so many vectors will hold and how often it passes over the operand. @throws RefusedError when it cannot fit. */
  plan(vectors: number): MemoryPlan {
    return planMemory(this.parameters, { ...shapeOf(this), vectors }, { ...this.#limits, threads: this.#crew.threads });
  }

  /** Calls take turns: they share staging and the space behind the plaintexts. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Space for the uploads and sums of `vectors` vectors, on every slab. */
  layWork(vectors: number): readonly { readonly site: number; readonly work: WorkPlan }[] {
    this.assertAlive();
    return this.#slabs.map(({ arena, site, mark }) => {
      arena.release(mark);
      return { site, work: layWork(arena, this.parameters, this.uploads, vectors, this.#crew.threads) };
    });
  }

  /** Copies the uploads of the first slab to the others. */
  spreadUploads(work: readonly WorkPlan[], vectors: number): void {
    const bytes = 2 * vectors * this.uploads * polynomialBytes(this.parameters);
    const uploads = new Uint8Array(this.#slabs[0].arena.memory.buffer, work[0].uploadsAt, bytes);
    for (let s = 1; s < this.#slabs.length; s++) new Uint8Array(this.#slabs[s].arena.memory.buffer).set(uploads, work[s].uploadsAt);
  }

  /** The plaintexts of an answer, and of up to `most` in all that are resident beside it; or staged, by calling `fill` again. */
  async source(answer: number, most: number): Promise<AnswerSource> {
    this.assertAlive();
    const slab = this.#slabs.findIndex(({ firstAnswer, answers }) => answer >= firstAnswer && answer < firstAnswer + answers);
    if (slab >= 0) {
      const { firstAnswer, answers } = this.#slabs[slab];
      const index = answer - firstAnswer;
      const beside = Math.min(most, answers - index);
      const from = Array.from({ length: beside }, (_, a) => ({ kind: 'resident', index: index + a }) as const);
      return { slab, from, done: () => undefined };
    }
    const slot = await this.#staging.borrow();
    try {
      this.#stage(answer, 0, slot);
      return { slab: 0, from: [{ kind: 'staged', slot }], done: () => this.#staging.giveBack(slot) };
    } catch (error) {
      this.#staging.giveBack(slot);
      throw error;
    }
  }

  assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the prepared operand was disposed');
  }

  /** Whether this operand was prepared by this crew for these parameters, or for others that it fits as well. */
  belongsTo(crew: Crew, parameters: HeParameters): boolean {
    return crew === this.#crew && this.fits(parameters);
  }

  /** Plaintexts are signed coefficients mod q: t and the answer's primes do not enter, beyond the bound `checkShape` puts on them. */
  fits(parameters: HeParameters): boolean {
    return this.parameters.profile === parameters.profile && BigInt(this.maxAbs) * 2n <= parameters.plainModulus;
  }

  /** Of no use from now on; its memory is wiped in turns, gigabytes would block the event loop for seconds. `wiped` says when. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { site } of this.#slabs) this.#crew.detach(site);
    this.#wiped = this.#turn.then(async () => {
      for (const { arena } of this.#slabs) await arena.wipeInTurns();
    });
  }

  /** Resolves when nothing is left of a disposed operand. */
  get wiped(): Promise<void> {
    return this.#wiped;
  }

  #laySlabs(plan: MemoryPlan): Slab[] {
    const perSlab = plan.answersPerSlab;
    return Array.from({ length: plan.slabs }, (_, s) => {
      const firstAnswer = s * perSlab;
      const answers = Math.min(perSlab, plan.residentAnswers - firstAnswer);
      const arena = new Arena();
      const shape = {
        residentAnswers: answers,
        uploads: this.uploads,
        maxAbs: this.maxAbs,
        threads: this.#crew.threads,
        slots: this.#crew.threads + 1,
      };
      const site = layOperandSite(arena, this.parameters, shape);
      return {
        arena,
        kernel: instantiate(arena.memory),
        plan: site,
        site: this.#crew.attach(site),
        firstAnswer,
        answers,
        mark: arena.mark,
      };
    });
  }

  async #fillResident(): Promise<void> {
    const jobs = new Jobs([]);
    for (const [s, slab] of this.#slabs.entries()) {
      for (let index = 0; index < slab.answers; index++) {
        const slot = await this.#staging.borrow();
        jobs.check();
        this.#stage(slab.firstAnswer + index, s, slot);
        const made = this.#crew.run('makeResident', { site: slab.site, slot, index }, { signal: jobs.signal });
        jobs.add(made.finally(() => this.#staging.giveBack(slot)));
      }
    }
    await jobs.settle();
    const resident = this.#slabs.reduce((sum, { answers }) => sum + answers, 0);
    for (let answer = resident; answer < this.answers; answer++) await this.#checkStreamed(answer);
  }

  /** Answers that will be streamed are checked at `prepare` as well: a bad one must not surface in the middle of a protocol. */
  async #checkStreamed(answer: number): Promise<void> {
    const slot = await this.#staging.borrow();
    try {
      this.#stage(answer, 0, slot);
    } finally {
      this.#staging.giveBack(slot);
    }
  }

  /** Fills a staging slot with the polynomials of an answer. Wiped and checked by the WASM: in JavaScript that took longer than filling. */
  #stage(answer: number, slab: number, slot: number): void {
    const { arena, kernel, plan } = this.#slabs[slab];
    const n = this.parameters.ringDegree;
    let used = 0;
    for (let upload = 0; upload < this.uploads; upload++) {
      const at = plan.staging[slot] + 4 * n * upload;
      kernel.wipe(at, 4 * n);
      // `fill` said zero: whatever it wrote does not count.
      if (!this.#source.fill(answer, upload, new Int32Array(arena.memory.buffer, at, n))) kernel.wipe(at, 4 * n);
      const nonzero = kernel.countWithin(at, n, this.maxAbs);
      if (nonzero < 0) throw refused(`a coefficient of P[${answer}][${upload}] is above maxAbs`);
      used += nonzero;
    }
    if (used > this.terms) throw refused(`answer ${answer} has ${used} nonzero coefficients, the operand declares at most ${this.terms}`);
  }
}

/** @throws LocalProtocolError `ERR_HE_OPERAND` on an operand of another engine or for other parameters. */
export function ownOperand(operand: PreparedOperand, crew: Crew, parameters: HeParameters): KernelOperand {
  if (operand instanceof KernelOperand && operand.belongsTo(crew, parameters)) return operand;
  throw new LocalProtocolError('ERR_HE_OPERAND', 'the operand was prepared by another engine or for other parameters');
}

const shapeOf = ({ answers, uploads }: { readonly answers: number; readonly uploads: number }) => ({ answers, uploads });

function checkShape(source: Operand, plainModulus: bigint): void {
  for (const name of ['answers', 'uploads', 'maxAbs'] as const) {
    if (!(Number.isSafeInteger(source[name]) && source[name] >= 1)) throw refused(`${name} must be a positive integer`);
  }
  if (source.maxAbs >= MAX_ABS) throw refused('maxAbs must be below 2^31');
  if (BigInt(source.maxAbs) * 2n > plainModulus) throw refused('maxAbs must not exceed half the plaintext modulus');
}

function refused(problem: string): InputError {
  return new InputError('ERR_HE_OPERAND', `operand: ${problem}`, { help: 'State bounds that hold for every polynomial of the operand.' });
}
