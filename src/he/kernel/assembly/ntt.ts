/**
 * The negacyclic number-theoretic transform mod one prime, in place: x^N + 1, N = 2^logN >= 16, natural order in, bit-reversed order out,
 * with the smallest primitive 2N-th root: the same values as SEAL's, so that transformed public keys pass between the two.
 *
 * Harvey's lazy butterflies: forward values stay in [0, 4q), inverse ones in [0, 2q), which is why q < 2^30. Two stages at a time, so that
 * each value is loaded and stored half as often; the last two stages (distance 2 and 1) are shuffles inside registers.
 */
import {
  LAST,
  LAST_SHOUP,
  mulShoup,
  N_INVERSE,
  N_INVERSE_SHOUP,
  Q,
  splat,
  subtractOnce,
  TABLES,
  TWO_Q,
} from './modular';

/** In: values in [0, 4q). Out: values in [0, q). */
export function forward(a: usize, pc: usize, logN: u32): void {
  const n: usize = (<usize>1) << logN;
  const w: usize = pc + TABLES;
  const ws: usize = w + (n << 2);
  let m: usize = 1;
  let t: usize = n >> 1;
  while (t >= 8) {
    forwardPair(a, pc, w, ws, m, t);
    m <<= 2;
    t >>= 2;
  }
  if (t == 4) {
    forwardFour(a, pc, w, ws, m);
    m <<= 1;
  }
  forwardLast(a, pc, w, ws, m);
}

/** Stages with distances t and t/2. */
function forwardPair(a: usize, pc: usize, w: usize, ws: usize, m: usize, t: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  const half = t << 1; // bytes of t/2 words
  for (let i: usize = 0; i < m; i++) {
    const at = (m + i) << 2;
    const w1 = v128.load32_splat(w + at);
    const s1 = v128.load32_splat(ws + at);
    const w2 = v128.load32_splat(w + (at << 1));
    const s2 = v128.load32_splat(ws + (at << 1));
    const w3 = v128.load32_splat(w + (at << 1), 4);
    const s3 = v128.load32_splat(ws + (at << 1), 4);
    let p0 = a + (i << 2) * half;
    let p1 = p0 + half;
    let p2 = p1 + half;
    let p3 = p2 + half;
    const end = p1;
    while (p0 < end) {
      const x0 = subtractOnce(v128.load(p0), q2);
      const x1 = subtractOnce(v128.load(p1), q2);
      const y2 = mulShoup(v128.load(p2), w1, s1, q);
      const y3 = mulShoup(v128.load(p3), w1, s1, q);
      const u0 = subtractOnce(i32x4.add(x0, y2), q2);
      const u1 = i32x4.add(x1, y3);
      const u2 = subtractOnce(i32x4.add(i32x4.sub(x0, y2), q2), q2);
      const u3 = i32x4.add(i32x4.sub(x1, y3), q2);
      const v1 = mulShoup(u1, w2, s2, q);
      const v3 = mulShoup(u3, w3, s3, q);
      v128.store(p0, i32x4.add(u0, v1));
      v128.store(p1, i32x4.add(i32x4.sub(u0, v1), q2));
      v128.store(p2, i32x4.add(u2, v3));
      v128.store(p3, i32x4.add(i32x4.sub(u2, v3), q2));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  }
}

/** The stage with distance 4. */
function forwardFour(a: usize, pc: usize, w: usize, ws: usize, m: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  for (let i: usize = 0; i < m; i++) {
    const at = (m + i) << 2;
    const p = a + (i << 5);
    const x = subtractOnce(v128.load(p), q2);
    const y = mulShoup(v128.load(p, 16), v128.load32_splat(w + at), v128.load32_splat(ws + at), q);
    v128.store(p, i32x4.add(x, y));
    v128.store(p, i32x4.add(i32x4.sub(x, y), q2), 16);
  }
}

/** Distances 2 and 1, eight values at a time, then full reduction. m = N/4. */
function forwardLast(a: usize, pc: usize, w: usize, ws: usize, m: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  for (let i: usize = 0; i < m; i += 2) {
    const p = a + (i << 4);
    const at = (m + i) << 2;
    const l = v128.load(p);
    const r = v128.load(p, 16);
    const pair = v128.load64_splat(w + at);
    const pairS = v128.load64_splat(ws + at);
    const x = subtractOnce(v128.shuffle<u32>(l, r, 0, 1, 4, 5), q2);
    const y = mulShoup(
      v128.shuffle<u32>(l, r, 2, 3, 6, 7),
      v128.shuffle<u32>(pair, pair, 0, 0, 1, 1),
      v128.shuffle<u32>(pairS, pairS, 0, 0, 1, 1),
      q,
    );
    const s = i32x4.add(x, y); // [a0 a1 c0 c1]
    const d = i32x4.add(i32x4.sub(x, y), q2); // [b0 b1 d0 d1]
    // Pairs of distance 1: (a0 a1) (b0 b1) (c0 c1) (d0 d1), each with its own root.
    const e = subtractOnce(v128.shuffle<u32>(s, d, 0, 4, 2, 6), q2);
    const f = mulShoup(v128.shuffle<u32>(s, d, 1, 5, 3, 7), v128.load(w + (at << 1)), v128.load(ws + (at << 1)), q);
    const even = subtractOnce(subtractOnce(i32x4.add(e, f), q2), q);
    const odd = subtractOnce(subtractOnce(i32x4.add(i32x4.sub(e, f), q2), q2), q);
    v128.store(p, v128.shuffle<u32>(even, odd, 0, 4, 1, 5));
    v128.store(p, v128.shuffle<u32>(even, odd, 2, 6, 3, 7), 16);
  }
}

/** In: values in [0, 2q), bit-reversed order. Out: values in [0, q), natural order, divided by N. */
export function inverse(a: usize, pc: usize, logN: u32): void {
  const n: usize = (<usize>1) << logN;
  inverseStages(a, pc, inverseRoots(pc, n), n, logN);
}

// @ts-ignore: decorator
@inline
export function inverseRoots(pc: usize, n: usize): usize {
  return pc + TABLES + (n << 3);
}

/** Roots at w, their quotients n words further on; 2^logM values, at least 16. Divided by N, whose constants are at `pc`. */
// @ts-ignore: decorator
@inline
export function inverseStages(a: usize, pc: usize, w: usize, n: usize, logM: u32): void {
  const ws: usize = w + (n << 2);
  inverseFirst(a, pc, w, ws, (<usize>1) << (logM - 2));
  let t: usize = 4;
  let m: usize = (<usize>1) << (logM - 3);
  // Stages left beside the last: logM - 3. An odd one goes alone, the others in pairs.
  if (!(logM & 1)) {
    inverseSingle(a, pc, w, ws, m, t);
    m >>= 1;
    t <<= 1;
  }
  while (m > 1) {
    inversePair(a, pc, w, ws, m, t);
    m >>= 2;
    t <<= 2;
  }
  inverseEnd(a, pc, t);
}

/** Distances 1 and 2. m = N/4 groups of four values; two groups a turn. */
function inverseFirst(a: usize, pc: usize, w: usize, ws: usize, m: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  for (let i: usize = 0; i < m; i += 2) {
    const p = a + (i << 4);
    const at = (m + i) << 2;
    const l = v128.load(p);
    const r = v128.load(p, 16);
    const x = v128.shuffle<u32>(l, r, 0, 2, 4, 6); // a0 b0 c0 d0
    const y = v128.shuffle<u32>(l, r, 1, 3, 5, 7);
    const s = subtractOnce(i32x4.add(x, y), q2);
    const d = mulShoup(i32x4.add(i32x4.sub(x, y), q2), v128.load(w + (at << 1)), v128.load(ws + (at << 1)), q);
    // Distance 2: (a0 b0) (a1 b1) with one root, (c0 d0) (c1 d1) with the next.
    const e = v128.shuffle<u32>(s, d, 0, 4, 2, 6); // a0 a1 c0 c1
    const f = v128.shuffle<u32>(s, d, 1, 5, 3, 7); // b0 b1 d0 d1
    const pair = v128.load64_splat(w + at);
    const pairS = v128.load64_splat(ws + at);
    const g = subtractOnce(i32x4.add(e, f), q2);
    const h = mulShoup(
      i32x4.add(i32x4.sub(e, f), q2),
      v128.shuffle<u32>(pair, pair, 0, 0, 1, 1),
      v128.shuffle<u32>(pairS, pairS, 0, 0, 1, 1),
      q,
    );
    v128.store(p, v128.shuffle<u32>(g, h, 0, 1, 4, 5));
    v128.store(p, v128.shuffle<u32>(g, h, 2, 3, 6, 7), 16);
  }
}

function inverseSingle(a: usize, pc: usize, w: usize, ws: usize, m: usize, t: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  const bytes = t << 2;
  for (let i: usize = 0; i < m; i++) {
    const w1 = v128.load32_splat(w + ((m + i) << 2));
    const s1 = v128.load32_splat(ws + ((m + i) << 2));
    let p = a + (i << 1) * bytes;
    let r = p + bytes;
    const end = r;
    while (p < end) {
      const x = v128.load(p);
      const y = v128.load(r);
      v128.store(p, subtractOnce(i32x4.add(x, y), q2));
      v128.store(r, mulShoup(i32x4.add(i32x4.sub(x, y), q2), w1, s1, q));
      p += 16;
      r += 16;
    }
  }
}

/** Stages with distances t (m groups) and 2t (m/2 groups). */
function inversePair(a: usize, pc: usize, w: usize, ws: usize, m: usize, t: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  const bytes = t << 2;
  const groups = m >> 1;
  for (let i: usize = 0; i < groups; i++) {
    const at = (groups + i) << 2;
    const w1 = v128.load32_splat(w + at);
    const s1 = v128.load32_splat(ws + at);
    const w2 = v128.load32_splat(w + (at << 1));
    const s2 = v128.load32_splat(ws + (at << 1));
    const w3 = v128.load32_splat(w + (at << 1), 4);
    const s3 = v128.load32_splat(ws + (at << 1), 4);
    let p0 = a + (i << 2) * bytes;
    let p1 = p0 + bytes;
    let p2 = p1 + bytes;
    let p3 = p2 + bytes;
    const end = p1;
    while (p0 < end) {
      const x0 = v128.load(p0);
      const x1 = v128.load(p1);
      const x2 = v128.load(p2);
      const x3 = v128.load(p3);
      const u0 = subtractOnce(i32x4.add(x0, x1), q2);
      const u1 = mulShoup(i32x4.add(i32x4.sub(x0, x1), q2), w2, s2, q);
      const u2 = subtractOnce(i32x4.add(x2, x3), q2);
      const u3 = mulShoup(i32x4.add(i32x4.sub(x2, x3), q2), w3, s3, q);
      v128.store(p0, subtractOnce(i32x4.add(u0, u2), q2));
      v128.store(p1, subtractOnce(i32x4.add(u1, u3), q2));
      v128.store(p2, mulShoup(i32x4.add(i32x4.sub(u0, u2), q2), w1, s1, q));
      v128.store(p3, mulShoup(i32x4.add(i32x4.sub(u1, u3), q2), w1, s1, q));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  }
}

/** The last stage, distance t = N/2, with the division by N folded into its two constants. */
function inverseEnd(a: usize, pc: usize, t: usize): void {
  const q = splat(pc, Q);
  const q2 = splat(pc, TWO_Q);
  const n1 = splat(pc, N_INVERSE);
  const n1s = splat(pc, N_INVERSE_SHOUP);
  const w1 = splat(pc, LAST);
  const s1 = splat(pc, LAST_SHOUP);
  let p = a;
  let r = a + (t << 2);
  const end = r;
  while (p < end) {
    const x = v128.load(p);
    const y = v128.load(r);
    v128.store(p, subtractOnce(mulShoup(i32x4.add(x, y), n1, n1s, q), q));
    v128.store(r, subtractOnce(mulShoup(i32x4.add(i32x4.sub(x, y), q2), w1, s1, q), q));
    p += 16;
    r += 16;
  }
}
