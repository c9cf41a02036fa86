/**
 * H's half on the kernel. Uploads are taken apart and checked before anything is computed; one pass over the operand serves all vectors of a
 * call (or as many as memory allows); every answer gets its own encryption of zero and its own blinding.
 */
import { InputError, LocalProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { floodBound, wantedIndices } from '../blinding.ts';
import type { BlindedAnswers, Blinding, Evaluator, HeParameters, OnceBlinding, OnceOperand, PreparedOperand, Residues } from '../types.ts';
import { decodeUpload } from '../wire.ts';
import { Arena } from './arena.ts';
import { type FinishInput, layBlindingSite } from './blinding-site.ts';
import type { Crew } from './crew.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { OnceDesks } from './once.ts';
import { KernelOperand } from './operand.ts';
import type { WorkPlan } from './operand-site.ts';
import { Gate, Jobs } from './pacing.ts';
import { allBelow } from './residues.ts';
import { type PoolSize, ZeroPool } from './zero-pool.ts';

export interface MultiplyOptions {
  /** Ends the call: what waits is dropped, no thread stays busy beyond the operation in hand. */
  readonly signal?: AbortSignal;
}

interface Call {
  readonly operand: KernelOperand;
  readonly blinding: Blinding;
  readonly wanted: Uint32Array;
  readonly flood: bigint;
  readonly jobs: Jobs;
  readonly answers: Uint8Array[][];
  readonly shares: Residues[][];
}

type Slabs = readonly { readonly site: number; readonly work: WorkPlan }[];

export class KernelEvaluator implements Evaluator {
  readonly parameters: HeParameters;
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #arena: Arena;
  readonly #site: number;
  readonly #zeros: ZeroPool;
  readonly #once: OnceDesks;
  readonly #disposed: AbortController;

  private constructor(parameters: HeParameters, crew: Crew, random: SecureRandom, arena: Arena, site: number, pool: PoolSize) {
    this.parameters = parameters;
    this.#crew = crew;
    this.#random = random;
    this.#arena = arena;
    this.#site = site;
    this.#disposed = new AbortController();
    this.#zeros = new ZeroPool(pool, (entry) => {
      const key = randomBytes(random, STREAM_KEY_BYTES);
      const options = { signal: this.#disposed.signal, idle: true };
      return crew.run('fillZero', { site, entry, key }, options).finally(() => key.fill(0));
    });
    this.#once = new OnceDesks({ parameters, crew, random, blinding: site, zeros: this.#zeros, disposed: this.#disposed.signal });
  }

  /** @throws PeerProtocolError when the public key is not exactly (p0, seed) for these parameters. */
  static async create(
    parameters: HeParameters,
    publicKey: Uint8Array,
    crew: Crew,
    random: SecureRandom,
    pool: PoolSize,
  ): Promise<KernelEvaluator> {
    const arena = new Arena();
    const site = crew.attach(layBlindingSite(arena, parameters, crew.threads, pool.entries));
    try {
      await crew.run('loadPublicKey', { site, bytes: publicKey });
    } catch (error) {
      crew.detach(site);
      throw error;
    }
    return new KernelEvaluator(parameters, crew, random, arena, site, pool);
  }

  /** Encryptions of zero ready now. */
  get zerosReady(): number {
    return this.#zeros.ready;
  }

  /** Resolves when the pool is full: while waiting for the other party. */
  zerosFilled(): Promise<void> {
    return this.#zeros.filled();
  }

  async multiply(
    vectors: readonly (readonly Uint8Array[])[],
    operand: PreparedOperand,
    blinding: Blinding,
    options: MultiplyOptions = {},
  ): Promise<BlindedAnswers[]> {
    const prepared = this.#ours(operand);
    const wanted = wantedIndices(this.parameters, blinding.wanted);
    const flood = floodBound(this.parameters, prepared);
    if (vectors.length === 0) return [];
    const jobs = new Jobs([this.#disposed.signal, options.signal]);
    const call: Call = { operand: prepared, blinding, wanted, flood, jobs, answers: vectors.map(() => []), shares: vectors.map(() => []) };
    await prepared.exclusive(() => jobs.whole(() => this.#passes(vectors, call)));
    const shares = blinding.mode === 'share';
    return call.answers.map((answers, v) => ({ answers, shares: shares ? call.shares[v] : undefined }));
  }

  async multiplyOnce(uploads: readonly Uint8Array[], operand: OnceOperand, blinding: OnceBlinding): Promise<Uint8Array> {
    this.#disposed.signal.throwIfAborted();
    return this.#once.answer(uploads, operand, blinding);
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new LocalProtocolError('ERR_HE_DISPOSED', 'the evaluator was disposed'));
    this.#once.dispose();
    this.#crew.detach(this.#site);
    this.#crew.whenQuiet(() => this.#arena.wipe());
  }

  async #passes(vectors: readonly (readonly Uint8Array[])[], call: Call): Promise<void> {
    const { vectorsPerPass } = call.operand.plan(vectors.length);
    for (const uploads of vectors) checkCount(uploads, call.operand.uploads);
    // A later pass must not find out that an upload is malformed when answers of an earlier one exist.
    for (const uploads of vectors.slice(vectorsPerPass)) for (const bytes of uploads) decodeUpload(this.parameters, bytes);
    for (let first = 0; first < vectors.length; first += vectorsPerPass) {
      await this.#pass(vectors.slice(first, first + vectorsPerPass), first, call);
    }
  }

  async #pass(vectors: readonly (readonly Uint8Array[])[], first: number, call: Call): Promise<void> {
    const slabs = call.operand.layWork(vectors.length);
    await this.#loadUploads(vectors, slabs[0], call);
    call.operand.spreadUploads(
      slabs.map(({ work }) => work),
      vectors.length,
    );
    const gate = new Gate(2 * this.#crew.threads);
    const chunk = this.#chunk(call.operand.answers, vectors.length);
    for (let answer = 0; answer < call.operand.answers; answer++) {
      call.jobs.check();
      const source = await call.operand.source(answer);
      const step = source.from.kind === 'staged' ? vectors.length : chunk;
      const turns: Promise<void>[] = [];
      for (let from = 0; from < vectors.length; from += step) {
        await gate.enter();
        const count = Math.min(step, vectors.length - from);
        const turn = this.#answer(slabs, source, answer, first, from, count, call).finally(() => gate.leave());
        call.jobs.add(turn);
        turns.push(turn);
      }
      call.jobs.add(Promise.allSettled(turns).then(source.done));
    }
    await call.jobs.settle();
  }

  async #loadUploads(vectors: readonly (readonly Uint8Array[])[], { site, work }: Slabs[number], call: Call): Promise<void> {
    const gate = new Gate(2 * this.#crew.threads);
    for (const [vector, uploads] of vectors.entries()) {
      for (const [upload, bytes] of uploads.entries()) {
        await gate.enter();
        const loading = this.#crew.run('loadUpload', { site, work, vector, upload, bytes }, { signal: call.jobs.signal });
        call.jobs.add(loading.finally(() => gate.leave()));
      }
    }
    await call.jobs.settle();
  }

  /** One answer for some vectors of a pass. */
  async #answer(
    slabs: Slabs,
    source: Awaited<ReturnType<KernelOperand['source']>>,
    answer: number,
    first: number,
    from: number,
    count: number,
    call: Call,
  ): Promise<void> {
    const { site, work } = slabs[source.slab];
    const finish = Array.from({ length: count }, (_, v) => this.#finishInput(first + from + v, answer, call));
    const input = { operand: site, blinding: this.#site, work, from: source.from, groups: source.groups, firstVector: from, finish };
    try {
      const outputs = await this.#crew.run('answer', input, { signal: call.jobs.signal });
      for (const [v, output] of outputs.entries()) {
        call.answers[first + from + v][answer] = output.answer;
        if (output.share) call.shares[first + from + v][answer] = output.share;
      }
    } finally {
      for (const { key, zero } of finish) {
        key.fill(0);
        this.#zeros.used(zero);
      }
    }
  }

  /** Fresh randomness for one answer, and the pool's next encryption of zero if there is one. */
  #finishInput(vector: number, answer: number, { blinding, wanted, flood }: Call): FinishInput {
    const addend = blinding.addend?.(vector, answer);
    if (addend) checkAddend(this.parameters, addend);
    return {
      key: randomBytes(this.#random, STREAM_KEY_BYTES),
      mode: blinding.mode,
      wanted: blinding.wanted,
      addend: addend && BigUint64Array.from(wanted, (index) => addend[index]),
      flood,
      zero: this.#zeros.take(),
    };
  }

  /** Vectors a task: all of them where answers alone keep the threads busy, fewer where there are few answers. */
  #chunk(answers: number, vectors: number): number {
    const tasks = 4 * this.#crew.threads;
    return Math.max(1, Math.min(vectors, Math.floor((answers * vectors) / tasks)));
  }

  #ours(operand: PreparedOperand): KernelOperand {
    this.#disposed.signal.throwIfAborted();
    if (operand instanceof KernelOperand && operand.belongsTo(this.#crew, this.parameters)) return operand;
    throw new LocalProtocolError('ERR_HE_OPERAND', 'the operand was prepared by another engine or for other parameters');
  }
}

function checkCount(uploads: readonly Uint8Array[], expected: number): void {
  if (uploads.length === expected) return;
  throw new InputError('ERR_HE_OPERAND', `a vector has ${uploads.length} uploads, the operand ${expected}`, {
    help: 'Both parties must use the same layout; the message layer checks the number of uploads.',
  });
}

function checkAddend({ ringDegree, plainModulus }: HeParameters, addend: Residues): void {
  if (addend.length === ringDegree && allBelow(addend, plainModulus)) return;
  throw new InputError('ERR_HE_PLAINTEXT', `an addend must be ${ringDegree} residues below the plaintext modulus`);
}
