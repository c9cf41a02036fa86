/**
 * H's half of series (`../series.ts`) on SEAL. SEAL multiplies whole ciphertexts, so every answer is made whole: Σ (c_i, a_i)·P_i + (z, a_z)·u + (0, e1).
 * c1 of the first vector's is the hint; of every vector's the wanted words of c0, flooded, are the sum.
 */
import type { Ciphertext, Plaintext } from 'node-seal/throws';
import { InputError, LocalProtocolError, type SecureRandom } from '../../base/index.ts';
import { drawBlinding, floodBound, wantedIndices } from '../blinding.ts';
import { SeriesCount } from '../series.ts';
import { centredBinomial, ternary } from '../small-polynomials.ts';
import type { HeParameters, SeriesEvaluator, SeriesQuestion, SeriesReply } from '../types.ts';
import { decodeOpening, decodePart, encodeHint, encodeSum } from '../wire-series.ts';
import { answerFrom, blindedWords, type Product } from './answer.ts';
import type { SealContext } from './context.ts';
import { products } from './evaluator.ts';
import { type SealOperand, smallPlaintext } from './operand.ts';
import { breathe } from './pace.ts';

/** One series under way. */
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
    this.#assertAlive();
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

  /** Starts from the error: a ciphertext that is never transparent. */
  #answer(uploads: readonly Ciphertext[], u: Plaintext, a: number): Ciphertext {
    this.#assertAlive();
    return answerFrom(this.#context, this.#error(), productsAndZero(uploads, this.#operand, a, u));
  }

  /** (0, e1), coefficient form, top level. */
  #error(): Ciphertext {
    const { dataPrimes, ringDegree } = this.parameters;
    const words = new Uint32Array(2 * dataPrimes.length * ringDegree);
    const error = centredBinomial(this.#random, ringDegree);
    dataPrimes.forEach((q, limb) => {
      const at = (dataPrimes.length + limb) * ringDegree;
      for (let i = 0; i < ringDegree; i++) words[at + i] = error[i] < 0 ? error[i] + q : error[i];
    });
    error.fill(0);
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

/** The last upload is the encryption of zero. */
function* productsAndZero(uploads: readonly Ciphertext[], operand: SealOperand, answer: number, u: Plaintext): Generator<Product> {
  yield* products(uploads.slice(0, -1), operand, answer);
  yield { upload: uploads[uploads.length - 1], operand: u };
}
