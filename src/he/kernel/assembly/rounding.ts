/**
 * The exact roundings between t and q = Π q_i: SEAL's round(q m / t) on the way in, round(t x / q) on the way out, and division by the last
 * prime. Integers only; every bound is stated where it is used.
 */
import { barrett, highWords, lowWords, MU, mulShoup, Q, Q_INVERSE, redcAny, splat, subtractOnce, TWO_Q } from './modular';

/** high word of a b. */
// @ts-ignore: decorator
@inline
function mulHigh64(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const mid = a1 * b0 + ((a0 * b0) >> 32);
  const low = (mid & 0xffffffff) + a0 * b1;
  return a1 * b1 + (mid >> 32) + (low >> 32);
}

/**
 * rest[i] = (q m[i] + h) mod t for m in [0, t), h = floor((t + 1) / 2), t < 2^60. As q m + h - rest is t round(q m / t), and q is 0 mod q_i, the
 * rounded value is (h - rest) / t mod q_i, of one word pair for all primes.
 *
 * `ratio` is floor((q mod t) 2^64 / t): m ratio / 2^64 is short of m (q mod t) / t by less than m / 2^64 < 1, so its floor is right or one
 * short, and what is left is below 2t; with h below 3t. Powers of two, which most uses choose, need no quotient.
 */
export function scaleRest(rest: usize, m: usize, n: usize, qModT: u64, ratio: u64, t: u64): void {
  const half = (t + 1) >> 1;
  if ((t & (t - 1)) == 0) {
    for (let i: usize = 0; i < n << 3; i += 8) store<u64>(rest + i, (load<u64>(m + i) * qModT + half) & (t - 1));
    return;
  }
  for (let i: usize = 0; i < n << 3; i += 8) {
    const x = load<u64>(m + i);
    const left = x * qModT - mulHigh64(x, ratio) * t + half;
    store<u64>(rest + i, left - t * (<u64>(left >= t) + <u64>(left >= t << 1)));
  }
}

/**
 * x = x + (h - rest) / t mod q_i for rest below 2^60. `low` and `high` are -2^32 / t and -2^64 / t mod q_i, `half` is h / t mod q_i: one
 * Montgomery reduction for the words of rest and h together. n a multiple of 4.
 */
export function addScaled(x: usize, rest: usize, n: usize, low: u32, high: u32, half: u32, pc: usize): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const mu = splat(pc, MU);
  const factor0 = i32x4.splat(low);
  const factor1 = i32x4.splat(high);
  const start = i64x2.splat((<u64>half) << 32);
  for (const end = x + (n << 2); x < end; x += 16) {
    const r0 = lowWords(v128.load(rest), v128.load(rest, 16));
    const r1 = highWords(v128.load(rest), v128.load(rest, 16));
    // Below 2^62, 2^58 and 2^62.
    const a = i64x2.add(i64x2.extmul_low_i32x4_u(r0, factor0), i64x2.extmul_low_i32x4_u(r1, factor1));
    const b = i64x2.add(i64x2.extmul_high_i32x4_u(r0, factor0), i64x2.extmul_high_i32x4_u(r1, factor1));
    const scaled = redcAny(i64x2.add(a, start), i64x2.add(b, start), q, qi, mu);
    v128.store(x, subtractOnce(i32x4.add(v128.load(x), scaled), q));
    rest += 32;
  }
}

/** last = last + (p - 1)/2 mod p: the first step of SEAL's `divide_and_round_q_last`, done once for all remaining primes. */
export function roundLastBegin(last: usize, n: usize, pcLast: usize): void {
  const p = splat(pcLast, Q);
  const half = i32x4.shr_u(p, 1);
  for (let at = last; at < last + (n << 2); at += 16) {
    v128.store(at, subtractOnce(i32x4.add(v128.load(at), half), p));
  }
}

/** x = (x - ((last mod q) - ((p - 1)/2 mod q))) p^-1 mod q; `inverse` is p^-1 mod q with its Shoup quotient. */
export function roundLast(x: usize, last: usize, n: usize, pc: usize, pcLast: usize, inverse: u32, inverseShoup: u32): void {
  const q = splat(pc, Q);
  const mu = splat(pc, MU);
  const half = subtractOnce(barrett(i32x4.shr_u(splat(pcLast, Q), 1), q, mu), q);
  const up = i32x4.add(half, splat(pc, TWO_Q));
  const w = i32x4.splat(inverse);
  const ws = i32x4.splat(inverseShoup);
  // x - l + half + 2q with l below 2q is in (0, 4q) < 2^32; Shoup takes any u32. All primes are alike but the few that are narrow.
  const reduced = load<u32>(pcLast, Q) > load<u32>(pc, TWO_Q);
  for (let i: usize = 0; i < n << 2; i += 16) {
    const l = reduced ? barrett(v128.load(last + i), q, mu) : v128.load(last + i);
    const d = i32x4.add(i32x4.sub(v128.load(x + i), l), up);
    v128.store(x + i, subtractOnce(mulShoup(d, w, ws, q), q));
  }
}

/** floor(a / q) for any a, `inverse` = floor(2^64 / q): a inverse / 2^64 is short by less than a / 2^64 < 1, so the estimate is right or one short. */
// @ts-ignore: decorator
@inline
function quotient(a: u64, q: u64, inverse: u64): u64 {
  const estimate = mulHigh64(a, inverse);
  return estimate + <u64>(a - estimate * q >= q);
}

/**
 * floor(2^32 r / q) for r < q < 2^30, `inverse` = floor(2^62 / q): the product is short of 2^62 r / q by less than r < 2^30, so the
 * estimate is right or one short.
 */
// @ts-ignore: decorator
@inline
function fractionDigit(r: u64, q: u64, inverse: u64): u64 {
  const estimate = (r * inverse) >> 30;
  return estimate + <u64>((r << 32) - estimate * q >= q);
}

/**
 * m[j] = round(t x / q) mod t for x given by its residues: residue i of value j at x + i stride + 4 j; q is the product of `primes` primes.
 * `constants` holds for each prime 16 bytes: q_i, (q/q_i)^-1 mod q_i, and floor(2^64 / q_i) in 8.
 *
 * x = Σ y_i q/q_i - (some multiple of q) with y_i = x_i (q/q_i)^-1 mod q_i, so t x / q = Σ y_i t / q_i mod t. Each y_i t = a_i q_i + r_i by
 * exact long division; Σ r_i / q_i is summed from below with as many digits of 32 bits as there are primes, at least two, so short by less
 * than primes 2^(-32 primes). A half is (2k + 1) q / 2q and q is odd, so no sum is nearer to one than 1 / 2q > 2^(-30 primes - 1), which is
 * more: every value rounds as the true one does, and the work is the same whatever the values are. It must be: x is c0 + c1 s, and with
 * c1 = 1 a peer puts each coefficient where it likes, next to the secret's -1, 0 or 1.
 */
export function scaleDown(m: usize, x: usize, stride: usize, n: usize, primes: usize, constants: usize, t: u64): void {
  const tHigh = t >> 32;
  const tLow = t & 0xffffffff;
  for (let j: usize = 0; j < n; j++) {
    let whole: u64 = 0;
    let f1: u64 = 0;
    let f2: u64 = 0;
    let f3: u64 = 0;
    let f4: u64 = 0;
    let f5: u64 = 0;
    let f6: u64 = 0;
    for (let i: usize = 0; i < primes; i++) {
      const q = <u64>load<u32>(constants + (i << 4));
      const reciprocal = load<u64>(constants + (i << 4), 8);
      const product = <u64>load<u32>(x + i * stride + (j << 2)) * <u64>load<u32>(constants + (i << 4), 4);
      const y = product - quotient(product, q, reciprocal) * q;
      const top = y * tHigh; // < 2^58
      const a1 = quotient(top, q, reciprocal);
      const next = ((top - a1 * q) << 32) + y * tLow; // < 2^62 + 2^62
      const a0 = quotient(next, q, reciprocal);
      let r = next - a0 * q;
      // y t / q < t, so the whole part is below 2^60 and six of them below 2^63.
      whole += (a1 << 32) + a0;
      const inverse = reciprocal >> 2;
      let digit = fractionDigit(r, q, inverse);
      f1 += digit;
      r = (r << 32) - digit * q;
      digit = fractionDigit(r, q, inverse);
      f2 += digit;
      if (primes > 2) {
        r = (r << 32) - digit * q;
        digit = fractionDigit(r, q, inverse);
        f3 += digit;
      }
      if (primes > 3) {
        r = (r << 32) - digit * q;
        digit = fractionDigit(r, q, inverse);
        f4 += digit;
      }
      if (primes > 4) {
        r = (r << 32) - digit * q;
        digit = fractionDigit(r, q, inverse);
        f5 += digit;
        r = (r << 32) - digit * q;
        f6 += fractionDigit(r, q, inverse);
      }
    }
    f5 += f6 >> 32;
    f4 += f5 >> 32;
    f3 += f4 >> 32;
    f2 += f3 >> 32;
    f1 += f2 >> 32;
    store<u64>(m + (j << 3), (whole + ((f1 + 0x80000000) >> 32)) % t);
  }
}

/** out[w] = x[index[w]]: the wanted coefficients, one after the other. */
export function gather(out: usize, x: usize, index: usize, count: usize): void {
  for (let i: usize = 0; i < count << 2; i += 4) store<u32>(out + i, load<u32>(x + (<usize>load<u32>(index + i) << 2)));
}
