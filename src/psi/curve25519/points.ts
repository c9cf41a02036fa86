/**
 * Checks of a peer's u-coordinates before use (RFC 7748 §5 and §6.1). X25519 itself ignores the top bit and reduces u >= p silently, so that
 * one point has several spellings; it also takes points of the twist and of low order. All are refused here.
 */
import { countPoints, kernel, loadPoints, overBlocks, POINT_BYTES } from './kernel.ts';

const P = 2n ** 255n - 19n;

/** u of the points of order 1, 2, 4 and 8 on the curve and its twist; u = p and p + 1, the other two spellings, are not canonical. */
export const LOW_ORDER_U: readonly bigint[] = [
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

const lowOrder: readonly Uint8Array[] = LOW_ORDER_U.map((u) =>
  Uint8Array.from({ length: POINT_BYTES }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn)),
);

/** Whether a flat array holds only canonical u-coordinates of points on the curve, none of low order. */
export function areUsablePoints(points: Uint8Array): boolean {
  for (let at = 0; at < points.length; at += POINT_BYTES) {
    const u = points.subarray(at, at + POINT_BYTES);
    if (!isCanonical(u) || isLowOrder(u)) return false;
  }
  return areOnCurve(points);
}

/** u < 2^255 - 19 in 32 little-endian bytes, top bit clear. */
export function isCanonical(u: Uint8Array): boolean {
  if (u[31] !== 0x7f) return u[31] < 0x7f;
  for (let i = 30; i >= 1; i--) if (u[i] !== 0xff) return true;
  return u[0] < 0xed;
}

function isLowOrder(u: Uint8Array): boolean {
  return lowOrder.some((bad) => bad.every((byte, i) => byte === u[i]));
}

/** Whether u³ + 486662 u² + u is a square for every canonical u: none on the twist. 5 µs a point. */
export function areOnCurve(points: Uint8Array): boolean {
  const { exports } = kernel();
  let off = 0;
  overBlocks(countPoints(points), (from, count, pairs) => {
    loadPoints(points, from, count);
    off += exports.countOffCurve(pairs);
  });
  return off === 0;
}
