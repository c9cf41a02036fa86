/**
 * Range check of a batch: did a share go wrong (a truncation that wrapped, a lane off by one, values beyond what the fixed point was sized
 * for)? The second party sends Σ of its shares plus a mask r uniform in [0, 2^(bound+40)); the first adds its own sum and looks whether the
 * total is where an honest sum is: [−2^bound, 2^bound + 2^(bound+40)].
 *
 * Finds: a wrapped truncation moves the sum by Q/2^f, a lane error by a multiple of Q/t ≥ 2^87: both far outside for bounds up to 2^44.
 * Who learns what: the first party learns a number within 2^−40 of one that does not depend on the sum; the second learns nothing.
 */
import { LocalProtocolError, randomBytes, type SecureRandom } from '../base/index.ts';
import { LANE_MODULI } from './ring.ts';
import { addShares, decodeFixed, type Share, sumShare } from './shares.ts';

export const MASK_BITS = 40;
/** Largest bound for which a lane error is certain to be seen. */
export const MAX_CHECK_BITS = 44;

/** Second party: what it sends for a batch whose sum is below 2^boundBits in size. */
export function maskedSum(share: Share, boundBits: number, random: SecureRandom): Share {
  return addShares(sumShare(share), uniformMask(boundBits + MASK_BITS, random));
}

/** First party: true when the batch is in range. @param masks how many parties added one; `received` is the sum of what they sent */
export function sumInRange(share: Share, received: Share, boundBits: number, masks = 1): boolean {
  const [total] = decodeFixed(addShares(sumShare(share), received), 0);
  return total >= -(2 ** boundBits) && total <= 2 ** boundBits + masks * 2 ** (boundBits + MASK_BITS);
}

function uniformMask(bits: number, random: SecureRandom): Share {
  if (!(bits <= MASK_BITS + MAX_CHECK_BITS)) throw new LocalProtocolError('ERR_LOCAL_RANGE_CHECK', `a range check of ${bits} bits`);
  let mask = 0n;
  for (const byte of randomBytes(random, Math.ceil(bits / 8))) mask = (mask << 8n) | BigInt(byte);
  mask &= (1n << BigInt(bits)) - 1n;
  return LANE_MODULI.map((t) => Uint32Array.of(Number(mask % BigInt(t))));
}
