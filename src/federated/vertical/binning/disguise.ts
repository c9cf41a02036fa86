/**
 * Weight of evidence a holder may compute with but not read. Logistic regression does not change under an affine map of a column, so the holder
 * gets its bins on a scale whose extremes are 0 and 1, turned round by a coin: it learns how the bins are spaced, and neither the sign
 * (which end is risky) nor the level nor the size. The label party keeps the map and undoes it on the coefficient.
 */
import { randomBytes, type SecureRandom } from '../../../base/index.ts';
import type { WoeTable } from '../../../learn/binning/index.ts';
import type { DisguisedScale } from './messages.ts';

/** woe = offset + slope·x for x on the disguised scale; slope is not 0. */
export interface AffineMap {
  readonly offset: number;
  readonly slope: number;
}

export interface Disguise {
  readonly scale: DisguisedScale;
  readonly map: AffineMap;
}

/** `woes` must not all be equal. */
export function disguise(table: WoeTable, random: SecureRandom): Disguise {
  const woes = table.bins.map((bin) => bin.woe);
  const low = Math.min(...woes);
  const high = Math.max(...woes);
  const [coin] = randomBytes(random, 1);
  const map = coin & 1 ? { offset: low, slope: high - low } : { offset: high, slope: low - high };
  const onScale = (woe: number): number => Math.min(1, Math.max(0, (woe - map.offset) / map.slope)) + 0;
  return { map, scale: { perBin: Float64Array.from(woes, onScale), neutral: (0 - map.offset) / map.slope + 0 } };
}
