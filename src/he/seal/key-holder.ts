/**
 * L's half on SEAL. The secret key stays inside: it is never serialised, and every way of printing a key holder says `[redacted]`.
 * Decryption is silent: nothing but the shape of the bytes is ever refused, whatever the ciphertext decrypts to.
 */
import type { Decryptor, Encryptor, KeyGenerator, SecretKey } from 'node-seal/throws';
import { LocalProtocolError } from '../../base/index.ts';
import { wantedIndices } from '../blinding.ts';
import type { Blinding, HeParameters, KeyHolder, Residues, Wanted } from '../types.ts';
import { type AnswerWords, decodeAnswer, encodePublicKey, encodeUpload } from '../wire.ts';
import type { SealContext } from './context.ts';
import { breathe } from './pace.ts';
import { ciphertextWords, plaintextWords, seedOf } from './serialization.ts';

const REDACTED = '[redacted]';

export class SealKeyHolder implements KeyHolder {
  readonly parameters: HeParameters;
  readonly publicKey: Uint8Array;
  readonly #context: SealContext;
  readonly #secretKey: SecretKey;
  readonly #encryptor: Encryptor;
  readonly #decryptor: Decryptor;
  #disposed = false;

  constructor(context: SealContext) {
    const { seal } = context;
    using generator = new seal.KeyGenerator(context.context);
    this.parameters = context.parameters;
    this.publicKey = publicKeyOf(context, generator);
    this.#context = context;
    this.#secretKey = generator.secretKey();
    using unused = generator.createPublicKey();
    this.#encryptor = new seal.Encryptor(context.context, unused, this.#secretKey);
    this.#decryptor = new seal.Decryptor(context.context, this.#secretKey);
  }

  async encrypt(plaintexts: readonly Residues[]): Promise<Uint8Array[]> {
    const uploads: Uint8Array[] = [];
    for (const residues of plaintexts) {
      this.#assertAlive();
      uploads.push(this.#encryptOne(residues));
      await breathe();
    }
    return uploads;
  }

  async decrypt(answers: readonly Uint8Array[], wanted: Wanted, _mode: Blinding['mode']): Promise<Residues[]> {
    this.#assertAlive();
    const indices = wantedIndices(this.parameters, wanted);
    const decoded = answers.map((bytes) => decodeAnswer(this.parameters, indices.length, bytes));
    const values: Residues[] = [];
    for (const answer of decoded) {
      this.#assertAlive();
      values.push(this.#decryptOne(answer, indices));
      await breathe();
    }
    return values;
  }

  /** Frees the key; SEAL keeps secret keys in a memory pool of their own that it zeroes when they are freed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#decryptor.delete();
    this.#encryptor.delete();
    this.#secretKey.delete();
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

  #encryptOne(residues: Residues): Uint8Array {
    const { seal, parameters } = this.#context;
    using plaintext = this.#context.plaintext(residues);
    using encrypted = this.#encryptor.encryptSymmetricSerializable(plaintext);
    const serialized: Uint8Array = encrypted.saveToArray(seal.ComprModeType.none);
    plaintext.setZero();
    return encodeUpload(parameters, { c0: ciphertextWords(serialized), seed: seedOf(serialized) });
  }

  #decryptOne(answer: AnswerWords, indices: Uint32Array): Residues {
    const { seal } = this.#context;
    using ciphertext = this.#context.ciphertext(scatter(this.parameters, answer, indices), this.parameters.answerPrimes);
    using plaintext = new seal.Plaintext();
    this.#decryptor.decrypt(ciphertext, plaintext);
    const words = plaintextWords(plaintext.saveToArray(seal.ComprModeType.none), this.parameters.ringDegree);
    plaintext.setZero();
    const values = BigUint64Array.from(indices, (index) => words[index]);
    words.fill(0n);
    return values;
  }

  #assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the key holder was disposed');
  }
}

function publicKeyOf(context: SealContext, generator: KeyGenerator): Uint8Array {
  using seeded = generator.createPublicKeySerializable();
  const serialized: Uint8Array = seeded.saveToArray(context.seal.ComprModeType.none);
  return encodePublicKey(context.parameters, { p0: ciphertextWords(serialized), seed: seedOf(serialized) });
}

/** (c0, c1) with zeros where c0 was not sent: those coefficients decrypt to noise that nobody reads. */
function scatter(parameters: HeParameters, answer: AnswerWords, indices: Uint32Array): Uint32Array {
  const n = parameters.ringDegree;
  const words = new Uint32Array(2 * parameters.answerPrimes * n);
  for (let limb = 0; limb < parameters.answerPrimes; limb++) {
    for (let i = 0; i < indices.length; i++) words[limb * n + indices[i]] = answer.c0[limb * indices.length + i];
  }
  words.set(answer.c1, parameters.answerPrimes * n);
  return words;
}
