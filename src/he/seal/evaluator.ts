/**
 * H's half on SEAL: uploads are taken apart and checked before anything is computed, then one pass over the operand serves all vectors.
 */
import type { Ciphertext, Encryptor } from 'node-seal/throws';
import { InputError, LocalProtocolError, type SecureRandom } from '../../base/index.ts';
import { drawBlinding, floodBound, wantedIndices } from '../blinding.ts';
import { addedMessage, checkMasks, checkOnce, maskAddend, onceOperand } from '../once.ts';
import type { BlindedAnswers, Blinding, Evaluator, HeParameters, OnceBlinding, OnceOperand, PreparedOperand, Residues } from '../types.ts';
import { decodePublicKey, decodeUpload, type UploadWords } from '../wire.ts';
import { addMessage, answerFrom, blindAndEncode, type Product } from './answer.ts';
import type { SealContext } from './context.ts';
import { ownOperand, SealOperand } from './operand.ts';
import { breathe } from './pace.ts';

/** Uploads resident at once in WebAssembly memory; more vectors are served in several passes. */
const RESIDENT_UPLOAD_BYTES = 768 * 2 ** 20;

export class SealEvaluator implements Evaluator {
  readonly parameters: HeParameters;
  readonly #context: SealContext;
  readonly #encryptor: Encryptor;
  readonly #random: SecureRandom;
  #disposed = false;

  /** @throws PeerProtocolError when the public key is not exactly (p0, seed) for these parameters. */
  constructor(context: SealContext, publicKey: Uint8Array, random: SecureRandom) {
    const { p0, seed } = decodePublicKey(context.parameters, publicKey);
    using key = context.seededPublicKey(p0, seed);
    this.parameters = context.parameters;
    this.#context = context;
    this.#encryptor = new context.seal.Encryptor(context.context, key);
    this.#random = random;
  }

  async multiply(vectors: readonly (readonly Uint8Array[])[], operand: PreparedOperand, blinding: Blinding): Promise<BlindedAnswers[]> {
    this.#assertAlive();
    const prepared = ownOperand(operand, this.#context);
    const flood = floodBound(this.parameters, prepared);
    const wanted = wantedIndices(this.parameters, blinding.wanted);
    const decoded = vectors.map((uploads) => this.#decode(uploads, prepared.uploads));
    const groupSize = this.#groupSize(prepared.uploads);
    const answered: BlindedAnswers[] = [];
    for (let first = 0; first < decoded.length; first += groupSize) {
      const group = decoded.slice(first, first + groupSize);
      answered.push(...(await this.#multiplyGroup(group, first, prepared, { ...blinding, wanted, flood })));
    }
    return answered;
  }

  async multiplyOnce(uploads: readonly Uint8Array[], operand: OnceOperand, blinding: OnceBlinding): Promise<Uint8Array> {
    const { wanted, masks } = blinding;
    this.#assertAlive();
    checkOnce(this.parameters, operand, uploads.length);
    if (masks) checkMasks(this.parameters, masks, wanted);
    const prepared = await SealOperand.prepare(this.#context, onceOperand(this.parameters, operand));
    try {
      const own = addedMessage(this.parameters, blinding);
      const message = masks ? () => maskAddend(this.parameters, masks, this.#random) : own && (() => own);
      const [blinded] = await this.multiply([uploads], prepared, { mode: 'reveal', wanted, ...(message && { addend: message }) });
      return blinded.answers[0];
    } finally {
      prepared.dispose();
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#encryptor.delete();
  }

  async #multiplyGroup(
    group: readonly (readonly UploadWords[])[],
    first: number,
    operand: SealOperand,
    blinding: Blinding & { readonly wanted: Uint32Array; readonly flood: bigint },
  ): Promise<BlindedAnswers[]> {
    const answers = group.map((): Uint8Array[] => []);
    const shares = group.map((): Residues[] => []);
    const resident: Ciphertext[][] = [];
    try {
      for (const uploads of group) resident.push(await this.#loadUploads(uploads));
      for (let a = 0; a < operand.answers; a++) {
        for (const [v, uploads] of resident.entries()) {
          this.#assertAlive();
          using answer = answerFrom(this.#context, this.#freshZero(), products(uploads, operand, a));
          const addend = blinding.addend?.(first + v, a);
          if (addend) addMessage(this.#context, answer, addend);
          const { words, share } = drawBlinding(this.parameters, blinding.mode, blinding.flood, blinding.wanted.length, this.#random);
          answers[v].push(blindAndEncode(this.#context, answer, blinding.wanted, words));
          if (share) shares[v].push(share);
          words.fill(0);
          await breathe();
        }
      }
    } finally {
      for (const ciphertext of resident.flat()) ciphertext.delete();
    }
    return answers.map((list, v) => ({ answers: list, shares: blinding.mode === 'share' ? shares[v] : undefined }));
  }

  /** A fresh Enc_pk(0): SEAL draws new randomness for every one. */
  #freshZero(): Ciphertext {
    const zero = new this.#context.seal.Ciphertext();
    this.#encryptor.encryptZero(zero);
    return zero;
  }

  #decode(uploads: readonly Uint8Array[], expected: number): UploadWords[] {
    if (uploads.length !== expected) {
      throw new InputError('ERR_HE_OPERAND', `a vector has ${uploads.length} uploads, the operand ${expected}`, {
        help: 'Both parties must use the same layout; the message layer checks the number of uploads.',
      });
    }
    return uploads.map((bytes) => decodeUpload(this.parameters, bytes));
  }

  async #loadUploads(uploads: readonly UploadWords[]): Promise<Ciphertext[]> {
    const loaded: Ciphertext[] = [];
    for (const { c0, seed } of uploads) {
      this.#assertAlive();
      loaded.push(this.#context.seededCiphertext(c0, seed));
      await breathe();
    }
    return loaded;
  }

  #groupSize(uploads: number): number {
    const bytes = uploads * 2 * this.parameters.dataPrimes.length * this.parameters.ringDegree * 8;
    if (bytes <= RESIDENT_UPLOAD_BYTES) return Math.floor(RESIDENT_UPLOAD_BYTES / bytes);
    throw new InputError('ERR_HE_MEMORY', `one vector of ${uploads} uploads does not fit the memory of the seal engine`, {
      help: 'Use the kernel engine, or a larger block so that a vector needs fewer uploads.',
    });
  }

  #assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the evaluator was disposed');
  }
}

/** The products of one answer; operand polynomials that are not resident live for one product. */
export function* products(uploads: readonly Ciphertext[], operand: SealOperand, answer: number): Generator<Product> {
  for (const [u, upload] of uploads.entries()) {
    const { plaintext, standsForZero, owned } = operand.polynomial(answer, u);
    yield { upload, operand: plaintext, standsForZero };
    if (owned) plaintext.delete();
  }
}
