/** Kleene truth as a byte, so that and = min, or = max, not = 2 − x. */

/** The condition does not hold. */
export const FALSE = 0;
/** It cannot be decided: a field is missing. */
export const UNKNOWN = 1;
/** The condition holds. */
export const TRUE = 2;
