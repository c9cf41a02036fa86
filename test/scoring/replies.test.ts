import { describe, expect, it } from 'vitest';
import { Replies } from '../../src/scoring/replies.ts';

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

describe('replies', () => {
  it('leave in the order of their questions, whichever is ready first', async () => {
    const sent: number[] = [];
    const replies = new Replies<number>(3, async (reply) => void sent.push(reply));
    const [first, second] = [deferred<number>(), deferred<number>()];
    await replies.add(first.promise);
    await replies.add(second.promise);
    second.resolve(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual([]);
    first.resolve(1);
    await replies.sent();
    expect(sent).toEqual([1, 2]);
  });

  it('are bounded: the next waits while too many are under way', async () => {
    const replies = new Replies<number>(2, async () => {});
    const [first, second] = [deferred<number>(), deferred<number>()];
    await replies.add(first.promise);
    let added = false;
    const adding = replies.add(second.promise).then(() => {
      added = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(added).toBe(false);
    first.resolve(1);
    await adding;
    second.resolve(2);
    await replies.settled();
  });

  it('that fail end what waits for the peer, and nothing is sent after them', async () => {
    const sent: number[] = [];
    const replies = new Replies<number>(5, async (reply) => void sent.push(reply));
    const failing = deferred<number>();
    await replies.add(failing.promise);
    await replies.add(Promise.resolve(2));
    const waiting = replies.watch(new Promise<never>(() => {}));
    const reason = new Error('no');
    failing.reject(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(replies.sent()).rejects.toBe(reason);
    await replies.settled();
    expect(sent).toEqual([]);
  });

  it('settle only when nothing is being computed any more', async () => {
    const replies = new Replies<number>(5, async () => {});
    const slow = deferred<number>();
    await replies.add(Promise.reject(new Error('no')));
    await replies.add(slow.promise);
    let settled = false;
    const settling = replies.settled().then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    slow.resolve(1);
    await settling;
  });
});
