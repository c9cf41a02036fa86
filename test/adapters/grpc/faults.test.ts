/** T52, T53, T57: whatever happens to the frames, a session ends with the same messages on both sides or with a typed error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../../src/adapters/grpc/frames.ts';
import type { Session } from '../../../src/adapters/grpc/session.ts';
import { FedcreditError, PeerProtocolError, TransportError } from '../../../src/base/index.ts';
import { sessionPair, type Tap } from './link-pair.ts';

/** For faults that only time can find. */
const QUICK = { idleTimeoutMs: 60 };
const bodyOf = (length: number, seed: number): Uint8Array => new Uint8Array(length).map((_, i) => i * 31 + seed);

/** Each side sends `lengths[i]` in turn; resolves with what arrived, and the error if there was one. */
async function converse(
  session: Session,
  role: 'caller' | 'callee',
  lengths: readonly number[],
): Promise<{ got: Uint8Array[]; error?: unknown }> {
  const got: Uint8Array[] = [];
  try {
    for (const [i, length] of lengths.entries()) {
      if ((i % 2 === 0) === (role === 'caller')) await session.send('talk/line', bodyOf(length, i));
      else got.push(await session.receive('talk/line'));
    }
    await session.close();
    return { got };
  } catch (error) {
    session.abort(error);
    return { got, error };
  }
}

async function talk(
  tap: Tap,
  lengths: readonly number[],
  limits: { idleTimeoutMs?: number } = QUICK,
): Promise<{ got: Uint8Array[]; error?: unknown }[]> {
  const { caller, callee } = sessionPair(tap, limits);
  return Promise.all([converse(caller, 'caller', lengths), converse(callee, 'callee', lengths)]);
}

const LINES = [5, 300_000, 0, 70_000];

describe('a session over a bad link', () => {
  it('carries everything over a good one', async () => {
    const [caller, callee] = await talk((frame) => [frame], LINES, {});
    expect([caller.error, callee.error]).toEqual([undefined, undefined]);
    expect(caller.got).toEqual([bodyOf(300_000, 1), bodyOf(70_000, 3)]);
  });

  it.each([
    ['dropped', () => []],
    ['repeated', (frame: Uint8Array) => [frame, frame]],
    ['cut short', (frame: Uint8Array) => [frame.subarray(0, frame.length - 1)]],
    ['given a byte more', (frame: Uint8Array) => [new Uint8Array([...frame, 0])]],
  ] as const)('ends in typed errors when any one frame is %s', async (_, change) => {
    // Heads and chunks of two messages each (one of them empty), then the close; a close that comes twice changes nothing.
    const frames = { caller: 3, callee: 4 };
    for (const from of ['caller', 'callee'] as const) {
      for (let at = 0; at < frames[from] + (_ === 'repeated' ? 0 : 1); at++) {
        const [caller, callee] = await talk((frame, side, i) => (side === from && i === at ? change(frame) : [frame]), [5, 6, 0, 7]);
        expect(caller.error ?? callee.error, `${from} frame ${at}`).toBeInstanceOf(FedcreditError);
        for (const { error } of [caller, callee]) {
          if (error !== undefined) expect(error instanceof PeerProtocolError || error instanceof TransportError).toBe(true);
        }
      }
    }
  });

  it('never delivers a wrong body, whatever single bit is flipped anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(9),
        fc.constantFrom('caller' as const, 'callee' as const),
        fc.nat(100_000),
        fc.nat(7),
        async (at, from, byte, bit) => {
          const tap: Tap = (frame, side, i) => {
            if (side === from && i === at) frame[byte % frame.length] ^= 1 << bit;
            return [frame];
          };
          const results = await talk(tap, [9, 0, 40, 3]);
          const sent = [9, 0, 40, 3].map((length, i) => bodyOf(length, i));
          expect(results[0].got).toEqual(sent.filter((_, i) => i % 2 === 1).slice(0, results[0].got.length));
          expect(results[1].got).toEqual(sent.filter((_, i) => i % 2 === 0).slice(0, results[1].got.length));
        },
      ),
      { numRuns: 80, seed: 20260101 },
    );
  });

  it('finds two messages that changed places', async () => {
    const { caller, callee } = sessionPair(swapMessages());
    await caller.send('talk/line', bodyOf(3, 1));
    await caller.send('talk/line', bodyOf(3, 2));
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
    await expect(caller.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
  });

  it('finds a body replaced by another of equal length, and its hash with it', async () => {
    const tap: Tap = (frame) => {
      const read = decodeFrame(frame);
      return [read.type === 'chunk' ? encodeFrame({ ...read, body: read.body.map((b) => b ^ 1) }) : frame];
    };
    const { caller, callee } = sessionPair(tap);
    await caller.send('talk/line', bodyOf(3, 1));
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
  });

  it.each([
    ['job', { jobId: 'job-2' }],
    ['step', { step: 'other' }],
    ['session', { sessionId: new Uint8Array(32).fill(1) }],
    ['contract', { contractHash: new Uint8Array(32).fill(1) }],
    ['party', { caller: 'another-bank' }],
  ])('refuses a message of another %s', async (_, binding) => {
    const { caller, callee } = sessionPair(undefined, {}, binding);
    await caller.send('talk/line', bodyOf(3, 1));
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
  });

  it('does not believe in a step of which a last message was lost together with its count', async () => {
    // The gateway swallows the last message and forges the sender's close: the receiver's counts betray it to the sender.
    let swallowed = false;
    const tap: Tap = (frame, from) => {
      const read = decodeFrame(frame);
      if (from === 'caller' && (read.type === 'message' || read.type === 'chunk') && read.sequence === 1) {
        swallowed = true;
        return [];
      }
      return [frame];
    };
    const { caller, callee } = sessionPair(tap, QUICK);
    await caller.send('talk/line', bodyOf(3, 1));
    await caller.send('talk/line', bodyOf(3, 2));
    await callee.receive('talk/line');
    const outcomes = await Promise.allSettled([caller.close(), callee.close()]);
    expect(swallowed).toBe(true);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

function swapMessages(): Tap {
  const held: Uint8Array[] = [];
  return (frame, from) => {
    if (from !== 'caller') return [frame];
    held.push(frame);
    return held.length === 4 ? [held[2], held[3], held[0], held[1]] : [];
  };
}

describe('a session keeps its order', () => {
  it('refuses another kind than the protocol is waiting for, and is dead afterwards', async () => {
    const { caller, callee } = sessionPair();
    await caller.send('talk/wrong', bodyOf(1, 1));
    await expect(callee.receive('talk/right')).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
    await expect(callee.send('talk/line', bodyOf(1, 1))).rejects.toThrow();
    await expect(caller.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
    expect(callee.signal.aborted).toBe(true);
  });

  it('refuses to close over a message nobody asked for', async () => {
    const { caller, callee } = sessionPair();
    await caller.send('talk/extra', bodyOf(1, 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(callee.close()).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
  });

  it('tells a side that still waits when the other has ended the step', async () => {
    const { caller, callee } = sessionPair();
    const ended = caller.close().catch((error: unknown) => error);
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
    expect(await ended).toBeInstanceOf(PeerProtocolError);
  });

  it('does not let the caller believe in a step that the callee did not', async () => {
    // The caller's close is altered on its way: the callee has said close already, but will not end the stream in good order.
    const tap: Tap = (frame, from) => {
      const read = decodeFrame(frame);
      return [read.type === 'close' && from === 'caller' ? encodeFrame({ ...read, sent: 7 }) : frame];
    };
    const { caller, callee } = sessionPair(tap);
    const outcomes = await Promise.allSettled([callee.close(), caller.close()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('reads ahead so far and no further, and goes on when the protocol catches up', async () => {
    const { caller, callee, deliveredToCallee } = sessionPair(undefined, { maxBufferedBytes: 2_500 });
    for (let i = 0; i < 10; i++) await caller.send('talk/line', bodyOf(1_000, i));
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Three messages of a head and a chunk each reach above 2,500 bytes; then the link stands still.
    expect(deliveredToCallee()).toBe(6);
    for (let i = 0; i < 10; i++) expect(await callee.receive('talk/line')).toEqual(bodyOf(1_000, i));
    await Promise.all([caller.close(), callee.close()]);
  });

  it('gives up on a peer that says nothing', async () => {
    const { callee } = sessionPair(undefined, QUICK);
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_TRANSPORT_TIMEOUT' });
  });

  it('is not kept alive by dripping bytes: a chunk that is not full is refused', async () => {
    const tap: Tap = (frame) => {
      const read = decodeFrame(frame);
      return [read.type === 'chunk' ? encodeFrame({ ...read, body: read.body.subarray(0, 1) }) : frame];
    };
    const { caller, callee } = sessionPair(tap);
    await caller.send('talk/line', bodyOf(10, 1));
    await expect(callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
  });

  it('refuses a message above the limit by its head alone', async () => {
    const { caller, callee } = sessionPair(undefined, { maxMessageBytes: 1_000 });
    await expect(caller.send('talk/line', new Uint8Array(1_001))).rejects.toMatchObject({ code: 'ERR_LOCAL_TOO_LARGE' });
    const tap: Tap = (frame) => {
      const read = decodeFrame(frame);
      return [read.type === 'message' ? encodeFrame({ ...read, length: 0xffffffff }) : frame];
    };
    const pair = sessionPair(tap);
    await pair.caller.send('talk/line', bodyOf(1, 1));
    await expect(pair.callee.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_TOO_LARGE' });
    callee.abort(new Error('done'));
  });
});
