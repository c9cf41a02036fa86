import { ed25519_hasher } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { messageExpander } from '../../src/psi/curve25519/expand-message.ts';
import { hashToCurve } from '../../src/psi/curve25519/hash-to-curve.ts';
import { clamp, x25519Batch } from '../../src/psi/curve25519/x25519.ts';
import { curveClass, P, pointsOf, power, toBytes, toInt } from './support.ts';
import rfc9380 from './vectors/rfc9380-j41.json' with { type: 'json' };

const DST = Buffer.from(rfc9380.dst);

/** The same suite by an independent library: edwards25519's differs only in the final birational map. */
function reference(message: string, dst: Uint8Array): bigint {
  const { Y, Z } = ed25519_hasher.hashToCurve(Buffer.from(message), { DST: dst });
  return ((((Z + Y) * power(Z - Y, P - 2n)) % P) + P) % P;
}

describe('curve25519_XMD:SHA-512_ELL2_RO_', () => {
  it.each(rfc9380.vectors)('gives the u-coordinate of RFC 9380 J.4.1 for "$message"', ({ message, repeat, times, u }) => {
    const full = message + (repeat ?? '').repeat(times ?? 0);
    expect(
      toInt(hashToCurve([full], DST))
        .toString(16)
        .padStart(64, '0'),
    ).toBe(u);
  });

  it('agrees with @noble/curves on random ids and tags, in blocks of any size', () => {
    const random = seededRandom(3);
    for (const count of [1, 2, 3, 17]) {
      const dst = Buffer.from(`tag ${random.u32()}`);
      const ids = Array.from({ length: count }, () => `91${random.u32()}统一${random.u32()}`);
      expect(pointsOf(hashToCurve(ids, dst)).map(toInt)).toEqual(ids.map((id) => reference(id, dst)));
    }
  });

  it('gives the same points whatever the block an id falls in', () => {
    const ids = Array.from({ length: 1_100 }, (_, i) => `id ${i}`);
    const all = pointsOf(hashToCurve(ids, DST));
    for (const i of [0, 1, 511, 512, 513, 1_023, 1_024, 1_099]) expect(all[i]).toEqual(hashToCurve([ids[i]], DST));
    expect(hashToCurve([], DST)).toHaveLength(0);
  });

  it('lands on the curve, never on the twist (T27), and in the prime-order subgroup', () => {
    const points = hashToCurve(
      Array.from({ length: 1_000 }, (_, i) => `customer ${i}`),
      DST,
    );
    expect(pointsOf(points).every((u) => curveClass(toInt(u)) === 1n)).toBe(true);
    // 5l - 1 is a multiple of 8 that clamping leaves alone: [5l - 1]Q = -Q, the same u, if and only if Q has order l.
    const l = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = toBytes(5n * l - 1n);
    expect(clamp(bytes)).toEqual(bytes);
    expect(x25519Batch(points.slice(0, 640), bytes)).toEqual(points.slice(0, 640));
  });

  it('separates domains and refuses a tag of the wrong length', () => {
    expect(hashToCurve(['a'], Buffer.from('one'))).not.toEqual(hashToCurve(['a'], Buffer.from('two')));
    expect(() => messageExpander(new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'ERR_PSI_DST' }));
    expect(() => messageExpander(new Uint8Array(256))).toThrow(expect.objectContaining({ code: 'ERR_PSI_DST' }));
  });
});
