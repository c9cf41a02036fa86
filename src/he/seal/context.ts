/**
 * One SEAL context per (profile, t): encryption parameters from explicit prime lists, the levels of its modulus chain, and conversions
 * between residues and SEAL objects. Every SEAL object lives in WebAssembly memory and is freed by `using` or `delete()`.
 */
import type {
  Ciphertext,
  ContextData,
  Evaluator,
  MainModule,
  ParmsIdType,
  Plaintext,
  PublicKey,
  SEALContext,
  SecretKey,
} from 'node-seal/throws';
import { InputError, LocalProtocolError } from '../../base/index.ts';
import { expandSeed } from '../seed.ts';
import type { HeParameters, Residues } from '../types.ts';
import { keyModuli } from '../wire.ts';
import { ciphertextBytes, ciphertextWords, type ParmsId, plaintextBytes, residuePairs, secretKeyBytes } from './serialization.ts';

export type Seal = MainModule;

interface Level {
  readonly handle: ParmsIdType;
  readonly parmsId: ParmsId;
}

/** What key holder and evaluator share. */
export class SealContext {
  readonly seal: Seal;
  readonly parameters: HeParameters;
  readonly context: SEALContext;
  readonly evaluator: Evaluator;
  readonly keyParmsId: ParmsId;
  /** By number of limbs. */
  readonly #levels: ReadonlyMap<number, Level>;

  constructor(seal: Seal, parameters: HeParameters) {
    this.seal = seal;
    this.parameters = parameters;
    this.context = makeContext(seal, parameters);
    this.evaluator = new seal.Evaluator(this.context);
    using keyId = this.context.keyParmsId();
    this.keyParmsId = idWords(keyId);
    this.#levels = walkChain(this.context, parameters.dataPrimes.length);
  }

  level(limbs: number): Level {
    const level = this.#levels.get(limbs);
    if (level) return level;
    throw new LocalProtocolError('ERR_HE_INTERNAL', `SEAL's chain has no level with ${limbs} primes`);
  }

  /** Data level, NTT form: where products are taken. */
  get topLevel(): Level {
    return this.level(this.parameters.dataPrimes.length);
  }

  /** A full ciphertext from checked residues, c0 then c1. */
  ciphertext(words: Uint32Array, limbs: number, ntt = false): Ciphertext {
    const shape = { parmsId: this.level(limbs).parmsId, ntt, ringDegree: this.parameters.ringDegree, limbs };
    return load(new this.seal.Ciphertext(), this.context, ciphertextBytes(shape, words));
  }

  /** An upload, in NTT form: c1 is the expansion of its seed. */
  seededCiphertext(c0: Uint32Array, seed: Uint8Array): Ciphertext {
    const { dataPrimes, ringDegree } = this.parameters;
    return this.ciphertext(joined(c0, expandSeed(seed, 'upload', dataPrimes, ringDegree)), dataPrimes.length, true);
  }

  /** A public key: p1 is the expansion of its seed; no p1 of a peer is ever used. */
  seededPublicKey(p0: Uint32Array, seed: Uint8Array): PublicKey {
    const { ringDegree } = this.parameters;
    const moduli = keyModuli(this.parameters);
    const shape = { parmsId: this.keyParmsId, ntt: true, ringDegree, limbs: moduli.length };
    const words = joined(p0, expandSeed(seed, 'publicKey', moduli, ringDegree));
    return load(new this.seal.PublicKey(), this.context, ciphertextBytes(shape, words));
  }

  /** A secret key from its residues (key level, NTT form), which the caller wipes. */
  secretKey(residues: Uint32Array): SecretKey {
    return load(new this.seal.SecretKey(), this.context, secretKeyBytes(residues, this.keyParmsId));
  }

  /** N residues mod t as a SEAL plaintext. @throws InputError `ERR_HE_PLAINTEXT` on another length or a residue not below t. */
  plaintext(residues: Residues): Plaintext {
    const { ringDegree, plainModulus } = this.parameters;
    if (residues.length !== ringDegree || residues.some((value) => value >= plainModulus)) {
      throw new InputError('ERR_HE_PLAINTEXT', `a plaintext must be ${ringDegree} residues below the plaintext modulus`);
    }
    return this.plaintextOfPairs(residuePairs(residues));
  }

  plaintextOfPairs(pairs: Uint32Array): Plaintext {
    return load(new this.seal.Plaintext(), this.context, plaintextBytes(pairs));
  }

  /** All words of a ciphertext, c0 then c1. */
  words(ciphertext: Ciphertext): Uint32Array {
    return ciphertextWords(ciphertext.saveToArray(this.seal.ComprModeType.none));
  }

  dispose(): void {
    for (const level of this.#levels.values()) level.handle.delete();
    this.evaluator.delete();
    this.context.delete();
  }
}

function load<T extends { loadFromArray(context: SEALContext, bytes: Uint8Array): void; delete(): void }>(
  object: T,
  context: SEALContext,
  bytes: Uint8Array,
): T {
  try {
    object.loadFromArray(context, bytes);
    return object;
  } catch (cause) {
    object.delete();
    throw new LocalProtocolError('ERR_HE_INTERNAL', 'SEAL refused words that passed our checks', { cause });
  } finally {
    bytes.fill(0); // they may have held a key or a plaintext
  }
}

function makeContext(seal: Seal, parameters: HeParameters): SEALContext {
  using encryption = new seal.EncryptionParameters(seal.SchemeType.bfv);
  using primes = new seal.VectorModulus();
  for (const prime of keyModuli(parameters)) {
    using modulus = new seal.Modulus(BigInt(prime));
    primes.push_back(modulus);
  }
  using plain = new seal.Modulus(parameters.plainModulus);
  encryption.setPolyModulusDegree(parameters.ringDegree);
  encryption.setCoeffModulus(primes);
  encryption.setPlainModulus(plain);
  const context = new seal.SEALContext(encryption, true, seal.SecLevelType.tc128);
  if (context.parametersSet()) return context;
  context.delete();
  throw new InputError('ERR_HE_PARAMETERS', `SEAL refuses profile ${parameters.profile} with this plaintext modulus`, {
    help: 'Choose a plaintext modulus that shares no factor with the primes of the profile.',
  });
}

/** First data level down to the last that still exceeds t. */
function walkChain(context: SEALContext, top: number): Map<number, Level> {
  const levels = new Map<number, Level>();
  let data: ContextData = context.firstContextData();
  for (let limbs = top; ; limbs--) {
    const handle = data.parmsId();
    levels.set(limbs, { handle, parmsId: idWords(handle) });
    const last = data.chainIndex() === 0;
    const next = last ? undefined : data.nextContextData();
    data.delete();
    if (!next) return levels;
    data = next;
  }
}

const idWords = (id: ParmsIdType): ParmsId => BigUint64Array.from(id.values() as BigUint64Array);

function joined(first: Uint32Array, second: Uint32Array): Uint32Array {
  const words = new Uint32Array(first.length + second.length);
  words.set(first);
  words.set(second, first.length);
  return words;
}
