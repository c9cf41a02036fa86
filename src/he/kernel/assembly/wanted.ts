/**
 * Few coefficients of a product of transformed polynomials, without transforming it back.
 *
 * An answer is read at coefficients kB + B - 1 (`../../matvec.ts`): those of c are the coefficients at the multiples of B, but 0, of x c, and minus
 * its coefficient 0. In Z_q[x] / (x^B - ζ) a polynomial has as its coefficient 0 the mean of its values at the B roots of x^B - ζ; these lie
 * side by side in bit-reversed order. So N/B sums of B products each, with the factor x in one of the tables, and a transform of N/B values.
 */
import { MU, mulShoup, N_INVERSE, N_INVERSE_SHOUP, Q, Q_INVERSE, redcAny, splat, subtractOnce, TWO_Q } from './modular';
import { inverseRoots, inverseStages } from './ntt';

/** Vectors of four products below 2^60 that sum up in 64 bits. */
const RUN: usize = 16;

/**
 * out[k] = or += Σ a ⊙ b over block k of 2^logM blocks of N, for a and b in [0, q), b in Montgomery form; `first` nonzero overwrites.
 * logM <= logN - 2.
 */
export function blockSums(out: usize, a: usize, b: usize, pc: usize, logN: u32, logM: u32, first: i32): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const mu = splat(pc, MU);
  const bytes: usize = (<usize>4) << (logN - logM);
  const run = min<usize>(RUN << 4, bytes);
  const last = a + ((<usize>4) << logN);
  while (a < last) {
    const end = a + bytes;
    let sum = i32x4.splat(0);
    while (a < end) {
      let low = i64x2.splat(0);
      let high = i64x2.splat(0);
      for (let at: usize = 0; at < run; at += 16) {
        const x = v128.load(a + at);
        const y = v128.load(b + at);
        low = i64x2.add(low, i64x2.extmul_low_i32x4_u(x, y));
        high = i64x2.add(high, i64x2.extmul_high_i32x4_u(x, y));
      }
      sum = subtractOnce(i32x4.add(sum, redcAny(low, high, q, qi, mu)), q);
      a += run;
      b += run;
    }
    sum = subtractOnce(i32x4.add(sum, v128.shuffle<u32>(sum, sum, 2, 3, 0, 1)), q);
    sum = subtractOnce(i32x4.add(sum, v128.shuffle<u32>(sum, sum, 1, 0, 3, 2)), q);
    if (!first) sum = subtractOnce(i32x4.add(sum, v128.load32_splat(out)), q);
    v128.store_lane<u32>(out, sum, 0);
    out += 4;
  }
}

/** Sums of the blocks of x c, in place -> the coefficients kB + B - 1 of c, k = 0 .. 2^logM - 1, in [0, q). */
export function wantedOfSums(sums: usize, pc: usize, logN: u32, logM: u32): void {
  inverseShort(sums, pc, logN, logM);
  const q = splat(pc, Q);
  const wrapped = v128.load32_splat(sums);
  const last = sums + (((<usize>1) << logM) << 2) - 4;
  for (let at = sums; at < last; at += 4) store<u32>(at, load<u32>(at, 4));
  v128.store_lane<u32>(last, subtractOnce(i32x4.sub(q, wrapped), q), 0);
}

/**
 * The inverse transform of 2^logM values, M <= N, over x^M + 1 with the root ψ^(N/M): its tables are the first M words of N's. Divided by N,
 * not by M.
 */
function inverseShort(a: usize, pc: usize, logN: u32, logM: u32): void {
  const n: usize = (<usize>1) << logN;
  if (logM >= 4) inverseStages(a, pc, inverseRoots(pc, n), n, logM);
  else inverseFew(a, pc, inverseRoots(pc, n), n, (<usize>1) << logM);
}

/** The same for M < 16, value by value, each in all four lanes. */
function inverseFew(a: usize, pc: usize, w: usize, n: usize, values: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  for (let t: usize = 1, m = values >> 1; m > 0; t <<= 1, m >>= 1) {
    for (let i: usize = 0; i < m; i++) {
      const root = w + ((m + i) << 2);
      const first = a + i * (t << 3);
      for (let at = first; at < first + (t << 2); at += 4) {
        const x = v128.load32_splat(at);
        const y = v128.load32_splat(at + (t << 2));
        const scaled = mulShoup(i32x4.add(i32x4.sub(x, y), q2), v128.load32_splat(root), v128.load32_splat(root + (n << 2)), q);
        v128.store_lane<u32>(at, subtractOnce(i32x4.add(x, y), q2), 0);
        v128.store_lane<u32>(at + (t << 2), scaled, 0);
      }
    }
  }
  for (let at = a; at < a + (values << 2); at += 4) {
    const scaled = mulShoup(v128.load32_splat(at), splat(pc, N_INVERSE), splat(pc, N_INVERSE_SHOUP), q);
    v128.store_lane<u32>(at, subtractOnce(scaled, q), 0);
  }
}
