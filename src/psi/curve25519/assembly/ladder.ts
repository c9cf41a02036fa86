/** X25519 (RFC 7748 §5) for two points at a time and one scalar: the Montgomery ladder with masked swaps. */
import { add, copy, ELEMENT, setSmall, sub, swap } from './field';
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
    swap(mask, u2, U3);
    swap(mask, z2, Z3);
    swapped = bit;
    step(u2, z2);
  }
  const mask = v128.splat<i64>(-swapped);
  swap(mask, u2, U3);
  swap(mask, z2, Z3);
}

/** One differential addition and one doubling. */
function step(u2: usize, z2: usize): void {
  add(A, u2, z2);
  sub(B, u2, z2);
  add(C, U3, Z3);
  sub(D, U3, Z3);
  mul(D, D, A);
  mul(C, C, B);
  sqr(A, A);
  sqr(B, B);
  add(U3, D, C);
  sub(Z3, D, C);
  sqr(U3, U3);
  sqr(Z3, Z3);
  mul(Z3, Z3, U1);
  doubleFromSquares(u2, z2, A, B);
}
