/**
 * Ratio: an exact fraction for rates, multipliers and shares. A policy file that says 0.15 means 15/100, not the double nearest to it;
 * the shortest decimal form of a double (ECMAScript Number::toString) gives back what was written.
 */
import { InputError } from '../../base/index.ts';

/** `numerator / denominator`, denominator positive, not necessarily in lowest terms. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:e([+-]?\d{1,3}))?$/;

/**
 * A decimal number or text ("0.15", "15%", "45bp", 1e-7) as an exact fraction.
 * @throws InputError `ERR_CREDIT_RATIO` when it is not a finite decimal.
 */
export function ratioOf(value: number | string): Ratio {
  const text = String(value).trim();
  const scale = text.endsWith('%') ? 100n : text.endsWith('bp') ? 10_000n : 1n;
  const match = DECIMAL.exec(text.replace(/(%|bp)$/, '').trim());
  if (!match) {
    throw new InputError('ERR_CREDIT_RATIO', 'a rate or multiplier is not a finite decimal number', {
      help: 'Write it as 0.15, "15%" or "45bp".',
    });
  }
  const [, sign, whole, digits = '', exponent = '0'] = match;
  const power = Number(exponent) - digits.length;
  const n = BigInt(whole + digits) * (sign ? -1n : 1n);
  return power >= 0
    ? { numerator: n * 10n ** BigInt(power), denominator: scale }
    : { numerator: n, denominator: scale * 10n ** BigInt(-power) };
}

/** Exact fraction of two integers; `denominator` positive. @throws InputError `ERR_CREDIT_RATIO` for a denominator of 0 or below. */
export function fraction(numerator: bigint | number, denominator: bigint | number): Ratio {
  if (BigInt(denominator) <= 0n) throw new InputError('ERR_CREDIT_RATIO', 'a fraction needs a positive denominator');
  return { numerator: BigInt(numerator), denominator: BigInt(denominator) };
}

/** Exact product. @throws InputError `ERR_CREDIT_RATIO` for a denominator of 0 or below. */
export const timesRatio = (a: Ratio, b: Ratio): Ratio => fraction(a.numerator * b.numerator, a.denominator * b.denominator);
/** Exact sum. @throws InputError `ERR_CREDIT_RATIO` for a denominator of 0 or below. */
export const plusRatio = (a: Ratio, b: Ratio): Ratio =>
  fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
/** Exact difference. */
export const minusRatio = (a: Ratio, b: Ratio): Ratio => plusRatio(a, { numerator: -b.numerator, denominator: b.denominator });
/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export const compareRatio = (a: Ratio, b: Ratio): number => {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
/** The nearest double, for display and statistics only. */
export const toNumber = (a: Ratio): number => Number(a.numerator) / Number(a.denominator);
