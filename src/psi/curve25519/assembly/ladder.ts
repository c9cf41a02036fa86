/** X25519 (RFC 7748 §5) for two points at a time and one scalar: the Montgomery ladder with masked swaps. */
import { butterfly, copy, ELEMENT, setSmall, swap } from './field';
import { unpack } from './bytes';
import { mul, sqr } from './product';
import { doubleFromSquares, toAffine, US, ZS } from './projective';

const U1 = memory.data(192, 16);
const U3 = memory.data(192, 16);
const Z3 = memory.data(192, 16);
const A = memory.data(192, 16);
const B = memory.data(192, 16);
const C = memory.data(192, 16);
const D = memory.data(192, 16);

/** The clamped scalar times each point of `pairs` pairs, in place. Returns how many results are zero. */
export function multiply(points: usize, pairs: i32, scalar: usize): i32 {
  for (let i = 0; i < pairs; i++) {
    unpack(U1, points + <usize>i * 64);
    ladder(US + <usize>i * ELEMENT, ZS + <usize>i * ELEMENT, scalar);
  }
  return toAffine(points, pairs);
}

/** (u2:z2) = [scalar]·U1; the names are those of RFC 7748. */
function ladder(u2: usize, z2: usize, scalar: usize): void {
  setSmall(u2, 1);
  setSmall(z2, 0);
  copy(U3, U1);
  setSmall(Z3, 1);
  let swapped: i64 = 0;
  for (let t = 254; t >= 0; t--) {
    const bit = <i64>((load<u8>(scalar + <usize>(t >> 3)) >> (t & 7)) & 1);
    const mask = v128.splat<i64>(-(swapped ^ bit));
    swapped = bit;
    swapAndSum(mask, u2, z2);
    step(u2, z2);
  }
  const mask = v128.splat<i64>(-swapped);
  swap(mask, u2, U3);
  swap(mask, z2, Z3);
}

/** Swaps (u2:z2) with (u3:z3) where the mask is ones, and takes A = u2 + z2, B = u2 - z2, C = u3 + z3, D = u3 - z3. */
function swapAndSum(mask: v128, u2: usize, z2: usize): void {
  for (let k: usize = 0; k < ELEMENT; k += 32) {
    swapAndSumLimb(mask, u2, z2, k);
    swapAndSumLimb(mask, u2, z2, k + 16);
  }
}

// @ts-ignore: decorator
@inline
function swapAndSumLimb(mask: v128, u2: usize, z2: usize, k: usize): void {
  const u = v128.load(u2 + k);
  const z = v128.load(z2 + k);
  const v = v128.load(U3 + k);
  const w = v128.load(Z3 + k);
  const du = v128.and(mask, v128.xor(u, v));
  const dz = v128.and(mask, v128.xor(z, w));
  const u0 = v128.xor(u, du);
  const z0 = v128.xor(z, dz);
  const u1 = v128.xor(v, du);
  const z1 = v128.xor(w, dz);
  v128.store(A + k, f64x2.add(u0, z0));
  v128.store(B + k, f64x2.sub(u0, z0));
  v128.store(C + k, f64x2.add(u1, z1));
  v128.store(D + k, f64x2.sub(u1, z1));
}

/** One differential addition and one doubling, from the sums and differences. */
function step(u2: usize, z2: usize): void {
  mul(D, D, A);
  mul(C, C, B);
  sqr(A, A);
  sqr(B, B);
  butterfly(U3, Z3, D, C);
  sqr(U3, U3);
  sqr(Z3, Z3);
  mul(Z3, Z3, U1);
  doubleFromSquares(u2, z2, A, B);
}
