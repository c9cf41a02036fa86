/**
 * L's half on the kernel. The secret key stays in a memory of its own, which is wiped on `dispose`; `exportKey` alone takes it out, and every way
 * of printing a key holder says `[redacted]`. Decryption is silent: nothing but the shape of the bytes is ever refused.
 */
import { InputError, LocalProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { wantedIndices } from '../blinding.ts';
import { checkedKept, keepSecret, keptResidues } from '../kept-key.ts';
import { invmod, mulmod } from '../modular.ts';
import { assertSlots, checkWords } from '../once.ts';
import { SEED_BYTES } from '../seed.ts';
import type { Blinding, HeParameters, KeptKey, KeyHolder, PlainForm, Residues, Wanted } from '../types.ts';
import { keyModuli } from '../wire.ts';
import { Arena } from './arena.ts';
import type { Crew } from './crew.ts';
import { type KeySitePlan, layKeySite } from './key-site.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { inTasks } from './pacing.ts';
import { pointsAt } from './prime-context.ts';
import { allBelow } from './residues.ts';
import { type PoolSize, ZeroPool } from './zero-pool.ts';

const REDACTED = '[redacted]';
const ENCRYPTIONS_A_TASK = 4;
const DECRYPTIONS_A_TASK = 8;

export class KernelKeyHolder implements KeyHolder {
  readonly parameters: HeParameters;
  readonly publicKey: Uint8Array;
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #arena: Arena;
  readonly #site: number;
  /** The arena's words of s mod the first prime: NTT form, Montgomery. */
  readonly #limb: Uint32Array<SharedArrayBuffer>;
  readonly #zeros: ZeroPool;
  readonly #disposed = new AbortController();

  private constructor({ parameters, crew, random, arena, plan, pool }: Laid, publicKey: Uint8Array, site: number) {
    this.parameters = parameters;
    this.publicKey = publicKey;
    this.#crew = crew;
    this.#random = random;
    this.#arena = arena;
    this.#site = site;
    this.#limb = secretLimb(arena, plan, 0);
    this.#zeros = new ZeroPool(pool, (entry) => {
      const key = randomBytes(random, STREAM_KEY_BYTES);
      const options = { signal: this.#disposed.signal, idle: true };
      const input = { site, entry, key, seed: randomBytes(random, SEED_BYTES) };
      return crew.run('fillUpload', input, options).finally(() => key.fill(0));
    });
  }

  /** Draws a fresh key pair. */
  static async create(parameters: HeParameters, crew: Crew, random: SecureRandom, pool: PoolSize): Promise<KernelKeyHolder> {
    const laid = lay(parameters, crew, random, pool);
    const site = crew.attach(laid.plan);
    const secret = randomBytes(random, STREAM_KEY_BYTES);
    const error = randomBytes(random, STREAM_KEY_BYTES);
    const publicKey = await crew.run('makeKey', { site, secret, error, seed: randomBytes(random, SEED_BYTES) });
    secret.fill(0);
    error.fill(0);
    return new KernelKeyHolder(laid, publicKey, site);
  }

  /**
   * Goes on with a kept key. Its residues are made and written here, before any thread is told of the memory: no message holds them.
   * @throws InputError `ERR_HE_KEPT_KEY`
   */
  static from(kept: KeptKey, parameters: HeParameters, crew: Crew, random: SecureRandom, pool: PoolSize): KernelKeyHolder {
    checkedKept(parameters, kept);
    const laid = lay(parameters, crew, random, pool);
    laid.plan.ring.primes.forEach((q, i) => {
      const limb = keptResidues(kept, [q]);
      const r = 2 ** 32 % q;
      const secret = secretLimb(laid.arena, laid.plan, i);
      const shifted = shiftedLimb(laid.arena, laid.plan, i);
      const points = pointsOf(laid.arena, laid.plan, i);
      limb.forEach((word, j) => {
        secret[j] = mulmod(word, r, q);
        if (shifted) shifted[j] = mulmod(word, points[j], q);
      });
      limb.fill(0);
    });
    return new KernelKeyHolder(laid, kept.publicKey.slice(), crew.attach(laid.plan));
  }

  async encrypt(plaintexts: readonly Residues[]): Promise<Uint8Array[]> {
    for (const residues of plaintexts) checkPlaintext(this.parameters, residues);
    return this.#encryptAll(plaintexts, 'coefficients');
  }

  async encryptWords(words: readonly Uint32Array[], form: PlainForm): Promise<Uint8Array[]> {
    for (const each of words) checkWords(this.parameters, each);
    return this.#encryptAll(words, form);
  }

  #encryptAll(plaintexts: readonly (Residues | Uint32Array)[], form: PlainForm): Promise<Uint8Array[]> {
    return this.#all(plaintexts, ENCRYPTIONS_A_TASK, (some, signal) => {
      const encrypts = some.map((plaintext) => ({
        plaintext,
        form,
        key: randomBytes(this.#random, STREAM_KEY_BYTES),
        seed: randomBytes(this.#random, SEED_BYTES),
        zero: this.#zeros.take(),
      }));
      return this.#crew.run('encrypt', { site: this.#site, encrypts }, { signal }).finally(() => {
        for (const { key, zero } of encrypts) {
          key.fill(0);
          this.#zeros.used(zero);
        }
      });
    });
  }

  /** Resolves when the encryptions of zero made ahead are ready. */
  zerosFilled(): Promise<void> {
    return this.#zeros.filled();
  }

  async decrypt(answers: readonly Uint8Array[], wanted: Wanted, _mode: Blinding['mode']): Promise<Residues[]> {
    wantedIndices(this.parameters, wanted);
    return this.#all(answers, DECRYPTIONS_A_TASK, (some, signal) =>
      this.#crew.run('decrypt', { site: this.#site, answers: some, wanted }, { signal }),
    );
  }

  async decryptSlots(answers: readonly Uint8Array[]): Promise<Uint32Array[]> {
    assertSlots(this.parameters);
    return this.#all(answers, DECRYPTIONS_A_TASK, (some, signal) =>
      this.#crew.run('decryptSlots', { site: this.#site, answers: some }, { signal }),
    );
  }

  exportKey(): KeptKey {
    this.#disposed.signal.throwIfAborted();
    const [q] = keyModuli(this.parameters);
    const inverse = invmod(2 ** 32 % q, q);
    return keepSecret(
      this.publicKey,
      Uint32Array.from(this.#limb, (word) => mulmod(word % q, inverse, q)),
      q,
    );
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new LocalProtocolError('ERR_HE_DISPOSED', 'the key holder was disposed'));
    this.#crew.detach(this.#site);
    this.#crew.whenQuiet(() => this.#arena.wipe());
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }

  #all<I, O>(inputs: readonly I[], most: number, run: (some: readonly I[], signal: AbortSignal) => Promise<O[]>): Promise<O[]> {
    return inTasks(inputs, { threads: this.#crew.threads, most, stop: this.#disposed.signal }, run);
  }
}

/** A key site in a memory of its own, not yet known to the threads. */
interface Laid {
  readonly parameters: HeParameters;
  readonly crew: Crew;
  readonly random: SecureRandom;
  readonly arena: Arena;
  readonly plan: KeySitePlan;
  readonly pool: PoolSize;
}

function lay(parameters: HeParameters, crew: Crew, random: SecureRandom, pool: PoolSize): Laid {
  const arena = new Arena();
  return { parameters, crew, random, arena, plan: layKeySite(arena, parameters, crew.threads, pool.entries), pool };
}

const secretLimb = ({ memory }: Arena, { secret, ring }: KeySitePlan, i: number): Uint32Array<SharedArrayBuffer> =>
  new Uint32Array(memory.buffer, secret + 4 * i * ring.parameters.ringDegree, ring.parameters.ringDegree);

function checkPlaintext({ ringDegree, plainModulus }: HeParameters, residues: Residues): void {
  if (residues.length === ringDegree && allBelow(residues, plainModulus)) return;
  throw new InputError('ERR_HE_PLAINTEXT', `a plaintext must be ${ringDegree} residues below the plaintext modulus`);
}

/** x s, of answer primes. */
const shiftedLimb = ({ memory }: Arena, { shifted, ring }: KeySitePlan, i: number): Uint32Array<SharedArrayBuffer> | undefined => {
  const { ringDegree, answerPrimes } = ring.parameters;
  return i < answerPrimes ? new Uint32Array(memory.buffer, shifted + 4 * i * ringDegree, ringDegree) : undefined;
};

/** x, in Montgomery form. */
const pointsOf = ({ memory }: Arena, { ring }: KeySitePlan, i: number): Uint32Array<SharedArrayBuffer> =>
  new Uint32Array(memory.buffer, pointsAt(ring.contexts[i], ring.parameters.ringDegree), ring.parameters.ringDegree);
