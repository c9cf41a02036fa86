/**
 * Fixed point after a product for three parties and more, where local truncation has no meaning: one party opens the value under masks
 * (Catrina and Saxena, Financial Cryptography 2010, protocol TruncPr, with masks every holder draws itself instead of a dealer's).
 *
 * Each holder p draws r_p uniform in [0, 2^m) and sends x_p + r_p. The first party adds its own share and 2^ℓ, opens
 * c = x + 2^ℓ + Σ r_p < Q, and takes floor(c/2^f) − 2^(ℓ−f) as its share; holder p's is −floor(r_p/2^f). Their sum is x/2^f within the
 * number of holders plus 1. It cannot wrap.
 *
 * Who learns what: the first party one number, which is within |x|/2^m of one that does not depend on x as long as a single holder keeps its
 * mask: whoever colludes with whom. What each holder sends alone must be uniform: the caller adds zero-shares to it.
 */
import { LocalProtocolError, type SecureRandom } from '../base/index.ts';
import { LANE_MODULI, multiplyModulo, RING_BITS } from './ring.ts';
import { addConstant, negateShare, type Share } from './shares.ts';
import { floorShare } from './truncation.ts';

/** m: the largest for which the masks of all holders together stay below Q/2. */
export const maskBits = (holders: number): number => Math.floor(RING_BITS - 1 - Math.log2(holders));

/** log2 of the statistical distance that opening `count` values below 2^valueBits adds up to. */
export function truncationLeakLog2(valueBits: number, count: number, holders: number): number {
  return valueBits + Math.log2(count) - maskBits(holders);
}

/** A holder's mask and the share it is left with. */
export interface TruncationMask {
  /** r: added to what is sent. */
  readonly mask: Share;
  /** −floor(r/2^f): the share of the truncated value. */
  readonly rest: Share;
}

/** A holder's masks for `length` values, to be divided by 2^bits. */
export function maskForTruncation(random: SecureRandom, length: number, bits: number, holders: number): TruncationMask {
  const mask = uniformBits(random, maskBits(holders), length);
  return { mask, rest: negateShare(floorShare(mask, bits)) };
}

/** First party: the sum of all that was sent and of its own share → its share of the truncated values. Values are below 2^valueBits. */
export function truncateMasked(opened: Share, bits: number, valueBits: number): Share {
  if (!(valueBits >= bits && valueBits - bits <= 52)) {
    throw new LocalProtocolError('ERR_LOCAL_TRUNCATION', `cannot truncate values of ${valueBits} bits by ${bits}`);
  }
  const shifted = addPower(opened, valueBits);
  return addConstant(floorShare(shifted, bits), -(2 ** (valueBits - bits)), 'first');
}

/** + 2^exponent. */
function addPower(share: Share, exponent: number): Share {
  return share.map((lane, k) => {
    const t = LANE_MODULI[k];
    let power = 1;
    for (let i = 0; i < exponent; i++) power = (2 * power) % t;
    return lane.map((x) => (x + power >= t ? x + power - t : x + power));
  });
}

const LIMB = 29;
const LIMB_MASK = 2 ** LIMB - 1;

/** Integers uniform in [0, 2^bits), as residues: limbs of 29 bits, joined in each lane by Horner's rule. */
function uniformBits(random: SecureRandom, bits: number, length: number): Share {
  const limbs = Math.ceil(bits / LIMB);
  const topMask = 2 ** (bits - LIMB * (limbs - 1)) - 1;
  const words = new Uint32Array(length * limbs);
  random.fill(new Uint8Array(words.buffer));
  const lanes = LANE_MODULI.map(() => new Uint32Array(length));
  LANE_MODULI.forEach((t, k) => {
    const radix = 2 ** LIMB % t;
    for (let i = 0; i < length; i++) {
      let value = words[i * limbs] & topMask;
      for (let limb = 1; limb < limbs; limb++) {
        value = (multiplyModulo(value % t, radix, t) + (words[i * limbs + limb] & LIMB_MASK)) % t;
      }
      lanes[k][i] = value % t;
    }
  });
  words.fill(0);
  return lanes;
}
