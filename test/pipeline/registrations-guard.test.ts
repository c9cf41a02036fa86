/**
 * Encrypted weights and points come under a fresh key each time: the platform cannot see whether they are the trained ones. So it counts them,
 * for good, and there are always fewer than would give a firm's columns (T31). The platform's half are the handlers of a node; the bank's half is
 * put together here from its roles.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inlineExecutor, silentLogger, systemRandom } from '../../src/base/index.ts';
import { featureTable } from '../../src/data/index.ts';
import { registerWeights } from '../../src/federated/vertical/logistic-regression/index.ts';
import { type HolderScorecard, type LabelScorecard, registerCard } from '../../src/federated/vertical/scorecard/index.ts';
import type { HeEngine } from '../../src/he/index.ts';
import { type JobStore, memoryJobStores, type StepContext } from '../../src/node/index.ts';
import { JobMemories } from '../../src/node/job-memory.ts';
import { HOLDER_CARD, HOLDER_LINEAR, keep } from '../../src/pipeline/artifacts.ts';
import { platformHandlers } from '../../src/pipeline/index.ts';
import { sendHalf } from '../../src/pipeline/pairing.ts';
import { mostRegistrations } from '../../src/pipeline/registrations.ts';
import { type Channel, meter } from '../../src/protocol/index.ts';
import { receiver } from '../../src/psi/index.ts';
import { runPair } from '../federated/pair.ts';
import { loadEngine } from '../support/engines.ts';
import { testContract } from '../support/federation.ts';

const FIRMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const refused = { code: 'ERR_REFUSED_REGISTRATIONS', blame: 'refused', help: expect.stringContaining('new contract') };

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

/** A platform whose model has so many columns, and a bank that may say what it likes. */
class Desk {
  readonly store: JobStore = memoryJobStores().of('bank', 'job-1');
  readonly debits: number[] = [];
  readonly #columns: readonly string[];
  readonly #memories = new JobMemories();
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

  align(): Promise<unknown> {
    const options = { maxOwnRows: FIRMS.length, maxPeerRows: 100 };
    return this.step('align', (channel, { contract }) =>
      receiver(channel, { ids: FIRMS, context: contract.hash, options }, { executor: inlineExecutor, random: systemRandom }),
    );
  }

  /** What a training leaves at the platform. */
  async trained(session: string, names = this.#columns): Promise<void> {
    const value = names.map((name) => ({ name, scaling: { mean: 0, deviation: 1, clip: 100 } }));
    await keep(this.store, HOLDER_LINEAR, { session, value });
  }

  /** A score session under weights of the bank's choice; gives the answers and the registration's bytes. */
  read(session: string, column: number, rows = Uint32Array.of(0)): Promise<{ parts: Int32Array; registration: Uint8Array }> {
    return this.step('score', async (channel) => {
      await sendHalf(channel, session, 1);
      let registration = new Uint8Array();
      const tapped: Channel = {
        receive: (kind) => channel.receive(kind),
        async send(kind, body) {
          registration = body.slice();
          await channel.send(kind, body);
        },
      };
      const weights = Float64Array.from(this.#columns, (_, c) => (c === column ? 1 : 0));
      const registered = await registerWeights(tapped, weights, { engine, random: systemRandom });
      const parts = await registered.ask(channel, rows).finally(() => registered.dispose());
      return { parts, registration };
    });
  }

  /** The same registration once more, bytes and all. */
  replay(session: string, registration: Uint8Array): Promise<unknown> {
    return this.step('score', async (channel) => {
      await sendHalf(channel, session, 0);
      await channel.send('lr/register', registration);
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

describe('encrypted weights', () => {
  it('the most of a job is below half of the columns, at least 1 and at most 4', () => {
    expect(Array.from({ length: 12 }, (_, i) => mostRegistrations(i + 1))).toEqual([1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4]);
  });

  it('a job registers fewer than half as many weight vectors as the model has columns (T31)', async () => {
    const desk = new Desk(5);
    await desk.align();
    await desk.trained('first');
    await desk.read('first', 0);
    await desk.read('first', 1, Uint32Array.of(1));
    const debited = desk.debits.length;
    await expect(desk.read('first', 2, Uint32Array.of(2))).rejects.toMatchObject(refused);
    // Aligned and trained again, the count is what it was; and a refusal costs nothing.
    await desk.align();
    await desk.trained('second');
    const aligned = desk.debits.length;
    await expect(desk.read('second', 2, Uint32Array.of(2))).rejects.toMatchObject(refused);
    expect([debited, desk.debits.length]).toEqual([3, aligned]);
  });

  it('sessions at once are counted like sessions one after the other (T33)', async () => {
    const desk = new Desk(5);
    await desk.align();
    await desk.trained('first');
    const sessions = await Promise.allSettled([0, 1, 2, 3, 4].map((column) => desk.read('first', column, Uint32Array.of(column))));
    expect(sessions.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('the same bytes count once under one half of a model, and again under another', async () => {
    const desk = new Desk(5);
    await desk.align();
    await desk.trained('first');
    const { registration } = await desk.read('first', 0);
    for (let again = 0; again < 3; again++) await desk.replay('first', registration);
    // Columns in another order: the same vector reads another column, so it is another functional.
    await desk.trained('second', ['column_4', 'column_3', 'column_2', 'column_1', 'column_0']);
    await desk.replay('second', registration);
    await desk.trained('third', ['column_1', 'column_0', 'column_2', 'column_3', 'column_4']);
    await expect(desk.replay('third', registration)).rejects.toMatchObject(refused);
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

  it('a card of two columns is registered once in a job (T31)', async () => {
    const desk = new Desk(2, 'scorecard');
    await desk.align();
    await keep(desk.store, HOLDER_CARD, { session: 'first', value: { features: [feature('column_0'), feature('column_1')] } });
    const points = (first: number) => ({ holder: 0, points: { name: '', points: Int32Array.of(first, 7), neutralPoints: 0 } });
    const score = (card: LabelScorecard) =>
      desk.step('score', async (channel) => {
        await sendHalf(channel, 'first', 1);
        const registered = await registerCard(channel, card, { engine, random: systemRandom });
        return registered.ask(channel, Uint32Array.of(0)).finally(() => registered.dispose());
      });
    const parts = await score({ holder: [points(3), points(20)] } as unknown as LabelScorecard);
    expect([10, 14]).toContain(parts[0]);
    await expect(score({ holder: [points(1), points(0)] } as unknown as LabelScorecard)).rejects.toMatchObject(refused);
  });
});
