/**
 * The messages of a series (`series.ts`), in the frames of every ciphertext.
 *
 *   opening   header | a 32-byte seed for a_i of each upload, one for a of the encryption of zero
 *   part      header | c0 of an upload or of the encryption of zero: data primes, N words each, NTT form
 *   hint      header | c1 of an answer: answer primes, N words each, coefficient form
 *   sum       header | the wanted words of c0 of an answer: answer primes, coefficient form
 */
import { answerModuli } from './parameters.ts';
import { SEED_BYTES } from './seed.ts';
import type { HeParameters } from './types.ts';
import {
  checkFrame,
  HEADER_BYTES,
  type Kind,
  type Limbs,
  limbsBytes,
  readLimbs,
  readSeed,
  refuseFrame,
  refuseZeroLimbs,
  startFrame,
  writeLimbs,
} from './wire-frame.ts';

/** Exact size of the opening of a series of so many uploads a vector. */
export const openingBytes = (uploads: number): number => HEADER_BYTES + (uploads + 1) * SEED_BYTES;

/** Exact size of c0 of an upload. */
export const partBytes = (parameters: HeParameters): number => HEADER_BYTES + limbsBytes(parameters.dataPrimes, parameters.ringDegree);

/** Exact size of c1 of an answer. */
export const hintBytes = (parameters: HeParameters): number => HEADER_BYTES + limbsBytes(answerModuli(parameters), parameters.ringDegree);

/** Exact size of c0 of an answer with this many wanted coefficients. */
export const sumBytes = (parameters: HeParameters, wantedCount: number): number =>
  HEADER_BYTES + limbsBytes(answerModuli(parameters), wantedCount);

export function encodeOpening(parameters: HeParameters, seeds: readonly Uint8Array[]): Uint8Array {
  const bytes = startFrame('opening', parameters, parameters.dataPrimes.length, openingBytes(seeds.length - 1));
  for (const [i, seed] of seeds.entries()) bytes.set(seed, HEADER_BYTES + i * SEED_BYTES);
  return bytes;
}

/**
 * One seed an upload, then that of the encryption of zero.
 * @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless they are all there and all different: were a_zero that of an upload, the
 * blinding of the hint and H's plaintexts would stand under one polynomial.
 */
export function decodeOpening(parameters: HeParameters, uploads: number, bytes: Uint8Array): Uint8Array[] {
  checkFrame('opening', parameters, parameters.dataPrimes.length, bytes, openingBytes(uploads));
  const seeds = Array.from({ length: uploads + 1 }, (_, i) => readSeed('opening', bytes, HEADER_BYTES + i * SEED_BYTES));
  if (new Set(seeds.map((seed) => seed.join())).size < seeds.length) refuseFrame('opening', 'has the same seed twice');
  return seeds;
}

export const encodePart = (parameters: HeParameters, c0: Limbs): Uint8Array =>
  encode('part', parameters, parameters.dataPrimes, c0, partBytes(parameters));

export const encodeHint = (parameters: HeParameters, c1: Limbs): Uint8Array =>
  encode('hint', parameters, answerModuli(parameters), c1, hintBytes(parameters));

export const encodeSum = (parameters: HeParameters, c0: Limbs): Uint8Array =>
  encode('sum', parameters, answerModuli(parameters), c0, sumBytes(parameters, c0.length / parameters.answerPrimes));

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly c0 of one upload. */
export const decodePart = (parameters: HeParameters, bytes: Uint8Array): Limbs =>
  decode('part', parameters, parameters.dataPrimes, parameters.ringDegree, bytes);

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly c1 of one answer, nowhere a limb of zeros. */
export function decodeHint(parameters: HeParameters, bytes: Uint8Array): Limbs {
  const c1 = decode('hint', parameters, answerModuli(parameters), parameters.ringDegree, bytes);
  refuseZeroLimbs('hint', c1, parameters.ringDegree);
  return c1;
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` unless the bytes are exactly c0 of one answer. */
export const decodeSum = (parameters: HeParameters, wantedCount: number, bytes: Uint8Array): Limbs =>
  decode('sum', parameters, answerModuli(parameters), wantedCount, bytes);

function encode(kind: Kind, parameters: HeParameters, moduli: readonly number[], words: Limbs, length: number): Uint8Array {
  const bytes = startFrame(kind, parameters, moduli.length, length);
  writeLimbs(words, moduli, bytes, HEADER_BYTES);
  return bytes;
}

function decode(kind: Kind, parameters: HeParameters, moduli: readonly number[], count: number, bytes: Uint8Array): Limbs {
  checkFrame(kind, parameters, moduli.length, bytes, HEADER_BYTES + limbsBytes(moduli, count));
  return readLimbs(kind, bytes, HEADER_BYTES, moduli, count);
}
