/**
 * L's half of series on the kernel (`../series.ts`). Every vector has a secret key of its own in this object's memory, wiped as soon as its
 * answers are decrypted; every way of printing the object says `[redacted]`.
 */
import { InputError, LocalProtocolError, PeerProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { wantedIndices } from '../blinding.ts';
import { SEED_BYTES } from '../seed.ts';
import { seriesLength } from '../series.ts';
import type { HeParameters, Residues, SeriesKeys, SeriesQuestion, SeriesReply, SeriesShape } from '../types.ts';
import { encodeOpening } from '../wire-series.ts';
import { Arena } from './arena.ts';
import type { Crew } from './crew.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { polynomialBytes } from './memory-plan.ts';
import { inTasks } from './pacing.ts';
import { allBelow } from './residues.ts';
import { laySeriesKeySite, type PartInput, storedHintBytes } from './series-key-site.ts';

const REDACTED = '[redacted]';
/** A message to a thread and back costs a tenth of an encryption, as much as a decryption. */
const PARTS_A_TASK = 4;
const ANSWERS_A_TASK = 16;

/** A vector whose answers are still to come. */
interface Asked {
  readonly secret: number;
  /** Whether its reply brings the hints of a new series. */
  readonly opens: boolean;
}

export class KernelSeriesKeys implements SeriesKeys {
  readonly parameters: HeParameters;
  readonly #shape: SeriesShape;
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #arena = new Arena();
  readonly #site: number;
  /** One after the other, for the series being decrypted. */
  readonly #hints: number;
  readonly #most: number;
  readonly #freeSecrets: number[] = [];
  readonly #asked: Asked[] = [];
  readonly #disposed = new AbortController();
  #seeds: readonly Uint8Array[] = [];
  #vectors = 0;

  constructor(parameters: HeParameters, shape: SeriesShape, crew: Crew, random: SecureRandom) {
    const wanted = wantedIndices(parameters, shape.wanted);
    this.parameters = parameters;
    this.#shape = shape;
    this.#crew = crew;
    this.#random = random;
    this.#most = seriesLength(parameters, wanted.length);
    this.#site = crew.attach(laySeriesKeySite(this.#arena, parameters, crew.threads, wanted));
    this.#hints = this.#arena.allocate(shape.answers * storedHintBytes(parameters));
  }

  async ask(plaintexts: readonly Residues[]): Promise<SeriesQuestion> {
    this.#disposed.signal.throwIfAborted();
    this.#checkPlaintexts(plaintexts);
    const opens = this.#vectors++ % this.#most === 0;
    if (opens) this.#seeds = Array.from({ length: plaintexts.length + 1 }, () => randomBytes(this.#random, SEED_BYTES));
    const seeds = this.#seeds;
    const secret = this.#freeSecrets.pop() ?? this.#arena.allocate(polynomialBytes(this.parameters));
    this.#asked.push({ secret, opens });
    await this.#crew.run('drawSeriesSecret', { site: this.#site, secret, key: this.#key() }, { signal: this.#disposed.signal });
    const inputs = seeds.map((seed, i) => ({ plaintext: plaintexts.at(i), key: this.#key(), seed }));
    const parts = await this.#all(inputs, PARTS_A_TASK, (some, signal) => this.#encrypt(secret, some, signal));
    return { opening: opens ? encodeOpening(this.parameters, seeds) : undefined, parts };
  }

  async decrypt(reply: SeriesReply): Promise<Residues[]> {
    this.#disposed.signal.throwIfAborted();
    const next = this.#asked.shift();
    if (!next) throw new LocalProtocolError('ERR_HE_SERIES', 'a reply was given for decryption that answers no question');
    try {
      return await this.#open(next, reply);
    } finally {
      this.#arena.wipeBlock(next.secret, polynomialBytes(this.parameters));
      this.#freeSecrets.push(next.secret);
    }
  }

  async #open({ secret, opens }: Asked, { hints, sums }: SeriesReply): Promise<Residues[]> {
    const { answers } = this.#shape;
    if ((hints !== undefined) !== opens || (hints ?? sums).length !== answers || sums.length !== answers) {
      throw new PeerProtocolError('ERR_PEER_SERIES', 'the answers of a series are not as many as were agreed, or their hints are missing');
    }
    const site = this.#site;
    const at = (answer: number): number => this.#hints + answer * storedHintBytes(this.parameters);
    if (hints) {
      const kept = hints.map((bytes, answer) => ({ to: at(answer), bytes }));
      await this.#all(kept, ANSWERS_A_TASK, (some, signal) =>
        this.#crew.run('keepHints', { site, hints: some }, { signal }).then(() => []),
      );
    }
    const asked = sums.map((bytes, answer) => ({ hint: at(answer), bytes }));
    return this.#all(asked, ANSWERS_A_TASK, (some, signal) => this.#crew.run('decryptSums', { site, secret, sums: some }, { signal }));
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new LocalProtocolError('ERR_HE_DISPOSED', 'the keys were disposed of'));
    this.#crew.detach(this.#site);
    this.#crew.whenQuiet(() => this.#arena.wipe());
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }

  #encrypt(secret: number, parts: readonly PartInput[], signal: AbortSignal): Promise<Uint8Array[]> {
    return this.#crew.run('encryptParts', { site: this.#site, secret, parts }, { signal }).finally(() => {
      for (const { key } of parts) key.fill(0);
    });
  }

  #key(): Uint8Array {
    return randomBytes(this.#random, STREAM_KEY_BYTES);
  }

  #all<I, O>(inputs: readonly I[], most: number, run: (some: readonly I[], signal: AbortSignal) => Promise<O[]>): Promise<O[]> {
    return inTasks(inputs, { threads: this.#crew.threads, most, stop: this.#disposed.signal }, run);
  }

  #checkPlaintexts(plaintexts: readonly Residues[]): void {
    const { ringDegree, plainModulus } = this.parameters;
    if (plaintexts.length !== this.#shape.uploads) {
      throw new InputError('ERR_HE_OPERAND', `a vector has ${plaintexts.length} plaintexts, the series ${this.#shape.uploads}`);
    }
    if (plaintexts.every((residues) => residues.length === ringDegree && allBelow(residues, plainModulus))) return;
    throw new InputError('ERR_HE_PLAINTEXT', `a plaintext must be ${ringDegree} residues below the plaintext modulus`);
  }
}
