/** Splitting an amount by weights so that the parts sum exactly: largest remainder (Hamilton), ties to the earlier part. */
import { InputError } from '../../base/index.ts';
import { type Fen, fen } from './fen.ts';

/**
 * @param weights not negative, with a positive sum (whole numbers of any unit).
 * @throws InputError `ERR_CREDIT_SPLIT`.
 */
export function splitExactly(amount: Fen, weights: readonly bigint[]): readonly Fen[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (amount < 0n || total <= 0n || weights.some((weight) => weight < 0n)) {
    throw new InputError('ERR_CREDIT_SPLIT', 'an amount that is not negative is split by weights that are not negative and not all zero');
  }
  const parts = weights.map((weight, i) => ({ i, floor: (amount * weight) / total, remainder: (amount * weight) % total }));
  const left = Number(amount - parts.reduce((sum, part) => sum + part.floor, 0n));
  const lucky = new Set(
    [...parts]
      .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1))
      .slice(0, left)
      .map((part) => part.i),
  );
  return parts.map(({ i, floor }) => fen(floor + (lucky.has(i) ? 1n : 0n)));
}
