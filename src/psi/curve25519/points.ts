/**
 * Checks of u-coordinates before use (RFC 7748 §5 and §6.1): OpenSSL's X25519 ignores the top bit and reduces u >= p silently, so both
 * are refused here, as are the points of low order.
 */

const POINT_BYTES = 32;
const P = 2n ** 255n - 19n;

/** u of the points of order 1, 2, 4 and 8 on the curve and its twist, canonical (u = p, p+1 fall to the canonical check). */
export const LOW_ORDER_U: readonly bigint[] = [
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

const lowOrder: readonly Uint8Array[] = LOW_ORDER_U.map((u) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn)),
);

/** Whether a flat array holds only canonical u-coordinates, not of low order, of points on the curve. */
export function areUsablePoints(points: Uint8Array): boolean {
  for (let at = 0; at < points.length; at += POINT_BYTES) {
    const u = points.subarray(at, at + POINT_BYTES);
    if (!isCanonical(u) || lowOrder.some((bad) => bad.every((byte, i) => byte === u[i]))) return false;
  }
  return true;
}

/** u < 2^255 - 19 in 32 little-endian bytes, top bit clear. */
export function isCanonical(u: Uint8Array): boolean {
  if (u[31] !== 0x7f) return u[31] < 0x7f;
  for (let i = 30; i >= 1; i--) if (u[i] !== 0xff) return true;
  return u[0] < 0xed;
}
