/** Options of a feature holder: what of its columns it lets be split on. */
import { InputError } from '../../../base/index.ts';
import type { MonotoneSign } from '../../../learn/trees/index.ts';

export interface GbdtHolderOptions {
  /**
   * Bins with fewer rows are merged before training, so that sums of neighbouring candidates never differ by a few rows.
   * @default max(100, 0.1 % of the rows); lower it only where the rows are not people
   */
  readonly minSupport?: number;
  /** Sign per feature name. Told per candidate split, without the name. */
  readonly monotone_constraints?: Readonly<Record<string, MonotoneSign>>;
}

export interface CheckedHolderOptions {
  readonly minSupport: number | undefined;
  readonly monotone_constraints: Readonly<Record<string, MonotoneSign>>;
}

/** @throws InputError `ERR_GBDT_OPTION` on an unknown key or a value out of range. */
export function holderOptions(options: GbdtHolderOptions = {}): CheckedHolderOptions {
  const { minSupport, monotone_constraints = {}, ...unknown } = options;
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw bad(`unknown option "${key}": the options are minSupport and monotone_constraints`);
  if (minSupport !== undefined && !(Number.isInteger(minSupport) && minSupport >= 1)) throw bad('minSupport must be a positive integer');
  for (const [feature, sign] of Object.entries(monotone_constraints)) {
    if (sign !== -1 && sign !== 0 && sign !== 1) throw bad(`monotone_constraints of "${feature}" must be -1, 0 or 1`);
  }
  return Object.freeze({ minSupport, monotone_constraints: Object.freeze({ ...monotone_constraints }) });
}

function bad(problem: string): InputError {
  return new InputError('ERR_GBDT_OPTION', problem);
}
