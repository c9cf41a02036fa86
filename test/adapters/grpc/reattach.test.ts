/** Sessions that outlive their lines: real nodes over TLS, and a proxy between them that cuts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingSession, PeerLink, Session, SessionReceipt } from '../../../src/adapters/grpc/index.ts';
import { RefusedError, TransportError } from '../../../src/base/index.ts';
import { type CutLines, type CutLinesOptions, cutLines } from '../../support/cut-lines.ts';
import { CONTRACT } from '../../support/federation.ts';

let running: CutLines | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const setting = async (onSession: (incoming: IncomingSession) => Promise<void>, options?: CutLinesOptions): Promise<CutLines> => {
  running = await cutLines(onSession, options);
  return running;
};

const open = (link: PeerLink): Promise<Session> => link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
const bodyOf = (length: number, seed: number): Uint8Array => new Uint8Array(length).map((_, i) => i * 31 + seed);

/** Echoes until an empty question. */
function echoing(receipts: SessionReceipt[] = [], problems: unknown[] = []) {
  return async (incoming: IncomingSession): Promise<void> => {
    const session = await incoming.accept();
    try {
      for (;;) {
        const body = await session.receive('echo/question');
        await session.send('echo/answer', body);
        if (body.length === 0) break;
      }
      receipts.push(await session.close());
    } catch (error) {
      problems.push(error);
      throw error;
    }
  };
}

describe('a session whose line is cut', () => {
  it('goes on where it stopped, between two messages', async () => {
    const receipts: SessionReceipt[] = [];
    const { proxy, link, notices } = await setting(echoing(receipts));
    const session = await open(link);
    for (const i of [1, 2, 3]) {
      await session.send('echo/question', bodyOf(1_000, i));
      expect(await session.receive('echo/answer')).toEqual(bodyOf(1_000, i));
      proxy.cut();
    }
    await session.send('echo/question', new Uint8Array());
    await session.receive('echo/answer');
    const receipt = await session.close();
    expect(proxy.cuts()).toBe(3);
    await expect.poll(() => receipts).toHaveLength(1);
    expect(receipts[0].sentTranscript).toBe(receipt.receivedTranscript);
    expect(notices.filter(({ peer, state }) => peer === 'platform' && state === 'back')).toHaveLength(3);
    expect(notices.some(({ peer, state }) => peer === 'bank' && state === 'lost')).toBe(true);
  });

  it('carries every message unchanged over a line that breaks every 700 KB, in the middle of messages', async () => {
    const { proxy, link } = await setting(echoing(), { everyBytes: 700_000 });
    const session = await open(link);
    for (const [i, length] of [1, 262_144, 3_000_000, 800_000, 0].entries()) {
      await session.send('echo/question', bodyOf(length, i));
      expect(Buffer.compare(await session.receive('echo/answer'), bodyOf(length, i))).toBe(0);
    }
    const receipt = await session.close();
    expect(receipt).toMatchObject({ messagesSent: 5, messagesReceived: 5 });
    expect(proxy.cuts()).toBeGreaterThan(8);
    expect(session.wireBytes().sent).toBeLessThan(4_070_000);
  });

  it('ends on both sides as without a second line when the line does not come back in time', async () => {
    const problems: unknown[] = [];
    const { proxy, link } = await setting(echoing([], problems), { limits: { reattachGraceMs: 300 } });
    const session = await open(link);
    await session.send('echo/question', bodyOf(5, 1));
    await session.receive('echo/answer');
    proxy.refuse(true);
    proxy.cut();
    const error: unknown = await session.receive('echo/answer').catch((thrown: unknown) => thrown);
    await expect.poll(() => problems).toHaveLength(1);
    for (const problem of [error, problems[0]]) {
      expect(problem).toBeInstanceOf(TransportError);
      expect(problem).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    }
    expect(session.signal.aborted).toBe(true);
  });

  it('goes on over several sessions of one connection, each with its own frames', async () => {
    const { proxy, link } = await setting(echoing(), { everyBytes: 900_000 });
    await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const session = await open(link);
        for (let i = 0; i < 4; i++) {
          await session.send('echo/question', bodyOf(300_000, seed * 10 + i));
          expect(Buffer.compare(await session.receive('echo/answer'), bodyOf(300_000, seed * 10 + i))).toBe(0);
        }
        await session.send('echo/question', new Uint8Array());
        await session.receive('echo/answer');
        await session.close();
      }),
    );
    expect(proxy.cuts()).toBeGreaterThan(4);
  });

  it('lets two sides that both send first wait for neither, though neither reads yet', async () => {
    const limits = { maxBufferedBytes: 1_000_000, maxKeptBytes: 4 * 1024 * 1024, idleTimeoutMs: 10_000 };
    const { proxy, link } = await setting(
      async (incoming) => {
        const session = await incoming.accept();
        for (const seed of [1, 2]) await session.send('echo/answer', bodyOf(1_800_000, seed));
        await session.receive('echo/question');
        await session.close();
      },
      { limits },
    );
    const session = await open(link);
    // More than is kept: acknowledgements must be heard behind answers that nobody has received yet.
    await session.send('echo/question', bodyOf(9_000_000, 2));
    proxy.cut();
    for (const _ of [1, 2]) expect((await session.receive('echo/answer')).length).toBe(1_800_000);
    await session.close();
  });

  it('says why it failed to a peer that comes back', async () => {
    const { proxy, link } = await setting(async (incoming) => {
      const session = await incoming.accept();
      await session.receive('echo/question');
      proxy.refuse(true);
      proxy.cut();
      session.abort(new RefusedError('ERR_REFUSED_BUDGET', 'spent'));
      setTimeout(() => proxy.refuse(false), 50);
    });
    const session = await open(link);
    await session.send('echo/question', bodyOf(1, 1));
    await expect(session.receive('echo/answer')).rejects.toMatchObject({ code: 'ERR_REFUSED_BUDGET' });
  });

  it('confirms the end of a step whose last word was cut off', async () => {
    const receipts: SessionReceipt[] = [];
    const { proxy, link } = await setting(async (incoming) => {
      const session = await incoming.accept();
      // Both have closed when this runs; the callee's end is what the caller waits for.
      receipts.push(
        await session.close(async () => {
          proxy.refuse(true);
          proxy.cut();
          setTimeout(() => proxy.refuse(false), 50);
        }),
      );
    });
    const session = await open(link);
    const receipt = await session.close();
    expect(receipts).toHaveLength(1);
    expect(receipts[0].sentTranscript).toBe(receipt.receivedTranscript);
  });

  it('is not dialled again when its link is closed, or when it has been given up', async () => {
    const { proxy, link, node } = await setting(echoing());
    const sessions = [await open(link), await open(link)];
    for (const session of sessions) {
      await session.send('echo/question', bodyOf(1, 1));
      await session.receive('echo/answer');
    }
    proxy.refuse(true);
    proxy.cut();
    const pending = sessions.map((session) => session.receive('echo/answer').catch((error: unknown) => error));
    sessions[0].abort(new RefusedError('ERR_REFUSED_BUDGET', 'enough'));
    await expect.poll(() => link.close()).toBeUndefined();
    expect(await Promise.all(pending)).toMatchObject([{ code: 'ERR_REFUSED_BUDGET' }, { code: 'ERR_TRANSPORT_CLOSED' }]);
    const before = proxy.connections();
    proxy.refuse(false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(proxy.connections()).toBe(before);
    expect(node.server.sessions()).toBe(2);
  });
});
