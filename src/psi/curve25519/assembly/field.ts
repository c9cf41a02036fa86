/**
 * GF(2^255 - 19), two elements at a time: one in each double of a v128.
 *
 * An element is 12 limbs, limb k an integer multiple of 2^w_k held in a double, w_k = ceil(21.25 k) (the idea of Bernstein's "Curve25519: new
 * Diffie-Hellman speed records", PKC 2006, with 12 limbs for 53-bit mantissas). Doubles carry their own weight, so a product needs no shifts.
 *
 * Exactness. Reduced means |limb k| <= 1.01·2^(w_{k+1} - 1). In a product of two elements every partial sum of column k is a multiple of
 * 2^w_k and below 2^(w_k + 51) for factors up to twice reduced each, 2^(w_k + 52.2) for three times (test/psi/field-bounds.test.ts does the
 * sums): it fits the mantissa. So no operation ever rounds, the relaxed multiply-add gives the same bits fused or not, and the result does
 * not depend on the machine. No branch or address depends on a value;
 * multiplication of normal doubles takes constant time on the processors we know, and no value is subnormal.
 *
 * Elements are passed as addresses; an output may be the same address as an input.
 */

/** Bytes of a pair of elements. */
export const ELEMENT: usize = 192;

/** 19·2^-255: moves a limb of weight 2^(255+w) to weight 2^w. */
export const FOLD = memory.data(16, 16);
/** 1.5·2^(52 + w_{k+1}): adding and subtracting it rounds limb k to a multiple of 2^w_{k+1}. */
const ROUND = memory.data(192, 16);

export function initField(): void {
  v128.store(FOLD, f64x2.splat(19.0 * power(-255)));
  for (let k = 0; k < 12; k++) v128.store(ROUND + (k << 4), f64x2.splat(1.5 * power(52 + weight(k + 1))));
}

/** w_k = ceil(21.25 k). */
// @ts-ignore: decorator
@inline
export function weight(k: i32): i32 {
  return (85 * k + 3) >> 2;
}

/** 2^e, built from its exponent field. */
// @ts-ignore: decorator
@inline
export function power(e: i32): f64 {
  return reinterpret<f64>((<i64>(1023 + e)) << 52);
}

/** Limb k of an element. */
// @ts-ignore: decorator
@inline
export function get(a: usize, k: usize): v128 {
  return v128.load(a + (k << 4));
}

// @ts-ignore: decorator
@inline
export function put(a: usize, k: usize, limb: v128): void {
  v128.store(a + (k << 4), limb);
}

/** x·y + z, exact here. The freshly loaded factor comes first: its register then takes the sum without a copy. */
// @ts-ignore: decorator
@inline
export function fma(x: v128, y: v128, z: v128): v128 {
  return f64x2.relaxed_madd(x, y, z);
}

/** The part of limb k that belongs to limb k + 1. */
// @ts-ignore: decorator
@inline
export function top(h: v128, k: usize): v128 {
  const round = v128.load(ROUND + (k << 4));
  return f64x2.sub(f64x2.add(h, round), round);
}

/** out = a + b, not reduced. */
export function add(out: usize, a: usize, b: usize): void {
  for (let at: usize = 0; at < ELEMENT; at += 16) v128.store(out + at, f64x2.add(v128.load(a + at), v128.load(b + at)));
}

/** out = a - b, not reduced. */
export function sub(out: usize, a: usize, b: usize): void {
  for (let at: usize = 0; at < ELEMENT; at += 16) v128.store(out + at, f64x2.sub(v128.load(a + at), v128.load(b + at)));
}

/** sum = a + b and difference = a - b, not reduced. Four limbs a turn: a loop's own cost is that of two limbs. */
export function butterfly(sum: usize, difference: usize, a: usize, b: usize): void {
  for (let k: usize = 0; k < ELEMENT; k += 64) {
    butterflyLimb(sum + k, difference + k, a + k, b + k);
    butterflyLimb(sum + k + 16, difference + k + 16, a + k + 16, b + k + 16);
    butterflyLimb(sum + k + 32, difference + k + 32, a + k + 32, b + k + 32);
    butterflyLimb(sum + k + 48, difference + k + 48, a + k + 48, b + k + 48);
  }
}

// @ts-ignore: decorator
@inline
function butterflyLimb(sum: usize, difference: usize, a: usize, b: usize): void {
  const x = v128.load(a);
  const y = v128.load(b);
  v128.store(sum, f64x2.add(x, y));
  v128.store(difference, f64x2.sub(x, y));
}

export function negate(out: usize, a: usize): void {
  for (let at: usize = 0; at < ELEMENT; at += 16) v128.store(out + at, f64x2.neg(v128.load(a + at)));
}

export function copy(out: usize, a: usize): void {
  memory.copy(out, a, ELEMENT);
}

/** Both elements = value, |value| < 2^20. */
export function setSmall(out: usize, value: f64): void {
  memory.fill(out, 0, ELEMENT);
  v128.store(out, f64x2.splat(value));
}

/** out = mask ? a : b, lane by lane; mask is all ones or all zeros in each lane. */
export function select(out: usize, mask: v128, a: usize, b: usize): void {
  for (let at: usize = 0; at < ELEMENT; at += 16) {
    v128.store(out + at, v128.bitselect(v128.load(a + at), v128.load(b + at), mask));
  }
}

/** Swaps a and b where the mask is ones. */
export function swap(mask: v128, a: usize, b: usize): void {
  for (let at: usize = 0; at < ELEMENT; at += 16) {
    const x = v128.load(a + at);
    const y = v128.load(b + at);
    const d = v128.and(mask, v128.xor(x, y));
    v128.store(a + at, v128.xor(x, d));
    v128.store(b + at, v128.xor(y, d));
  }
}

/** out = a + factor·b with |factor| < 2^20, b up to three times reduced; the result is at most 1.6 times reduced. */
export function addScaled(out: usize, a: usize, factor: f64, b: usize): void {
  const f = f64x2.splat(factor);
  for (let at: usize = 0; at < ELEMENT; at += 16) v128.store(out + at, fma(v128.load(b + at), f, v128.load(a + at)));
  carry(out);
}

/** out = factor·a, bounds as addScaled. */
export function scale(out: usize, factor: f64, a: usize): void {
  const f = f64x2.splat(factor);
  for (let at: usize = 0; at < ELEMENT; at += 16) v128.store(out + at, f64x2.mul(v128.load(a + at), f));
  carry(out);
}

/** One parallel carry, then limb 0 once more: enough for limbs up to 2^21 times reduced. */
export function carry(a: usize): void {
  let from = top(get(a, 11), 11);
  put(a, 11, f64x2.sub(get(a, 11), from));
  from = f64x2.mul(from, v128.load(FOLD));
  for (let k: usize = 0; k < 11; k++) {
    const limb = v128.load(a + (k << 4));
    const round = v128.load(ROUND + (k << 4));
    const up = f64x2.sub(f64x2.add(limb, round), round);
    v128.store(a + (k << 4), f64x2.add(f64x2.sub(limb, up), from));
    from = up;
  }
  put(a, 11, f64x2.add(get(a, 11), from));
  const up = top(get(a, 0), 0);
  put(a, 0, f64x2.sub(get(a, 0), up));
  put(a, 1, f64x2.add(get(a, 1), up));
}
