import { describe, expect, it } from 'vitest';
import { randomBytes, seededRandom } from '../../src/base/index.ts';
import { halfSipHash, PointTable } from '../../src/psi/point-table.ts';

/** HalfSipHash-2-4, 32 bits, straight from the description, with an arbitrary number of message words. */
function reference(key: readonly number[], message: Uint8Array): number {
  const rotl = (x: number, n: number): number => ((x << n) | (x >>> (32 - n))) >>> 0;
  let [v0, v1, v2, v3] = [key[0], key[1], 0x6c796765 ^ key[0], 0x74656462 ^ key[1]].map((v) => v >>> 0);
  const round = (): void => {
    v0 = (v0 + v1) >>> 0;
    v1 = (rotl(v1, 5) ^ v0) >>> 0;
    v0 = rotl(v0, 16);
    v2 = (v2 + v3) >>> 0;
    v3 = (rotl(v3, 8) ^ v2) >>> 0;
    v0 = (v0 + v3) >>> 0;
    v3 = (rotl(v3, 7) ^ v0) >>> 0;
    v2 = (v2 + v1) >>> 0;
    v1 = (rotl(v1, 13) ^ v2) >>> 0;
    v2 = rotl(v2, 16);
  };
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const words = Array.from({ length: message.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  for (const word of [...words, (message.length << 24) >>> 0]) {
    v3 = (v3 ^ word) >>> 0;
    round();
    round();
    v0 = (v0 ^ word) >>> 0;
  }
  v2 = (v2 ^ 0xff) >>> 0;
  for (let i = 0; i < 4; i++) round();
  return (v1 ^ v3) >>> 0;
}

describe('point table', () => {
  const random = seededRandom(9);
  const points = randomBytes(random, 32 * 3_000);

  it('finds every point at its position and no other', () => {
    const table = new PointTable(2_000, random);
    expect(table.addAll(points.slice(0, 32 * 700))).toBe(true);
    expect(table.addAll(points.slice(32 * 700, 32 * 2_000))).toBe(true);
    expect([...table.findAll(points)]).toEqual(Array.from({ length: 3_000 }, (_, i) => (i < 2_000 ? i : -1)));
  });

  it('refuses a point that is there already, in the same batch or a later one', () => {
    const table = new PointTable(10, random);
    expect(table.addAll(points.slice(0, 96))).toBe(true);
    expect(table.addAll(points.slice(64, 128))).toBe(false);
    const twice = Buffer.concat([points.slice(0, 32), points.slice(0, 32)]);
    expect(new PointTable(10, random).addAll(twice)).toBe(false);
  });

  it('compares all 32 bytes: in a table of 16 slots points that differ in one bit meet, and are told apart', () => {
    const one = points.slice(0, 32);
    for (let key = 0; key < 20; key++) {
      const table = new PointTable(2, random);
      table.addAll(one);
      for (let bit = 0; bit < 256; bit++) {
        const other = one.slice();
        other[bit >>> 3] ^= 1 << (bit & 7);
        expect(table.findAll(other)[0]).toBe(-1);
      }
    }
  });

  it('reads points at any byte offset', () => {
    const shifted = new Uint8Array(33);
    shifted.set(points.subarray(0, 32), 1);
    const table = new PointTable(1, random);
    table.addAll(points.slice(0, 32));
    expect([...table.findAll(shifted.subarray(1))]).toEqual([0]);
  });

  it('holds no more than it was made for', () => {
    expect(() => new PointTable(2, random).addAll(points.slice(0, 96))).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL_RANGE' }));
    expect(new PointTable(0, random).addAll(new Uint8Array(0))).toBe(true);
  });

  it('hashes with HalfSipHash-2-4 under its own key', () => {
    // vectors_hsip32 of the authors' reference implementation: key 00..07, messages 00, 01, … of 0, 4, 8 and 12 bytes.
    const published = { 0: 'a9359f5b', 4: '2a6e4689', 8: 'd0b8848f', 12: '57f0872f' };
    for (const [length, tag] of Object.entries(published)) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(
        reference(
          [0x03020100, 0x07060504],
          Uint8Array.from({ length: Number(length) }, (_, i) => i),
        ),
      );
      expect(bytes.toString('hex')).toBe(tag);
    }
    for (let i = 0; i < 50; i++) {
      const message = points.slice(32 * i, 32 * i + 32);
      const key = [random.u32(), random.u32()];
      expect(halfSipHash(Uint32Array.from(key), new Uint32Array(message.buffer), 0)).toBe(reference(key, message));
    }
  });
});
