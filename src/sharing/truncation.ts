/**
 * Fixed point after a product: dividing a shared value by 2^f without talking (Mohassel and Zhang, SecureML, IEEE S&P 2017, theorem 1).
 * The first party takes floor(x₁/2^f), the second −floor((Q − x₂)/2^f). For |x| < 2^ℓ the sum is x/2^f within 1 unless x₁ falls in a window
 * of |x| values out of Q: Pr[failure] ≤ 2^(ℓ+1)/Q per value; a failure is off by Q/2^f and the range check finds it. Both shares must be
 * uniform: a negative value held by one party alone, the other holding 0, wraps with certainty.
 *
 * floor(x/2^f) = (x − (x mod 2^f))·2^−f: only x mod 2^f needs the number itself (mixed radix, low 32 bits); the rest is one product a lane.
 */
import { LocalProtocolError } from '../base/index.ts';
import { invertModulo, LANE_MODULI, LANES, mixedRadix, multiplyModulo, RING_BITS } from './ring.ts';
import { negateShare, type Share, type ShareParty } from './shares.ts';

const MAX_SHIFT = 31;
const MAX_BITS = 2 * MAX_SHIFT;

/** Shares of x → shares of x/2^bits, rounded to within 1. `bits` from 0 to 62. */
export function truncateShare(share: Share, bits: number, party: ShareParty): Share {
  if (bits === 0) return share;
  checkBits(bits);
  if (bits > MAX_SHIFT) return truncateShare(truncateShare(share, MAX_SHIFT, party), bits - MAX_SHIFT, party);
  return party === 'first' ? floorShift(share, bits) : negateShare(floorShift(negateShare(share), bits));
}

/** floor(x/2^bits) of integers x in [0, Q) that one party knows. `bits` from 0 to 62. */
export function floorShare(share: Share, bits: number): Share {
  if (bits === 0) return share;
  checkBits(bits);
  if (bits > MAX_SHIFT) return floorShift(floorShift(share, MAX_SHIFT), bits - MAX_SHIFT);
  return floorShift(share, bits);
}

function checkBits(bits: number): void {
  if (Number.isInteger(bits) && bits > 0 && bits <= MAX_BITS) return;
  throw new LocalProtocolError('ERR_LOCAL_TRUNCATION', `cannot truncate by ${bits} bits`);
}

/**
 * log2 of the probability that any of `count` truncations of values below 2^valueBits fails.
 * Example: 2^22 values of 2^56: 22 + 57 − 116 = −37.
 */
export function truncationFailureLog2(valueBits: number, count: number): number {
  return valueBits + 1 + Math.log2(count) - RING_BITS;
}

/** floor(x / 2^bits) of x in [0, Q), lane by lane. */
function floorShift(share: Share, bits: number): Share {
  const [a, b, c, d] = share;
  const out = LANE_MODULI.map(() => new Uint32Array(a.length));
  const inverse = LANE_MODULI.map((t) => invertModulo(2 ** bits % t, t));
  const mask = 2 ** bits - 1;
  const digits = new Float64Array(LANES);
  for (let i = 0; i < a.length; i++) {
    mixedRadix(a[i], b[i], c[i], d[i], digits);
    const low = (digits[0] + Math.imul(digits[1], W1) + Math.imul(digits[2], W2) + Math.imul(digits[3], W3)) & mask;
    for (let k = 0; k < LANES; k++) {
      const t = LANE_MODULI[k];
      const rest = share[k][i] - (low % t);
      out[k][i] = multiplyModulo(rest < 0 ? rest + t : rest, inverse[k], t);
    }
  }
  return out;
}

/** t0, t0·t1 and t0·t1·t2 mod 2^32: the weights of the mixed-radix digits. */
const W1 = LANE_MODULI[0] | 0;
const W2 = Math.imul(W1, LANE_MODULI[1]);
const W3 = Math.imul(W2, LANE_MODULI[2]);
