/**
 * The wire format of keys and ciphertexts: fixed lengths, every word below its prime, no compression, nothing optional. Bytes of a peer
 * are taken apart here, in JavaScript, and only residues that passed every check are handed to an engine; SEAL's own loader never sees
 * a peer's byte (0.5 MB of compressed zeros cost it 8 s and 2.3 GB, and it accepts trailing bytes and transparent ciphertexts).
 *
 *   header      version u8 | kind u8 | profile id u8 | limbs u8
 *   public key  header | p0: limbs = data primes + special, N words each, NTT form | 32-byte seed of p1
 *   upload      header | c0: limbs = data primes, N words each, NTT form | 32-byte seed of c1
 *   answer      header | c1: limbs = answer primes, N words each | c0: the wanted words of each limb, coefficient form both
 *
 * A limb is packed: ceil(log2 q_i) bits a word (`packing.ts`). p1 and c1 of an upload are expanded from the seed by ChaCha20 (`seed.ts`,
 * README §5), never taken from the peer: with p1 = 0 an encryption of zero would hide nothing. The version stands for all of this; a peer
 * of another version (1: SEAL's BLAKE2Xb expansion, uploads in coefficient form) is refused.
 */
import { PeerProtocolError } from '../base/index.ts';
import { packedBytes, packWords, unpackWords, wordBits } from './packing.ts';
import { answerModuli, profileByName } from './parameters.ts';
import { SEED_BYTES } from './seed.ts';
import type { HeParameters } from './types.ts';

export const WIRE_VERSION = 2;
const HEADER_BYTES = 4;
const KIND = Object.freeze({ publicKey: 1, upload: 2, answer: 3 });
type Kind = keyof typeof KIND;

/** A polynomial whole or in part: limb after limb, residues as u32. */
export type Limbs = Uint32Array;

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

const limbsBytes = (moduli: readonly number[], count: number): number =>
  moduli.reduce((sum, q) => sum + packedBytes(count, wordBits(q)), 0);

export function encodePublicKey(parameters: HeParameters, key: PublicKeyWords): Uint8Array {
  const moduli = keyModuli(parameters);
  const bytes = start('publicKey', parameters, moduli.length, publicKeyBytes(parameters));
  const at = writeLimbs(key.p0, moduli, bytes, HEADER_BYTES);
  bytes.set(key.seed, at);
  return bytes;
}

export function encodeUpload(parameters: HeParameters, upload: UploadWords): Uint8Array {
  const moduli = parameters.dataPrimes;
  const bytes = start('upload', parameters, moduli.length, uploadBytes(parameters));
  const at = writeLimbs(upload.c0, moduli, bytes, HEADER_BYTES);
  bytes.set(upload.seed, at);
  return bytes;
}

export function encodeAnswer(parameters: HeParameters, answer: AnswerWords): Uint8Array {
  const moduli = answerModuli(parameters);
  const bytes = start('answer', parameters, moduli.length, answerBytes(parameters, answer.c0.length / moduli.length));
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
  return { p0, seed: readSeed('publicKey', bytes) };
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly (c0, seed) for these parameters. */
export function decodeUpload(parameters: HeParameters, bytes: Uint8Array): UploadWords {
  const moduli = parameters.dataPrimes;
  checkFrame('upload', parameters, moduli.length, bytes, uploadBytes(parameters));
  const c0 = readLimbs('upload', bytes, HEADER_BYTES, moduli, parameters.ringDegree);
  return { c0, seed: readSeed('upload', bytes) };
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly one answer with `wantedCount` words of c0. */
export function decodeAnswer(parameters: HeParameters, wantedCount: number, bytes: Uint8Array): AnswerWords {
  const moduli = answerModuli(parameters);
  checkFrame('answer', parameters, moduli.length, bytes, answerBytes(parameters, wantedCount));
  const c1 = readLimbs('answer', bytes, HEADER_BYTES, moduli, parameters.ringDegree);
  refuseZeroLimbs('answer', c1, parameters.ringDegree);
  return { c1, c0: readLimbs('answer', bytes, HEADER_BYTES + limbsBytes(moduli, parameters.ringDegree), moduli, wantedCount) };
}

function start(kind: Kind, parameters: HeParameters, limbs: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([WIRE_VERSION, KIND[kind], profileByName(parameters.profile).id, limbs]);
  return bytes;
}

function writeLimbs(words: Limbs, moduli: readonly number[], out: Uint8Array, from: number): number {
  const count = words.length / moduli.length;
  return moduli.reduce((at, q, i) => packWords(words.subarray(i * count, (i + 1) * count), wordBits(q), out, at), from);
}

function checkFrame(kind: Kind, parameters: HeParameters, limbs: number, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) refuse(kind, `has ${bytes.length} bytes, not ${length}`);
  const header = [WIRE_VERSION, KIND[kind], profileByName(parameters.profile).id, limbs];
  if (header.some((byte, i) => bytes[i] !== byte)) refuse(kind, 'has the wrong version, kind, profile or number of limbs');
}

function readLimbs(kind: Kind, bytes: Uint8Array, from: number, moduli: readonly number[], count: number): Limbs {
  const words = new Uint32Array(moduli.length * count);
  let at = from;
  moduli.forEach((q, i) => {
    const limb = words.subarray(i * count, (i + 1) * count);
    if (!unpackWords(bytes, at, wordBits(q), q, limb))
      refuse(kind, `has a word that is not below its prime, or padding that is not zero, in limb ${i}`);
    at += packedBytes(count, wordBits(q));
  });
  return words;
}

/** The last bytes; a constant byte string is no seed that a generator has drawn. */
function readSeed(kind: Kind, bytes: Uint8Array): Uint8Array {
  const seed = bytes.slice(bytes.length - SEED_BYTES);
  if (seed.every((byte) => byte === seed[0])) refuse(kind, 'has a constant seed');
  return seed;
}

function refuseZeroLimbs(kind: Kind, words: Limbs, ringDegree: number): void {
  for (let at = 0; at < words.length; at += ringDegree) {
    if (words.subarray(at, at + ringDegree).every((word) => word === 0)) refuse(kind, `is zero in limb ${at / ringDegree}`);
  }
}

function refuse(kind: Kind, problem: string): never {
  const name = kind === 'publicKey' ? 'public key' : kind;
  throw new PeerProtocolError('ERR_PEER_MALFORMED_CIPHERTEXT', `the ${name} ${problem}`, {
    help: 'Both parties must use the same contract and version; if they do, the message was altered on its way or the peer is not honest.',
  });
}
