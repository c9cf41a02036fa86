import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, seededRandom } from '../../src/base/index.ts';
import { LOW_ORDER_U } from '../../src/psi/curve25519/points.ts';
import { clamp, x25519Batch } from '../../src/psi/curve25519/x25519.ts';
import { fromHex, hex, P, pointsOf, toBytes } from './support.ts';
import rfc7748 from './vectors/rfc7748-x25519.json' with { type: 'json' };

const BASE = toBytes(9n);

/** OpenSSL's X25519. */
function native(u: Uint8Array, scalar: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), u]),
    format: 'der',
    type: 'spki',
  });
  return new Uint8Array(diffieHellman({ privateKey, publicKey }));
}

function multiply(u: Uint8Array, scalar: Uint8Array): Uint8Array {
  const result = x25519Batch(u, scalar);
  if (!result) throw new Error('zero');
  return result;
}

describe('X25519 over a batch', () => {
  it.each(rfc7748.single)('gives RFC 7748 §5.2: $result', ({ scalar, u, result }) => {
    const point = fromHex(u);
    point[31] &= 0x7f;
    expect(hex(multiply(point, fromHex(scalar)))).toBe(result);
  });

  it('gives the iterated vector of RFC 7748 §5.2', () => {
    let k = fromHex(rfc7748.iterated.start);
    let u = k;
    for (let i = 0; i < 1_000; i++) {
      [k, u] = [multiply(u, k), k];
      if (i === 0) expect(hex(k)).toBe(rfc7748.iterated.after1);
    }
    expect(hex(k)).toBe(rfc7748.iterated.after1000);
  });

  it('agrees with OpenSSL on random points, on small and large u, and on saturated limbs', () => {
    const random = seededRandom(5);
    const special = [2n, 3n, 4n, 6n, 8n, 9n, 10n, P - 2n, P - 3n, 2n ** 254n, 2n ** 254n - 1n, 2n ** 255n - 20n - 2n ** 200n];
    const saturated = [22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234].flatMap((w) => [2n ** BigInt(w), 2n ** BigInt(w) - 1n]);
    const points = [...special, ...saturated].map((u) => toBytes(u));
    for (let i = 0; i < 40; i++) points.push(randomBytes(random, 32).map((byte, at) => (at === 31 ? byte & 0x3f : byte)));
    for (const scalar of [randomBytes(random, 32), new Uint8Array(32), new Uint8Array(32).fill(0xff), toBytes(2n ** 128n)]) {
      const batch = multiply(Buffer.concat(points), scalar);
      expect(pointsOf(batch)).toEqual(points.map((u) => native(u, scalar)));
    }
  });

  it('commutes: [a][b]P = [b][a]P', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(multiply(multiply(BASE, a), b)).toEqual(multiply(multiply(BASE, b), a));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('refuses the whole batch when one result is zero', () => {
    const scalar = randomBytes(seededRandom(11), 32);
    for (const u of LOW_ORDER_U) expect(x25519Batch(Buffer.concat([BASE, toBytes(u), BASE]), scalar)).toBeUndefined();
    expect(x25519Batch(Buffer.concat([BASE, BASE, BASE]), scalar)).toHaveLength(96);
    expect(x25519Batch(new Uint8Array(0), scalar)).toHaveLength(0);
  });

  it('clamps scalars and leaves the caller’s copy alone', () => {
    const scalar = new Uint8Array(32).fill(0xff);
    const clamped = clamp(scalar);
    expect([clamped[0], clamped[31], scalar[0], scalar[31]]).toEqual([0xf8, 0x7f, 0xff, 0xff]);
    multiply(BASE, scalar);
    expect(scalar.every((byte) => byte === 0xff)).toBe(true);
  });
});
