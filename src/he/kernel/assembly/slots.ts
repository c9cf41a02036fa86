/**
 * Plaintexts mod a word-sized t < 2^30 (slot moduli): their way into the ring mod q, the product of a plaintext that is used once, and masks
 * that sum to zero. The transform between coefficients and slots is that of `ntt.ts` with t as its prime.
 */
import { barrett, MU, mulHigh, mulMontgomery, mulShoup, Q, Q_INVERSE, R, R_SHOUP, splat, subtractOnce } from './modular';

/**
 * x = x + round(q m / t) mod q_i for m in [0, t): floor(q / t) m + floor((r m + floor((t + 1) / 2)) / t) with r = q mod t, as `addScaled`
 * does with 64 bits. Shoup's quotient of r m by t is at most one short, so with the half added two comparisons mend it. `delta` is
 * floor(q / t) mod q_i; both constants come with their Shoup quotients (delta's mod q_i, r's mod t). n a multiple of 4.
 */
export function addScaledWords(
  x: usize,
  m: usize,
  n: usize,
  delta: u32,
  deltaShoup: u32,
  rest: u32,
  restShoup: u32,
  t: u32,
  pc: usize,
): void {
  const q = splat(pc, Q);
  const mu = splat(pc, MU);
  const d = i32x4.splat(delta);
  const ds = i32x4.splat(deltaShoup);
  const r = i32x4.splat(rest);
  const rs = i32x4.splat(restShoup);
  const modulus = i32x4.splat(t);
  const twice = i32x4.splat(t << 1);
  const half = i32x4.splat((t + 1) >> 1);
  const end = m + (n << 2);
  while (m < end) {
    const v = v128.load(m);
    const quotient = mulHigh(v, rs);
    // r m - quotient t in [0, 2t), below 3t with the half: no overflow, t < 2^30.
    const s = i32x4.add(i32x4.sub(i32x4.mul(v, r), i32x4.mul(quotient, modulus)), half);
    const fix = i32x4.sub(i32x4.sub(quotient, i32x4.ge_u(s, modulus)), i32x4.ge_u(s, twice));
    const scaled = subtractOnce(mulShoup(v, d, ds, q), q);
    const sum = subtractOnce(i32x4.add(scaled, subtractOnce(barrett(fix, q, mu), q)), q);
    v128.store(x, subtractOnce(i32x4.add(v128.load(x), sum), q));
    m += 16;
    x += 16;
  }
}

/** x = the signed words of least absolute value congruent to x mod t, for x in [0, t). */
export function centre(x: usize, n: usize, t: u32): void {
  const modulus = i32x4.splat(t);
  const half = i32x4.splat(t >> 1);
  const end = x + (n << 2);
  while (x < end) {
    const v = v128.load(x);
    v128.store(x, i32x4.sub(v, v128.and(i32x4.gt_u(v, half), modulus)));
    x += 16;
  }
}

/** sum0, sum1 = or += c0 ⊙ p, c1 ⊙ p (NTT form, all in [0, q)); `first` nonzero overwrites. p is turned to Montgomery form on the way. */
export function multiplyAdd(sum0: usize, sum1: usize, c0: usize, c1: usize, p: usize, n: usize, pc: usize, first: i32): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const r = splat(pc, R);
  const rs = splat(pc, R_SHOUP);
  const keep = i32x4.splat(first ? 0 : -1);
  const end = p + (n << 2);
  while (p < end) {
    const x = subtractOnce(mulShoup(v128.load(p), r, rs, q), q);
    const a = mulMontgomery(v128.load(c0), x, q, qi);
    const b = mulMontgomery(v128.load(c1), x, q, qi);
    v128.store(sum0, subtractOnce(i32x4.add(a, v128.and(v128.load(sum0), keep)), q));
    v128.store(sum1, subtractOnce(i32x4.add(b, v128.and(v128.load(sum1), keep)), q));
    c0 += 16;
    c1 += 16;
    p += 16;
    sum0 += 16;
    sum1 += 16;
  }
}

/** The first word of each of `count` runs of `run` words in [0, t) is replaced so that the run sums to zero mod t. */
export function closeRuns(words: usize, run: usize, count: usize, t: u32): void {
  const length = run << 2;
  for (let i: usize = 0; i < count; i++) {
    let rest: u64 = 0;
    for (let at: usize = 4; at < length; at += 4) rest += <u64>load<u32>(words + at);
    const left = <u32>(rest % <u64>t);
    store<u32>(words, left == 0 ? 0 : t - left);
    words += length;
  }
}
