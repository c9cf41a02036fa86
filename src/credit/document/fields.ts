/** Schema pieces that every document of this wing shares: money, ratios, dates, names. */
import { z } from 'zod';
import { type Fen, type Ratio, ratioOf, yuan } from '../money/index.ts';

function guarded<T>(read: () => T, context: z.RefinementCtx): T {
  try {
    return read();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'invalid' });
    return z.NEVER;
  }
}

const numeric = z.union([z.number(), z.string()], { error: 'expected a number' });

/** 元 as a number or text ("50万"), not negative → Fen. */
export const moneyField = numeric.transform((value, context): Fen => {
  const amount = guarded(() => yuan(value), context);
  if (amount < 0n) context.addIssue({ code: 'custom', message: 'an amount of money must not be negative' });
  return amount;
});

/** A decimal ("15%", 0.15, "45bp"), not negative → exact Ratio. */
export const ratioField = numeric.transform((value, context): Ratio => {
  const ratio = guarded(() => ratioOf(value), context);
  if (ratio.numerator < 0n) context.addIssue({ code: 'custom', message: 'a rate or multiplier must not be negative' });
  return ratio;
});

/** As `ratioField`, of either sign. */
export const signedRatioField = numeric.transform((value, context): Ratio => guarded(() => ratioOf(value), context));

/** "2025-05-20", a day that exists. */
export const dayField = z.string().refine(isDay, 'expected a day as YYYY-MM-DD');

/** A short name: letters of any script, digits, `_ . -`; starts with a letter. */
export const nameField = z.string().regex(/^\p{L}[\p{L}\p{N}_.-]{0,63}$/u, 'expected a name (letters, digits, _ . -; at most 64)');

/** Whether `text` is an existing day written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const time = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(time).toISOString().slice(0, 10) === text;
}

/** Edges must rise strictly; reports the first that does not under `path`. */
export function checkRising<T>(
  edges: readonly T[],
  less: (a: T, b: T) => boolean,
  path: readonly PropertyKey[],
  context: z.RefinementCtx,
): void {
  const at = edges.findIndex((edge, i) => i > 0 && !less(edges[i - 1], edge));
  if (at > 0)
    context.addIssue({ code: 'custom', path: [...path, at], message: 'edges must rise strictly: a band would be empty or overlap' });
}

/** No two of a list may have one name; reports each repetition under `path`. */
export function checkNamedOnce(
  named: readonly { readonly name: string }[],
  what: string,
  path: readonly PropertyKey[],
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  named.forEach(({ name }, i) => {
    if (seen.has(name)) context.addIssue({ code: 'custom', path: [...path, i, 'name'], message: `the ${what} "${name}" exists twice` });
    seen.add(name);
  });
}
