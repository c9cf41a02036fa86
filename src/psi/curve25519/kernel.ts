/**
 * The compiled Curve25519 kernel (assembly/), one instance a thread. It computes; what bytes mean and which are refused is decided by its
 * callers in this folder.
 */
import { readFileSync } from 'node:fs';
import { InputError, LocalProtocolError } from '../../base/index.ts';

/** The part of the WebAssembly API in use; TypeScript declares it with the browser's globals only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Exports of assembly/index.ts; addresses and counts. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  maxPoints(): number;
  points(): number;
  uniform(): number;
  scalar(): number;
  wipeScalar(): void;
  multiplyPoints(pairs: number): number;
  hashUniform(pairs: number): number;
  countOffCurve(pairs: number): number;
}

export interface Kernel {
  readonly exports: Exports;
  /** Most points in one call. */
  readonly maxPoints: number;
  /** Where points go in and out, 32 bytes each. */
  readonly points: Uint8Array;
  /** Where uniform bytes go in, 96 bytes an id. */
  readonly uniform: Uint8Array;
  readonly scalar: Uint8Array;
}

export const POINT_BYTES = 32;
export const UNIFORM_BYTES = 96;

let loaded: Kernel | undefined;

/** The thread's kernel, loaded at first use. @throws InputError as `loadKernel`. */
export function kernel(): Kernel {
  loaded ??= loadKernel(new URL('./build/curve25519.wasm', import.meta.url));
  return loaded;
}

/** @throws InputError `ERR_PSI_KERNEL_NOT_BUILT` when the WASM is missing or this Node cannot run it. */
export function loadKernel(file: URL): Kernel {
  const exports = instantiate(file);
  const maxPoints = exports.maxPoints();
  const view = (address: number, length: number): Uint8Array => new Uint8Array(exports.memory.buffer, address, length);
  return Object.freeze({
    exports,
    maxPoints,
    points: view(exports.points(), maxPoints * POINT_BYTES),
    uniform: view(exports.uniform(), maxPoints * UNIFORM_BYTES),
    scalar: view(exports.scalar(), 32),
  });
}

function instantiate(file: URL): Exports {
  try {
    const bytes = new Uint8Array(readFileSync(file));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
  } catch (cause) {
    throw new InputError('ERR_PSI_KERNEL_NOT_BUILT', 'the WASM of the Curve25519 kernel is missing or cannot be loaded', {
      cause,
      help: 'Build it once with `npm run build:kernel`; it needs Node 22.19 or later.',
    });
  }
}

/**
 * Runs a kernel function over blocks of at most `maxPoints` of `total` items. Kernel functions work on pairs: the caller gives
 * an odd last item a neighbour, whose result is dropped.
 */
export function overBlocks(total: number, block: (from: number, count: number, pairs: number) => void): void {
  const { maxPoints } = kernel();
  for (let from = 0; from < total; from += maxPoints) {
    const count = Math.min(maxPoints, total - from);
    block(from, count, (count + 1) >>> 1);
  }
}

/** Copies `count` points in; an odd last one gets the base point u = 9 as its neighbour. */
export function loadPoints(points: Uint8Array, from: number, count: number): void {
  const { points: io } = kernel();
  io.set(points.subarray(from * POINT_BYTES, (from + count) * POINT_BYTES));
  if (count % 2 === 1) io.fill(0, count * POINT_BYTES, (count + 1) * POINT_BYTES).fill(9, count * POINT_BYTES, count * POINT_BYTES + 1);
}

/** @throws LocalProtocolError when a flat array does not hold whole points. */
export function countPoints(points: Uint8Array): number {
  if (points.length % POINT_BYTES !== 0) throw new LocalProtocolError('ERR_INTERNAL_RANGE', 'points are not a multiple of 32 bytes');
  return points.length / POINT_BYTES;
}
