import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { workerExecutor } from '../../src/adapters/workers/index.ts';
import { inlineExecutor, type ProgressEvent, seededRandom } from '../../src/base/index.ts';
import { BATCH_POINTS, receiver, sender } from '../../src/psi/index.ts';
import { align } from './support.ts';

const range = (prefix: string, from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);

/** Both alignments name the same ids in the same order, and exactly the common ones. */
async function expectExact(bank: readonly string[], platform: readonly string[], seed = 1): Promise<void> {
  const [left, right] = await align(bank, platform, { seed });
  const ids = [...left.rows].map((row) => bank[row]);
  expect([...right.rows].map((row) => platform[row])).toEqual(ids);
  const held = new Set(platform);
  expect([...ids].sort()).toEqual(bank.filter((id) => held.has(id)).sort());
  expect([left.peerRows, right.peerRows]).toEqual([platform.length, bank.length]);
}

describe('private set intersection', () => {
  it('finds exactly the common rows of any two sets', async () => {
    const set = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(set, set, set, fc.integer(), async (common, onlyBank, onlyPlatform, seed) => {
        await expectExact([...new Set([...onlyBank, ...common])], [...new Set([...common, ...onlyPlatform])], seed);
      }),
      { numRuns: 40, seed: 13 },
    );
  });

  it.each([
    ['both sets empty', [], []],
    ['an empty bank', [], ['a']],
    ['an empty platform', ['a'], []],
    ['one row each, equal', ['a'], ['a']],
    ['one row each, different', ['a'], ['b']],
    ['nothing in common', range('b', 0, 40), range('p', 0, 30)],
    ['everything in common, in another order', range('x', 0, 40), range('x', 0, 40).reverse()],
  ])('works with %s', async (_, bank, platform) => {
    await expectExact(bank, platform);
  });

  it('works over several messages, full and odd ones', async () => {
    await expectExact(range('b', 0, 2_001).concat(range('x', 0, 3_000)), range('x', 500, 3_500).concat(range('p', 0, 2_000)));
    await expectExact(range('x', 0, BATCH_POINTS), range('x', 4_000, 4_000 + BATCH_POINTS + 1));
  });

  it('tells ids apart that differ in a character, a width, a space or a case', async () => {
    await expectExact(['91A', '９1A', '91A ', '91a', '91Á'], ['91A', '91B', ' 91A', '91a', '91Á']);
  });

  it('puts aligned rows in an order that neither party’s row order shows through', async () => {
    const ids = range('x', 0, 200);
    const [left, right] = await align(ids, ids);
    const ascending = (rows: Uint32Array): number => rows.reduce((n, row, k) => n + (k > 0 && row > rows[k - 1] ? 1 : 0), 0);
    expect(ascending(left.rows)).toBeLessThan(130);
    expect(ascending(right.rows)).toBeLessThan(130);
    const [again] = await align(ids, ids, { seed: 2 });
    expect([...again.rows]).not.toEqual([...left.rows]);
  });

  it('reports progress up to the whole of every stage', async () => {
    const events: ProgressEvent[] = [];
    const pair = channelPair();
    const ids = range('x', 0, BATCH_POINTS + 100);
    const ports = { random: seededRandom(1), executor: inlineExecutor };
    await Promise.all([
      receiver(pair.a, { ids, context: 'c' }, { ...ports, progress: (event) => events.push(event) }),
      sender(pair.b, { ids: range('x', 0, 5), context: 'c' }, ports),
    ]);
    expect(events.map(({ stage, done, total }) => `${stage} ${done}/${total}`).sort()).toEqual([
      `psi: blind own ids ${BATCH_POINTS}/${ids.length}`,
      `psi: blind own ids ${ids.length}/${ids.length}`,
      'psi: blind peer points 5/5',
      `psi: match ${BATCH_POINTS}/${ids.length}`,
      `psi: match ${ids.length}/${ids.length}`,
    ]);
  });

  it('stops when its signal aborts', async () => {
    const pair = channelPair();
    const control = new AbortController();
    const ids = range('x', 0, 3 * BATCH_POINTS);
    const ports = { random: seededRandom(1), executor: inlineExecutor };
    const running = receiver(pair.a, { ids, context: 'c' }, { ...ports, signal: control.signal, progress: () => control.abort() });
    const peer = sender(pair.b, { ids, context: 'c' }, ports).catch((error: unknown) => error);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    pair.close();
    expect(await peer).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });

  it('says nothing at all when its signal was aborted before', async () => {
    const pair = channelPair();
    const ports = { random: seededRandom(1), executor: inlineExecutor, signal: AbortSignal.abort() };
    await expect(receiver(pair.a, { ids: ['a'], context: 'c' }, ports)).rejects.toMatchObject({ name: 'AbortError' });
    expect(pair.a.traffic().sent).toEqual({});
  });
});

describe('private set intersection on worker threads', () => {
  const threads = workerExecutor({ threads: 2 });
  afterAll(() => threads.dispose());

  it('gives the same alignment and the same messages as inline', async () => {
    const bank = range('b', 0, 1_000).concat(range('x', 0, 4_000));
    const platform = range('x', 2_000, 6_000);
    const record = async (executor: typeof inlineExecutor) => {
      const seen: string[] = [];
      const [left, right] = await align(bank, platform, {
        executor,
        channel: {
          tap: (message) => {
            seen.push(`${message.from} ${message.kind} ${Buffer.from(message.body).toString('base64')}`);
            return message;
          },
        },
      });
      return { left, right, fromBank: seen.filter((m) => m.startsWith('a')), fromPlatform: seen.filter((m) => m.startsWith('b')) };
    };
    expect(await record(threads)).toEqual(await record(inlineExecutor));
  });
});
