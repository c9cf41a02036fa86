/**
 * Series (`../series.ts`) on SEAL, both halves. SEAL multiplies whole ciphertexts, so H makes every answer whole: Σ (c_i, a_i)·P_i + (z, a_z)·u + (e0, e1);
 * of the first vector of a series c1 is the hint, of every vector the wanted words of c0 are the sum. L draws a SEAL key a vector.
 */
import type { Ciphertext, Decryptor, Encryptor, Plaintext, SecretKey } from 'node-seal/throws';
import { InputError, LocalProtocolError, PeerProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { drawBlinding, floodBound, wantedIndices } from '../blinding.ts';
import { expandSeed, SEED_BYTES } from '../seed.ts';
import { SeriesCount, seriesLength } from '../series.ts';
import { centredBinomial, ternary } from '../small-polynomials.ts';
import type { HeParameters, Residues, SeriesEvaluator, SeriesKeys, SeriesQuestion, SeriesReply, SeriesShape } from '../types.ts';
import { decodeHint, decodeOpening, decodePart, decodeSum, encodeHint, encodeOpening, encodePart, encodeSum } from '../wire-series.ts';
import { answerFrom, blindedWords } from './answer.ts';
import type { SealContext } from './context.ts';
import { products } from './evaluator.ts';
import { decryptWanted, exchangeMask, residuesOfKey } from './key-holder.ts';
import { type SealOperand, smallPlaintext } from './operand.ts';
import { breathe } from './pace.ts';

const REDACTED = '[redacted]';

/** The key of one vector. */
interface VectorKey {
  readonly secretKey: SecretKey;
  readonly encryptor: Encryptor;
  readonly decryptor: Decryptor;
  /** s mod every key prime, NTT form. */
  readonly residues: Uint32Array;
  readonly opens: boolean;
}

export class SealSeriesKeys implements SeriesKeys {
  readonly parameters: HeParameters;
  readonly #context: SealContext;
  readonly #shape: SeriesShape;
  readonly #random: SecureRandom;
  readonly #most: number;
  readonly #asked: VectorKey[] = [];
  #seeds: readonly Uint8Array[] = [];
  #hints: readonly Uint32Array[] = [];
  #vectors = 0;
  #disposed = false;

  constructor(context: SealContext, shape: SeriesShape, random: SecureRandom) {
    this.parameters = context.parameters;
    this.#context = context;
    this.#shape = { ...shape, wanted: wantedIndices(context.parameters, shape.wanted) };
    this.#random = random;
    this.#most = seriesLength(context.parameters, shape.wanted.length);
  }

  async ask(plaintexts: readonly Residues[]): Promise<SeriesQuestion> {
    this.#assertAlive();
    if (plaintexts.length !== this.#shape.uploads) {
      throw new InputError('ERR_HE_OPERAND', `a vector has ${plaintexts.length} plaintexts, the series ${this.#shape.uploads}`);
    }
    const opens = this.#vectors++ % this.#most === 0;
    if (opens) this.#seeds = Array.from({ length: plaintexts.length + 1 }, () => randomBytes(this.#random, SEED_BYTES));
    const seeds = this.#seeds;
    const key = this.#drawKey(opens);
    this.#asked.push(key);
    const parts: Uint8Array[] = [];
    for (const [i, seed] of seeds.entries()) {
      this.#assertAlive();
      parts.push(this.#part(key, seed, plaintexts.at(i)));
      await breathe();
    }
    return { opening: opens ? encodeOpening(this.parameters, seeds) : undefined, parts };
  }

  async decrypt({ hints, sums }: SeriesReply): Promise<Residues[]> {
    this.#assertAlive();
    const { answers, wanted } = this.#shape;
    const key = this.#asked.shift();
    if (!key) throw new LocalProtocolError('ERR_HE_SERIES', 'a reply was given for decryption that answers no question');
    try {
      if ((hints !== undefined) !== key.opens || (hints ?? sums).length !== answers || sums.length !== answers) {
        throw new PeerProtocolError(
          'ERR_PEER_SERIES',
          'the answers of a series are not as many as were agreed, or their hints are missing',
        );
      }
      if (hints) this.#hints = hints.map((bytes) => decodeHint(this.parameters, bytes));
      const values: Residues[] = [];
      for (const [answer, bytes] of sums.entries()) {
        const words = { c0: decodeSum(this.parameters, wanted.length, bytes), c1: this.#hints[answer] };
        values.push(decryptWanted(this.#context, key.decryptor, words, wanted));
        await breathe();
      }
      return values;
    } finally {
      forget(key);
    }
  }

  dispose(): void {
    this.#disposed = true;
    for (const key of this.#asked.splice(0)) forget(key);
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

  #drawKey(opens: boolean): VectorKey {
    const { seal, context } = this.#context;
    using generator = new seal.KeyGenerator(context);
    using publicKey = generator.createPublicKey();
    const secretKey = generator.secretKey();
    const encryptor = new seal.Encryptor(context, publicKey, secretKey);
    return { secretKey, encryptor, decryptor: new seal.Decryptor(context, secretKey), residues: residuesOfKey(seal, secretKey), opens };
  }

  #part(key: VectorKey, seed: Uint8Array, residues: Residues | undefined): Uint8Array {
    const { seal, evaluator } = this.#context;
    const { dataPrimes, ringDegree } = this.parameters;
    using plaintext = this.#context.plaintext(residues ?? new BigUint64Array(ringDegree));
    using encrypted = new seal.Ciphertext();
    key.encryptor.encryptSymmetric(plaintext, encrypted);
    plaintext.setZero();
    evaluator.cipherTransformToNttInplace(encrypted);
    const serialized: Uint8Array = encrypted.saveToArray(seal.ComprModeType.none);
    const mask = expandSeed(seed, 'upload', dataPrimes, ringDegree);
    return encodePart(this.parameters, exchangeMask(serialized, mask, dataPrimes, ringDegree, key.residues));
  }

  #assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the keys were disposed of');
  }
}

function forget({ secretKey, encryptor, decryptor, residues }: VectorKey): void {
  for (const object of [decryptor, encryptor, secretKey]) object.delete();
  residues.fill(0);
}

/** One series under way at H. */
interface Series {
  readonly seeds: readonly Uint8Array[];
  /** u of every answer, ready to be multiplied. */
  readonly ternaries: readonly Plaintext[];
}

export class SealSeriesEvaluator implements SeriesEvaluator {
  readonly parameters: HeParameters;
  readonly #context: SealContext;
  readonly #operand: SealOperand;
  readonly #wanted: Uint32Array;
  readonly #flood: bigint;
  readonly #random: SecureRandom;
  readonly #count: SeriesCount;
  #series: Series | undefined;
  #disposed = false;

  constructor(context: SealContext, operand: SealOperand, wanted: Uint32Array, random: SecureRandom) {
    this.parameters = context.parameters;
    this.#context = context;
    this.#operand = operand;
    this.#wanted = wantedIndices(context.parameters, wanted);
    this.#flood = floodBound(context.parameters, operand, true);
    this.#random = random;
    this.#count = new SeriesCount(context.parameters, wanted.length);
  }

  async answer(questions: readonly SeriesQuestion[]): Promise<SeriesReply[]> {
    const decoded = questions.map(({ opening, parts }) => {
      if (parts.length !== this.#operand.uploads + 1) {
        throw new InputError(
          'ERR_HE_OPERAND',
          `a vector of a series has ${parts.length} parts, the operand wants ${this.#operand.uploads + 1}`,
        );
      }
      const seeds = opening && decodeOpening(this.parameters, this.#operand.uploads, opening);
      return { seeds, parts: parts.map((bytes) => decodePart(this.parameters, bytes)) };
    });
    this.#count.admit(questions);
    const replies: SeriesReply[] = [];
    for (const { seeds, parts } of decoded) {
      if (seeds) this.#begin(seeds);
      replies.push(await this.#reply(parts, seeds !== undefined));
    }
    return replies;
  }

  dispose(): void {
    this.#disposed = true;
    this.#end();
  }

  #begin(seeds: readonly Uint8Array[]): void {
    this.#end();
    const ternaries = Array.from({ length: this.#operand.answers }, () =>
      smallPlaintext(this.#context, ternary(this.#random, this.parameters.ringDegree)),
    );
    this.#series = { seeds, ternaries };
  }

  #end(): void {
    for (const plaintext of this.#series?.ternaries ?? []) {
      plaintext.setZero();
      plaintext.delete();
    }
    this.#series = undefined;
  }

  async #reply(parts: readonly Uint32Array[], opens: boolean): Promise<SeriesReply> {
    const { parameters } = this;
    const series = this.#current();
    const uploads: Ciphertext[] = [];
    const hints: Uint8Array[] = [];
    const sums: Uint8Array[] = [];
    try {
      for (const [i, c0] of parts.entries()) uploads.push(this.#context.seededCiphertext(c0, series.seeds[i]));
      for (let a = 0; a < this.#operand.answers; a++) {
        using answer = this.#answer(uploads, series.ternaries[a], a);
        const { words } = drawBlinding(parameters, 'reveal', this.#flood, this.#wanted.length, this.#random);
        const { c0, c1 } = blindedWords(this.#context, answer, this.#wanted, words);
        words.fill(0);
        if (opens) hints.push(encodeHint(parameters, c1));
        sums.push(encodeSum(parameters, c0));
        await breathe();
      }
    } finally {
      for (const upload of uploads) upload.delete();
    }
    return { hints: opens ? hints : undefined, sums };
  }

  /** Starts from the errors: a ciphertext that is never transparent. */
  #answer(uploads: readonly Ciphertext[], u: Plaintext, a: number): Ciphertext {
    this.#assertAlive();
    const zero = { upload: uploads[uploads.length - 1], operand: u };
    return answerFrom(this.#context, this.#errors(), [...products(uploads.slice(0, -1), this.#operand, a), zero]);
  }

  /** (e0, e1), coefficient form, top level. */
  #errors(): Ciphertext {
    const { dataPrimes, ringDegree } = this.parameters;
    const words = new Uint32Array(2 * dataPrimes.length * ringDegree);
    for (const component of [0, 1]) {
      const error = centredBinomial(this.#random, ringDegree);
      dataPrimes.forEach((q, limb) => {
        const at = (component * dataPrimes.length + limb) * ringDegree;
        for (let i = 0; i < ringDegree; i++) words[at + i] = error[i] < 0 ? error[i] + q : error[i];
      });
      error.fill(0);
    }
    return this.#context.ciphertext(words, dataPrimes.length);
  }

  #current(): Series {
    this.#assertAlive();
    if (this.#series) return this.#series;
    throw new LocalProtocolError('ERR_HE_INTERNAL', 'a vector stands outside every series');
  }

  #assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the evaluator was disposed');
  }
}
