/**
 * The SEAL engine: node-seal 7 (Microsoft SEAL 4.1.2 in WebAssembly) behind `HeEngine`. It is the judge the fast kernel is held against,
 * and the fallback where the kernel cannot run. One WebAssembly instance an engine, contexts cached by (profile, t, answer primes).
 */
import initialize from 'node-seal/throws';
import { InputError, LocalProtocolError, type SecureRandom, systemRandom } from '../../base/index.ts';
import { assertHeParameters } from '../parameters.ts';
import { assertHealthyRandom, unhealthy } from '../randomness-health.ts';
import type {
  EngineOptions,
  Evaluator,
  HeEngine,
  HeParameters,
  KeyHolder,
  KeyStart,
  Operand,
  PreparedOperand,
  PrepareOptions,
  SeriesEvaluator,
  SeriesKeys,
  SeriesShape,
} from '../types.ts';
import { type Seal, SealContext } from './context.ts';
import { SealEvaluator } from './evaluator.ts';
import { SealKeyHolder } from './key-holder.ts';
import { ownOperand, SealOperand } from './operand.ts';
import { SealSeriesEvaluator } from './series-evaluator.ts';
import { SealSeriesKeys } from './series-keys.ts';

const OPTIONS: ReadonlySet<string> = new Set(['random', 'executor']);

/**
 * Loads SEAL and tests the randomness it and we will draw.
 * @param options.random source of blinding and of public seeds; keys and errors draw from the platform's `crypto` inside SEAL
 * @throws InputError `ERR_HE_RUNTIME` on a Node that cannot run node-seal 7; RefusedError `ERR_HE_RANDOMNESS` on an unhealthy source.
 */
export async function loadSealEngine(options: EngineOptions = {}): Promise<HeEngine> {
  for (const key of Object.keys(options))
    if (!OPTIONS.has(key)) throw new InputError('ERR_HE_OPTION', `loadSealEngine: unknown option "${key}"`);
  const random = options.random ?? systemRandom;
  assertHealthyRandom(systemRandom);
  assertHealthyRandom(random);
  const seal = await instantiate();
  assertSealDrawsFreshKeys(seal);
  return new SealEngine(seal, random);
}

class SealEngine implements HeEngine {
  readonly name = 'seal';
  readonly #seal: Seal;
  readonly #random: SecureRandom;
  readonly #contexts = new Map<string, SealContext>();
  #disposed = false;

  constructor(seal: Seal, random: SecureRandom) {
    this.#seal = seal;
    this.#random = random;
  }

  async keyHolder(parameters: HeParameters, { kept }: KeyStart = {}): Promise<KeyHolder> {
    return new SealKeyHolder(this.#context(parameters), this.#random, kept);
  }

  async evaluator(parameters: HeParameters, publicKey: Uint8Array): Promise<Evaluator> {
    return new SealEvaluator(this.#context(parameters), publicKey, this.#random);
  }

  async prepare(parameters: HeParameters, operand: Operand, options: PrepareOptions = {}): Promise<PreparedOperand> {
    return SealOperand.prepare(this.#context(parameters), operand, options);
  }

  async seriesKeys(parameters: HeParameters, shape: SeriesShape): Promise<SeriesKeys> {
    return new SealSeriesKeys(this.#context(parameters), shape, this.#random);
  }

  async seriesEvaluator(parameters: HeParameters, operand: PreparedOperand, wanted: Uint32Array): Promise<SeriesEvaluator> {
    const context = this.#context(parameters);
    return new SealSeriesEvaluator(context, ownOperand(operand, context), wanted, this.#random);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const context of this.#contexts.values()) context.dispose();
    this.#contexts.clear();
  }

  #context(parameters: HeParameters): SealContext {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the engine was disposed');
    assertHeParameters(parameters);
    const key = `${parameters.profile}/${parameters.plainModulus}/${parameters.answerPrimes}`;
    const found = this.#contexts.get(key) ?? new SealContext(this.#seal, parameters);
    this.#contexts.set(key, found);
    return found;
  }
}

async function instantiate(): Promise<Seal> {
  try {
    return await initialize();
  } catch (cause) {
    throw new InputError('ERR_HE_RUNTIME', 'node-seal 7 could not be loaded by this runtime', {
      cause,
      help: 'Use Node 22.19 or later in line 22, or 24.15 or later: older ones lack the WebAssembly exceptions it is built with.',
    });
  }
}

/** Two key generations on a toy ring must work and differ: the last link, from the platform's source into SEAL. */
function assertSealDrawsFreshKeys(seal: Seal): void {
  const [first, second] = toyKeys(seal);
  if (first === second) throw unhealthy('SEAL generated the same key twice');
}

function toyKeys(seal: Seal): string[] {
  try {
    return drawToyKeys(seal);
  } catch (cause) {
    // SEAL searches for roots of unity at random: on a stuck source it reports that the parameters are not set.
    throw unhealthy('SEAL could not generate a key', cause);
  }
}

function drawToyKeys(seal: Seal): string[] {
  using encryption = new seal.EncryptionParameters(seal.SchemeType.bfv);
  encryption.setPolyModulusDegree(1024);
  using primes = seal.CoeffModulus.BFVDefault(1024, seal.SecLevelType.tc128);
  encryption.setCoeffModulus(primes);
  using plain = new seal.Modulus(257n);
  encryption.setPlainModulus(plain);
  using context = new seal.SEALContext(encryption, true, seal.SecLevelType.tc128);
  return [0, 1].map(() => {
    using generator = new seal.KeyGenerator(context);
    using key = generator.createPublicKey();
    return key.saveToArray(seal.ComprModeType.none).join();
  });
}
