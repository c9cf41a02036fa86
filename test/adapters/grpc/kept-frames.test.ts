/** What a session keeps for a peer that may have to hear it again: bounded, and never more than the peer can miss. */
import { afterEach, describe, expect, it } from 'vitest';
import { Grace } from '../../../src/adapters/grpc/grace.ts';
import { KeptFrames } from '../../../src/adapters/grpc/kept-frames.ts';
import { normalizeLimits } from '../../../src/adapters/grpc/limits.ts';
import { startServer, testFederation } from '../../support/federation.ts';
import { openRaw } from './frame-peer.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const MIB = 1024 * 1024;

describe('kept frames', () => {
  it('are let go when they are acknowledged, in order, and given out by their place', () => {
    const kept = new KeptFrames(1_000);
    for (const i of [0, 1, 2]) kept.add(Uint8Array.of(i));
    expect([kept.take(0), kept.take(1), kept.take(3)]).toEqual([Uint8Array.of(0), Uint8Array.of(1), undefined]);
    expect([0, 2, 3].map((count) => kept.isPossible(count))).toEqual([true, true, false]);
    expect(kept.acknowledge(1)).toBe(true);
    expect(kept.acknowledge(1)).toBe(false);
    expect([0, 1, 2].map((count) => kept.isPossible(count))).toEqual([false, true, true]);
    expect([kept.take(0), kept.take(1)]).toEqual([undefined, Uint8Array.of(1)]);
    expect(kept.count).toBe(3);
  });

  it('count what a frame costs beside its bytes: many empty ones fill the cap too', () => {
    const kept = new KeptFrames(1_000);
    let frames = 0;
    for (; !kept.full && frames < 100; frames++) kept.add(new Uint8Array());
    expect(frames).toBeLessThan(5);
    kept.take(3);
    kept.acknowledge(4);
    expect(kept.bytes).toBe(0);
  });

  it('never grow above the cap while a peer reads and acknowledges nothing; the sender waits, and goes on when it does', async () => {
    const { bank } = await testFederation();
    let sent = 0;
    const node = await startServer(
      async (incoming) => {
        const session = await incoming.accept();
        for (; sent < 12; sent++) await session.send('flood/block', new Uint8Array(MIB));
        await session.close();
      },
      { limits: { maxKeptBytes: 2 * MIB } },
    );
    ends.push(() => node.close());
    const { line } = await openRaw(node.address, bank);
    ends.push(() => line.cut());
    let [frames, bytes, silent] = [0, 0, false];
    const read = (async () => {
      for (let frame = await line.next(); frame; frame = await line.next()) {
        frames += 1;
        bytes += frame.length;
        if (!silent) line.write({ type: 'ack', received: frames });
        silent ||= bytes > 4 * MIB;
      }
    })();
    await expect.poll(() => silent).toBe(true);
    const atSilence = bytes;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bytes - atSilence).toBeLessThan(2 * MIB + 300_000);
    const stuck = sent;
    expect(stuck).toBeLessThan(8);
    line.write({ type: 'ack', received: frames });
    await expect.poll(() => sent).toBeGreaterThan(stuck);
    line.cut();
    await read;
  });

  it('have room for what need not be acknowledged yet', () => {
    expect(() => normalizeLimits({ maxKeptBytes: 2 * MIB - 1 })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_LIMITS' }));
    expect(normalizeLimits({ reattachGraceMs: 0 }).reattachGraceMs).toBe(0);
  });
});

describe('the grace of a session', () => {
  const graceOf = (): { grace: Grace; pass: (ms: number) => void; over: () => boolean } => {
    let [now, over] = [1_000, false];
    const grace = new Grace(60_000, { now: () => now }, () => {
      over = true;
    });
    ends.push(() => grace.stop());
    const pass = (ms: number): void => {
      now += ms;
    };
    return { grace, pass, over: () => over };
  };
  const lose = ({ grace, pass }: ReturnType<typeof graceOf>, ms: number): void => {
    grace.start();
    pass(ms);
    grace.stop();
  };

  it('adds up what is lost, attachments that bring nothing notwithstanding, and then it is over', () => {
    const here = graceOf();
    lose(here, 25_000);
    here.pass(1e9);
    lose(here, 25_000);
    expect(here.grace.left).toBe(10_000);
    lose(here, 10_000);
    expect(here.over()).toBe(false);
    here.grace.start();
    expect(here.over()).toBe(true);
  });

  it('begins anew with everything new', () => {
    const here = graceOf();
    lose(here, 50_000);
    here.grace.renew();
    lose(here, 50_000);
    expect(here.grace.left).toBe(10_000);
    expect(here.over()).toBe(false);
  });
});
