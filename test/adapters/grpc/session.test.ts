import { afterEach, describe, expect, it } from 'vitest';
import { type IncomingSession, PROTOCOL_VERSION, type SessionReceipt } from '../../../src/adapters/grpc/index.ts';
import { CONTRACT, startServer, type TestServer } from '../../support/federation.ts';

let running: TestServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const echo = async (incoming: IncomingSession): Promise<void> => {
  const session = await incoming.accept();
  await session.send('echo/answer', await session.receive('echo/question'));
  await session.close();
};

describe('a session between two nodes', () => {
  it('carries messages of any length, unchanged, and both sides close on the same transcript', async () => {
    let served: (receipt: SessionReceipt) => void = () => {};
    const theirs = new Promise<SessionReceipt>((resolve) => {
      served = resolve;
    });
    running = await startServer(async (incoming) => {
      const session = await incoming.accept();
      for (;;) {
        const body = await session.receive('echo/question');
        await session.send('echo/answer', body);
        if (body.length === 0) break;
      }
      served(await session.close());
    });
    const session = await running.link().open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
    for (const length of [1, 262_144, 262_145, 3_000_000, 0]) {
      const body = new Uint8Array(length).map((_, i) => i * 7);
      await session.send('echo/question', body);
      expect(Buffer.compare(await session.receive('echo/answer'), body)).toBe(0);
    }
    const receipt = await session.close();
    expect(receipt).toMatchObject({ messagesSent: 5, messagesReceived: 5 });
    expect(await theirs).toEqual({
      messagesSent: 5,
      messagesReceived: 5,
      sentTranscript: receipt.receivedTranscript,
      receivedTranscript: receipt.sentTranscript,
    });
    expect(session.traffic().sent['echo/question'].bytes).toBe(3_524_290);
  });

  it('describes the node to a pinned peer', async () => {
    running = await startServer(echo);
    expect(await running.link().describe()).toMatchObject({
      partyId: 'platform',
      partyName: '测试平台',
      protocolVersions: [PROTOCOL_VERSION],
    });
  });
});
