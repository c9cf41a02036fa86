/**
 * The product-accumulate: sums over up to 16 blocks of (upload ⊙ plaintext) in NTT form, mod one prime, both components at once.
 *
 * Layout ("tiled"): a tile is 16 coefficients of up to 16 blocks. Plaintexts: [tile][block][16 words]. Uploads, in Montgomery form:
 * [tile][block][c0: 16 words, c1: 16 words]. One tile is 3 KB at most, so all four quarter-lines of it come from L1.
 *
 * Sixteen products below 2^60 fit in 64 bits: one Montgomery reduction per sum, not per product. Since uploads carry the factor 2^32
 * (they are fewer than plaintexts), the reduction gives the plain residue.
 */
import { mulMontgomery, mulShoup, MU, Q, Q_INVERSE, R, R_SHOUP, redcAny, splat, subtractOnce, TWO_Q, barrett } from './modular';

/** out0, out1 (N words each) = or += Σ_b upload_b · plain_b; `first` nonzero overwrites. blocks in 1..16. */
export function accumulate(out0: usize, out1: usize, uploads: usize, plain: usize, blocks: usize, n: usize, pc: usize, first: i32): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const mu = splat(pc, MU);
  const tiles = n >> 4;
  const span = blocks << 6;
  for (let tile: usize = 0; tile < tiles; tile++) {
    for (let part: usize = 0; part < 64; part += 16) {
      let p = plain + part;
      let c = uploads + part;
      const end = p + span;
      let a0 = i64x2.splat(0);
      let a1 = i64x2.splat(0);
      let b0 = i64x2.splat(0);
      let b1 = i64x2.splat(0);
      while (p < end) {
        const x = v128.load(p);
        const y = v128.load(c);
        const z = v128.load(c, 64);
        a0 = i64x2.add(a0, i64x2.extmul_low_i32x4_u(x, y));
        a1 = i64x2.add(a1, i64x2.extmul_high_i32x4_u(x, y));
        b0 = i64x2.add(b0, i64x2.extmul_low_i32x4_u(x, z));
        b1 = i64x2.add(b1, i64x2.extmul_high_i32x4_u(x, z));
        p += 64;
        c += 128;
      }
      let s0 = redcAny(a0, a1, q, qi, mu);
      let s1 = redcAny(b0, b1, q, qi, mu);
      if (!first) {
        s0 = subtractOnce(i32x4.add(s0, v128.load(out0)), q);
        s1 = subtractOnce(i32x4.add(s1, v128.load(out1)), q);
      }
      v128.store(out0, s0);
      v128.store(out1, s1);
      out0 += 16;
      out1 += 16;
    }
    plain += span;
    uploads += span << 1;
  }
}

/** Puts N words in place of block `block` of a tiled group of `blocks` plaintexts. */
export function tilePlain(group: usize, source: usize, block: usize, blocks: usize, n: usize): void {
  let to = group + (block << 6);
  const end = source + (n << 2);
  while (source < end) {
    for (let part: usize = 0; part < 64; part += 16) v128.store(to + part, v128.load(source + part));
    source += 64;
    to += blocks << 6;
  }
}

/** Puts N words, times 2^32, in place of component `component` of block `block` of a tiled group of `blocks` uploads. */
export function tileUpload(group: usize, source: usize, component: usize, block: usize, blocks: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const r = splat(pc, R);
  const rs = splat(pc, R_SHOUP);
  let to = group + (block << 7) + (component << 6);
  const end = source + (n << 2);
  while (source < end) {
    for (let part: usize = 0; part < 64; part += 16) {
      v128.store(to + part, subtractOnce(mulShoup(v128.load(source + part), r, rs, q), q));
    }
    source += 64;
    to += blocks << 7;
  }
}

/** Nonzero if one of the N signed words is not zero; out = the words mod q in [0, q), for any i32. */
export function reduceSigned(out: usize, source: usize, n: usize, pc: usize): i32 {
  const q = splat(pc, Q);
  const mu = splat(pc, MU);
  let any = i32x4.splat(0);
  const end = source + (n << 2);
  while (source < end) {
    const x = v128.load(source);
    const negative = i32x4.lt_s(x, i32x4.splat(0));
    const magnitude = subtractOnce(barrett(i32x4.abs(x), q, mu), q);
    // q - magnitude, or 0 for magnitude 0.
    const negated = subtractOnce(i32x4.sub(q, magnitude), q);
    v128.store(out, v128.bitselect(negated, magnitude, negative));
    any = v128.or(any, x);
    source += 16;
    out += 16;
  }
  return v128.any_true(any);
}

/** How many of the n signed words are not zero, or -1 when one is above `most` or below -`most`. n a multiple of 4. */
export function countWithin(source: usize, n: usize, most: i32): i32 {
  const top = i32x4.splat(most);
  const bottom = i32x4.neg(top);
  let count = i32x4.splat(0);
  let beyond = i32x4.splat(0);
  for (const end = source + (n << 2); source < end; source += 16) {
    const x = v128.load(source);
    beyond = v128.or(beyond, v128.or(i32x4.gt_s(x, top), i32x4.lt_s(x, bottom)));
    count = i32x4.sub(count, i32x4.ne(x, i32x4.splat(0)));
  }
  if (v128.any_true(beyond)) return -1;
  return i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) + i32x4.extract_lane(count, 3);
}

/** out = source · 2^32 mod q: Montgomery form, for constants that are factors again and again. */
export function toMontgomery(out: usize, source: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const r = splat(pc, R);
  const rs = splat(pc, R_SHOUP);
  const end = source + (n << 2);
  while (source < end) {
    v128.store(out, subtractOnce(mulShoup(v128.load(source), r, rs, q), q));
    source += 16;
    out += 16;
  }
}

/** out = a ⊙ b, b in Montgomery form. */
export function dyadic(out: usize, a: usize, b: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const end = a + (n << 2);
  while (a < end) {
    v128.store(out, mulMontgomery(v128.load(a), v128.load(b), q, qi));
    a += 16;
    b += 16;
    out += 16;
  }
}

/** x = x - a ⊙ b, b in Montgomery form. */
export function subtractProduct(x: usize, a: usize, b: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const end = a + (n << 2);
  while (a < end) {
    const d = i32x4.sub(v128.load(x), mulMontgomery(v128.load(a), v128.load(b), q, qi));
    v128.store(x, i32x4.min_u(d, i32x4.add(d, q)));
    a += 16;
    b += 16;
    x += 16;
  }
}

/** out = a + b mod q. */
export function add(out: usize, a: usize, b: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const end = a + (n << 2);
  while (a < end) {
    v128.store(out, subtractOnce(i32x4.add(v128.load(a), v128.load(b)), q));
    a += 16;
    b += 16;
    out += 16;
  }
}

/** out = a - b mod q. */
export function subtract(out: usize, a: usize, b: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const end = a + (n << 2);
  while (a < end) {
    const d = i32x4.sub(v128.load(a), v128.load(b));
    v128.store(out, i32x4.min_u(d, i32x4.add(d, q)));
    a += 16;
    b += 16;
    out += 16;
  }
}

/** out = -(a + e) mod q for a in [0, q) and small signed e: the first half of a symmetric encryption of zero. */
export function negateWithError(out: usize, a: usize, e: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const end = a + (n << 2);
  while (a < end) {
    const s = addSmall(v128.load(a), v128.load(e), q);
    v128.store(out, subtractOnce(i32x4.sub(q, s), q));
    a += 16;
    e += 16;
    out += 16;
  }
}

/** out = a + e mod q for a in [0, q) and small signed e (|e| < q). */
export function addError(out: usize, a: usize, e: usize, n: usize, pc: usize): void {
  const q = splat(pc, Q);
  const end = a + (n << 2);
  while (a < end) {
    v128.store(out, addSmall(v128.load(a), v128.load(e), q));
    a += 16;
    e += 16;
    out += 16;
  }
}

// @ts-ignore: decorator
@inline
function addSmall(a: v128, e: v128, q: v128): v128 {
  const s = i32x4.add(a, e); // in (-q, 2q): below zero it wraps, and adding q brings it back
  const t = i32x4.min_u(s, i32x4.add(s, q));
  return subtractOnce(t, q);
}

/** out = small signed words mod q (|x| < q). Nonzero if one of them is not zero. */
export function liftSmall(out: usize, x: usize, n: usize, pc: usize): i32 {
  const q = splat(pc, Q);
  let any = i32x4.splat(0);
  const end = x + (n << 2);
  while (x < end) {
    const v = v128.load(x);
    v128.store(out, i32x4.min_u(v, i32x4.add(v, q)));
    any = v128.or(any, v);
    x += 16;
    out += 16;
  }
  return v128.any_true(any);
}
