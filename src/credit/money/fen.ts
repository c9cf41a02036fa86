/**
 * Fen: money in integer 分 (1 元 = 100 分), a bigint under a brand, so that no float, no 元 and no count can stand where money is meant.
 * Text and files speak 元 ("1234.56", 50000, "50万"); the library computes in 分 alone. Every rounding is named at its call.
 */
import { InputError } from '../../base/index.ts';
import { type Ratio, ratioOf } from './ratio.ts';

declare const fenBrand: unique symbol;

/** An amount of money in integer 分. Arithmetic: `fen(a + b)`; comparison with the bigint operators. */
export type Fen = bigint & { readonly [fenBrand]: true };

/** Largest amount accepted, ±1e17 分 (a million 亿元): far above any loan, so that a slip of units is caught. */
export const maxFen = (10n ** 17n) as Fen;
/** 0 分. */
export const zeroFen = 0n as Fen;

const bad = (problem: string): never => {
  throw new InputError('ERR_CREDIT_MONEY', problem, { help: 'Give money as 元 with at most two decimals, or as integer 分.' });
};

/**
 * Checked constructor from integer 分.
 * @throws InputError `ERR_CREDIT_MONEY` when not an integer, not safe as a number, or beyond `maxFen`.
 */
export function fen(amount: bigint | number): Fen {
  if (typeof amount === 'number' && !Number.isSafeInteger(amount)) bad('an amount in 分 must be a safe integer');
  const value = BigInt(amount);
  if (value > maxFen || value < -maxFen) bad('an amount of money is beyond ±1e17 分');
  return value as Fen;
}

const YUAN = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?(万|亿)?$/;
const UNIT: Readonly<Record<string, bigint>> = { 万: 10_000n, 亿: 100_000_000n };

/**
 * Exact 元 → 分: a number or text with at most two decimals, optionally in 万 or 亿 ("50万", "1.25亿").
 * @throws InputError `ERR_CREDIT_MONEY` when a digit would be lost.
 */
export function yuan(amount: number | string): Fen {
  const match = YUAN.exec(String(amount).trim().replaceAll(/[,_]/g, ''));
  if (!match) return bad('an amount of money is not 元 with at most two decimals');
  const [, sign, whole, cents = '', unit] = match;
  const value = (BigInt(whole) * 100n + BigInt(cents.padEnd(2, '0'))) * (unit ? UNIT[unit] : 1n);
  return fen(sign ? -value : value);
}

/**
 * A measured amount in 元 (a double from a file) → 分, rounded half away from zero on its shortest decimal form, so 1.005 元 is 101 分.
 * @throws InputError `ERR_CREDIT_MONEY` when not finite or beyond `maxFen`.
 */
export function fenFromYuan(amount: number): Fen {
  if (!Number.isFinite(amount)) bad('an amount of money is not finite');
  if (Number.isInteger(amount) && Math.abs(amount) < 2 ** 46) return fen(amount * 100);
  const { numerator, denominator } = ratioOf(amount);
  const doubled = numerator * 200n + (numerator < 0n ? -denominator : denominator);
  return fen(doubled / (2n * denominator));
}

/** "1234.56": exact, for people and files. */
export function formatYuan(amount: Fen): string {
  const magnitude = amount < 0n ? -amount : amount;
  const cents = (magnitude % 100n).toString().padStart(2, '0');
  return `${amount < 0n ? '-' : ''}${magnitude / 100n}.${cents}`;
}

/** `amount × ratio`, rounded towards minus infinity: never more than the exact product. */
export function timesFloor(amount: Fen, ratio: Ratio): Fen {
  return fen(floorDiv(amount * ratio.numerator, ratio.denominator));
}

/** `amount × ratio`, rounded half away from zero: interest and subsidies, as banks settle (分 by 四舍五入). */
export function timesRound(amount: Fen, ratio: Ratio): Fen {
  const product = amount * ratio.numerator;
  const half = product < 0n ? -ratio.denominator : ratio.denominator;
  return fen((2n * product + half) / (2n * ratio.denominator));
}

/** The largest multiple of `step` not above `amount`. `step` must be positive. */
export function roundDown(amount: Fen, step: Fen): Fen {
  if (step <= 0n) bad('a rounding step must be positive');
  return fen(floorDiv(amount, step) * step);
}

/** The smallest of some amounts. */
export const minFen = (first: Fen, ...rest: readonly Fen[]): Fen => rest.reduce((a, b) => (b < a ? b : a), first);
/** The largest of some amounts. */
export const maxOfFen = (first: Fen, ...rest: readonly Fen[]): Fen => rest.reduce((a, b) => (b > a ? b : a), first);
/** Exact sum. @throws InputError `ERR_CREDIT_MONEY` beyond `maxFen`. */
export const sumFen = (amounts: readonly Fen[]): Fen => fen(amounts.reduce((a, b) => a + b, 0n));

function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a < 0n && q * b !== a ? q - 1n : q;
}
