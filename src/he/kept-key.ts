/**
 * A key as its owner keeps it between processes: (p0, seed) in wire form and the ternary s at two bits a coefficient. Both engines write it and
 * start from it, whichever wrote it: what they hold, s mod their primes in NTT form, is 16 times as large and laid out differently.
 *
 *   digit 0, 1, 2   coefficient 0, 1, -1; the first of four in the lowest bits of a byte. 3 is none.
 *
 * For a key that must outlive its step, which is one that a peer has pinned; every other key dies with its key holder. Whoever reads these bytes
 * decrypts all that was ever encrypted under the key, so they lie where the owner's other secrets lie and nowhere else.
 */
import { InputError, PeerProtocolError } from '../base/index.ts';
import { mulmod } from './modular.ts';
import { negacyclicTransform } from './negacyclic.ts';
import { expandSeed } from './seed.ts';
import type { HeParameters, KeptKey } from './types.ts';
import { decodePublicKey, keyModuli, type PublicKeyWords } from './wire.ts';

const REDACTED = '[redacted]';
/** Largest error of a public key: centred binomial of 21 bits. */
const LARGEST_ERROR = 21;

/** Bytes of `KeptKey.secret()`. */
export const keptSecretBytes = ({ ringDegree }: Pick<HeParameters, 'ringDegree'>): number => ringDegree / 4;

class PackedKey implements KeptKey {
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;

  constructor(publicKey: Uint8Array, secret: Uint8Array) {
    // Copies even of a Buffer, whose `slice` is none.
    this.publicKey = new Uint8Array(publicKey);
    this.#secret = new Uint8Array(secret);
  }

  secret(): Uint8Array {
    return this.#secret.slice();
  }

  wipe(): void {
    this.#secret.fill(0);
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
}

/** From what `publicKey` and `secret()` once gave. Copies both; nothing is checked before a key holder starts from it. */
export const keptKey = (publicKey: Uint8Array, secret: Uint8Array): KeptKey => new PackedKey(publicKey, secret);

/** From s mod a prime in NTT form. `limb` is wiped. */
export function keepSecret(publicKey: Uint8Array, limb: Uint32Array, q: number): KeptKey {
  negacyclicTransform(q, limb.length).inverse(limb);
  const secret = new Uint8Array(limb.length / 4);
  limb.forEach((word, i) => {
    secret[i >> 2] |= (word === q - 1 ? 2 : word) << (2 * (i & 3));
  });
  const kept = new PackedKey(publicKey, secret);
  limb.fill(0);
  secret.fill(0);
  return kept;
}

/** s mod each of `moduli` in NTT form, limb after limb; the caller wipes it. The key has been checked. */
export function keptResidues(kept: KeptKey, moduli: readonly number[]): Uint32Array {
  const secret = kept.secret();
  const n = 4 * secret.length;
  const limbs = new Uint32Array(moduli.length * n);
  moduli.forEach((q, k) => {
    const limb = limbs.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) limb[i] = [0, 1, q - 1][digit(secret, i)];
    negacyclicTransform(q, n).forward(limb);
  });
  secret.fill(0);
  return limbs;
}

/**
 * The words of its public key, when it is one for these parameters and s belongs to it: p0 + p1 s is an error of at most 21. With a secret of
 * another key, or zeros from a damaged disk, every answer would decrypt to noise that nobody could tell from a score.
 * @throws InputError `ERR_HE_KEPT_KEY`
 */
export function checkedKept(parameters: HeParameters, kept: KeptKey): PublicKeyWords {
  const words = publicWords(parameters, kept.publicKey);
  const secret = kept.secret();
  // No digit is 3.
  const ternary = secret.length === keptSecretBytes(parameters) && secret.every((byte) => (byte & (byte >> 1) & 0b0101_0101) === 0);
  secret.fill(0);
  if (ternary && belong(parameters, words, kept)) return words;
  throw unusable();
}

function publicWords(parameters: HeParameters, publicKey: Uint8Array): PublicKeyWords {
  try {
    return decodePublicKey(parameters, publicKey);
  } catch (error) {
    // Nobody's but ours: a kept key never comes from a peer.
    if (error instanceof PeerProtocolError) throw unusable();
    throw error;
  }
}

function belong(parameters: HeParameters, { p0, seed }: PublicKeyWords, kept: KeptKey): boolean {
  const [q] = keyModuli(parameters);
  const n = parameters.ringDegree;
  const p1 = expandSeed(seed, 'publicKey', [q], n);
  const limb = keptResidues(kept, [q]);
  for (let i = 0; i < n; i++) limb[i] = (p0[i] + mulmod(p1[i], limb[i], q)) % q;
  negacyclicTransform(q, n).inverse(limb);
  const small = limb.every((word) => word <= LARGEST_ERROR || word >= q - LARGEST_ERROR);
  limb.fill(0);
  return small;
}

const digit = (secret: Uint8Array, i: number): number => (secret[i >> 2] >> (2 * (i & 3))) & 3;

const unusable = (): InputError =>
  new InputError('ERR_HE_KEPT_KEY', 'the kept key is damaged, or was kept under other parameters', {
    help: 'Restore it from a backup of this party’s state; without it nothing encrypted under it can be decrypted.',
  });
