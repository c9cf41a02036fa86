/**
 * The wire format of `../wire.ts`, read and written by the WASM: the same bytes, several times faster. The JavaScript functions stay the
 * reference: whatever this reader does not accept is given to them to be refused in their words.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { packedBytes, wordBits } from '../packing.ts';
import { SEED_BYTES } from '../seed.ts';
import type { HeParameters } from '../types.ts';
import { answerBytes, decodeAnswer, decodePublicKey, decodeUpload, publicKeyBytes, uploadBytes } from '../wire.ts';
import { HEADER_BYTES, startFrame } from '../wire-frame.ts';
import { decodeHint, decodePart, decodeSum, hintBytes, partBytes, sumBytes } from '../wire-series.ts';
import type { Ring } from './ring.ts';

/** Between shared and other memory bytes are copied by words only where both sides stand alike in their words: four times faster. */
const WORD = 8;
const BAD = 1;
const SOME = 2;

/** A limb of words in WASM memory. */
export interface LimbAt {
  /** Index of the prime. */
  readonly prime: number;
  readonly at: number;
  readonly count: number;
}

/** `unpack` reads up to eight bytes beyond a payload, which starts up to seven into the scratch. */
const MARGIN = 16;

/** Scratch the framing needs: the largest message and its margin. An answer with all its coefficients and primes is twice an upload. */
export const wireBytes = (parameters: HeParameters): number =>
  Math.max(publicKeyBytes(parameters), uploadBytes(parameters), answerBytes(parameters, parameters.ringDegree)) + MARGIN;

/** The frames of each kind: a header before zeros. */
const frames = {
  publicKey: (parameters: HeParameters) =>
    startFrame('publicKey', parameters, parameters.dataPrimes.length + 1, publicKeyBytes(parameters)),
  upload: (parameters: HeParameters) => startFrame('upload', parameters, parameters.dataPrimes.length, uploadBytes(parameters)),
  answer: (parameters: HeParameters, wanted: number) =>
    startFrame('answer', parameters, parameters.answerPrimes, answerBytes(parameters, wanted)),
  part: (parameters: HeParameters) => startFrame('part', parameters, parameters.dataPrimes.length, partBytes(parameters)),
  hint: (parameters: HeParameters) => startFrame('hint', parameters, parameters.answerPrimes, hintBytes(parameters)),
  sum: (parameters: HeParameters, wanted: number) => startFrame('sum', parameters, parameters.answerPrimes, sumBytes(parameters, wanted)),
};

/** Reads and writes messages of one parameter set through scratch at `wire`. */
export class Framing {
  readonly #ring: Ring;
  readonly #wire: number;
  readonly #frames = new Map<string, Uint8Array>();

  constructor(ring: Ring, wire: number) {
    this.#ring = ring;
    this.#wire = wire;
  }

  writeUpload(c0: readonly LimbAt[], seed: Uint8Array): Uint8Array {
    return this.#write(this.#frame('upload', 0), c0, seed);
  }

  /** c1's limbs, then c0's. */
  writeAnswer(c1: readonly LimbAt[], c0: readonly LimbAt[]): Uint8Array {
    return this.#write(this.#frame('answer', c0[0].count), [...c1, ...c0]);
  }

  writePart(c0: readonly LimbAt[]): Uint8Array {
    return this.#write(this.#frame('part', 0), c0);
  }

  writeHint(c1: readonly LimbAt[]): Uint8Array {
    return this.#write(this.#frame('hint', 0), c1);
  }

  writeSum(c0: readonly LimbAt[]): Uint8Array {
    return this.#write(this.#frame('sum', c0[0].count), c0);
  }

  /** c0 of an upload of a series into memory. @throws PeerProtocolError unless the bytes are exactly that. */
  readPart(bytes: Uint8Array, c0: readonly LimbAt[]): void {
    if (this.#matches(bytes, this.#frame('part', 0)) && this.#read(bytes, c0).every((limb) => !(limb & BAD))) return;
    decodePart(this.#ring.plan.parameters, bytes);
    throw disagreement();
  }

  /** c1 of an answer of a series into memory. @throws PeerProtocolError unless the bytes are exactly that. */
  readHint(bytes: Uint8Array, c1: readonly LimbAt[]): void {
    if (this.#matches(bytes, this.#frame('hint', 0)) && this.#read(bytes, c1).every((limb) => limb === SOME)) return;
    decodeHint(this.#ring.plan.parameters, bytes);
    throw disagreement();
  }

  /** The wanted words of c0 of an answer of a series into memory. @throws PeerProtocolError unless the bytes are exactly those. */
  readSum(bytes: Uint8Array, c0: readonly LimbAt[]): void {
    if (this.#matches(bytes, this.#frame('sum', c0[0].count)) && this.#read(bytes, c0).every((limb) => !(limb & BAD))) return;
    decodeSum(this.#ring.plan.parameters, c0[0].count, bytes);
    throw disagreement();
  }

  /** c0 of an upload into memory; returns the seed. @throws PeerProtocolError unless the bytes are exactly (c0, seed). */
  readUpload(bytes: Uint8Array, c0: readonly LimbAt[]): Uint8Array {
    const seed = this.#seed(bytes);
    const fine =
      this.#matches(bytes, this.#frame('upload', 0)) && seed !== undefined && this.#read(bytes, c0).every((limb) => !(limb & BAD));
    if (fine) return seed;
    decodeUpload(this.#ring.plan.parameters, bytes);
    throw disagreement();
  }

  /** p0 of a public key into memory; returns the seed. @throws PeerProtocolError unless the bytes are exactly (p0, seed). */
  readPublicKey(bytes: Uint8Array, p0: readonly LimbAt[]): Uint8Array {
    const seed = this.#seed(bytes);
    const fine =
      this.#matches(bytes, this.#frame('publicKey', 0)) && seed !== undefined && this.#read(bytes, p0).every((limb) => limb === SOME);
    if (fine) return seed;
    decodePublicKey(this.#ring.plan.parameters, bytes);
    throw disagreement();
  }

  /** c1 and the wanted words of c0 into memory. @throws PeerProtocolError unless the bytes are exactly one answer. */
  readAnswer(bytes: Uint8Array, c1: readonly LimbAt[], c0: readonly LimbAt[]): void {
    const fine =
      this.#matches(bytes, this.#frame('answer', c0[0].count)) &&
      this.#read(bytes, [...c1, ...c0]).every((limb, i) => (i < c1.length ? limb === SOME : !(limb & BAD)));
    if (fine) return;
    decodeAnswer(this.#ring.plan.parameters, c0[0].count, bytes);
    throw disagreement();
  }

  #frame(kind: keyof typeof frames, wanted: number): Uint8Array {
    const key = `${kind}/${wanted}`;
    const frame = this.#frames.get(key) ?? frames[kind](this.#ring.plan.parameters, wanted);
    this.#frames.set(key, frame);
    return frame;
  }

  #matches(bytes: Uint8Array, frame: Uint8Array): boolean {
    return bytes.length === frame.length && [0, 1, 2, 3].every((i) => bytes[i] === frame[i]);
  }

  /** The last bytes unless they are constant. */
  #seed(bytes: Uint8Array): Uint8Array | undefined {
    const seed = bytes.slice(-SEED_BYTES);
    return seed.some((byte) => byte !== seed[0]) ? seed : undefined;
  }

  #read(bytes: Uint8Array, limbs: readonly LimbAt[]): number[] {
    const ring = this.#ring;
    const payload = bytes.subarray(HEADER_BYTES);
    let from = this.#wire + (payload.byteOffset % WORD);
    ring.bytes(from, payload.length).set(payload);
    return limbs.map(({ prime, at, count }) => {
      const q = ring.prime(prime);
      const verdict = ring.k.unpack(at, from, count, wordBits(q), q);
      from += packedBytes(count, wordBits(q));
      return verdict;
    });
  }

  #write(frame: Uint8Array, limbs: readonly LimbAt[], tail: Uint8Array = new Uint8Array(0)): Uint8Array {
    const ring = this.#ring;
    const bytes = uninitialised(frame.length);
    bytes.set(frame.subarray(0, HEADER_BYTES));
    let to = HEADER_BYTES;
    for (const { prime, at, count } of limbs) {
      const width = wordBits(ring.prime(prime));
      const length = packedBytes(count, width);
      const from = this.#wire + (to % WORD);
      ring.k.pack(from, at, count, width);
      bytes.set(ring.bytes(from, length), to);
      to += length;
    }
    bytes.set(tail, to);
    if (to + tail.length !== bytes.length) throw new LocalProtocolError('ERR_HE_INTERNAL', 'a message is not as long as its frame');
    return bytes;
  }
}

/** Bytes of a message about to be written whole, which `#write` checks: filling them with zeros first took as long as copying the words. */
const uninitialised = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);

const disagreement = (): LocalProtocolError =>
  new LocalProtocolError('ERR_HE_INTERNAL', 'the two readers of the wire format do not agree on a message');
