/**
 * Bands: what a limit may depend on. A band is the number of edges at or below a value: with edges [5万, 10万], 49,999.99 元 is band 0,
 * 50,000 元 is band 1. The platform knows the capacity edges (they stand in the contract), the bank keeps the score edges.
 */
import { InputError } from '../../base/index.ts';
import { type Fen, zeroFen } from '../money/index.ts';

/** At most this many bands on either axis, so that a band fits a byte and a table a few kilobytes. */
export const maxBands = 256;

/** Band of an amount: 0 below the first edge, `edges.length` at or above the last. `edges` rise strictly. */
export function capacityBand(edges: readonly Fen[], amount: Fen): number {
  return countAtOrBelow(edges, amount);
}

/** The smallest amount of a capacity band in 分; 0 for band 0. @throws InputError `ERR_CREDIT_BAND` when there is no such band. */
export function capacityBandFloor(edges: readonly Fen[], band: number): Fen {
  checkBand(band, edges.length + 1);
  return band === 0 ? zeroFen : edges[band - 1];
}

/**
 * Band of a PD or a score, counted from the lowest value; `edges` rise strictly.
 * @throws InputError `ERR_CREDIT_SCORE` when the value is not a finite number.
 */
export function scoreBand(edges: readonly number[], value: number): number {
  if (!Number.isFinite(value)) {
    throw new InputError('ERR_CREDIT_SCORE', 'a score or PD is not a finite number', {
      help: 'Score the firm before asking for its limit.',
    });
  }
  return countAtOrBelow(edges, value);
}

/** Raises `ERR_CREDIT_BAND` unless `band` is an integer in 0..count-1. */
export function checkBand(band: number, count: number): void {
  if (!(Number.isInteger(band) && band >= 0 && band < count)) {
    throw new InputError('ERR_CREDIT_BAND', `band ${band} is not in 0..${count - 1}`, {
      help: 'Use the edges that the policy was compiled with.',
    });
  }
}

function countAtOrBelow<T extends number | bigint>(edges: readonly T[], value: T): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
