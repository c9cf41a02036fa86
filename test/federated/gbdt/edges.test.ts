import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../../src/adapters/memory/index.ts';
import { type SecureRandom, seededRandom } from '../../../src/base/index.ts';
import { featureHolder, type GbdtCheckpoint, type GbdtHolderCheckpoint, labelParty } from '../../../src/federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { parseGbdtHolderModel, parseGbdtModel } from '../../../src/learn/trees/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { type FederatedCase, runFederated, SMALL, settleFederated, synthetic, tableOf } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

const { bank, platform, labels } = synthetic(300, 8);
const job = (changes: Partial<FederatedCase> = {}): FederatedCase => ({
  engine,
  seed: 50,
  label: { table: bank, labels, params: { ...SMALL, n_estimators: 2, max_depth: 2 } },
  holders: [{ table: platform, seed: 51, options: { minSupport: 20 } }],
  ...changes,
});

describe('what cannot be trained is refused with a reason, before anything is sent', () => {
  it.each([
    ['labels of one class', { labels: new Uint8Array(300) }, 'ERR_LEARN_ONE_CLASS'],
    ['labels that are not 0 or 1', { labels: new Uint8Array(300).fill(2) }, 'ERR_LEARN_LABEL'],
    ['a missing label', { labels: labels.subarray(1) }, 'ERR_LEARN_LENGTH_MISMATCH'],
    ['exact gradients', { params: { gradient_bits: 'exact' as const } }, 'ERR_LEARN_OPTION'],
    ['an unknown option', { params: { trees: 3 } as never }, 'ERR_LEARN_UNKNOWN_OPTION'],
  ])('%s', async (_, input, code) => {
    const { label, transcripts } = await settleFederated(job({ label: { table: bank, labels, params: SMALL, ...input } }));
    expect(label).toMatchObject({ status: 'rejected', reason: { blame: 'input', code } });
    expect(transcripts[0]).toEqual([]);
  });

  it('one row', async () => {
    const one = { table: tableOf({ a: [1] }), labels: [1] };
    expect((await settleFederated(job({ label: one }))).label).toMatchObject({ reason: { code: 'ERR_LEARN_TOO_FEW_ROWS' } });
  });

  it('fewer rows than two bins of the safe support need, by the holder', async () => {
    const few = synthetic(199, 1);
    const { holders } = await settleFederated(
      job({ label: { table: few.bank, labels: few.labels, params: SMALL }, holders: [{ table: few.platform, seed: 1 }] }),
    );
    expect(holders[0]).toMatchObject({ reason: { blame: 'refused', code: 'ERR_GBDT_TOO_FEW_ROWS' } });
  });

  it('a holder’s unknown option, limit or constraint', async () => {
    const failing = async (changes: object) =>
      (await settleFederated(job({ holders: [{ table: platform, seed: 1, ...changes }] }))).holders[0];
    expect(await failing({ options: { minsupport: 3 } })).toMatchObject({ reason: { code: 'ERR_GBDT_OPTION' } });
    expect(await failing({ options: { minSupport: 20 }, limits: { maxTree: 3 } })).toMatchObject({ reason: { code: 'ERR_GBDT_OPTION' } });
    expect(await failing({ options: { minSupport: 20, monotone_constraints: { nobody: 1 } } })).toMatchObject({
      reason: { code: 'ERR_LEARN_OPTION' },
    });
  });
});

describe('poor columns', () => {
  it('a holder with nothing to split on leaves the label party’s own model', async () => {
    const nothing = tableOf({ constant: new Float64Array(300).fill(1), absent: new Float64Array(300).fill(Number.NaN) });
    const { label, holders } = await runFederated(job({ holders: [{ table: nothing, seed: 1, options: { minSupport: 20 } }] }));
    expect(holders[0].model.splits).toEqual([]);
    expect(label.model.trees[0].nodes.length).toBeGreaterThan(1);
  });

  it('a label party without columns of its own splits on the holder’s', async () => {
    const empty = { ...bank, columns: new Map<string, Float64Array>() };
    const { label, holders } = await runFederated(
      job({ label: { table: empty, labels, params: { ...SMALL, n_estimators: 1, max_depth: 1 } } }),
    );
    expect(label.model.features).toEqual([]);
    expect(holders[0].model.splits.length).toBe(1);
  });

  it('too few rows for a split give trees of one leaf and no question', async () => {
    const { label, transcripts } = await runFederated(
      job({ label: { table: bank, labels, params: { ...SMALL, min_child_samples: 151 } } }),
    );
    for (const { nodes } of label.model.trees) expect(nodes.length).toBe(1);
    expect(transcripts[0].filter(({ kind }) => kind === 'gbdt/vector')).toEqual([]);
  });
});

describe('models of both parties', () => {
  it('survive JSON; the holder keeps exactly the splits the model uses', async () => {
    const { label, holders } = await runFederated(job());
    expect(parseGbdtModel(JSON.parse(JSON.stringify(label.model)))).toEqual(label.model);
    expect(parseGbdtHolderModel(JSON.parse(JSON.stringify(holders[0].model)))).toEqual(holders[0].model);
    const used = label.model.trees.flatMap(({ nodes }) =>
      nodes.flatMap((node) => (node.kind === 'split' && node.split.kind === 'remote' ? [node.split.splitId] : [])),
    );
    expect(holders[0].model.splits.map(({ splitId }) => splitId)).toEqual(used.sort((a, b) => a - b));
  });

  it('early stopping drops the splits of the trees that are not kept', async () => {
    const params = { ...SMALL, n_estimators: 20, max_depth: 2, learning_rate: 1, min_child_samples: 5, early_stopping_rounds: 1 };
    const { label, holders } = await runFederated(job({ label: { table: bank, labels, params } }));
    expect(label.figures.length).toBe(label.model.trees.length + 1);
    expect(label.figures.length).toBeLessThan(20);
    const remote = label.model.trees.flatMap(({ nodes }) => nodes.filter((node) => node.kind === 'split' && node.split.kind === 'remote'));
    expect(holders[0].model.splits.length).toBe(remote.length);
  });
});

/** A generator whose place can be noted and gone back to. */
function placedRandom(seed: number, place = 0): SecureRandom & { place(): number } {
  const random = seededRandom(seed);
  random.fill(new Uint8Array(place));
  let used = place;
  return {
    fill(bytes) {
      used += bytes.length;
      random.fill(bytes);
    },
    place: () => used,
  };
}

describe('training that was broken off', () => {
  const params = { ...SMALL, n_estimators: 3, max_depth: 2, learning_rate: 0.5 };

  it('goes on from the last finished tree to the very model that was under way', async () => {
    const through = await runFederated(job({ label: { table: bank, labels, params } }));
    const own: { state: GbdtCheckpoint; place: number }[] = [];
    const theirs: GbdtHolderCheckpoint[] = [];
    const random = placedRandom(50);
    const stop = new AbortController();
    const label = {
      table: bank,
      labels,
      params,
      checkpoint(state: GbdtCheckpoint) {
        own.push({ state: JSON.parse(JSON.stringify(state)), place: random.place() });
        if (own.length === 2) stop.abort();
      },
    };
    const holder = { table: platform, options: { minSupport: 20 }, checkpoint: (state: GbdtHolderCheckpoint) => void theirs.push(state) };
    const broken = channelPair();
    const outcomes = await Promise.allSettled([
      labelParty([{ holder: 'holder-0', channel: broken.a }], label, { engine, random, signal: stop.signal }).finally(() => broken.close()),
      featureHolder(broken.b, holder, { engine, random: seededRandom(51) }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    const [{ state, place }] = own;
    const resumed = await runFederated({
      engine,
      seed: 50,
      random: placedRandom(50, place),
      label: { table: bank, labels, params, resume: state },
      holders: [{ ...holder, seed: 99, resume: theirs[theirs.length - 1] }],
    });
    expect(structure(resumed.label.model)).toEqual(structure(through.label.model));
    expect(resumed.label.margins).toEqual(through.label.margins);
    expect(resumed.holders[0].model).toEqual(through.holders[0].model);
  });

  const structure = (model: object): unknown => JSON.parse(JSON.stringify(model));

  it('does not go on with other parameters', async () => {
    const states: GbdtCheckpoint[] = [];
    await runFederated(job({ label: { table: bank, labels, params, checkpoint: (state) => void states.push(state) } }));
    const { label } = await settleFederated(job({ label: { table: bank, labels, params: { ...params, gamma: 1 }, resume: states[0] } }));
    expect(label).toMatchObject({ reason: { blame: 'input', code: 'ERR_GBDT_RESUME' } });
  });

  it('reports each tree with its figures at the label party, and without them at the holder', async () => {
    const channels = channelPair();
    const notes: (string | undefined)[][] = [[], []];
    await Promise.all([
      labelParty(
        [{ holder: 'h', channel: channels.a }],
        { table: bank, labels, params },
        { engine, random: seededRandom(1), progress: ({ note }) => notes[0].push(note) },
      ),
      featureHolder(
        channels.b,
        { table: platform, options: { minSupport: 20 } },
        { engine, random: seededRandom(2), progress: ({ note }) => notes[1].push(note) },
      ),
    ]);
    expect(notes[0]).toHaveLength(3);
    expect(notes[0][0]).toMatch(/^train AUC 0\.\d{4}$/);
    expect(notes[1]).toEqual([undefined, undefined, undefined]);
  });
});
