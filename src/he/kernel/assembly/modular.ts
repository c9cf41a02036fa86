/**
 * Arithmetic mod one prime q < 2^30 on four u32 lanes. Products are 32 x 32 -> 64 bits (`extmul`); reduction is Shoup's when one factor is
 * a constant (Harvey 2014, "Faster arithmetic for number-theoretic transforms") and Montgomery's when neither is.
 *
 * A prime context lives at `pc` in memory: the words below, then five tables of N words (roots, their Shoup quotients, inverse roots,
 * theirs, and the points in Montgomery form: the roots of x^N + 1 in the order of a transform's values). No branch and no address here
 * depends on data.
 */
export const Q: usize = 0; // q
export const TWO_Q: usize = 4; // 2q
export const Q_INVERSE: usize = 8; // q^-1 mod 2^32
export const MU: usize = 12; // floor(2^32 / q)
export const R: usize = 16; // 2^32 mod q, and its Shoup quotient
export const R_SHOUP: usize = 20;
export const N_INVERSE: usize = 24; // N^-1 mod q, and its Shoup quotient
export const N_INVERSE_SHOUP: usize = 28;
export const LAST: usize = 32; // N^-1 * (the inverse root of the last stage), and its Shoup quotient
export const LAST_SHOUP: usize = 36;
export const TABLES: usize = 64;

// @ts-ignore: decorator
@inline
export function splat(pc: usize, field: usize): v128 {
  return v128.load32_splat(pc + field);
}

/** The low words of four 64-bit lanes. */
// @ts-ignore: decorator
@inline
export function lowWords(low: v128, high: v128): v128 {
  return v128.shuffle<u32>(low, high, 0, 2, 4, 6);
}

/** The high words of four 64-bit lanes. */
// @ts-ignore: decorator
@inline
export function highWords(low: v128, high: v128): v128 {
  return v128.shuffle<u32>(low, high, 1, 3, 5, 7);
}

/** floor(a b / 2^32). */
// @ts-ignore: decorator
@inline
export function mulHigh(a: v128, b: v128): v128 {
  return highWords(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b));
}

/** x - m where x >= m, else x: the difference wraps to something larger. x < 2^31 + m. */
// @ts-ignore: decorator
@inline
export function subtractOnce(x: v128, m: v128): v128 {
  return i32x4.min_u(x, i32x4.sub(x, m));
}

/** x w mod q in [0, 2q) for any u32 x; wShoup = floor(w 2^32 / q). */
// @ts-ignore: decorator
@inline
export function mulShoup(x: v128, w: v128, wShoup: v128, q: v128): v128 {
  return i32x4.sub(i32x4.mul(x, w), i32x4.mul(mulHigh(x, wShoup), q));
}

/** Any u32 x mod q in [0, 2q): the Barrett quotient is at most one too small. */
// @ts-ignore: decorator
@inline
export function barrett(x: v128, q: v128, mu: v128): v128 {
  return i32x4.sub(x, i32x4.mul(mulHigh(x, mu), q));
}

/** Montgomery: (four 64-bit lanes) 2^-32 mod q in [0, q). The lanes must be below q 2^32. */
// @ts-ignore: decorator
@inline
export function redc(low: v128, high: v128, q: v128, qInverse: v128): v128 {
  const m = i32x4.mul(lowWords(low, high), qInverse);
  const t = i32x4.sub(highWords(low, high), mulHigh(m, q));
  return i32x4.min_u(t, i32x4.add(t, q));
}

/** The same for any 64-bit lanes: the high words go below 2q first. */
// @ts-ignore: decorator
@inline
export function redcAny(low: v128, high: v128, q: v128, qInverse: v128, mu: v128): v128 {
  const m = i32x4.mul(lowWords(low, high), qInverse);
  const h = subtractOnce(barrett(highWords(low, high), q, mu), q);
  const t = i32x4.sub(h, mulHigh(m, q));
  return i32x4.min_u(t, i32x4.add(t, q));
}

/** a b 2^-32 mod q in [0, q), for a, b in [0, q). With b in Montgomery form: a b mod q. */
// @ts-ignore: decorator
@inline
export function mulMontgomery(a: v128, b: v128, q: v128, qInverse: v128): v128 {
  return redc(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), q, qInverse);
}
