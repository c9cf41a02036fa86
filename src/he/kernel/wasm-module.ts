/**
 * The compiled kernel: built from assembly/ by build-wasm.ts, loaded once per process. The module has no state; every instance works on the
 * memory it is given, so that threads share one.
 */
import { readFileSync } from 'node:fs';
import { InputError } from '../../base/index.ts';
import { type WasmMemory, type WasmModule, wasm } from './wasm-api.ts';

/** Exports of assembly/index.ts; all numbers are byte offsets, counts or u32 constants. */
export interface KernelExports {
  addDrawn(x: number, drawn: number, stride: number, count: number, powers: number, length: number, negated: number, pc: number): void;
  addScaledWords(
    x: number,
    m: number,
    n: number,
    delta: number,
    deltaShoup: number,
    rest: number,
    restShoup: number,
    t: number,
    pc: number,
  ): void;
  centre(x: number, n: number, t: number): void;
  closeRuns(words: number, run: number, count: number, t: number): void;
  drawUpTo(out: number, stride: number, count: number, top: number, length: number, key: number, nonce: number, work: number): void;
  multiplyAdd(sum0: number, sum1: number, c0: number, c1: number, p: number, n: number, pc: number, first: number): void;
  chacha20(out: number, quads: number, key: number, nonce: number, counter: number): void;
  forward(a: number, pc: number, logN: number): void;
  inverse(a: number, pc: number, logN: number): void;
  pack(out: number, words: number, n: number, width: number): void;
  unpack(out: number, bytes: number, n: number, width: number, q: number): number;
  accumulate(out0: number, out1: number, uploads: number, plain: number, blocks: number, n: number, pc: number, first: number): void;
  add(out: number, a: number, b: number, n: number, pc: number): void;
  addError(out: number, a: number, e: number, n: number, pc: number): void;
  countWithin(source: number, n: number, most: number): number;
  dyadic(out: number, a: number, b: number, n: number, pc: number): void;
  liftSmall(out: number, x: number, n: number, pc: number): number;
  negateWithError(out: number, a: number, e: number, n: number, pc: number): void;
  reduceSigned(out: number, source: number, n: number, pc: number): number;
  subtract(out: number, a: number, b: number, n: number, pc: number): void;
  tilePlain(group: number, source: number, block: number, blocks: number, n: number): void;
  tileUpload(group: number, source: number, component: number, block: number, blocks: number, n: number, pc: number): void;
  toMontgomery(out: number, source: number, n: number, pc: number): void;
  addScaled(x: number, rest: number, n: number, low: number, high: number, half: number, pc: number): void;
  gather(out: number, x: number, index: number, count: number): void;
  roundLast(x: number, last: number, n: number, pc: number, pcLast: number, inverse: number, inverseShoup: number): void;
  roundLastBegin(last: number, n: number, pcLast: number): void;
  scaleDown(m: number, x: number, stride: number, n: number, primes: number, constants: number, t: bigint): void;
  scaleRest(rest: number, m: number, n: number, qModT: bigint, ratio: bigint, t: bigint): void;
  subtractProduct(x: number, a: number, b: number, n: number, pc: number): void;
  centredBinomial(out: number, n: number, key: number, nonce: number, work: number): void;
  ternary(out: number, n: number, key: number, nonce: number, work: number): void;
  wipe(at: number, bytes: number): void;
  blockSums(out: number, a: number, b: number, pc: number, logN: number, logM: number, first: number): void;
  wantedOfSums(sums: number, pc: number, logN: number, logM: number): void;
  uniform(out: number, n: number, key: number, nonce: number, pc: number, work: number): void;
}

/** Scratch a sampler needs, in bytes. */
export const SAMPLER_WORK = 8192;

let compiled: WasmModule | undefined;

/** @throws InputError `ERR_HE_KERNEL_NOT_BUILT` when the WASM has not been built. */
export function kernelModule(): WasmModule {
  if (compiled) return compiled;
  const url = new URL('./build/kernel.wasm', import.meta.url);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(url);
  } catch (cause) {
    throw new InputError('ERR_HE_KERNEL_NOT_BUILT', 'the WASM of the kernel engine is missing', {
      cause,
      help: 'Run `npm run build:wasm`, or choose the engine "seal".',
    });
  }
  compiled = new wasm.Module(bytes);
  return compiled;
}

/** Takes over a module that another thread has compiled: threads then share its optimised code. */
export function adoptModule(module: WasmModule): void {
  compiled = module;
}

/** A fresh instance on `memory`. */
export function instantiate(memory: WasmMemory): KernelExports {
  const instance = new wasm.Instance(kernelModule(), { env: { memory } });
  return instance.exports as KernelExports;
}
