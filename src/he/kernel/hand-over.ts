/**
 * What crosses from one thread to another, without copies nobody needs. A typed array that is a window on a larger buffer is cut out first:
 * cloning it would clone the whole buffer (a ciphertext in a message of 24: 1.5 MB instead of 61 KB), and what was cut out, like every
 * result, changes hands instead of being copied.
 */

/** A value ready to be posted, and the buffers that go with it for good. */
export interface HandOver {
  readonly value: unknown;
  readonly transfer: ArrayBuffer[];
}

/** An input: windows are cut out; whole arrays stay the caller's own. */
export function packInput(input: unknown): HandOver {
  const transfer: ArrayBuffer[] = [];
  return { value: cutOut(input, transfer), transfer };
}

/** The buffers of a result that nobody here keeps. */
export function resultBuffers(output: unknown): ArrayBuffer[] {
  const transfer = new Set<ArrayBuffer>();
  collect(output, transfer);
  return [...transfer];
}

function cutOut(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (ArrayBuffer.isView(value)) return isWindow(value) ? cutWindow(value, transfer) : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => cutOut(item, transfer));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, cutOut(field, transfer)] as const);
  return entries.some(([key, field]) => field !== value[key]) ? Object.fromEntries(entries) : value;
}

const isWindow = (view: ArrayBufferView): view is Uint8Array<ArrayBuffer> =>
  view instanceof Uint8Array && view.buffer instanceof ArrayBuffer && view.byteLength < view.buffer.byteLength;

function cutWindow(window: Uint8Array<ArrayBuffer>, transfer: ArrayBuffer[]): Uint8Array {
  // A Buffer's slice shares its memory, and a pool at that: copy as plain bytes.
  const own = new Uint8Array(window);
  transfer.push(own.buffer);
  return own;
}

function collect(value: unknown, transfer: Set<ArrayBuffer>): void {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) transfer.add(value.buffer);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, transfer);
  } else if (isRecord(value)) {
    for (const field of Object.values(value)) collect(field, transfer);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
