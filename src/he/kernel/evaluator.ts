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
import { type KernelOperand, ownOperand } from './operand.ts';
import { type Loading, passOver, type Turn } from './operand-pass.ts';
import { Jobs } from './pacing.ts';
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
    this.#disposed.signal.throwIfAborted();
    const prepared = ownOperand(operand, this.#crew, this.parameters);
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
    const crew = this.#crew;
    const { operand, jobs } = call;
    const loads = ({ site, work }: Loading) =>
      vectors.flatMap((uploads, vector) =>
        uploads.map((bytes, upload) => () => crew.run('loadUpload', { site, work, vector, upload, bytes }, { signal: jobs.signal })),
      );
    await passOver({ operand, crew, jobs, vectors: vectors.length }, loads, (turn) => this.#answer(turn, first, call));
  }

  /** Some answers for some vectors of a pass that begins at vector `start` of the call. */
  async #answer({ site, work, from, answer, first, count }: Turn, start: number, call: Call): Promise<void> {
    const finish = from.map((_, a) => Array.from({ length: count }, (_, v) => this.#finishInput(start + first + v, answer + a, call)));
    const input = { operand: site, blinding: this.#site, work, from, firstVector: first, finish };
    try {
      const outputs = await this.#crew.run('answer', input, { signal: call.jobs.signal });
      for (const [a, vectors] of outputs.entries()) {
        for (const [v, output] of vectors.entries()) {
          call.answers[start + first + v][answer + a] = output.answer;
          if (output.share) call.shares[start + first + v][answer + a] = output.share;
        }
      }
    } finally {
      for (const { key, zero } of finish.flat()) {
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
