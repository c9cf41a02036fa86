/**
 * The parameter checker: worst-case noise, flood and failure bounds, in exact integer arithmetic and without heuristics. A protocol states
 * its `Usage` in the contract; parameters that do not carry it are refused before the first key is made.
 *
 * Derivation in `README.md` §3. In units of the full data modulus q, with N the ring degree, p the special prime, Δ = q/t:
 *   fresh error     |e| ≤ 21 (centred binomial, 42 bits) + rounding of q·m/t (below 1)                                       = 22
 *   Enc_pk(0)       Z = ceil(21·(2N+1)/p) + (N+1)/2, after its special prime is dropped
 *   zero of a series  Z = 21·2N: made at data level, without a special prime, and the flood is the error of its c0 (`series.ts`)
 *   worst case      B = 22·n·|P|max + Z + 1   (the 1: rounding of q·m/t for H's addend)
 *   switching down  S = Σ_j ceil((N+1)/2 · q/Q_j), Q_j the modulus after each dropped prime down to the answer's
 *   decrypts while  noise < q/(2t) - slack, slack = q/(t·2^57): SEAL's last rounding is exact but for k·2^-61 of a step (README §3)
 *   flood           F = ceil(q/2t) - 1 - slack - S - B, uniform in [-F, F]: to the brim
 * Reveal: statistical distance per coefficient ≤ B/(2F+1) ≤ 2^-κ, κ = log2(F/B); refused unless n_out·B/F ≤ 2^-40.
 * Share: Pr[shares are off by one] ≤ 2t(B+S+slack)/q + 1/q per coefficient; refused unless n_out times it is ≤ 2^-30.
 * Privacy in share mode is perfect whatever the noise; its bound is about correctness alone.
 */
import { InputError } from '../base/index.ts';
import { wordBits } from './packing.ts';
import { dataModulus, type HeParametersLiteral, heParameters, PROFILES, product } from './parameters.ts';
import type { Blinding, HeParameters } from './types.ts';

/** How a step uses one key, as the contract states it. */
export interface Usage {
  /** n: most nonzero products in one coefficient of an answer (`MatvecLayout.terms`; uploads · N for slots). */
  readonly terms: number;
  /** Bound of H's coefficients ((t-1)/2 for slots). */
  readonly maxAbs: number;
  /** n_out: coefficients revealed (or shared) over the life of one contract, all keys together. */
  readonly outputs: number;
  readonly mode: Blinding['mode'];
  /** Whether the answers are those of a series (`series.ts`), whose encryption of zero is noisier. @default false */
  readonly series?: boolean;
}

/** Reveal mode: what the whole contract's answers add to the function values is within statistical distance 2^-40 of nothing. */
export const STATISTICAL_BITS = 40;
/** Share mode: some share of the whole contract is off by one with probability at most 2^-30. */
export const SHARE_FAILURE_BITS = 30;
const FRESH_ERROR = 22n;
const ERROR_BOUND = 21n;
const SLACK_BITS = 57n;

/** The bounds of one use, exact. */
export interface NoiseBounds {
  /** B. */
  readonly worstCase: bigint;
  /** S. */
  readonly switching: bigint;
  /** F, or a value below 1 where nothing decrypts. */
  readonly flood: bigint;
}

export interface Verdict extends NoiseBounds {
  readonly accepted: boolean;
  /** log2(F/B), for people; verdicts compare integers. -Infinity when nothing decrypts. */
  readonly kappa: number;
  /** log2 of the bound on one share being off by one. */
  readonly shareErrorLog2: number;
  /** Most that one output tells L, whatever it uploaded: log2(q/(2F+1)) bits in reveal mode (log2 t and at most a little more), 0 in share mode. */
  readonly bitsPerOutput: number;
}

/** The worst-case bounds for `terms` products with coefficients up to `maxAbs`, of answers on their own or of a series. */
export function noiseBounds(parameters: HeParameters, terms: number, maxAbs: number, series = false): NoiseBounds {
  const q = dataModulus(parameters);
  const n = BigInt(parameters.ringDegree);
  const ofKey = ceilDiv(ERROR_BOUND * (2n * n + 1n), BigInt(parameters.specialPrime)) + ceilDiv(n + 1n, 2n);
  const zero = series ? ERROR_BOUND * 2n * n : ofKey;
  const worstCase = FRESH_ERROR * BigInt(terms) * BigInt(maxAbs) + zero + 1n;
  const switching = switchingBound(parameters, q);
  return { worstCase, switching, flood: ceilDiv(q, 2n * parameters.plainModulus) - 1n - slack(parameters, q) - switching - worstCase };
}

/** Does the usage fit the parameters? Pure and exact. */
export function checkUsage(parameters: HeParameters, usage: Usage): Verdict {
  checkUsageNumbers(usage);
  const q = dataModulus(parameters);
  const bounds = noiseBounds(parameters, usage.terms, usage.maxAbs, usage.series);
  const { worstCase, switching, flood } = bounds;
  const outputs = BigInt(usage.outputs);
  const shareError = 2n * parameters.plainModulus * (worstCase + switching + slack(parameters, q)) + 1n;
  const revealed = (outputs * worstCase) << BigInt(STATISTICAL_BITS) <= flood;
  const shared = flood > 0n && (outputs * shareError) << BigInt(SHARE_FAILURE_BITS) <= q;
  return Object.freeze({
    ...bounds,
    accepted: BigInt(usage.maxAbs) * 2n <= parameters.plainModulus && (usage.mode === 'reveal' ? revealed : shared),
    kappa: flood > 0n ? log2(flood) - log2(worstCase) : Number.NEGATIVE_INFINITY,
    shareErrorLog2: log2(shareError) - log2(q),
    bitsPerOutput: usage.mode === 'share' ? 0 : flood > 0n ? log2(q) - log2(2n * flood + 1n) : Number.POSITIVE_INFINITY,
  });
}

/** @throws InputError `ERR_HE_NOISE` when the usage does not fit. */
export function assertUsage(parameters: HeParameters, usage: Usage): Verdict {
  const verdict = checkUsage(parameters, usage);
  if (!verdict.accepted)
    throw unfit(`profile ${parameters.profile} with ${parameters.answerPrimes} answer primes does not carry it`, usage);
  return verdict;
}

/**
 * The cheapest parameters for all usages of one key: fewest data primes (computation), then fewest bits an answer, then the smallest q.
 * @throws InputError `ERR_HE_NOISE` when no profile carries them.
 */
export function chooseParameters(usages: Usage | readonly Usage[], plainModulus: bigint): HeParameters {
  const all = Array.isArray(usages) ? (usages as readonly Usage[]) : [usages as Usage];
  const fitting = PROFILES.flatMap((profile) =>
    profile.dataPrimes.flatMap((_, i) => {
      const literal: HeParametersLiteral = { profile: profile.name, plainModulus, answerPrimes: i + 1 };
      if (product(profile.dataPrimes.slice(0, i + 1)) <= plainModulus || sharesFactor(profile.dataPrimes, plainModulus)) return [];
      const parameters = heParameters(literal);
      return all.every((usage) => checkUsage(parameters, usage).accepted) ? [parameters] : [];
    }),
  );
  const best = fitting.sort(
    (a, b) => a.dataPrimes.length - b.dataPrimes.length || answerBits(a) - answerBits(b) || profileBits(a) - profileBits(b),
  )[0];
  if (!best) throw unfit(`no profile carries t = ${plainModulus}`, ...all);
  return best;
}

const answerBits = (parameters: HeParameters): number => widths(parameters.dataPrimes.slice(0, parameters.answerPrimes));
const profileBits = (parameters: HeParameters): number => widths(parameters.dataPrimes);
const widths = (primes: readonly number[]): number => primes.reduce((sum, q) => sum + wordBits(q), 0);
const sharesFactor = (primes: readonly number[], t: bigint): boolean => primes.some((q) => t % BigInt(q) === 0n);

function switchingBound(parameters: HeParameters, q: bigint): bigint {
  const n = BigInt(parameters.ringDegree);
  let sum = 0n;
  for (let kept = parameters.dataPrimes.length - 1; kept >= parameters.answerPrimes; kept--) {
    sum += ceilDiv((n + 1n) * q, 2n * product(parameters.dataPrimes.slice(0, kept)));
  }
  return sum;
}

const slack = (parameters: HeParameters, q: bigint): bigint => q / (parameters.plainModulus << SLACK_BITS) + 1n;

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** log2 of a positive integer to 15 digits, for display. */
function log2(value: bigint): number {
  const shift = BigInt(Math.max(0, value.toString(2).length - 60));
  return Math.log2(Number(value >> shift)) + Number(shift);
}

function checkUsageNumbers(usage: Usage): void {
  for (const name of ['terms', 'maxAbs', 'outputs'] as const) {
    if (!(Number.isSafeInteger(usage[name]) && usage[name] >= 1))
      throw new InputError('ERR_HE_USAGE', `usage.${name} must be a positive integer`);
  }
  if (usage.mode !== 'reveal' && usage.mode !== 'share') throw new InputError('ERR_HE_USAGE', 'usage.mode must be reveal or share');
}

function unfit(problem: string, ...usages: readonly Usage[]): InputError {
  const list = usages.map((usage) => `${usage.mode}: ${usage.terms} terms of |P| ≤ ${usage.maxAbs}, ${usage.outputs} outputs`).join('; ');
  return new InputError('ERR_HE_NOISE', `noise: ${problem} (${list})`, {
    help: 'Use a smaller plaintext modulus, fewer or smaller terms, or fewer outputs a contract.',
  });
}
