import { afterEach, describe, expect, it } from 'vitest';
import { type WorkerExecutor, type WorkerExecutorOptions, workerExecutor } from '../../../src/adapters/workers/index.ts';
import { InputError, LocalProtocolError, PeerProtocolError } from '../../../src/base/index.ts';
import { die, dieLater, double, fillShared, refuse, spin, stumble, sumBytes, unexported, whoAmI } from './tasks.ts';

const made: WorkerExecutor[] = [];
function executor(options: WorkerExecutorOptions): WorkerExecutor {
  const one = workerExecutor(options);
  made.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(made.splice(0).map((one) => one.dispose()));
});

const counter = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves once the thread that counts has begun. */
async function begun(count: Int32Array): Promise<void> {
  while (Atomics.load(count, 0) === 0) await soon(5);
}

/** Whether the thread that counts is gone. */
async function stopped(count: Int32Array): Promise<boolean> {
  const before = Atomics.load(count, 0);
  await soon(100);
  return Atomics.load(count, 0) === before;
}

describe('worker executor', () => {
  it('runs a task of a TypeScript module on another thread', async () => {
    const threads = executor({ threads: 2 });
    expect(threads.concurrency).toBe(2);
    expect(await threads.run(double, 21)).toBe(42);
    expect(await threads.run(whoAmI, null)).toBeGreaterThan(0);
  });

  it('keeps results apart when many tasks run at once', async () => {
    const threads = executor({ threads: 2 });
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => threads.run(double, i)));
    expect(results).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  });

  it('hands over transferred buffers and shares shared ones', async () => {
    const threads = executor({ threads: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await threads.run(sumBytes, bytes, { transfer: [bytes.buffer] })).toBe(6);
    expect(bytes.length).toBe(0);
    const shared = new SharedArrayBuffer(4);
    await threads.run(fillShared, shared);
    expect([...new Uint8Array(shared)]).toEqual([7, 7, 7, 7]);
  });

  it('brings typed errors back as they were thrown', async () => {
    const error = await executor({ threads: 1 })
      .run(refuse, 'step 3')
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PeerProtocolError);
    expect(error).toMatchObject({ code: 'ERR_PEER_TEST', message: 'refused at step 3', help: 'Look closer.', details: { step: 'step 3' } });
  });

  it('keeps the text of a foreign error out of the message', async () => {
    const error = await executor({ threads: 1 })
      .run(stumble, 'canary')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_WORKERS_TASK_FAILED', message: 'task stumble failed with TypeError' });
    expect((error as Error).cause).toMatchObject({ message: 'cannot read canary' });
  });

  it('survives the death of a thread', async () => {
    const threads = executor({ threads: 1 });
    await expect(threads.run(die, 3)).rejects.toMatchObject({ code: 'ERR_WORKERS_CRASHED' });
    expect(await threads.run(double, 4)).toBe(8);
  });

  it('survives a thread that dies between tasks', async () => {
    const threads = executor({ threads: 1 });
    await threads.run(dieLater, 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = await threads.run(double, 6).catch((error: unknown) => error);
    if (next !== 12) expect(next).toMatchObject({ code: 'ERR_WORKERS_CRASHED' });
    expect(await threads.run(double, 7)).toBe(14);
  });

  it('stops a busy task when its signal aborts, and stays usable', async () => {
    const threads = executor({ threads: 1 });
    const control = new AbortController();
    const reason = new Error('enough');
    const count = counter();
    const outcome = expect(threads.run(spin, count, { signal: control.signal })).rejects.toBe(reason);
    await begun(count);
    control.abort(reason);
    await outcome;
    expect(await threads.run(double, 5)).toBe(10);
    await expect.poll(() => stopped(count), { timeout: 10_000 }).toBe(true);
    await expect(threads.run(double, 5, { signal: control.signal })).rejects.toBe(reason);
  });

  it('ends with its own signal: work under way gets the reason', async () => {
    const control = new AbortController();
    const threads = executor({ threads: 1, signal: control.signal });
    const reason = new Error('shut down');
    const count = counter();
    const outcome = expect(threads.run(spin, count)).rejects.toBe(reason);
    await begun(count);
    control.abort(reason);
    await outcome;
    await threads.dispose();
    expect(await stopped(count)).toBe(true);
    await expect(threads.run(double, 1)).rejects.toBe(reason);
  });

  it('leaves no thread behind when disposed, even a busy one', async () => {
    const threads = executor({ threads: 2 });
    const count = counter();
    const outcome = expect(threads.run(spin, count)).rejects.toMatchObject({ code: 'ERR_WORKERS_DISPOSED' });
    await begun(count);
    await Promise.all([threads.dispose(), threads.dispose()]);
    await outcome;
    expect(await stopped(count)).toBe(true);
    await expect(threads.run(double, 1)).rejects.toMatchObject({ code: 'ERR_WORKERS_DISPOSED' });
  });

  it('refuses what cannot be cloned, and what is not a task', async () => {
    const threads = executor({ threads: 1 });
    const uncloneable = (() => 1) as unknown as number;
    await expect(threads.run(double, uncloneable)).rejects.toMatchObject({ code: 'ERR_WORKERS_NOT_CLONEABLE' });
    const hidden = unexported?.();
    await expect(threads.run(hidden ?? double, 1)).rejects.toMatchObject({ code: 'ERR_WORKERS_TASK_FAILED' });
    expect(await threads.run(double, 1)).toBe(2);
  });

  it('checks its options', () => {
    expect(() => workerExecutor({ threads: 0 })).toThrow(InputError);
    expect(() => workerExecutor({ threads: 1.5 })).toThrow(InputError);
    expect(() => workerExecutor({ threads: 1, workers: 2 } as WorkerExecutorOptions)).toThrow(/unknown option "workers"/);
    expect(LocalProtocolError).toBeDefined();
  });
});
