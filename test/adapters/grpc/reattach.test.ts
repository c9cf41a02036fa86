/** Sessions that outlive their lines: real nodes over TLS, and a proxy between them that cuts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingSession, LineNotice, PeerLink, Session, SessionLimits, SessionReceipt } from '../../../src/adapters/grpc/index.ts';
import { connectPeer } from '../../../src/adapters/grpc/index.ts';
import { systemRandom, TransportError } from '../../../src/base/index.ts';
import { type CuttingProxy, cuttingProxy } from '../../support/cutting-proxy.ts';
import { CONTRACT, startServer, systemClock, type TestServer, testFederation } from '../../support/federation.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Setting {
  readonly node: TestServer;
  readonly proxy: CuttingProxy;
  readonly link: PeerLink;
  readonly notices: LineNotice[];
}

/** A node, the bank's way to it through a proxy, and what both sides hear of the line. */
async function setting(
  onSession: (incoming: IncomingSession) => Promise<void>,
  { everyBytes, limits = {} }: { readonly everyBytes?: number; readonly limits?: Partial<SessionLimits> } = {},
): Promise<Setting> {
  const { platform, bank } = await testFederation();
  const notices: LineNotice[] = [];
  const onLine = (notice: LineNotice): void => void notices.push(notice);
  const node = await startServer(onSession, { limits, onLine });
  ends.push(() => node.close());
  const proxy = await cuttingProxy(node.address, everyBytes);
  ends.push(() => proxy.close());
  const link = connectPeer({
    party: 'bank',
    identity: bank.identity,
    peer: platform,
    address: proxy.address,
    clock: systemClock,
    random: systemRandom,
    limits,
    onLine,
  });
  ends.push(() => link.close());
  return { node, proxy, link, notices };
}

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
});
