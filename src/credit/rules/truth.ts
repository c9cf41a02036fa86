/** Kleene truth as a byte, so that and = min, or = max, not = 2 − x; and the arithmetic of terms. Shared by the single firm and the portfolio. */
import type { Arithmetic } from './expression.ts';

/** The condition does not hold. */
export const FALSE = 0;
/** It cannot be decided: a field is missing. */
export const UNKNOWN = 1;
/** The condition holds. */
export const TRUE = 2;

/** The operators on two numbers; longer lists are folded from the left. */
export const calculate: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};
