/**
 * L's half of series (`../series.ts`) on SEAL: a SEAL key a vector, freed when its answers are decrypted. SEAL masks by polynomials of its own; they
 * are exchanged for those of the series as `key-holder.ts` does for its own seeds.
 */
import type { Decryptor, Encryptor, SecretKey } from 'node-seal/throws';
import { InputError, LocalProtocolError, PeerProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { wantedIndices } from '../blinding.ts';
import { expandSeed, SEED_BYTES } from '../seed.ts';
import { seriesLength } from '../series.ts';
import type { HeParameters, Residues, SeriesKeys, SeriesQuestion, SeriesReply, SeriesShape } from '../types.ts';
import { decodeHint, decodeSum, encodeOpening, encodePart } from '../wire-series.ts';
import type { SealContext } from './context.ts';
import { decryptWanted, exchangeMask, residuesOfKey } from './key-holder.ts';
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
