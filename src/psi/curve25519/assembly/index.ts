/** Exports of the Curve25519 kernel. It has one caller at a time; the host writes into `io` and reads the answer there. */
import { hashToPoints, initElligator2, UNIFORM } from './elligator2';
import { initField } from './field';
import { multiply } from './ladder';
import { offCurve } from './on-curve';
import { MAX_PAIRS } from './projective';

const POINTS = memory.data(16384, 16);
const UNIFORM_BYTES = memory.data(49152, 16);
const SCALAR = memory.data(32, 16);

initField();
initElligator2();

export function maxPoints(): i32 {
  return MAX_PAIRS * 2;
}
/** 32 bytes a point, in and out. */
export function points(): usize {
  return POINTS;
}
/** 96 bytes an id, in. */
export function uniform(): usize {
  return UNIFORM_BYTES;
}
/** 32 bytes, clamped by the host, wiped by `wipeScalar`. */
export function scalar(): usize {
  return SCALAR;
}
export function wipeScalar(): void {
  memory.fill(SCALAR, 0, 32);
}

/** points = [scalar]·points; returns how many results are zero. */
export function multiplyPoints(pairs: i32): i32 {
  return multiply(POINTS, pairs, SCALAR);
}
/** points = hash of uniform; returns how many have no affine u-coordinate. */
export function hashUniform(pairs: i32): i32 {
  return hashToPoints(POINTS, UNIFORM_BYTES, pairs);
}
/** How many points are not on the curve. */
export function countOffCurve(pairs: i32): i32 {
  return offCurve(POINTS, pairs);
}
