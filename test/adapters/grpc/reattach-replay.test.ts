/** T05, H10: whoever asks for an answer again gets the bytes that were sent, however often, and nothing is computed for it. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { randomBytes, systemRandom } from '../../../src/base/index.ts';
import { cuttingProxy } from '../../support/cutting-proxy.ts';
import { startServer, testFederation } from '../../support/federation.ts';
import { messageFrames, openRaw, type RawLine, rawLine, reattachFrame } from './frame-peer.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const ANSWER_BYTES = 40_000;
const TIMES = 1_000;
/** Head and chunk. */
const ANSWER_FRAMES = 2;

/** The bytes of the next frames, hashed. */
async function digestOf(line: RawLine, frames: number): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < frames; i++) hash.update((await line.next()) ?? new Uint8Array());
  return hash.digest('hex');
}

describe('an answer that is asked for again', () => {
  it('comes 1,000 times as the same bytes over 1,000 cut lines, and is computed once (T05)', async () => {
    const { bank } = await testFederation();
    let computed = 0;
    const node = await startServer(
      async (incoming) => {
        const session = await incoming.accept();
        await session.receive('echo/question');
        computed += 1;
        // As a flooded or masked answer is: never the same when it is computed again.
        await session.send('echo/answer', randomBytes(systemRandom, ANSWER_BYTES));
        await session.close();
      },
      // A thousand handshakes without anything new: the time without a line adds up.
      { limits: { reattachGraceMs: 600_000 } },
    );
    ends.push(() => node.close());
    const proxy = await cuttingProxy(node.address);
    ends.push(() => proxy.close());
    const { line, token, sent, received } = await openRaw(proxy.address, bank);
    const question = messageFrames(sent, 'echo/question', Uint8Array.of(1));
    for (const frame of question) line.write(frame);
    const first = await digestOf(line, ANSWER_FRAMES);
    const copies = new Map<string, number>();
    for (let attempt = 1; attempt <= TIMES; attempt++) {
      proxy.cut();
      const again = rawLine(proxy.address, bank);
      again.write(reattachFrame(token, { attempt, received: 0 }));
      expect(await again.frame()).toMatchObject({ type: 'reattached', received: question.length });
      const digest = await digestOf(again, ANSWER_FRAMES);
      copies.set(digest, (copies.get(digest) ?? 0) + 1);
      again.cut();
    }
    expect([...copies]).toEqual([[first, TIMES]]);
    expect(computed).toBe(1);
    expect(received.count).toBe(0);
  });
});
