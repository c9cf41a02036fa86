/** T48 on bodies: what the one reader of peer bytes refuses, and that it refuses before it takes memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/index.ts';

const malformed = expect.objectContaining({ code: 'ERR_PEER_MALFORMED_MESSAGE', blame: 'peer' });
const reader = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, 'test/body');
const write = (fill: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter(4);
  fill(writer);
  return writer.finish();
};

describe('a body', () => {
  it('has nothing trailing: what was not read is refused', () => {
    const bytes = write((w) => w.u32(7).u8(1));
    const r = reader(bytes);
    r.u32('a');
    expect(() => r.end()).toThrowError(malformed);
    r.u8('b');
    r.end();
  });

  it('takes no memory on the word of a count: 2^32 - 1 values in eight bytes are refused at once', () => {
    const counts = write((w) => w.u32(0xffff_ffff).u32(0));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 50; i++) {
      const lying = write((w) => w.u32(2 ** 24).u32(0));
      expect(() => reader(lying).u32s('values', { max: 2 ** 25 })).toThrowError(malformed);
      expect(() => reader(lying).blobs('values', { max: 2 ** 25 }, { max: 9 })).toThrowError(malformed);
      expect(() => reader(counts).blob('value', { max: 2 ** 32 })).toThrowError(malformed);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 2 ** 20);
  });

  it('says that a count is cut short, whatever the count', () => {
    expect(() => reader(write((w) => w.u32(3).u32(1))).u32s('values', { max: 9 })).toThrowError(
      expect.objectContaining({ message: 'test/body: values is cut short' }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])('holds finite doubles only: %s is refused', (value) => {
    expect(() => reader(write((w) => w.f64(value))).f64('x')).toThrowError(malformed);
  });

  it('keeps numbers and lengths in the bounds that were asked for', () => {
    const seven = write((w) => w.u32(7));
    expect(() => reader(seven).u32('n', 6)).toThrowError(malformed);
    expect(() => reader(seven).u32('n', 9, 8)).toThrowError(malformed);
    expect(() => reader(Uint8Array.of(2)).bool('b')).toThrowError(malformed);
    expect(() => reader(write((w) => w.u64(9n))).u64('n', 8n)).toThrowError(malformed);
    expect(() => reader(write((w) => w.blob(new Uint8Array(3)))).blob('b', { min: 4, max: 9 })).toThrowError(malformed);
    expect(() => reader(write((w) => w.blob(Uint8Array.of(0xff)))).text('t', { max: 9 })).toThrowError(malformed);
  });

  it('of any bytes is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(7), { maxLength: 6 }), (bytes, reads) => {
        const r = reader(bytes);
        try {
          for (const kind of reads) {
            if (kind === 0) r.u8('a', 9);
            else if (kind === 1) r.u32('b', 1e6);
            else if (kind === 2) r.u64('c');
            else if (kind === 3) r.f64('d');
            else if (kind === 4) r.blob('e', { max: 16 });
            else if (kind === 5) r.u32s('f', { max: 8 });
            else if (kind === 6) r.text('g', { max: 16 });
            else r.blobs('h', { max: 4 }, { max: 8 });
          }
          r.end();
        } catch (error) {
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 2_000, seed: 48 },
    );
  });
});
