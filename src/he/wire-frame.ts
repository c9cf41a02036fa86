/**
 * Frames of the wire format: a header, then limbs of packed words, of a length that the kind and the parameters fix. What every message of
 * `wire.ts` and `wire-series.ts` is written and read with.
 *
 *   header   version u8 | kind u8 | profile id u8 | limbs u8
 *   limb     ceil(log2 q_i) bits a word (`packing.ts`), every word below its prime
 *
 * The version stands for all of this and for how seeds expand (`seed.ts`); a peer of another version is refused.
 */
import { PeerProtocolError } from '../base/index.ts';
import { packedBytes, packWords, unpackWords, wordBits } from './packing.ts';
import { profileByName } from './parameters.ts';
import { SEED_BYTES } from './seed.ts';
import type { HeParameters } from './types.ts';

export const WIRE_VERSION = 2;
export const HEADER_BYTES = 4;
const KIND = Object.freeze({ publicKey: 1, upload: 2, answer: 3, opening: 4, part: 5, hint: 6, sum: 7 });
const NAMES = Object.freeze({
  publicKey: 'public key',
  upload: 'upload',
  answer: 'answer',
  opening: 'opening of a series',
  part: 'upload of a series',
  hint: 'hint',
  sum: 'answer of a series',
});
export type Kind = keyof typeof KIND;

/** A polynomial whole or in part: limb after limb, residues as u32. */
export type Limbs = Uint32Array;

/** Bytes of `count` words of every limb. */
export const limbsBytes = (moduli: readonly number[], count: number): number =>
  moduli.reduce((sum, q) => sum + packedBytes(count, wordBits(q)), 0);

/** Zeroed bytes behind their header. */
export function startFrame(kind: Kind, parameters: HeParameters, limbs: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([WIRE_VERSION, KIND[kind], profileByName(parameters.profile).id, limbs]);
  return bytes;
}

/** Returns the byte after the last. */
export function writeLimbs(words: Limbs, moduli: readonly number[], out: Uint8Array, from: number): number {
  const count = words.length / moduli.length;
  return moduli.reduce((at, q, i) => packWords(words.subarray(i * count, (i + 1) * count), wordBits(q), out, at), from);
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_CIPHERTEXT` on another length or header. */
export function checkFrame(kind: Kind, parameters: HeParameters, limbs: number, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) refuseFrame(kind, `has ${bytes.length} bytes, not ${length}`);
  const header = [WIRE_VERSION, KIND[kind], profileByName(parameters.profile).id, limbs];
  if (header.some((byte, i) => bytes[i] !== byte)) refuseFrame(kind, 'has the wrong version, kind, profile or number of limbs');
}

/** @throws PeerProtocolError on a word that is not below its prime, or padding that is not zero. */
export function readLimbs(kind: Kind, bytes: Uint8Array, from: number, moduli: readonly number[], count: number): Limbs {
  const words = new Uint32Array(moduli.length * count);
  let at = from;
  moduli.forEach((q, i) => {
    const limb = words.subarray(i * count, (i + 1) * count);
    if (!unpackWords(bytes, at, wordBits(q), q, limb))
      refuseFrame(kind, `has a word that is not below its prime, or padding that is not zero, in limb ${i}`);
    at += packedBytes(count, wordBits(q));
  });
  return words;
}

/** The seed at `from`; a constant byte string is no seed that a generator has drawn. */
export function readSeed(kind: Kind, bytes: Uint8Array, from: number): Uint8Array {
  const seed = bytes.slice(from, from + SEED_BYTES);
  if (seed.every((byte) => byte === seed[0])) refuseFrame(kind, 'has a constant seed');
  return seed;
}

export function refuseZeroLimbs(kind: Kind, words: Limbs, ringDegree: number): void {
  for (let at = 0; at < words.length; at += ringDegree) {
    if (words.subarray(at, at + ringDegree).every((word) => word === 0)) refuseFrame(kind, `is zero in limb ${at / ringDegree}`);
  }
}

export function refuseFrame(kind: Kind, problem: string): never {
  throw new PeerProtocolError('ERR_PEER_MALFORMED_CIPHERTEXT', `the ${NAMES[kind]} ${problem}`, {
    help: 'Both parties must use the same contract and version; if they do, the message was altered on its way or the peer is not honest.',
  });
}
