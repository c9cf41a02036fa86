/**
 * Elements from bytes and back. The weights 0, 64, 128 and 192 fall on word boundaries: three limbs a word.
 */
import { carry, ELEMENT, power, weight } from './field';

const WORDS = memory.data(32, 16);

// @ts-ignore: decorator
@inline
function putLimb(out: usize, k: i32, lane: usize, limb: u64): void {
  store<f64>(out + (<usize>k << 4) + (lane << 3), <f64>(<i64>limb) * power(weight(k)));
}

/** Four little-endian words below 2^256 into one lane, not reduced. */
function unpackWords(out: usize, lane: usize, w0: u64, w1: u64, w2: u64, w3: u64): void {
  putLimb(out, 0, lane, w0 & 0x3fffff);
  putLimb(out, 1, lane, (w0 >> 22) & 0x1fffff);
  putLimb(out, 2, lane, w0 >> 43);
  putLimb(out, 3, lane, w1 & 0x1fffff);
  putLimb(out, 4, lane, (w1 >> 21) & 0x3fffff);
  putLimb(out, 5, lane, w1 >> 43);
  putLimb(out, 6, lane, w2 & 0x1fffff);
  putLimb(out, 7, lane, (w2 >> 21) & 0x1fffff);
  putLimb(out, 8, lane, w2 >> 42);
  putLimb(out, 9, lane, w3 & 0x1fffff);
  putLimb(out, 10, lane, (w3 >> 21) & 0x1fffff);
  putLimb(out, 11, lane, w3 >> 42);
}

/** A pair of 32-byte little-endian integers. */
export function unpack(out: usize, from: usize): void {
  for (let lane: usize = 0; lane < 2; lane++) {
    const p = from + lane * 32;
    unpackWords(out, lane, load<u64>(p), load<u64>(p, 8), load<u64>(p, 16), load<u64>(p, 24));
  }
  carry(out);
}

const HIGH = memory.data(192, 16);

/** A pair of 48-byte big-endian integers, the second `stride` bytes after the first, mod p (RFC 9380 §5.2: OS2IP(tv) mod p). */
export function unpackUniform(out: usize, from: usize, stride: usize): void {
  for (let lane: usize = 0; lane < 2; lane++) {
    const p = from + lane * stride;
    unpackWords(out, lane, bigEndian(p + 40), bigEndian(p + 32), bigEndian(p + 24), bigEndian(p + 16));
    unpackWords(HIGH, lane, bigEndian(p + 8), bigEndian(p), 0, 0);
  }
  const fold = f64x2.splat(38.0); // 2^256 = 38 mod p
  for (let at: usize = 0; at < ELEMENT; at += 16) {
    v128.store(out + at, f64x2.relaxed_madd(v128.load(HIGH + at), fold, v128.load(out + at)));
  }
  carry(out);
}

// @ts-ignore: decorator
@inline
function bigEndian(p: usize): u64 {
  return bswap<u64>(load<u64>(p));
}

// @ts-ignore: decorator
@inline
function limbOf(a: usize, lane: usize, k: i32): i64 {
  return <i64>(load<f64>(a + (<usize>k << 4) + (lane << 3)) * power(-weight(k)));
}

const LIMBS = memory.data(96, 16);

/** One lane as the 32 bytes of the integer in 0..p-1; for elements up to three times reduced. */
export function packLane(to: usize, a: usize, lane: usize): void {
  for (let k = 0; k < 12; k++) store<i64>(LIMBS + (<usize>k << 3), limbOf(a, lane, k));
  // The third pass only straightens limb 0: after the second the value is in 0..2^255-1.
  for (let pass = 0; pass < 3; pass++) {
    let up: i64 = 0;
    for (let k = 0; k < 12; k++) {
      const limb = load<i64>(LIMBS + (<usize>k << 3)) + up;
      const bits = weight(k + 1) - weight(k);
      up = limb >> bits;
      store<i64>(LIMBS + (<usize>k << 3), limb - (up << bits));
    }
    store<i64>(LIMBS, load<i64>(LIMBS) + 19 * up);
  }
  const w0: u64 = limb(0) | (limb(1) << 22) | (limb(2) << 43);
  const w1: u64 = limb(3) | (limb(4) << 21) | (limb(5) << 43);
  const w2: u64 = limb(6) | (limb(7) << 21) | (limb(8) << 42);
  const w3: u64 = limb(9) | (limb(10) << 21) | (limb(11) << 42);
  storeBelowP(to, w0, w1, w2, w3);
}

// @ts-ignore: decorator
@inline
function limb(k: usize): u64 {
  return load<u64>(LIMBS + (k << 3));
}

/** Takes p away once when the value is p or more: v + 19 then has bit 255 set. */
function storeBelowP(to: usize, w0: u64, w1: u64, w2: u64, w3: u64): void {
  const t0 = w0 + 19;
  const c0 = <u64>(t0 < w0);
  const t1 = w1 + c0;
  const c1 = <u64>(t1 < c0);
  const t2 = w2 + c1;
  const c2 = <u64>(t2 < c1);
  const t3 = w3 + c2;
  const above: u64 = 0 - (t3 >> 63);
  store<u64>(to, (t0 & above) | (w0 & ~above));
  store<u64>(to, (t1 & above) | (w1 & ~above), 8);
  store<u64>(to, (t2 & above) | (w2 & ~above), 16);
  store<u64>(to, ((t3 & above) | (w3 & ~above)) & 0x7fffffffffffffff, 24);
}

/** Both lanes, 64 bytes. */
export function pack(to: usize, a: usize): void {
  packLane(to, a, 0);
  packLane(to + 32, a, 1);
}

/** Ones in each lane that is zero mod p. */
export function zeroMask(a: usize): v128 {
  return i64x2(zeroLane(a, 0), zeroLane(a, 1));
}

function zeroLane(a: usize, lane: usize): i64 {
  packLane(WORDS, a, lane);
  const any = load<u64>(WORDS) | load<u64>(WORDS, 8) | load<u64>(WORDS, 16) | load<u64>(WORDS, 24);
  return -(<i64>(any == 0));
}

/** Ones in each lane whose integer is odd: sgn0 of RFC 9380 §4.1. */
export function oddMask(a: usize): v128 {
  packLane(WORDS, a, 0);
  const first = load<u64>(WORDS) & 1;
  packLane(WORDS, a, 1);
  return i64x2.neg(v128.replace_lane<u64>(v128.splat<u64>(first), 1, load<u64>(WORDS) & 1));
}
