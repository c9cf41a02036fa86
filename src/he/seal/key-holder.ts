/**
 * L's half on SEAL. The secret key leaves neither this object nor, in print, itself: every way of printing a key holder says `[redacted]`.
 * SEAL knows its own seeded form alone; ours (`../seed.ts`) is reached by exchanging its mask c1 for the expansion a of our seed,
 * (c0 + (c1 - a) s, a): same key, same error, same message. For that the residues of s are read out of SEAL once, and wiped on `dispose`.
 * Decryption is silent: nothing but the shape of the bytes is ever refused, whatever the ciphertext decrypts to.
 */
import type { Decryptor, Encryptor, PublicKey, SecretKey } from 'node-seal/throws';
import { LocalProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { wantedIndices } from '../blinding.ts';
import { checkedKept, keepSecret, keptResidues } from '../kept-key.ts';
import { mulmod } from '../modular.ts';
import { assertSlots, checkWords } from '../once.ts';
import { residuesOf } from '../residues.ts';
import { expandSeed, SEED_BYTES, type SeedUse } from '../seed.ts';
import { slotCodec } from '../slots.ts';
import type { Blinding, HeParameters, KeptKey, KeyHolder, PlainForm, Residues, Wanted } from '../types.ts';
import { type AnswerWords, decodeAnswer, encodePublicKey, encodeUpload, keyModuli } from '../wire.ts';
import type { Seal, SealContext } from './context.ts';
import { breathe } from './pace.ts';
import { ciphertextWords, plaintextWords, secretKeyWords } from './serialization.ts';

const REDACTED = '[redacted]';

export class SealKeyHolder implements KeyHolder {
  readonly parameters: HeParameters;
  readonly publicKey: Uint8Array;
  readonly #context: SealContext;
  readonly #secretKey: SecretKey;
  readonly #encryptor: Encryptor;
  readonly #decryptor: Decryptor;
  /** s mod every key prime, NTT form. */
  readonly #residues: Uint32Array;
  readonly #random: SecureRandom;
  #disposed = false;

  /**
   * @param random source of the public seeds
   * @param kept the key to go on with, instead of a fresh one
   */
  constructor(context: SealContext, random: SecureRandom, kept?: KeptKey) {
    const { seal, parameters } = context;
    this.parameters = parameters;
    this.#context = context;
    this.#random = random;
    const { secretKey, sealPublic } = kept ? loadedKey(context, kept) : drawnKey(context);
    using publicKey = sealPublic;
    this.#secretKey = secretKey;
    this.#residues = residuesOfKey(seal, secretKey);
    this.publicKey = kept ? kept.publicKey.slice() : this.#wireForm(publicKey);
    this.#encryptor = new seal.Encryptor(context.context, publicKey, secretKey);
    this.#decryptor = new seal.Decryptor(context.context, secretKey);
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
      values.push(decryptWanted(this.#context, this.#decryptor, answer, indices));
      await breathe();
    }
    return values;
  }

  async encryptWords(words: readonly Uint32Array[], form: PlainForm): Promise<Uint8Array[]> {
    for (const each of words) checkWords(this.parameters, each);
    const codec = slotCodec(this.parameters.plainModulus);
    return this.encrypt(words.map((each) => (form === 'slots' ? codec.encode(residuesOf(each)) : residuesOf(each))));
  }

  async decryptSlots(answers: readonly Uint8Array[]): Promise<Uint32Array[]> {
    assertSlots(this.parameters);
    const codec = slotCodec(this.parameters.plainModulus);
    return (await this.decrypt(answers, 'all', 'reveal')).map((coefficients) => Uint32Array.from(codec.decode(coefficients), Number));
  }

  exportKey(): KeptKey {
    this.#assertAlive();
    const [q] = keyModuli(this.parameters);
    return keepSecret(this.publicKey, this.#residues.slice(0, this.parameters.ringDegree), q);
  }

  /** Frees the key; SEAL keeps secret keys in a memory pool of their own that it zeroes when they are freed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#decryptor.delete();
    this.#encryptor.delete();
    this.#secretKey.delete();
    this.#residues.fill(0);
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
    using encrypted = new seal.Ciphertext();
    this.#encryptor.encryptSymmetric(plaintext, encrypted);
    plaintext.setZero();
    this.#context.evaluator.cipherTransformToNttInplace(encrypted);
    const { hidden, seed } = this.#exchange('upload', parameters.dataPrimes, encrypted.saveToArray(seal.ComprModeType.none));
    return encodeUpload(parameters, { c0: hidden, seed });
  }

  #wireForm(publicKey: PublicKey): Uint8Array {
    const serialized = publicKey.saveToArray(this.#context.seal.ComprModeType.none);
    const { hidden, seed } = this.#exchange('publicKey', keyModuli(this.parameters), serialized);
    return encodePublicKey(this.parameters, { p0: hidden, seed });
  }

  /** SEAL's (c0, c1), in NTT form, with the expansion of a fresh seed in the place of c1. */
  #exchange(use: SeedUse, moduli: readonly number[], serialized: Uint8Array): Masked {
    const seed = randomBytes(this.#random, SEED_BYTES);
    const { ringDegree } = this.parameters;
    return { hidden: exchangeMask(serialized, expandSeed(seed, use, moduli, ringDegree), moduli, ringDegree, this.#residues), seed };
  }

  #assertAlive(): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the key holder was disposed');
  }
}

/** What hides under the mask that the seed stands for. */
interface Masked {
  readonly hidden: Uint32Array;
  readonly seed: Uint8Array;
}

interface SealKeys {
  readonly secretKey: SecretKey;
  readonly sealPublic: PublicKey;
}

function drawnKey({ seal, context }: SealContext): SealKeys {
  using generator = new seal.KeyGenerator(context);
  return { secretKey: generator.secretKey(), sealPublic: generator.createPublicKey() };
}

function loadedKey(context: SealContext, kept: KeptKey): SealKeys {
  const { p0, seed } = checkedKept(context.parameters, kept);
  const residues = keptResidues(kept, keyModuli(context.parameters));
  const secretKey = context.secretKey(residues);
  residues.fill(0);
  return { secretKey, sealPublic: context.seededPublicKey(p0, seed) };
}

export function residuesOfKey(seal: Seal, secretKey: SecretKey): Uint32Array {
  const serialized: Uint8Array = secretKey.saveToArray(seal.ComprModeType.none);
  const residues = secretKeyWords(serialized);
  serialized.fill(0);
  return residues;
}

/** c0 of SEAL's (c0, c1), in NTT form, with `mask` in the place of c1: c0 + (c1 - mask)·s. */
export function exchangeMask(
  serialized: Uint8Array,
  mask: Uint32Array,
  moduli: readonly number[],
  ringDegree: number,
  residues: Uint32Array,
): Uint32Array {
  const words = ciphertextWords(serialized);
  const hidden = words.slice(0, moduli.length * ringDegree);
  moduli.forEach((q, limb) => {
    for (let i = limb * ringDegree; i < (limb + 1) * ringDegree; i++) {
      const difference = words[hidden.length + i] - mask[i];
      hidden[i] = (hidden[i] + mulmod(difference < 0 ? difference + q : difference, residues[i], q)) % q;
    }
  });
  return hidden;
}

/** The wanted coefficients of an answer mod t. */
export function decryptWanted(context: SealContext, decryptor: Decryptor, answer: AnswerWords, indices: Uint32Array): Residues {
  const { seal, parameters } = context;
  using ciphertext = context.ciphertext(scatter(parameters, answer, indices), parameters.answerPrimes);
  using plaintext = new seal.Plaintext();
  decryptor.decrypt(ciphertext, plaintext);
  const words = plaintextWords(plaintext.saveToArray(seal.ComprModeType.none), parameters.ringDegree);
  plaintext.setZero();
  const values = BigUint64Array.from(indices, (index) => words[index]);
  words.fill(0n);
  return values;
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
