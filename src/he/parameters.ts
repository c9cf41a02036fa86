/**
 * BFV parameters: a frozen table of profiles and the one function that makes `HeParameters`.
 *
 * Every profile has N = 8192 and primes q ≡ 1 mod 2N of at most 30 bits, so that a residue fits a 32-bit lane with room for lazy sums.
 * Key switching is never used, so the special prime (consumed by public-key encryption alone) is the smallest one that exists, 65537,
 * instead of a customary 60-bit one: 43 bits more for data under the same security bound.
 *
 * The first primes of a chain survive in an answer. Profiles that start with 24-bit primes answer in 24, 48 or 78 bits a coefficient,
 * the others in 30, 60 or 90.
 *
 * Security: Homomorphic Encryption Standard (2018), table for 128 bits: at most 218 bits of key modulus at N = 8192 with a ternary secret;
 * the largest profile here has 197. `estimate` is the primal uSVP attack under that standard's cost model, see `README.md` §2 and
 * `test/golden/he_security.py`. `test/golden/lattice_estimator.py` has what the lattice estimator says; a new modulus must go through it.
 */
import { InputError } from '../base/index.ts';
import type { HeParameters } from './types.ts';

/** Bits of work to break a key, special prime included. */
export interface SecurityEstimate {
  readonly classical: number;
  readonly quantum: number;
}

export interface HeProfile {
  readonly name: ProfileName;
  /** One byte on the wire. */
  readonly id: number;
  readonly dataPrimes: readonly number[];
  /** Bits of the key modulus (data primes and special prime). */
  readonly keyBits: number;
  readonly estimate: SecurityEstimate;
  /**
   * Bits of a ternary secret, hidden under the data modulus, that may be known before 132 bits of work no longer suffice (`series.ts`,
   * `test/golden/he_security.py`).
   */
  readonly reserve: number;
}

/** Named for the bits of the data modulus. */
export type ProfileName = 'P90' | 'P108' | 'P120' | 'P138' | 'P150' | 'P168' | 'P180';

/** N of every profile. */
export const RING_DEGREE = 8192;

/** The special prime, and the one that replaces it where the plaintext modulus is 65537 itself. */
export const SPECIAL_PRIMES = Object.freeze([65_537, 114_689] as const);

const WIDE = [1_073_692_673, 1_073_643_521, 1_073_479_681, 1_073_430_529, 1_073_299_457, 1_073_233_921] as const;
const NARROW = [16_760_833, 16_580_609] as const;

const profile = (
  id: number,
  name: ProfileName,
  dataPrimes: readonly number[],
  keyBits: number,
  estimate: SecurityEstimate,
  reserve: number,
): HeProfile => Object.freeze({ name, id, dataPrimes: Object.freeze(dataPrimes), keyBits, estimate: Object.freeze(estimate), reserve });

/** All profiles, fewest primes first; the order is the preference of `chooseParameters`. */
export const PROFILES: readonly HeProfile[] = Object.freeze([
  profile(7, 'P90', WIDE.slice(0, 3), 107, { classical: 287, quantum: 263 }, 7455),
  profile(1, 'P108', [...NARROW, ...WIDE.slice(0, 2)], 125, { classical: 240, quantum: 220 }, 6346),
  profile(2, 'P120', WIDE.slice(0, 4), 137, { classical: 216, quantum: 199 }, 5613),
  profile(3, 'P138', [...NARROW, ...WIDE.slice(0, 3)], 155, { classical: 187, quantum: 173 }, 4526),
  profile(4, 'P150', WIDE.slice(0, 5), 167, { classical: 172, quantum: 159 }, 3794),
  profile(5, 'P168', [...NARROW, ...WIDE.slice(0, 4)], 185, { classical: 153, quantum: 142 }, 2684),
  profile(6, 'P180', WIDE.slice(0, 6), 197, { classical: 143, quantum: 133 }, 1952),
]);

/** What a caller writes; everything else follows from the profile. */
export interface HeParametersLiteral {
  readonly profile: ProfileName;
  /** t, from 2 to 2^60 - 1. */
  readonly plainModulus: bigint;
  /** How many primes an answer keeps, from 1 to the number of data primes. @default all of them */
  readonly answerPrimes?: number;
}

const LITERAL_KEYS: ReadonlySet<string> = new Set(['profile', 'plainModulus', 'answerPrimes']);
const checked = new WeakSet<HeParameters>();

/**
 * Literal → checked, immutable parameters.
 * @throws InputError `ERR_HE_PARAMETERS` on an unknown key or profile, t out of range or sharing a factor with a prime, or answers that
 * keep too few primes for t. Whether a *use* of the parameters is safe is `noise.ts`'s question.
 */
export function heParameters(literal: HeParametersLiteral): HeParameters {
  for (const key of Object.keys(literal)) if (!LITERAL_KEYS.has(key)) throw refused(`unknown option "${key}"`);
  const { dataPrimes } = profileByName(literal.profile);
  const plainModulus = checkPlainModulus(literal.plainModulus, dataPrimes);
  const answerPrimes = literal.answerPrimes ?? dataPrimes.length;
  if (!(Number.isInteger(answerPrimes) && answerPrimes >= 1 && answerPrimes <= dataPrimes.length)) {
    throw refused(`answerPrimes must be an integer in 1..${dataPrimes.length}`);
  }
  if (product(dataPrimes.slice(0, answerPrimes)) <= plainModulus)
    throw refused('the primes an answer keeps do not exceed the plaintext modulus');
  const specialPrime = SPECIAL_PRIMES.find((prime) => plainModulus % BigInt(prime) !== 0n);
  if (specialPrime === undefined) throw refused('the plaintext modulus shares a factor with every special prime');
  const made: HeParameters = Object.freeze({
    profile: literal.profile,
    ringDegree: RING_DEGREE,
    dataPrimes,
    specialPrime,
    plainModulus,
    answerPrimes,
  });
  checked.add(made);
  return made;
}

/** Engines call this first. @throws InputError when the object was not made by `heParameters`. */
export function assertHeParameters(parameters: HeParameters): void {
  if (!checked.has(parameters)) throw refused('parameters must come from heParameters() or chooseParameters()');
}

/** @throws InputError `ERR_HE_PARAMETERS` on an unknown name. */
export function profileByName(name: string): HeProfile {
  const found = PROFILES.find((candidate) => candidate.name === name);
  if (!found) throw refused(`unknown profile "${name}"`);
  return found;
}

function checkPlainModulus(t: bigint, primes: readonly number[]): bigint {
  if (typeof t !== 'bigint' || t < 2n || t >= 1n << 60n) throw refused('plainModulus must be a bigint from 2 to 2^60 - 1');
  const shared = primes.find((prime) => t % BigInt(prime) === 0n);
  if (shared !== undefined) throw refused(`the plaintext modulus shares the factor ${shared} with the coefficient modulus`);
  return t;
}

/** Exact product of primes. */
export function product(primes: readonly number[]): bigint {
  return primes.reduce((sum, prime) => sum * BigInt(prime), 1n);
}

/** q, the data modulus. */
export const dataModulus = (parameters: HeParameters): bigint => product(parameters.dataPrimes);

/** The primes that survive in an answer. */
export const answerModuli = (parameters: HeParameters): readonly number[] => parameters.dataPrimes.slice(0, parameters.answerPrimes);

function refused(message: string): InputError {
  return new InputError('ERR_HE_PARAMETERS', `HE parameters: ${message}`, {
    help: 'Use chooseParameters() with the usage from the contract, or a profile from PROFILES.',
  });
}
