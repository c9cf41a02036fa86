/**
 * The kernel engine: BFV on WASM SIMD behind `HeEngine`, with the wire format, the parameters and the checks of the seal engine. Keys,
 * uploads and answers pass between the two engines both ways.
 */
import { availableParallelism, totalmem } from 'node:os';
import { InputError, LocalProtocolError, type SecureRandom, systemRandom } from '../../base/index.ts';
import { assertHeParameters } from '../parameters.ts';
import { assertHealthyRandom } from '../randomness-health.ts';
import type {
  EngineOptions,
  HeEngine,
  HeParameters,
  KeyStart,
  KeyUse,
  Operand,
  PreparedOperand,
  PrepareOptions,
  SeriesShape,
} from '../types.ts';
import { Crew } from './crew.ts';
import { KernelEvaluator } from './evaluator.ts';
import { KernelKeyHolder } from './key-holder.ts';
import { type DefaultCaps, defaultCaps } from './memory-plan.ts';
import { KernelOperand, ownOperand } from './operand.ts';
import { KernelSeriesEvaluator } from './series-evaluator.ts';
import { KernelSeriesKeys } from './series-keys.ts';
import { kernelModule } from './wasm-module.ts';
import type { PoolSize } from './zero-pool.ts';

export interface KernelOptions extends EngineOptions {
  /** Worker threads; 1 computes on the caller's thread. @default the number of available cores */
  readonly threads?: number;
  /** Encryptions of zero kept ready per public key. @default 32 */
  readonly zeroPool?: number;
  /** Encryptions of zero kept ready per secret key, for uploads. @default 16 */
  readonly uploadPool?: number;
  /** Upper bound in bytes for everything one product holds. @default three quarters of the machine's memory, at most 12 GiB */
  readonly memoryCap?: number;
}

const DEFAULTS = Object.freeze({ zeroPool: 32, uploadPool: 16 });
const MOST_THREADS = 64;
const MOST_ZEROS = 4096;
const KNOWN: ReadonlySet<string> = new Set(['random', 'executor', 'threads', 'zeroPool', 'uploadPool', 'memoryCap']);

/**
 * Loads the kernel and tests the randomness it will draw.
 * @param options.random source of keys, seeds and blinding; anything but the platform's generator is for tests
 * @throws InputError on an unknown or contradictory option, or when the WASM is not built; RefusedError `ERR_HE_RANDOMNESS` on an
 * unhealthy source.
 */
export async function loadKernelEngine(options: KernelOptions = {}): Promise<KernelEngine> {
  for (const key of Object.keys(options)) {
    if (!KNOWN.has(key)) throw new InputError('ERR_HE_OPTION', `loadKernelEngine: unknown option "${key}"`);
  }
  const threads = whole('threads', options.threads ?? availableParallelism(), 1, MOST_THREADS);
  const zeroPool = whole('zeroPool', options.zeroPool ?? DEFAULTS.zeroPool, 0, MOST_ZEROS);
  const uploadPool = whole('uploadPool', options.uploadPool ?? DEFAULTS.uploadPool, 0, MOST_ZEROS);
  const caps = defaultCaps(totalmem());
  const memoryCap = whole('memoryCap', options.memoryCap ?? caps.memoryCap, 1, Number.MAX_SAFE_INTEGER);
  const random = options.random ?? systemRandom;
  assertHealthyRandom(systemRandom);
  assertHealthyRandom(random);
  kernelModule();
  return new KernelEngine(new Crew(threads), random, { zeroPool, uploadPool, ...caps, memoryCap });
}

interface Limits extends DefaultCaps {
  readonly zeroPool: number;
  readonly uploadPool: number;
}

export class KernelEngine implements HeEngine {
  readonly name = 'kernel';
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #limits: Limits;
  #disposed = false;

  constructor(crew: Crew, random: SecureRandom, limits: Limits) {
    this.#crew = crew;
    this.#random = random;
    this.#limits = limits;
  }

  get threads(): number {
    return this.#crew.threads;
  }

  async keyHolder(parameters: HeParameters, { kept, ...use }: KeyStart = {}): Promise<KernelKeyHolder> {
    this.#check(parameters);
    const pool = poolFor(this.#limits.uploadPool, use);
    if (kept) return KernelKeyHolder.from(kept, parameters, this.#crew, this.#random, pool);
    return KernelKeyHolder.create(parameters, this.#crew, this.#random, pool);
  }

  async evaluator(parameters: HeParameters, publicKey: Uint8Array, use: KeyUse = {}): Promise<KernelEvaluator> {
    this.#check(parameters);
    return KernelEvaluator.create(parameters, publicKey, this.#crew, this.#random, poolFor(this.#limits.zeroPool, use));
  }

  async prepare(parameters: HeParameters, operand: Operand, options: PrepareOptions = {}): Promise<KernelOperand> {
    this.#check(parameters);
    const residentCap = whole('residentCap', options.residentCap ?? this.#limits.residentCap, 0, Number.MAX_SAFE_INTEGER);
    return KernelOperand.prepare(parameters, operand, this.#crew, { residentCap, memoryCap: this.#limits.memoryCap });
  }

  async seriesKeys(parameters: HeParameters, shape: SeriesShape): Promise<KernelSeriesKeys> {
    this.#check(parameters);
    return new KernelSeriesKeys(parameters, shape, this.#crew, this.#random);
  }

  async seriesEvaluator(parameters: HeParameters, operand: PreparedOperand, wanted: Uint32Array): Promise<KernelSeriesEvaluator> {
    this.#check(parameters);
    return new KernelSeriesEvaluator(parameters, ownOperand(operand, this.#crew, parameters), wanted, this.#crew, this.#random);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#crew.close();
  }

  #check(parameters: HeParameters): void {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the engine was disposed');
    assertHeParameters(parameters);
  }
}

const poolFor = (most: number, { expected = Infinity }: KeyUse): PoolSize => ({ entries: Math.min(most, expected), most: expected });

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InputError('ERR_HE_OPTION', `loadKernelEngine: ${name} must be an integer in ${least}..${most}`);
}
