/**
 * Reading and writing message bodies. Peer bytes are hostile: every read checks length and range before it returns, and a body must be
 * consumed to its last byte. All integers are little-endian; a length always stands before what it measures.
 */
import { PeerProtocolError } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const utf8Encoder = new TextEncoder();

/** Appends fixed-width fields to a growing buffer; `finish()` returns exactly what was written. */
export class ByteWriter {
  #buffer: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** Raw bytes without a length: only for fields whose length both sides already know. */
  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** A u32 length and the bytes. */
  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** A u32 byte length and UTF-8 text. */
  text(value: string): this {
    return this.blob(utf8Encoder.encode(value));
  }

  /** A u32 count and that many u32. */
  u32s(values: Uint32Array | readonly number[]): this {
    this.u32(values.length);
    for (const value of values) this.u32(value);
    return this;
  }

  /** A u32 count and that many blobs. */
  blobs(values: readonly Uint8Array[]): this {
    this.u32(values.length);
    for (const value of values) this.blob(value);
    return this;
  }

  /** What was written. A buffer that was made to measure is not copied: whatever is written later grows into another. */
  finish(): Uint8Array {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }
}

/** Bounds for a variable-length field; both are inclusive. */
export interface LengthBounds {
  readonly min?: number;
  readonly max: number;
}

/**
 * Reads a peer's body. `where` names the message in errors (never its content).
 * @throws PeerProtocolError `ERR_PEER_MALFORMED_MESSAGE` on a short body, trailing bytes, or a value out of its bounds.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  #at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  /** Raises the one error a malformed body gets. */
  fail(field: string, problem: string): never {
    throw new PeerProtocolError('ERR_PEER_MALFORMED_MESSAGE', `${this.#where}: ${field} ${problem}`, {
      help: 'Both parties must run compatible versions; if they do, the message was altered on its way or the peer is not honest.',
    });
  }

  #take(field: string, bytes: number): number {
    const at = this.#at;
    if (bytes > this.#bytes.length - at) this.fail(field, 'is cut short');
    this.#at = at + bytes;
    return at;
  }

  u8(field: string, max = 0xff): number {
    const value = this.#view.getUint8(this.#take(field, 1));
    return value <= max ? value : this.fail(field, `is above ${max}`);
  }

  bool(field: string): boolean {
    return this.u8(field, 1) === 1;
  }

  u32(field: string, max = 0xffffffff, min = 0): number {
    const value = this.#view.getUint32(this.#take(field, 4), true);
    return value >= min && value <= max ? value : this.fail(field, `is not in ${min}..${max}`);
  }

  u64(field: string, max = 0xffffffffffffffffn): bigint {
    const value = this.#view.getBigUint64(this.#take(field, 8), true);
    return value <= max ? value : this.fail(field, `is above ${max}`);
  }

  /** A finite double; NaN, infinities and negative zero are refused. */
  f64(field: string): number {
    const value = this.#view.getFloat64(this.#take(field, 8), true);
    return Number.isFinite(value) && !Object.is(value, -0) ? value : this.fail(field, 'is not a finite number');
  }

  /** Exactly `length` bytes; a view, not a copy. */
  raw(field: string, length: number): Uint8Array {
    const at = this.#take(field, length);
    return this.#bytes.subarray(at, at + length);
  }

  blob(field: string, bounds: LengthBounds): Uint8Array {
    return this.raw(field, this.#length(field, bounds));
  }

  text(field: string, bounds: LengthBounds): string {
    const bytes = this.blob(field, bounds);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail(field, 'is not UTF-8');
    }
  }

  /** A counted list of u32, each at most `max`. */
  u32s(field: string, bounds: LengthBounds, max = 0xffffffff): Uint32Array {
    const count = this.#length(field, bounds);
    if (count * 4 > this.#bytes.length - this.#at) this.fail(field, 'is cut short');
    const values = new Uint32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.u32(field, max);
    return values;
  }

  /** A counted list of blobs with bounds for the count and for each length. */
  blobs(field: string, count: LengthBounds, each: LengthBounds): Uint8Array[] {
    const n = this.#length(field, count);
    if (n * 4 > this.#bytes.length - this.#at) this.fail(field, 'is cut short');
    return Array.from({ length: n }, () => this.blob(field, each));
  }

  #length(field: string, { min = 0, max }: LengthBounds): number {
    const value = this.#view.getUint32(this.#take(field, 4), true);
    return value >= min && value <= max ? value : this.fail(field, `has length ${value}, not in ${min}..${max}`);
  }

  /** The body must end here. */
  end(): void {
    if (this.#at !== this.#bytes.length) this.fail('body', 'has trailing bytes');
  }
}

/** Lower-case hexadecimal of bytes that are public (hashes, fingerprints). */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Concatenation without aliasing. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Equality of public bytes (not constant time: never compare secrets with it). */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
