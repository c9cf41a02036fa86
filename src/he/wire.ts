/**
 * The wire format of keys and ciphertexts: fixed lengths, every word below its prime, no compression, nothing optional. Bytes of a peer
 * are taken apart here, in JavaScript, and only residues that passed every check are handed to an engine; SEAL's own loader never sees
 * a peer's byte (0.5 MB of compressed zeros cost it 8 s and 2.3 GB, and it accepts trailing bytes and transparent ciphertexts).
 *
 *   public key  header | p0: limbs = data primes + special, N words each, NTT form | 32-byte seed of p1
 *   upload      header | c0: limbs = data primes, N words each, NTT form | 32-byte seed of c1
 *   answer      header | c1: limbs = answer primes, N words each | c0: the wanted words of each limb, coefficient form both
 *
 * Headers and limbs: `wire-frame.ts`. p1 and c1 of an upload are expanded from the seed by ChaCha20 (`seed.ts`, README §5), never taken from
 * the peer: with p1 = 0 an encryption of zero would hide nothing.
 */
import { answerModuli } from './parameters.ts';
import { SEED_BYTES } from './seed.ts';
import type { HeParameters } from './types.ts';
import {
  checkFrame,
  HEADER_BYTES,
  type Limbs,
  limbsBytes,
  readLimbs,
  readSeed,
  refuseZeroLimbs,
  startFrame,
  writeLimbs,
} from './wire-frame.ts';

export interface PublicKeyWords {
  /** (data primes + 1) × N, NTT form, the special prime last. */
  readonly p0: Limbs;
  readonly seed: Uint8Array;
}
export interface UploadWords {
  /** data primes × N, NTT form. */
  readonly c0: Limbs;
  readonly seed: Uint8Array;
}
export interface AnswerWords {
  /** answer primes × (number of wanted coefficients), coefficient form, in the order of `wanted`. */
  readonly c0: Limbs;
  /** answer primes × N, coefficient form. */
  readonly c1: Limbs;
}

/** Data primes and special prime: the modulus of keys. */
export const keyModuli = (parameters: HeParameters): readonly number[] => [...parameters.dataPrimes, parameters.specialPrime];

/** Exact size of a public key. */
export const publicKeyBytes = (parameters: HeParameters): number =>
  HEADER_BYTES + limbsBytes(keyModuli(parameters), parameters.ringDegree) + SEED_BYTES;

/** Exact size of an upload. */
export const uploadBytes = (parameters: HeParameters): number =>
  HEADER_BYTES + limbsBytes(parameters.dataPrimes, parameters.ringDegree) + SEED_BYTES;

/** Exact size of an answer with this many wanted coefficients. */
export const answerBytes = (parameters: HeParameters, wantedCount: number): number =>
  HEADER_BYTES + limbsBytes(answerModuli(parameters), parameters.ringDegree) + limbsBytes(answerModuli(parameters), wantedCount);

export function encodePublicKey(parameters: HeParameters, key: PublicKeyWords): Uint8Array {
  const moduli = keyModuli(parameters);
  const bytes = startFrame('publicKey', parameters, moduli.length, publicKeyBytes(parameters));
  const at = writeLimbs(key.p0, moduli, bytes, HEADER_BYTES);
  bytes.set(key.seed, at);
  return bytes;
}

export function encodeUpload(parameters: HeParameters, upload: UploadWords): Uint8Array {
  const moduli = parameters.dataPrimes;
  const bytes = startFrame('upload', parameters, moduli.length, uploadBytes(parameters));
  const at = writeLimbs(upload.c0, moduli, bytes, HEADER_BYTES);
  bytes.set(upload.seed, at);
  return bytes;
}

export function encodeAnswer(parameters: HeParameters, answer: AnswerWords): Uint8Array {
  const moduli = answerModuli(parameters);
  const bytes = startFrame('answer', parameters, moduli.length, answerBytes(parameters, answer.c0.length / moduli.length));
  const at = writeLimbs(answer.c1, moduli, bytes, HEADER_BYTES);
  writeLimbs(answer.c0, moduli, bytes, at);
  return bytes;
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly (p0, seed) for these parameters. */
export function decodePublicKey(parameters: HeParameters, bytes: Uint8Array): PublicKeyWords {
  const moduli = keyModuli(parameters);
  checkFrame('publicKey', parameters, moduli.length, bytes, publicKeyBytes(parameters));
  const p0 = readLimbs('publicKey', bytes, HEADER_BYTES, moduli, parameters.ringDegree);
  refuseZeroLimbs('publicKey', p0, parameters.ringDegree);
  return { p0, seed: readSeed('publicKey', bytes, bytes.length - SEED_BYTES) };
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly (c0, seed) for these parameters. */
export function decodeUpload(parameters: HeParameters, bytes: Uint8Array): UploadWords {
  const moduli = parameters.dataPrimes;
  checkFrame('upload', parameters, moduli.length, bytes, uploadBytes(parameters));
  const c0 = readLimbs('upload', bytes, HEADER_BYTES, moduli, parameters.ringDegree);
  return { c0, seed: readSeed('upload', bytes, bytes.length - SEED_BYTES) };
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly one answer with `wantedCount` words of c0. */
export function decodeAnswer(parameters: HeParameters, wantedCount: number, bytes: Uint8Array): AnswerWords {
  const moduli = answerModuli(parameters);
  checkFrame('answer', parameters, moduli.length, bytes, answerBytes(parameters, wantedCount));
  const c1 = readLimbs('answer', bytes, HEADER_BYTES, moduli, parameters.ringDegree);
  refuseZeroLimbs('answer', c1, parameters.ringDegree);
  return { c1, c0: readLimbs('answer', bytes, HEADER_BYTES + limbsBytes(moduli, parameters.ringDegree), moduli, wantedCount) };
}
