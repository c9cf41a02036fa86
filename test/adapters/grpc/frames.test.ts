import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, isLinkFrame } from '../../../src/adapters/grpc/frames.ts';
import { fedcredit } from '../../../src/adapters/grpc/gen/fedcredit.js';
import { PeerProtocolError } from '../../../src/base/index.ts';

const u32 = fc.nat(0xffffffff);
const chunk = fc.record({ type: fc.constant('chunk' as const), sequence: u32, offset: u32, body: fc.uint8Array({ maxLength: 300 }) });

describe('a frame', () => {
  it('of a chunk is what protobuf writes, byte for byte', () => {
    fc.assert(
      fc.property(chunk, ({ type, ...fields }) => {
        const plain = fedcredit.v1.Frame.encode({ [type]: fields }).finish();
        expect(Buffer.compare(encodeFrame({ type, ...fields }), plain)).toBe(0);
      }),
      { seed: 1 },
    );
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(chunk, (frame) => {
        const { body, ...fields } = decodeFrame(encodeFrame(frame)) as typeof frame;
        expect(fields).toEqual({ type: 'chunk', sequence: frame.sequence, offset: frame.offset });
        expect(Buffer.compare(body, frame.body)).toBe(0);
      }),
      { seed: 2 },
    );
  });

  it('has one encoding: what is read from other bytes does not exist', () => {
    const honest = encodeFrame({
      type: 'message',
      sequence: 3,
      kind: 'psi/points',
      length: 70_000,
      transcript: new Uint8Array(32).fill(5),
    });
    const piece = encodeFrame({ type: 'chunk', sequence: 3, offset: 262_144, body: new Uint8Array(40).fill(7) });
    fc.assert(
      fc.property(fc.constantFrom(honest, piece), fc.nat(200), fc.uint8Array({ maxLength: 6 }), fc.nat(3), (bytes, at, insert, remove) => {
        const cut = at % bytes.length;
        const mutated = new Uint8Array([...bytes.subarray(0, cut), ...insert, ...bytes.subarray(cut + remove)]);
        try {
          expect(Buffer.compare(encodeFrame(decodeFrame(mutated)), mutated)).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(PeerProtocolError);
        }
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it('of random bytes is refused and never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(PeerProtocolError);
        }
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });

  const hash = new Uint8Array(32).fill(3);
  const time = '2026-01-01T00:00:00.000Z';
  const head = { type: 'head', size: 9, root: hash, time, key: hash, signature: hash, proof: [hash, hash] } as const;
  const witness = { type: 'witness', time, key: hash, signature: hash } as const;

  /** Without the class that protobuf gives to bytes. */
  const plain = (value: unknown): unknown =>
    value instanceof Uint8Array ? new Uint8Array(value) : Array.isArray(value) ? value.map(plain) : value;

  it('of a farewell is read back as it was written', () => {
    for (const frame of [head, { ...head, proof: [] }, witness, { type: 'headRequest', size: 0 } as const]) {
      const read = Object.entries(decodeFrame(encodeFrame(frame))).map(([name, value]) => [name, plain(value)]);
      expect(Object.fromEntries(read)).toEqual(frame);
    }
  });

  it.each([
    ['an empty log', { ...head, size: 0 }],
    ['a root of another length', { ...head, root: hash.subarray(1) }],
    ['a proof of another length', { ...head, proof: [hash, new Uint8Array(33)] }],
    ['a proof without end', { ...head, proof: Array.from({ length: 65 }, () => hash) }],
    ['a time that is none', { ...head, time: '2026-02-30T00:00:00.000Z' }],
    ['a time in other words', { ...head, time: '2026-01-01' }],
    ['a key of nothing', { ...head, key: new Uint8Array() }],
    ['a key without end', { ...witness, key: new Uint8Array(2_049) }],
    ['a signature without end', { ...witness, signature: new Uint8Array(2_049) }],
    ['a witness out of time', { ...witness, time: '+012026-01-01T00:00:00.000Z' }],
  ])('of a farewell is refused for %s', (_, frame) => {
    expect(() => decodeFrame(encodeFrame(frame))).toThrow(expect.objectContaining({ code: 'ERR_PEER_MALFORMED_FRAME' }));
  });

  const links = [
    { type: 'reattach', sessionId: hash, attempt: 1, received: 0xffffffff, proof: hash },
    { type: 'reattached', received: 0, proof: hash },
    { type: 'ack', received: 7 },
    { type: 'end' },
  ] as const;
  const accepted = { type: 'accepted', protocolVersion: 3, libraryVersion: '1', contractHash: hash, graceMs: 1, token: hash } as const;

  it('of a link is read back as it was written, and known for one by its first byte', () => {
    for (const frame of [...links, accepted, { ...accepted, graceMs: 0, token: new Uint8Array() }]) {
      const bytes = encodeFrame(frame);
      const read = Object.entries(decodeFrame(bytes)).map(([name, value]) => [name, plain(value)]);
      expect(Object.fromEntries(read)).toEqual(frame);
      expect(isLinkFrame(bytes)).toBe(frame.type !== 'accepted');
    }
    for (const frame of [head, witness, { type: 'chunk', sequence: 0, offset: 0, body: hash } as const])
      expect(isLinkFrame(encodeFrame(frame))).toBe(false);
    expect(isLinkFrame(new Uint8Array())).toBe(false);
  });

  it.each([
    ['a short session id', encodeFrame({ ...links[0], sessionId: hash.subarray(1) })],
    ['an attempt before the first', encodeFrame({ ...links[0], attempt: 0 })],
    ['a proof of another length', encodeFrame({ ...links[1], proof: new Uint8Array() })],
    ['a token without grace', encodeFrame({ ...accepted, graceMs: 0 })],
    ['grace without a token', encodeFrame({ ...accepted, token: new Uint8Array() })],
    ['something in its end', Uint8Array.of(0x72, 2, 8, 1)],
    ['an acknowledgement and more', Uint8Array.of(...encodeFrame(links[2]), ...encodeFrame(links[3]))],
  ])('of a link is refused for %s', (_, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: 'ERR_PEER_MALFORMED_FRAME' }));
  });

  it('carries no control characters of a peer to our terminal', () => {
    const frame = decodeFrame(encodeFrame({ type: 'failure', code: 'ERR_X', sentence: 'a\u001b[31m\nb\u202ec' }));
    expect(frame).toMatchObject({ sentence: 'a [31m b c' });
  });
});
