/**
 * The exact roundings between t and q = Π q_i: SEAL's round(q m / t) on the way in, round(t x / q) on the way out, and division by the last
 * prime. Integers only; every bound is stated where it is used.
 */
import { barrett, MU, mulShoup, Q, Q_INVERSE, R, R_SHOUP, redcAny, reduce64, splat, subtractOnce } from './modular';

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

/** floor((high 2^64 + low) / d) for high < d < 2^63 (Knuth's algorithm D with two digits, Hacker's Delight `divlu`). */
function divide128(high: u64, low: u64, d: u64): u64 {
  const shift = clz<u64>(d);
  d <<= shift;
  const d1 = d >> 32;
  const d0 = d & 0xffffffff;
  const top = (high << shift) | (shift ? low >> (64 - shift) : 0);
  const rest = low << shift;
  const r1 = rest >> 32;
  const r0 = rest & 0xffffffff;
  let q1 = top / d1;
  let rem = top - q1 * d1;
  while (q1 >= 0x100000000 || q1 * d0 > ((rem << 32) | r1)) {
    q1--;
    rem += d1;
    if (rem >= 0x100000000) break;
  }
  const mid = (top << 32) + r1 - q1 * d;
  let q0 = mid / d1;
  rem = mid - q0 * d1;
  while (q0 >= 0x100000000 || q0 * d0 > ((rem << 32) | r0)) {
    q0--;
    rem += d1;
    if (rem >= 0x100000000) break;
  }
  return (q1 << 32) + q0;
}

/**
 * fix[i] = floor(((q mod t) m[i] + floor((t + 1) / 2)) / t) for m in [0, t), t < 2^60: with floor(q / t) m it makes round(q m / t).
 * The numerator is below t^2, so the quotient is at most t.
 */
export function scaleFix(fix: usize, m: usize, n: usize, qModT: u64, t: u64): void {
  const half = (t + 1) >> 1;
  const power = (t & (t - 1)) == 0;
  const shift = ctz<u64>(t);
  for (let i: usize = 0; i < n << 3; i += 8) {
    const x = load<u64>(m + i);
    let low = x * qModT;
    let high = mulHigh64(x, qModT);
    low += half;
    high += <u64>(low < half);
    store<u64>(fix + i, power ? (low >> shift) | (high << (64 - shift)) : divide128(high, low, t));
  }
}

/**
 * x = x + floor(q / t) m + fix mod q_i; `delta` is floor(q / t) 2^32 mod q_i with its Shoup quotient: the factor 2^32 undoes the Montgomery
 * reduction of m. n a multiple of 4.
 */
export function addScaled(x: usize, m: usize, fix: usize, n: usize, delta: u32, deltaShoup: u32, pc: usize): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const mu = splat(pc, MU);
  const r = splat(pc, R);
  const rs = splat(pc, R_SHOUP);
  const d = i32x4.splat(delta);
  const ds = i32x4.splat(deltaShoup);
  for (let i: usize = 0; i < n; i += 4) {
    const at64 = m + (i << 3);
    const a = redcAny(v128.load(at64), v128.load(at64, 16), q, qi, mu);
    const b = reduce64(fix + (i << 3), q, qi, mu, r, rs);
    const s = subtractOnce(i32x4.add(subtractOnce(mulShoup(a, d, ds, q), q), b), q);
    const at = x + (i << 2);
    v128.store(at, subtractOnce(i32x4.add(v128.load(at), s), q));
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
  const w = i32x4.splat(inverse);
  const ws = i32x4.splat(inverseShoup);
  for (let i: usize = 0; i < n << 2; i += 16) {
    const l = subtractOnce(barrett(v128.load(last + i), q, mu), q);
    // x - l + half + q in (0, 3q) < 2^32; Shoup takes any u32.
    const d = i32x4.add(i32x4.sub(v128.load(x + i), l), i32x4.add(half, q));
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
