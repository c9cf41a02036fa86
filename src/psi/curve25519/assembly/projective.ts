/**
 * Projective u-coordinates U:Z on Curve25519, v² = u³ + 486662 u² + u, and their way back to bytes with one inversion for a whole block
 * (Montgomery's trick).
 */
import { add, addScaled, copy, ELEMENT, select, setSmall, sub } from './field';
import { pack, zeroMask } from './bytes';
import { invert } from './powers';
import { mul, sqr } from './product';

/** J of RFC 9380, A of RFC 7748. */
export const J: f64 = 486662;
/** (J - 2) / 4. */
const A24: f64 = 121665;

/** Pairs of points in a block: its three arrays (144 KiB) stay in the second-level cache, and an inversion is spread over 256 pairs. */
export const MAX_PAIRS: i32 = 256;
export const US = memory.data(49152, 16);
export const ZS = memory.data(49152, 16);
const PREFIX = memory.data(49152, 16);

const S = memory.data(192, 16);
const D = memory.data(192, 16);
const E = memory.data(192, 16);

/** (u, z) = 2·(u, z) from a = (U+Z)², b = (U-Z)²: Montgomery 1987. */
export function doubleFromSquares(u: usize, z: usize, a: usize, b: usize): void {
  sub(E, a, b);
  addScaled(S, a, A24, E);
  mul(u, a, b);
  mul(z, E, S);
}

/** out = 2·(u:z), in place. */
export function double(u: usize, z: usize): void {
  add(S, u, z);
  sub(D, u, z);
  sqr(S, S);
  sqr(D, D);
  copy(PREFIX, S);
  doubleFromSquares(u, z, PREFIX, D);
}

const INVERSE = memory.data(192, 16);
const ONE = memory.data(192, 16);

/** Writes U/Z of `pairs` pairs as 64 bytes each to `out`. Returns how many lanes had Z = 0; they come out as U. */
export function toAffine(out: usize, pairs: i32): i32 {
  setSmall(ONE, 1);
  let zeros = 0;
  setSmall(INVERSE, 1);
  for (let i = 0; i < pairs; i++) {
    const z = ZS + <usize>i * ELEMENT;
    const zero = zeroMask(z);
    zeros += popcnt(i64x2.bitmask(zero));
    select(z, zero, ONE, z);
    copy(PREFIX + <usize>i * ELEMENT, INVERSE);
    mul(INVERSE, INVERSE, z);
  }
  invert(INVERSE, INVERSE);
  for (let i = pairs - 1; i >= 0; i--) {
    const at = <usize>i * ELEMENT;
    mul(PREFIX + at, PREFIX + at, INVERSE); // 1/z_i
    mul(INVERSE, INVERSE, ZS + at);
    mul(S, US + at, PREFIX + at);
    pack(out + <usize>i * 64, S);
  }
  return zeros;
}
