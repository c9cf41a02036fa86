/**
 * Weights and points are registered encrypted: the platform cannot see whether they are the trained ones. So a job has one registration, for good,
 * and a firm one number under it (T05, T30, T31, T32, T33). The platform's half are the handlers of a node; the bank's half is put together here
 * from its roles, honest or not.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter, inlineExecutor, silentLogger, systemRandom } from '../../src/base/index.ts';
import { featureTable } from '../../src/data/index.ts';
import { memoryRegistrations, type RegistrationStore, registerWeights } from '../../src/federated/vertical/logistic-regression/index.ts';
import { encodePinned } from '../../src/federated/vertical/registered-vector/registration.ts';
import { type HolderScorecard, type LabelScorecard, registerCard } from '../../src/federated/vertical/scorecard/index.ts';
import type { HeEngine } from '../../src/he/index.ts';
import { type JobStore, memoryJobStores, type StepContext } from '../../src/node/index.ts';
import { JobMemories } from '../../src/node/job-memory.ts';
import { ALIGNMENT, HOLDER_CARD, HOLDER_LINEAR, keep, need } from '../../src/pipeline/artifacts.ts';
import { platformHandlers } from '../../src/pipeline/index.ts';
import { sendHalf } from '../../src/pipeline/pairing.ts';
import { type Channel, meter } from '../../src/protocol/index.ts';
import { receiver } from '../../src/psi/index.ts';
import { runPair } from '../federated/pair.ts';
import { loadEngine } from '../support/engines.ts';
import { testContract } from '../support/federation.ts';

const FIRMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const refused = { code: 'ERR_REFUSED_REGISTRATION', blame: 'refused', help: expect.stringContaining('new contract') };

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

/** A bank that pretends to hear that nothing is registered yet. */
const deaf = (channel: Channel): Channel => ({
  send: (kind, body) => channel.send(kind, body),
  receive: async (kind) => {
    const body = await channel.receive(kind);
    return kind.endsWith('/registered') ? encodePinned(undefined) : body;
  },
});

/** A platform whose model has so many columns, and a bank that may say what it likes. */
class Desk {
  readonly store: JobStore = memoryJobStores().of('bank', 'job-1');
  readonly debits: number[] = [];
  readonly #columns: readonly string[];
  #memories = new JobMemories();
  readonly #kind: 'logistic_regression' | 'scorecard';

  constructor(columns: number, kind: 'logistic_regression' | 'scorecard' = 'logistic_regression') {
    this.#columns = Array.from({ length: columns }, (_, c) => `column_${c}`);
    this.#kind = kind;
  }

  step<A>(name: 'align' | 'score', bank: (channel: Channel, context: StepContext) => Promise<A>): Promise<A> {
    const columns = new Map(this.#columns.map((column, c) => [column, Float64Array.from(FIRMS, (_, row) => 10 * c + row)]));
    const table = featureTable(FIRMS, columns);
    const asset = { table, labels: undefined, categorical: new Set<string>(), levels: new Map(), schema: undefined, fingerprint: 'aa' };
    const assets = { load: async () => asset, columnsOf: async () => [] };
    const handlers = platformHandlers({ assets, engine, executor: inlineExecutor, random: systemRandom });
    const context = this.#context(name);
    return runPair(
      (channel) => bank(channel, context),
      async (channel) => handlers[name](meter(channel), context),
    ).then(({ a }) => a);
  }

  /** The node starts again: what was in its memory is gone. */
  restart(): void {
    this.#memories = new JobMemories();
  }

  align(firms: readonly string[] = FIRMS): Promise<unknown> {
    const options = { maxOwnRows: FIRMS.length, maxPeerRows: 100 };
    return this.step('align', (channel, { contract }) =>
      receiver(channel, { ids: [...firms], context: contract.hash, options }, { executor: inlineExecutor, random: systemRandom }),
    );
  }

  /** The platform's rows behind the aligned ones. */
  async ownRows(): Promise<number[]> {
    return Array.from((await need(this.store, ALIGNMENT)).rows);
  }

  /** What a training leaves at the platform. */
  async trained(session: string, names = this.#columns): Promise<void> {
    const value = names.map((name) => ({ name, scaling: { mean: 0, deviation: 1, clip: 100 } }));
    await keep(this.store, HOLDER_LINEAR, { session, value });
  }

  /** A score session under a weight of 1 for one column. @param bank what the bank kept; a new one registers anew, whatever it hears */
  read(session: string, column: number, rows: readonly number[] = [0], bank?: RegistrationStore): Promise<Int32Array> {
    return this.step('score', async (channel) => {
      await sendHalf(channel, session, 1);
      const weights = Float64Array.from(this.#columns, (_, c) => (c === column ? 1 : 0));
      const ports = { engine, store: bank ?? memoryRegistrations() };
      const registered = await registerWeights(bank ? channel : deaf(channel), weights, ports);
      return registered.ask(channel, Uint32Array.from(rows)).finally(() => registered.dispose());
    });
  }

  #context(step: string): StepContext {
    const contract = testContract({
      columns: [...this.#columns],
      model: this.#kind,
      parameters: { features: [...this.#columns], test: 0, seed: 1, maxPeerRows: 100 },
    });
    return {
      party: 'platform',
      peer: 'bank',
      jobId: 'job-1',
      step,
      sessionId: '00',
      contract,
      asset: 'firms',
      columns: contract.terms.columns,
      memory: this.#memories.of('bank', 'job-1', contract.hash),
      store: this.store,
      debit: async (bits) => void this.debits.push(bits),
      signal: new AbortController().signal,
      logger: silentLogger,
    };
  }
}

/** A desk that is aligned and trained; what aligning debits is not counted. */
async function ready(columns: number): Promise<Desk> {
  const desk = new Desk(columns);
  await desk.align();
  await desk.trained('first');
  desk.debits.length = 0;
  return desk;
}

describe('encrypted weights', () => {
  it('a job registers one weight vector, whatever is aligned and trained: a firm shows one functional of its columns (T31)', async () => {
    const desk = await ready(9);
    const bank = memoryRegistrations();
    const [asked] = await desk.ownRows();
    await desk.read('first', 0, [0], bank);
    for (let column = 1; column < 9; column++) await expect(desk.read('first', column, [1])).rejects.toMatchObject(refused);
    expect(desk.debits).toEqual([26]);
    await desk.align();
    await desk.trained('second');
    desk.debits.length = 0;
    await expect(desk.read('second', 2, [2])).rejects.toMatchObject(refused);
    // Nor does the registered vector read anything under another half, honestly named or not.
    await expect(desk.read('second', 0, [2], bank)).rejects.toMatchObject(refused);
    await desk.trained('first', [
      'column_8',
      'column_7',
      'column_6',
      'column_5',
      'column_4',
      'column_3',
      'column_2',
      'column_1',
      'column_0',
    ]);
    await expect(desk.read('first', 0, [2], bank)).rejects.toMatchObject(refused);
    expect(desk.debits).toEqual([]);
    await desk.trained('first');
    await desk.read('first', 0, [(await desk.ownRows()).findIndex((row) => row !== asked)], bank);
    expect(desk.debits).toEqual([26]);
  });

  it('sessions at once register one vector like sessions one after the other (T33)', async () => {
    const desk = await ready(5);
    const sessions = await Promise.allSettled([0, 1, 2, 3, 4].map((column) => desk.read('first', column, [column])));
    expect(sessions.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the same question', () => {
  it('1,000 times, the node started again in between: 1,000 byte-identical answers, debited and counted once (T05, T30)', async () => {
    const desk = await ready(3);
    const bank = memoryRegistrations();
    const body = new ByteWriter().u32s([3, 1, 4]).finish();
    const answers: string[] = [];
    for (let session = 0; session < 4; session++) {
      desk.restart();
      await desk.step('score', async (channel) => {
        await sendHalf(channel, 'first', 250);
        const registered = await registerWeights(channel, Float64Array.of(1, 0, 0), { engine, store: bank });
        registered.dispose();
        for (let again = 0; again < 250; again++) {
          await channel.send('lr/ask', body);
          answers.push(Buffer.from(await channel.receive('lr/scores')).toString('base64'));
        }
      });
    }
    expect([answers.length, new Set(answers).size, desk.debits.length]).toEqual([1000, 1, 1]);
    const rows = await desk.ownRows();
    const counted = (await desk.store.get('answered-scores')) as Uint8Array;
    expect([rows[3], rows[1], rows[4]].map((row) => counted[row])).toEqual([1, 1, 1]);
  });

  it('at once in several sessions is computed once and debited once (T33)', async () => {
    const desk = await ready(3);
    const bank = memoryRegistrations();
    await desk.read('first', 0, [7], bank);
    await Promise.all(Array.from({ length: 6 }, () => desk.read('first', 0, [1, 2], bank)));
    expect(desk.debits).toEqual([26, 52]);
  });

  it('is about firms, not about places: aligned in another order the same firms cost nothing, others behind the same numbers do', async () => {
    const desk = await ready(3);
    const bank = memoryRegistrations();
    const before = await desk.ownRows();
    const first = await desk.read('first', 0, [0, 1], bank);
    // Firms a and b are no longer aligned: the places move, or the firms behind them.
    let after = before;
    for (const without of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      await desk.align(FIRMS.filter((firm) => firm !== without));
      after = await desk.ownRows();
      if (after[0] !== before[0] && after.includes(before[0]) && after.includes(before[1])) break;
    }
    await desk.trained('first');
    desk.debits.length = 0;
    expect(after[0]).not.toBe(before[0]);
    const places = [after.indexOf(before[0]), after.indexOf(before[1])];
    expect(await desk.read('first', 0, places, bank)).toEqual(first);
    expect(desk.debits).toEqual([]);
    expect(await desk.read('first', 0, [0, 1], bank)).not.toEqual(first);
    expect(desk.debits).toEqual([52]);
  });
});

describe('encrypted points', () => {
  const cells = {
    kind: 'numeric' as const,
    edges: Float64Array.of(4),
    categories: new Map<number, number>(),
    ordered: 2,
    specials: new Map<number, number>(),
    missing: -1,
    counts: Uint32Array.of(4, 4),
  };
  const feature = (name: string): HolderScorecard['features'][number] => ({
    name,
    cells,
    kept: true,
    binOfCell: [0, 1],
    bins: 2,
    scale: undefined,
  });

  it('a job registers one card, and its points read nothing under other bins (T31)', async () => {
    const desk = new Desk(2, 'scorecard');
    await desk.align();
    const half = [feature('column_0'), feature('column_1')];
    await keep(desk.store, HOLDER_CARD, { session: 'first', value: { features: half } });
    const points = (first: number) => ({ holder: 0, points: { name: '', points: Int32Array.of(first, 7), neutralPoints: 0 } });
    const score = (card: unknown, bank?: RegistrationStore) =>
      desk.step('score', async (channel) => {
        await sendHalf(channel, 'first', 1);
        const ports = { engine, store: bank ?? memoryRegistrations() };
        const registered = await registerCard(bank ? channel : deaf(channel), card as LabelScorecard, ports);
        return registered.ask(channel, Uint32Array.of(0)).finally(() => registered.dispose());
      });
    const bank = memoryRegistrations();
    const card = { holder: [points(3), points(20)] };
    const parts = await score(card, bank);
    expect([10, 14, 23, 27]).toContain(parts[0]);
    await expect(score({ holder: [points(1), points(0)] })).rejects.toMatchObject(refused);
    await keep(desk.store, HOLDER_CARD, { session: 'first', value: { features: [...half].reverse() } });
    await expect(score(card, bank)).rejects.toMatchObject(refused);
    await keep(desk.store, HOLDER_CARD, { session: 'first', value: { features: half } });
    expect(await score(card, bank)).toEqual(parts);
  });
});
