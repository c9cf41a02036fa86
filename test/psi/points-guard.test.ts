/** T36 one by one: what each check of a peer's point stands for, where other checks would also catch it. */
import { describe, expect, it } from 'vitest';
import { areUsablePoints, isCanonical, LOW_ORDER_U } from '../../src/psi/curve25519/points.ts';
import { curveClass, P, toBytes } from './support.ts';

const good = toBytes(9n);
const usable = (...points: readonly Uint8Array[]): boolean => areUsablePoints(Uint8Array.from(points.flatMap((point) => [...point])));

describe('a point', () => {
  it('of the curve is used', () => {
    expect(usable(good)).toBe(true);
    expect(usable(good, good)).toBe(true);
  });

  it.each(LOW_ORDER_U.map((u) => [u]))('of low order, in each of its canonical spellings (T36): u = %i', (u) => {
    expect(usable(good, toBytes(u), good)).toBe(false);
  });

  it('of low order has order 1, 2, 4 or 8 on the curve or its twist: all five are listed', () => {
    expect(LOW_ORDER_U).toHaveLength(5);
    for (const u of LOW_ORDER_U) {
      let x = u;
      let z = 1n;
      // Doubling in projective u (RFC 7748 §5): after three, every point of order up to 8 is at infinity, z = 0.
      for (let i = 0; i < 3; i++) {
        const a = (x + z) ** 2n % P;
        const b = (x - z) ** 2n % P;
        const c = (a - b + P) % P;
        [x, z] = [(a * b) % P, (c * ((a + 121_665n * c) % P)) % P];
      }
      expect(((z % P) + P) % P).toBe(0n);
    }
  });

  it('is spelled in one way: u below p, top bit clear', () => {
    for (const u of [P, P + 1n, P + 9n, 2n ** 255n - 1n, 9n + 2n ** 255n]) expect(isCanonical(toBytes(u))).toBe(false);
    for (const u of [0n, 9n, P - 1n]) expect(isCanonical(toBytes(u))).toBe(true);
  });

  it('is of the curve, not of the twist: one among many good ones is found', () => {
    const twist = [2n, 3n, 5n, 7n, 11n].find((u) => curveClass(u) === P - 1n) ?? 0n;
    expect(usable(...Array.from({ length: 40 }, () => good), toBytes(twist), good)).toBe(false);
  });
});
