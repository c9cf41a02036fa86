/**
 * SEAL 4.1's uncompressed serialisation, written and read by us (offsets measured on node-seal 7.0.0): the only bytes SEAL's loader ever
 * sees are built here from residues that passed every check of `wire.ts`. Words are u64, little-endian.
 *
 *   header       u16 magic 0xA15E | u8 16 | u8 4, u8 1 version | u8 compression (0 none) | u16 0 | u64 total bytes
 *   ciphertext   header | 32 parms_id | u8 ntt | u64 polynomials | u64 N | u64 limbs | f64 scale 1 | u64 correction factor 1
 *                | array: header | u64 words | words, limb after limb, polynomial after polynomial
 *   public key   a ciphertext at key level in NTT form
 *   plaintext    header | 32 parms_id (zero unless NTT) | u64 words | f64 scale 1 | array; a secret key is one at key level in NTT form
 *
 * SEAL's own seeded form is not used: both polynomials are always written out, the second from our expansion (`../seed.ts`).
 */
import { LocalProtocolError } from '../../base/index.ts';

const HEADER = 16;
const CIPHERTEXT_DATA = 113;
const PLAINTEXT_DATA = 88;

/** parms_id: which level of the modulus chain the words belong to. */
export type ParmsId = BigUint64Array;

export interface CiphertextShape {
  readonly parmsId: ParmsId;
  readonly ntt: boolean;
  readonly ringDegree: number;
  readonly limbs: number;
}

/** A whole ciphertext, or public key, of two polynomials; `words` is c0 then c1, limb after limb, residues as u32. */
export function ciphertextBytes(shape: CiphertextShape, words: Uint32Array): Uint8Array {
  expectWords(words, 2 * shape.limbs * shape.ringDegree);
  const bytes = alignedBytes(CIPHERTEXT_DATA + words.length * 8, CIPHERTEXT_DATA);
  const view = viewOf(bytes);
  writeHeader(bytes, 0, bytes.length);
  bytes.set(idBytes(shape.parmsId), HEADER);
  bytes[48] = shape.ntt ? 1 : 0;
  view.setBigUint64(49, 2n, true);
  view.setBigUint64(57, BigInt(shape.ringDegree), true);
  view.setBigUint64(65, BigInt(shape.limbs), true);
  view.setFloat64(73, 1, true);
  view.setBigUint64(81, 1n, true);
  writeArrayHeader(bytes, 89, words.length);
  const out = lanes(bytes, CIPHERTEXT_DATA, words.length * 2);
  for (let i = 0; i < words.length; i++) out[2 * i] = words[i];
  return bytes;
}

/** A plaintext polynomial: `words` are u64 as (low, high) u32 pairs. */
export function plaintextBytes(pairs: Uint32Array, parmsId: ParmsId = new BigUint64Array(4)): Uint8Array {
  const bytes = alignedBytes(PLAINTEXT_DATA + pairs.length * 4, PLAINTEXT_DATA);
  const view = viewOf(bytes);
  writeHeader(bytes, 0, bytes.length);
  bytes.set(idBytes(parmsId), HEADER);
  view.setBigUint64(48, BigInt(pairs.length / 2), true);
  view.setFloat64(56, 1, true);
  writeArrayHeader(bytes, 64, pairs.length / 2);
  lanes(bytes, PLAINTEXT_DATA, pairs.length).set(pairs);
  return bytes;
}

/** A secret key from its residues (key level, NTT form), limb after limb. */
export function secretKeyBytes(words: Uint32Array, keyParmsId: ParmsId): Uint8Array {
  const pairs = widen(words);
  const bytes = plaintextBytes(pairs, keyParmsId);
  pairs.fill(0);
  return bytes;
}

/** The words of a ciphertext or public key as u32 residues, polynomial after polynomial. */
export function ciphertextWords(serialized: Uint8Array): Uint32Array {
  return narrow(serialized, CIPHERTEXT_DATA, Number(viewOf(serialized).getBigUint64(105, true)));
}

/** The residues of a secret key (key level, NTT form). */
export function secretKeyWords(serialized: Uint8Array): Uint32Array {
  return narrow(serialized, PLAINTEXT_DATA, Number(viewOf(serialized).getBigUint64(80, true)));
}

/** The first `ringDegree` coefficients of a plaintext; SEAL trims trailing zeros, they are put back here. */
export function plaintextWords(serialized: Uint8Array, ringDegree: number): BigUint64Array {
  const view = viewOf(serialized);
  const count = Number(view.getBigUint64(80, true));
  const words = new BigUint64Array(ringDegree);
  for (let i = 0; i < Math.min(count, ringDegree); i++) words[i] = view.getBigUint64(PLAINTEXT_DATA + 8 * i, true);
  return words;
}

/** Residues mod t as (low, high) pairs. */
export function residuePairs(residues: BigUint64Array): Uint32Array {
  return new Uint32Array(residues.slice().buffer);
}

function writeHeader(bytes: Uint8Array, at: number, total: number): void {
  bytes.set([0x5e, 0xa1, HEADER, 4, 1, 0, 0, 0], at);
  viewOf(bytes).setBigUint64(at + 8, BigInt(total), true);
}

function writeArrayHeader(bytes: Uint8Array, at: number, words: number): void {
  writeHeader(bytes, at, HEADER + 8 + 8 * words);
  viewOf(bytes).setBigUint64(at + HEADER, BigInt(words), true);
}

const idBytes = (parmsId: ParmsId): Uint8Array => new Uint8Array(parmsId.slice().buffer);

/** Zeroed bytes whose offset `data` is a multiple of 8 in memory, so that words can be written in lanes. */
function alignedBytes(length: number, data: number): Uint8Array {
  const lead = (8 - (data % 8)) % 8;
  return new Uint8Array(new ArrayBuffer(lead + length), lead, length);
}

const lanes = (bytes: Uint8Array, at: number, count: number): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset + at, count);

function narrow(serialized: Uint8Array, data: number, count: number): Uint32Array {
  const aligned = alignedBytes(serialized.length, data);
  aligned.set(serialized);
  const pairs = lanes(aligned, data, count * 2);
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) words[i] = pairs[2 * i];
  aligned.fill(0); // it may have held a key
  return words;
}

function widen(words: Uint32Array): Uint32Array {
  const pairs = new Uint32Array(words.length * 2);
  for (let i = 0; i < words.length; i++) pairs[2 * i] = words[i];
  return pairs;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function expectWords(words: Uint32Array, count: number): void {
  if (words.length !== count) throw new LocalProtocolError('ERR_HE_INTERNAL', `expected ${count} words, got ${words.length}`);
}
