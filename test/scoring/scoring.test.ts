import { beforeAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { seededRandom, systemRandom } from '../../src/base/index.ts';
import { featureTable } from '../../src/data/index.ts';
import type { HeEngine } from '../../src/he/index.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import {
  binFeatures,
  candidateSplits,
  fitGbdt,
  type GbdtHolderModel,
  type GbdtModel,
  holderBits,
  leafConditions,
  predictMargins,
  simulatedHolder,
  type Threshold,
} from '../../src/learn/trees/index.ts';
import {
  answerLimits,
  answerScores,
  askLimits,
  askScores,
  joinUnits,
  openScores,
  ownHalf,
  pathBits,
  plainUnits,
  planHash,
  type RegisteredModel,
  registerModel,
  type ScoreHolderInput,
  type ScoringPorts,
} from '../../src/scoring/index.ts';

const ROWS = 700;
const random = seededRandom(11, 'scoring');
const names = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
const ids = Array.from({ length: ROWS }, (_, i) => `r${i}`);
const makeTable = (prefix: string, n: number) =>
  featureTable(
    ids,
    new Map(names(prefix, n).map((name) => [name, Float64Array.from(ids, () => (random.uniform() < 0.1 ? Number.NaN : random.normal()))])),
  );

const own = makeTable('own_', 3);
const held = makeTable('held_', 4);
const labels = Uint8Array.from(ids, (_, i) => {
  const z =
    (own.columns.get('own_0')![i] || 0) + 1.5 * (held.columns.get('held_1')![i] || 0.5) * (held.columns.get('held_2')![i] > 0 ? 1 : -1);
  return random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
});

let engine: HeEngine;
let model: GbdtModel;
let holderModel: GbdtHolderModel;
let registered: RegisteredModel;
let ports: ScoringPorts;

beforeAll(async () => {
  engine = await loadSealEngine({});
  ports = { engine, random: systemRandom };
  const features = binFeatures(held, { maxBin: 16, minSupport: 20 });
  const splits = candidateSplits(features);
  const thresholds = new Map<number, Threshold>();
  const holder = simulatedHolder('platform', features, {}, () => ({ order: Int32Array.from(splits, (_, i) => i) }), thresholds);
  const fitted = await fitGbdt({
    table: own,
    labels,
    params: { n_estimators: 6, max_depth: 3, max_bin: 16, min_child_samples: 20, seed: 3 },
    simulated: [holder],
  });
  model = fitted.model;
  holderModel = {
    format: 'fedcredit-gbdt-holder',
    version: 1,
    splits: [...thresholds].map(([splitId, threshold]) => ({ splitId, ...threshold })),
  };
  registered = registerModel(model);
  const half = ownHalf(registered, own);
  const bits = pathBits(registered.plan, holderModel, held);
  plain = (row) => plainUnits(registered, half, bits, row);
});

const consentAll = async (rows: Uint32Array) => new Uint8Array(rows.length).fill(1);
const holderInput = (overrides: Partial<ScoreHolderInput> = {}): ScoreHolderInput => ({
  model: holderModel,
  table: held,
  authorise: consentAll,
  maxCiphertexts: 1000,
  pin: async () => {},
  ...overrides,
});
const everyRow = Uint32Array.from({ length: ROWS }, (_, i) => i);
let plain: (row: number) => number;

describe('encrypted tree scoring', () => {
  it('uses the holder and shares slots between leaves with equal remote conditions', () => {
    expect(model.holders).toEqual(['platform']);
    expect(registered.plan.paths.length).toBeGreaterThan(3);
    expect(registered.plan.paths.length).toBeLessThanOrEqual(registered.leaves.length);
  });

  it('gives every row the integer that the same model gives in the clear, in one round trip a batch', async () => {
    const { a, b } = channelPair();
    const [scores, answered] = await Promise.all([
      askScores(a, { registered, table: own, rows: everyRow }, ports),
      answerScores(b, holderInput(), ports),
    ]);
    expect(answered).toBe(ROWS);
    expect(scores.units).toEqual(Int32Array.from(everyRow, plain));
    expect(a.traffic().received['scoring/answers'].messages).toBe(a.traffic().sent['scoring/query'].messages - 1);
  });

  it('stays within half a unit a tree of the margin in doubles', () => {
    const bits = holderBits(holderModel, held);
    const margins = predictMargins(model, own, (_holder, splitId) => bits.get(splitId)!);
    const unit = 2 ** -registered.scaleBits;
    for (const row of everyRow)
      expect(Math.abs(plain(row) * unit - margins[row])).toBeLessThanOrEqual(((model.trees.length + 1) / 2) * unit);
  });

  it('adds up what the trees themselves add up to: the leaf of every tree, rounded once, and the base', () => {
    const bits = holderBits(holderModel, held);
    const scale = 2 ** registered.scaleBits;
    const leaves = leafConditions(model);
    const left = (value: number, { threshold, missingLeft }: { threshold: number; missingLeft: boolean }) =>
      Number.isNaN(value) ? missingLeft : value <= threshold;
    for (const row of everyRow) {
      const reached = leaves.filter(
        (leaf) =>
          leaf.own.every((c) => left(own.columns.get(c.feature)![row], c) === c.goesLeft) &&
          leaf.remote.every((c) => (bits.get(c.splitId)![row] === 1) === c.goesLeft),
      );
      expect(reached).toHaveLength(model.trees.length);
      const units = reached.reduce((sum, leaf) => sum + Math.round(leaf.value * scale), Math.round(model.baseMargin * scale));
      expect(plain(row)).toBe(units);
    }
  });

  it('answers single rows again and again under one key, and rows without consent not at all', async () => {
    const { a, b } = channelPair();
    const refusing = holderInput({ authorise: async (rows) => Uint8Array.from(rows, (row) => (row % 2 ? 0 : 1)) });
    const holder = answerScores(b, refusing, ports);
    const asker = await openScores(a, { registered, table: own }, { rows: 4, calls: 4 }, ports);
    for (const row of [0, 5, 6, 8]) {
      const { units, answered } = await asker.ask(Uint32Array.of(row));
      expect(answered[0]).toBe(row % 2 ? 0 : 1);
      if (answered[0]) expect(units[0]).toBe(plain(row));
      else expect(units[0]).toBe(joinUnits(registered, ownHalf(registered, own).local(row), 0));
    }
    await asker.close();
    expect(await holder).toBe(3);
  });

  it('refuses a second plan for a pinned model', async () => {
    const { a, b } = channelPair();
    const other = { ...registered, plan: { paths: registered.plan.paths.slice(1) } };
    const ask = askScores(
      a,
      { registered: { ...other, planHash: planHash(other.plan) }, table: own, rows: Uint32Array.of(1) },
      ports,
    ).catch(() => 'cut');
    await expect(answerScores(b, holderInput({ pinned: registered.planHash }), ports)).rejects.toMatchObject({
      code: 'ERR_SCORING_PLAN_CHANGED',
    });
    void ask;
  });

  it('refuses a split that is not its own, an empty path, and trailing bytes in a plan', async () => {
    for (const paths of [[[{ splitId: 9999, goesLeft: true }]], [[]]]) {
      const { a, b } = channelPair();
      const forged = { ...registered, plan: { paths } };
      void askScores(a, { registered: { ...forged, leaves: [] }, table: own, rows: Uint32Array.of(1) }, ports).catch(() => {});
      await expect(answerScores(b, holderInput(), ports)).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
    }
  });

  it('refuses a session larger than the policy allows, and a query beyond the session', async () => {
    const { a, b } = channelPair();
    void askScores(a, { registered, table: own, rows: everyRow }, ports).catch(() => {});
    await expect(answerScores(b, holderInput({ maxCiphertexts: 1 }), ports)).rejects.toMatchObject({ code: 'ERR_SCORING_SESSION_SIZE' });

    const second = channelPair();
    const holder = answerScores(second.b, holderInput(), ports);
    const asker = await openScores(second.a, { registered, table: own }, { rows: 1, calls: 1 }, ports);
    const asks = (async () => {
      for (let i = 0; i < 4; i++) await asker.ask(Uint32Array.of(i));
    })().catch(() => {});
    await expect(holder).rejects.toMatchObject({ code: 'ERR_SCORING_QUERY_SIZE' });
    void asks;
  });

  it('shows the holder bytes whose number depends on the batch alone', async () => {
    const shape = async (rows: Uint32Array, table = own) => {
      const kinds: string[] = [];
      const { a, b } = channelPair({ onMessageB: ({ direction, kind, bytes }) => kinds.push(`${direction} ${kind} ${bytes}`) });
      await Promise.all([askScores(a, { registered, table, rows }, ports), answerScores(b, holderInput(), ports)]);
      return kinds;
    };
    const zeros = featureTable(ids, new Map([...own.columns.keys()].map((name) => [name, new Float64Array(ROWS)])));
    expect(await shape(Uint32Array.of(1, 2, 3))).toEqual(await shape(Uint32Array.of(4, 5, 6), zeros));
  });
});

describe('the encrypted limit', () => {
  const capacityBands = 12;
  const table = Array.from({ length: 5 }, (_, s) =>
    Uint32Array.from({ length: capacityBands }, (_, c) => (s === 4 ? 0 : Math.floor((c * (5 - s) * 37) / 2))),
  );
  const scoreBandOf = (row: number) => row % 5;
  const bands = Uint8Array.from(everyRow, (row) => (row * 7) % capacityBands);
  const planHashOf = new Uint8Array(32).fill(7);

  it('gives each consenting firm the amount of the plain table and nothing to the others', async () => {
    const { a, b } = channelPair();
    const consent = (row: number) => (row % 10 ? 1 : 0);
    const [limits] = await Promise.all([
      askLimits(a, { planHash: planHashOf, capacityBands, rows: everyRow, cells: (row) => table[scoreBandOf(row)] }, ports),
      answerLimits(
        b,
        {
          planHash: planHashOf,
          capacityBands,
          rows: ROWS,
          bands,
          authorise: async (rows) => Uint8Array.from(rows, consent),
          maxCiphertexts: 100,
        },
        ports,
      ),
    ]);
    expect(limits.answered).toEqual(Uint8Array.from(everyRow, consent));
    expect(limits.units).toEqual(Uint32Array.from(everyRow, (row) => (consent(row) ? table[scoreBandOf(row)][bands[row]] : 0)));
  });

  it('refuses a session under another capacity form', async () => {
    const { a, b } = channelPair();
    void askLimits(a, { planHash: new Uint8Array(32).fill(8), capacityBands, rows: everyRow, cells: () => table[0] }, ports).catch(
      () => {},
    );
    await expect(
      answerLimits(b, { planHash: planHashOf, capacityBands, rows: ROWS, bands, authorise: consentAll, maxCiphertexts: 100 }, ports),
    ).rejects.toMatchObject({ code: 'ERR_SCORING_UNREGISTERED_PLAN' });
  });
});
