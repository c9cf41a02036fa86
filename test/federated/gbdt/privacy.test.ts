import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { gbdtDisclosure } from '../../../src/federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { RING_DEGREE } from '../../../src/he/index.ts';
import { disclosureBits } from '../../../src/protocol/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { type FederatedRun, type HolderCase, runFederated, SMALL, synthetic, tableOf } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

const ROWS = 400;
const params = { ...SMALL, n_estimators: 2, max_depth: 2, min_child_samples: 5, min_child_weight: 0, reg_lambda: 0.1 };

/** Nothing at the bank to split on, four strong binary columns at the platform: every tree is full, all splits remote. */
function fullTrees(labels: Uint8Array, tap?: HolderCase['tap'], table = signs(1), used: HeEngine = engine): Promise<FederatedRun> {
  return runFederated({
    engine: used,
    seed: 40,
    label: { table: tableOf({ constant: new Float64Array(ROWS) }), labels, params },
    holders: [{ table, seed: 41, options: { minSupport: 100 }, ...(tap && { tap }) }],
  });
}

/** Four columns of ±1, drawn by the seed. */
function signs(seed: number) {
  const random = seededRandom(seed, 'signs');
  const column = (): Float64Array => Float64Array.from({ length: ROWS }, () => (random.uniform() < 0.5 ? -1 : 1));
  return tableOf({ p: column(), q: column(), r: column(), s: column() });
}

const noisyLabels = (seed: number): Uint8Array => {
  const random = seededRandom(seed, 'labels');
  return Uint8Array.from({ length: ROWS }, () => (random.uniform() < 0.4 ? 1 : 0));
};

const isFull = ({ label }: FederatedRun): boolean =>
  label.model.trees.every(({ nodes }) => nodes.length === 7 && nodes.every((node) => node.kind === 'leaf' || node.split.kind === 'remote'));

describe('what a holder sees', () => {
  it('has the same kinds, order and lengths whatever the labels are, when the trees have the same shape', async () => {
    const runs = [await fullTrees(noisyLabels(1)), await fullTrees(noisyLabels(2)), await fullTrees(noisyLabels(1).map((y) => 1 - y))];
    expect(runs.every(isFull)).toBe(true);
    const [first, ...others] = runs.map(({ transcripts }) =>
      transcripts[0].filter(({ kind, direction }) => direction === 'sent' || kind !== 'gbdt/tree'),
    );
    for (const other of others) expect(other).toEqual(first);
    expect(first.filter(({ kind }) => kind === 'gbdt/vector').length).toBe(4);
  });

  it('has the same shape whatever the holder’s cells are', async () => {
    const runs = [await fullTrees(noisyLabels(1), undefined, signs(1)), await fullTrees(noisyLabels(1), undefined, signs(2))];
    expect(runs.every(isFull)).toBe(true);
    const sent = runs.map(({ transcripts }) => transcripts[0].filter(({ direction }) => direction === 'sent'));
    expect(sent[0]).toEqual(sent[1]);
  });

  it('is encrypted anew each time: no ciphertext or key is sent twice', async () => {
    const seen = new Set<string>();
    let messages = 0;
    const tap: HolderCase['tap'] = (message) => {
      if (message.body.length < 10_000) return message;
      messages++;
      seen.add(Buffer.from(message.body.subarray(0, 200)).toString('hex')).add(Buffer.from(message.body.subarray(-200)).toString('hex'));
      return message;
    };
    await fullTrees(noisyLabels(1), tap);
    await fullTrees(noisyLabels(1), tap);
    expect(messages).toBeGreaterThan(20);
    expect(seen.size).toBe(2 * messages);
  });
});

describe('canaries', () => {
  it('no label, cell, threshold or name of either party is in any message or in the other party’s model', async () => {
    const { bank, platform, labels } = synthetic(ROWS, 6);
    const canary = 1234.5678901234;
    const own = tableOf(new Map([...bank.columns, ['bankSecretColumn', bank.columns.get('a')!.map((v) => v + canary)]]));
    const theirs = tableOf(new Map([...platform.columns, ['platformSecretColumn', platform.columns.get('c')!.map((v) => v - canary)]]));
    const wire: Buffer[] = [];
    const tap: HolderCase['tap'] = (message) => {
      wire.push(Buffer.from(message.body));
      return message;
    };
    const run = await runFederated({
      engine,
      seed: 42,
      label: { table: own, labels, params: SMALL },
      holders: [{ table: theirs, seed: 43, options: { minSupport: 20 }, tap }],
    });
    const bytes = Buffer.concat(wire);
    const cells = [own, theirs].flatMap((table) => [...table.columns.values()].flatMap((values) => [...values.subarray(0, 50)]));
    const doubles = cells
      .filter((cell) => Number.isFinite(cell) && !Number.isInteger(cell))
      .flatMap((cell) => [...encodings(Buffer.from(Float64Array.of(cell).buffer))]);
    const names = ['bankSecretColumn', 'platformSecretColumn', 'row-7'].flatMap((name) => [...encodings(Buffer.from(name))]);
    for (const needle of [...doubles, ...names, Buffer.from(labels)]) expect(bytes.includes(needle)).toBe(false);
    expect(JSON.stringify(run.label.model)).not.toMatch(/platformSecretColumn|absent|holes/);
    expect(JSON.stringify(run.holders[0].model)).not.toMatch(/bankSecretColumn|value|gain|count/);
    const thresholds = run.holders[0].model.splits.map(({ threshold }) => threshold);
    for (const threshold of thresholds) expect(JSON.stringify(run.label.model)).not.toContain(`${threshold},`);
  });
});

/** Raw, hexadecimal and base64 (the part that does not depend on alignment). */
function* encodings(bytes: Buffer): Generator<Buffer> {
  yield bytes;
  yield Buffer.from(bytes.toString('hex'));
  yield Buffer.from(bytes.toString('base64').slice(0, -4));
}

describe('what the label party holds', () => {
  it('no split bit of a row outside the nodes asked', async () => {
    const level = { depth: -1, splits: 0 };
    const tap: HolderCase['tap'] = (message) => {
      if (message.kind === 'gbdt/tree') level.depth = -1;
      if (message.kind === 'gbdt/nodes') level.depth++;
      if (message.kind === 'gbdt/splits') level.splits = new DataView(message.body.buffer, message.body.byteOffset).getUint32(0, true);
      return message;
    };
    const outcomes: { inside: number; outside: number }[] = [];
    await fullTrees(
      noisyLabels(3),
      tap,
      signs(1),
      watchingSlots(() => level.splits === 2 ** level.depth, outcomes),
    );
    expect(outcomes.length).toBeGreaterThan(1);
    for (const { inside, outside } of outcomes) {
      expect(outside).toBe(0);
      expect(inside).toBeGreaterThan(0);
    }
  });

  /** Notes what is encrypted in slots since the last answer, and which decrypted slots lie inside it; all rows do where all nodes are asked. */
  function watchingSlots(everyNode: () => boolean, outcomes: { inside: number; outside: number }[]): HeEngine {
    const memberships: (readonly Uint32Array[])[] = [];
    return {
      name: engine.name,
      prepare: (parameters, operand, options) => engine.prepare(parameters, operand, options),
      evaluator: (parameters, publicKey) => engine.evaluator(parameters, publicKey),
      seriesKeys: (parameters, shape) => engine.seriesKeys(parameters, shape),
      seriesEvaluator: (parameters, operand, wanted) => engine.seriesEvaluator(parameters, operand, wanted),
      dispose: () => engine.dispose(),
      async keyHolder(parameters) {
        const holder = await engine.keyHolder(parameters);
        return {
          parameters,
          publicKey: holder.publicKey,
          encrypt: (plaintexts) => holder.encrypt(plaintexts),
          decrypt: (answers, wanted, mode) => holder.decrypt(answers, wanted, mode),
          encryptWords(words, form) {
            memberships.push(words);
            return holder.encryptWords(words, form);
          },
          async decryptSlots(answers) {
            const opened = await holder.decryptSlots(answers);
            const asked = memberships.splice(0);
            const whole = everyNode();
            const count = { inside: 0, outside: 0 };
            opened.forEach((block, b) => {
              block.forEach((bit, slot) => {
                const inside = whole ? b * RING_DEGREE + slot < ROWS : asked.some((blocks) => blocks[b][slot] === 1);
                if (bit !== 0) count[inside ? 'inside' : 'outside']++;
              });
            });
            outcomes.push(count);
            return opened;
          },
          exportKey: () => holder.exportKey(),
          dispose: () => holder.dispose(),
        };
      },
    };
  }

  it('nothing of nodes with fewer training rows than twice min_child_samples', async () => {
    const { bank, platform, labels } = synthetic(ROWS, 7);
    const { label } = await runFederated({
      engine,
      seed: 44,
      label: { table: bank, labels, params: { ...SMALL, min_child_samples: 60, max_depth: 4, min_child_weight: 0 } },
      holders: [{ table: platform, seed: 45, options: { minSupport: 20 } }],
    });
    for (const node of label.model.trees.flatMap(({ nodes }) => nodes)) {
      expect(node.count).toBeGreaterThanOrEqual(60);
      if (node.kind === 'split') expect(node.count).toBeGreaterThanOrEqual(120);
    }
  });
});

describe('disclosure', () => {
  it('of a run is counted, the same by both parties, and within what the contract stated before', async () => {
    const run = await fullTrees(noisyLabels(1));
    const { agreement, disclosure } = run.label.holders[0];
    expect(run.holders[0].disclosure).toEqual(disclosure);
    expect(run.holders[0].agreement).toEqual(agreement);
    const bound = gbdtDisclosure(agreement);
    for (const party of ['label party', 'feature holder'] as const) {
      expect(disclosureBits(disclosure, party)).toBeGreaterThan(0);
      expect(disclosureBits(disclosure, party)).toBeLessThanOrEqual(disclosureBits(bound, party));
    }
    const sums = run.transcripts[0].filter(({ kind }) => kind === 'gbdt/sums').length;
    const bits = agreement.histogram.plainModulus.toString(2).length - 1;
    const perAnswer = RING_DEGREE / agreement.block;
    const padded = Math.ceil(agreement.candidates / perAnswer) * perAnswer;
    expect(disclosure[0].count * disclosure[0].bitsEach).toBe(sums * padded * bits);
  });
});
