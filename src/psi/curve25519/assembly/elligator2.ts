/**
 * The group part of RFC 9380 suite curve25519_XMD:SHA-512_ELL2_RO_: uniform bytes to a point of the prime-order subgroup, u-coordinates
 * only. Two ids at a time.
 */
import { add, addScaled, carry, copy, ELEMENT, negate, scale, select, setSmall, sub } from './field';
import { oddMask, unpackUniform, zeroMask } from './bytes';
import { powP58 } from './powers';
import { mul, sqr } from './product';
import { double, J, toAffine, US, ZS } from './projective';

/** Bytes of expand_message_xmd for one id: two integers of 48 bytes. */
export const UNIFORM: usize = 96;

const ONE = memory.data(192, 16);
const X1N = memory.data(192, 16); // -J
const C2 = memory.data(192, 16); // 2^((p + 3) / 8)
const C3 = memory.data(192, 16); // sqrt(-1) = 2^((p - 1) / 4)

export function initElligator2(): void {
  setSmall(ONE, 1);
  setSmall(X1N, -J);
  carry(X1N);
  const two = C3;
  setSmall(two, 2);
  powP58(C2, two);
  sqr(C3, C2); // 2^((p - 5) / 4)
  add(C3, C3, C3);
  carry(C3);
  add(C2, C2, C2);
  carry(C2);
}

const T1 = memory.data(192, 16);
const T2 = memory.data(192, 16);
const T3 = memory.data(192, 16);
const GX1 = memory.data(192, 16);
const GX2 = memory.data(192, 16);
const GXD = memory.data(192, 16);
const Y1 = memory.data(192, 16);
const Y2 = memory.data(192, 16);
const OTHER = memory.data(192, 16);

/** Ones in the lanes where a = b; changes `OTHER`. */
function equalMask(a: usize, b: usize): v128 {
  sub(OTHER, a, b);
  return zeroMask(OTHER);
}

/** OTHER = y²·gxd. */
function backTo(y: usize): void {
  sqr(T2, y);
  mul(T2, T2, GXD);
}

/** map_to_curve_elligator2_curve25519, RFC 9380 appendix G.2.1, step by step: (xn / xd, y). */
function map(xn: usize, xd: usize, y: usize, u: usize): void {
  sqr(T1, u);
  add(T1, T1, T1);
  carry(T1);
  add(xd, T1, ONE);
  sqr(T2, xd);
  mul(GXD, T2, xd);
  scale(GX1, J, T1);
  scale(GX1, -J, GX1);
  add(GX1, GX1, T2);
  scale(GX1, -J, GX1);
  sqr(T3, GXD);
  sqr(T2, T3);
  mul(T3, T3, GXD);
  mul(T3, T3, GX1);
  mul(T2, T2, T3);
  powP58(Y1, T2);
  mul(Y1, Y1, T3); // y11

  mul(Y2, Y1, u);
  mul(Y2, Y2, C2); // y21
  backTo(Y1);
  const e1 = equalMask(T2, GX1);
  mul(OTHER, Y1, C3); // y12
  select(Y1, e1, Y1, OTHER);

  scale(xn, -J, T1); // x2n
  mul(GX2, GX1, T1);
  backTo(Y2);
  const e2 = equalMask(T2, GX2);
  mul(OTHER, Y2, C3); // y22
  select(Y2, e2, Y2, OTHER);

  backTo(Y1);
  const e3 = equalMask(T2, GX1);
  select(xn, e3, X1N, xn);
  select(y, e3, Y1, Y2);
  const e4 = oddMask(y);
  negate(OTHER, y);
  select(y, v128.xor(e3, e4), OTHER, y);
}

const U = memory.data(192, 16);
const XN0 = memory.data(192, 16);
const XD0 = memory.data(192, 16);
const Y0 = memory.data(192, 16);
const XN1 = memory.data(192, 16);
const XD1 = memory.data(192, 16);
const V1 = memory.data(192, 16);

/**
 * (uz) = Q0 + Q1, u-coordinate only: with λ = (y1 - y0)/(x1 - x0), u = λ² - J - x0 - x1. Q0 = ±Q1 gives z = 0 (probability 2^-252).
 */
function addPoints(u: usize, z: usize): void {
  mul(T1, XN0, XD1);
  mul(T2, XN1, XD0);
  mul(T3, XD0, XD1); // D
  add(GX1, T1, T2); // S = (x0 + x1)·D
  sub(GX2, T2, T1); // E = (x1 - x0)·D
  sqr(GX2, GX2);
  addScaled(GX1, GX1, J, T3);
  mul(GX1, GX1, GX2); // (J·D + S)·E²
  mul(z, GX2, T3); // E²·D
  sub(Y0, V1, Y0);
  sqr(Y0, Y0);
  sqr(Y1, T3);
  mul(Y1, Y1, T3);
  mul(Y1, Y1, Y0); // (y1 - y0)²·D³
  sub(u, Y1, GX1);
  carry(u);
}

/**
 * hash_to_curve after expand_message: `pairs` pairs of 96 uniform bytes at `uniform` to 32-byte points at `points`. Returns how many
 * have no affine u-coordinate.
 */
export function hashToPoints(points: usize, uniform: usize, pairs: i32): i32 {
  for (let i = 0; i < pairs; i++) {
    const from = uniform + <usize>i * 2 * UNIFORM;
    unpackUniform(U, from, UNIFORM);
    map(XN0, XD0, Y0, U);
    unpackUniform(U, from + 48, UNIFORM);
    map(XN1, XD1, V1, U);
    const u = US + <usize>i * ELEMENT;
    const z = ZS + <usize>i * ELEMENT;
    addPoints(u, z);
    for (let k = 0; k < 3; k++) double(u, z); // clear_cofactor: h = 8
  }
  return toAffine(points, pairs);
}
