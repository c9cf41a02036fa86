/** Going on after a crash: whatever moment a party dies at, what it had on its disk is enough for the trees the label party has finished. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../../src/adapters/memory/index.ts';
import { seededRandom } from '../../../src/base/index.ts';
import { checkpointOf, resumeSplits } from '../../../src/federated/vertical/gbdt/checkpoint.ts';
import { featureHolder, type GbdtCheckpoint, type GbdtHolderCheckpoint, labelParty } from '../../../src/federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import type { Channel } from '../../../src/protocol/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { runFederated, SMALL, synthetic } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

const { platform, labels, bank } = synthetic(300, 8);
const params = { ...SMALL, n_estimators: 3, max_depth: 2, learning_rate: 0.5 };

describe('what the holder keeps', () => {
  it('is never behind a tree that the label party has finished, and begins before the first', async () => {
    const kept: GbdtHolderCheckpoint[] = [];
    const finished: { own: GbdtCheckpoint; theirs: GbdtHolderCheckpoint }[] = [];
    await runFederated({
      engine,
      seed: 50,
      label: { table: bank, labels, params, checkpoint: (own) => void finished.push({ own, theirs: kept[kept.length - 1] }) },
      holders: [{ table: platform, seed: 51, options: { minSupport: 20 }, checkpoint: (state) => void kept.push(state) }],
    });
    expect(kept[0].splits).toEqual([]);
    expect(finished).toHaveLength(3);
    for (const { own, theirs } of finished) {
      const start = { startTree: own.state.trees.length, startSplits: own.nextSplitIds['holder-0'] };
      expect(start.startSplits).toBeGreaterThan(0);
      expect(resumeSplits(theirs, start)).toHaveLength(start.startSplits);
    }
  });

  it('is on its disk before the bits of a split leave', async () => {
    const pair = channelPair();
    let kept = 0;
    const answered: number[] = [];
    const channel: Channel = {
      send(kind, body) {
        if (kind === 'gbdt/bits') answered.push(kept);
        return pair.b.send(kind, body);
      },
      receive: (kind) => pair.b.receive(kind),
    };
    const checkpoint = ({ splits }: GbdtHolderCheckpoint): void => {
      kept = splits.length;
    };
    const [{ model }] = await Promise.all([
      labelParty([{ holder: 'holder-0', channel: pair.a }], { table: bank, labels, params }, { engine, random: seededRandom(50) }),
      featureHolder(channel, { table: platform, options: { minSupport: 20 }, checkpoint }, { engine, random: seededRandom(51) }),
    ]);
    expect(model.trees).toHaveLength(3);
    expect(answered.length).toBeGreaterThan(2);
    expect(answered.every((count, i) => count > (answered[i - 1] ?? 0))).toBe(true);
  });

  it('must be all the splits that the label party has: one fewer or one more is another training', () => {
    const split = (tree: number, splitId: number) => ({ tree, splitId, feature: 'a', threshold: 1, missing: 'left' }) as never;
    const state = checkpointOf([split(0, 0), split(1, 1), split(1, 2), split(2, 3)]);
    expect(resumeSplits(state, { startTree: 2, startSplits: 3 })).toHaveLength(3);
    expect(resumeSplits(state, { startTree: 0, startSplits: 0 })).toEqual([]);
    const refused = expect.objectContaining({ blame: 'refused', code: 'ERR_GBDT_RESUME' });
    for (const startSplits of [2, 4]) expect(() => resumeSplits(state, { startTree: 2, startSplits })).toThrowError(refused);
    expect(() => resumeSplits(undefined, { startTree: 1, startSplits: 0 })).toThrowError(refused);
  });
});
