/**
 * X25519 (RFC 7748 §5) with one scalar over many points: a Montgomery ladder in constant time, two points per SIMD register, one inversion
 * per block of 512.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { countPoints, kernel, loadPoints, overBlocks, POINT_BYTES } from './kernel.ts';

/** RFC 7748 §5: clears the cofactor's bits and fixes the length. */
export function clamp(scalar: Uint8Array): Uint8Array {
  if (scalar.length !== 32) throw new LocalProtocolError('ERR_INTERNAL_RANGE', 'a scalar has 32 bytes');
  const clamped = scalar.slice();
  clamped[0] &= 0xf8;
  clamped[31] = (clamped[31] & 0x7f) | 0x40;
  return clamped;
}

/**
 * X25519(scalar, u) for every u of a flat array, 32 bytes each. Points must be canonical (`areUsablePoints`).
 * @returns undefined when one of the results is zero (RFC 7748 §6.1: the exchange must then be refused).
 */
export function x25519Batch(points: Uint8Array, scalar: Uint8Array): Uint8Array | undefined {
  const { exports, points: io, scalar: slot } = kernel();
  const out = new Uint8Array(points.length);
  let zeros = 0;
  const clamped = clamp(scalar);
  slot.set(clamped);
  overBlocks(countPoints(points), (from, count, pairs) => {
    loadPoints(points, from, count);
    zeros += exports.multiplyPoints(pairs);
    out.set(io.subarray(0, count * POINT_BYTES), from * POINT_BYTES);
  });
  exports.wipeScalar();
  clamped.fill(0);
  return zeros === 0 ? out : undefined;
}
