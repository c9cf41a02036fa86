/** A bench for the kernel's parts: a ring on a fresh memory, and raw exports on a small one. Builds the WASM when it is missing or older. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { type HeParameters, heParameters } from '../../../src/he/index.ts';
import { Arena } from '../../../src/he/kernel/arena.ts';
import { buildKernel } from '../../../src/he/kernel/build-wasm.ts';
import { primeContext } from '../../../src/he/kernel/prime-context.ts';
import { layRing, Ring } from '../../../src/he/kernel/ring.ts';
import { instantiate, type KernelExports } from '../../../src/he/kernel/wasm-module.ts';

const folder = new URL('../../../src/he/kernel/', import.meta.url);

/** `npm run build:wasm`, if it has not been done since the sources changed. */
export async function ensureBuilt(): Promise<void> {
  const target = new URL('build/kernel.wasm', folder);
  const sources = readdirSync(new URL('assembly/', folder)).map((name) => statSync(new URL(`assembly/${name}`, folder)).mtimeMs);
  if (!existsSync(target) || statSync(target).mtimeMs < Math.max(...sources)) await buildKernel();
}

export interface Bench {
  readonly ring: Ring;
  readonly arena: Arena;
  /** Copies words into fresh memory. */
  put(words: ArrayLike<number>): number;
  get(at: number, count: number): Uint32Array;
}

export function bench(parameters: HeParameters): Bench {
  const arena = new Arena();
  const ring = new Ring(layRing(arena, parameters));
  return {
    ring,
    arena,
    put(words) {
      const at = arena.allocate(4 * words.length + 64);
      ring.words(at, words.length).set(words);
      return at;
    },
    get: (at, count) => ring.words(at, count).slice(),
  };
}

export const P180 = (plainModulus: bigint, answerPrimes?: number): HeParameters =>
  heParameters({ profile: 'P180', plainModulus, ...(answerPrimes === undefined ? {} : { answerPrimes }) });

/** Raw exports for one prime and any ring degree from 16 up. */
export interface SmallBench {
  readonly k: KernelExports;
  readonly pc: number;
  readonly words: Uint32Array;
  /** Start of free memory. */
  readonly free: number;
}

export function smallBench(ringDegree: number, q: number): SmallBench {
  const arena = new Arena();
  const context = primeContext(ringDegree, q);
  const pc = arena.allocate(context.byteLength);
  const free = arena.allocate(2 ** 20);
  const words = new Uint32Array(arena.memory.buffer);
  words.set(context, pc / 4);
  return { k: instantiate(arena.memory), pc, words, free };
}

/** Negacyclic product mod q, the schoolbook way. */
export function schoolbook(a: ArrayLike<number>, b: ArrayLike<number>, q: number): number[] {
  const n = a.length;
  const out = new Array<bigint>(n).fill(0n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const product = BigInt(a[i]) * BigInt(b[j]);
      if (i + j < n) out[i + j] += product;
      else out[i + j - n] -= product;
    }
  }
  const p = BigInt(q);
  return out.map((value) => Number(((value % p) + p) % p));
}

/** Chinese remainders: the value in [0, q). */
export function compose(residues: readonly number[], moduli: readonly number[]): bigint {
  const q = moduli.reduce((product, p) => product * BigInt(p), 1n);
  const sum = moduli.reduce((total, p, i) => {
    const rest = q / BigInt(p);
    return total + rest * ((BigInt(residues[i]) * inverse(rest % BigInt(p), BigInt(p))) % BigInt(p));
  }, 0n);
  return sum % q;
}

function inverse(a: bigint, p: bigint): bigint {
  let result = 1n;
  for (let base = a % p, e = p - 2n; e > 0n; e >>= 1n, base = (base * base) % p) if (e & 1n) result = (result * base) % p;
  return result;
}
