/**
 * T19, neighbour test: two trainings that differ in one label, or in one cell of the holder. A classifier gets everything the party that must not
 * learn it decrypts, keeps or receives in an iteration, half of the iterations to learn from, and must tell the other half no better than
 * a coin. Every iteration is a run with fresh shares, masks and encryptions; weights stand still after a few, so that iterations are comparable.
 *
 * 60 iterations each; 200 with FEDCREDIT_LONG_TESTS=1 (two minutes).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/index.ts';
import { featureHolder, labelParty } from '../../../src/federated/vertical/logistic-regression/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { auc } from '../../../src/learn/metrics.ts';
import { LANE_MODULI } from '../../../src/sharing/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';
import { spyOn } from '../spy-engine.ts';
import { type Drawn, drawn } from './drawn.ts';

const ITERATIONS = process.env.FEDCREDIT_LONG_TESTS ? 200 : 60;
const ROWS = 200;
const ROW = 7;

/** One number a place of an iteration's transcript: [iteration][place], in −½..½. */
type View = readonly (readonly number[])[];

let engine: HeEngine;
const views: Record<'base' | 'otherLabel' | 'otherCell', { label: View; holder: View }> = {} as never;
beforeAll(async () => {
  engine = await loadEngine();
  const base = drawn(ROWS, 1, 2, 12);
  const otherLabel = { ...base, labels: base.labels.map((y, i) => (i === ROW ? 1 - y : y)) };
  const cells = base.holder[0].values.map((x, i) => (i === ROW ? x + 1 : x));
  const otherCell = { ...base, holder: [{ ...base.holder[0], values: cells }, base.holder[1]] };
  views.base = await watch(base);
  views.otherLabel = await watch(otherLabel);
  views.otherCell = await watch(otherCell);
}, 600_000);
afterAll(() => engine.dispose());

async function watch(data: Drawn): Promise<{ label: View; holder: View }> {
  const [label, holder] = [spyOn(engine), spyOn(engine)];
  const contract = { rows: ROWS, labelColumns: 1, holderColumns: 2, degree: 1, iterations: ITERATIONS } as const;
  await runPair(
    (channel) =>
      labelParty(channel, { contract, columns: data.label, labels: data.labels }, { engine: label.engine, random: systemRandom }),
    (channel) => featureHolder(channel, { contract, columns: data.holder }, { engine: holder.engine, random: systemRandom }),
  );
  return { label: viewOf(label), holder: viewOf(holder) };
}

/** Shares only: what is modulo a lane. Long vectors give the entry of the changed row, short ones all entries. */
function viewOf({ decrypted, kept }: ReturnType<typeof spyOn>): View {
  const lanes = new Set(LANE_MODULI.map(BigInt));
  const rows = [decrypted, kept].map((list) =>
    chunks(
      list.filter(({ t }) => lanes.has(t)),
      ITERATIONS,
    ).map((iteration) => iteration.flatMap(({ t, values }) => entriesOf(values).map((value) => Number(value) / Number(t) - 0.5))),
  );
  return Array.from({ length: ITERATIONS }, (_, i) => [...rows[0][i], ...rows[1][i]]);
}

const entriesOf = (values: BigUint64Array): bigint[] => (values.length > ROW ? [values[ROW]] : [...values]);

function chunks<T>(list: readonly T[], count: number): T[][] {
  const size = list.length / count;
  expect(Number.isInteger(size)).toBe(true);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/**
 * Per place: the direction in which the classes differ on one half of the iterations, applied to the other half, both ways round. Gives the AUC
 * over all places together, and the strongest place's distance from ½.
 */
function classify(a: View, b: View): { pooled: number; strongest: number; places: number } {
  const places = a[0].length;
  const half = Math.floor(a.length / 2);
  const scores: number[] = [];
  const labels: number[] = [];
  let strongest = 0;
  for (let place = 0; place < places; place++) {
    const [zero, one] = [a, b].map((view) => view.map((row) => row[place]));
    const own = [...scored(zero, one, half, 0), ...scored(zero, one, half, 1)];
    strongest = Math.max(strongest, Math.abs(auc({ scores: own.map(([score]) => score), labels: own.map(([, label]) => label) }) - 0.5));
    for (const [score, label] of own) {
      scores.push(score);
      labels.push(label);
    }
  }
  return { pooled: auc({ scores, labels }), strongest, places };
}

/** One place of one half of the iterations, read in the direction that the other half shows. */
function scored(zero: readonly number[], one: readonly number[], half: number, which: 0 | 1): [number, number][] {
  const seen = (values: readonly number[]) => (which === 0 ? values.slice(half) : values.slice(0, half));
  const unseen = (values: readonly number[]) => (which === 0 ? values.slice(0, half) : values.slice(half));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const direction = Math.sign(mean(seen(one)) - mean(seen(zero))) || 1;
  return [
    ...unseen(zero).map((value): [number, number] => [direction * value, 0]),
    ...unseen(one).map((value): [number, number] => [direction * value, 1]),
  ];
}

/** The largest of k chance distances from ½ stays below this in 999 of 1000 tests: normal, n against n. */
const chance = (places: number, n: number): number => Math.sqrt((2 * n + 1) / (12 * n * n)) * Math.sqrt(2 * Math.log(1000 * places));

describe('neighbour test', () => {
  const fair = ({ pooled, strongest, places }: ReturnType<typeof classify>): void => {
    expect(places).toBeGreaterThan(10);
    expect(pooled).toBeGreaterThan(0.47);
    expect(pooled).toBeLessThan(0.53);
    expect(strongest).toBeLessThan(chance(places, ITERATIONS));
  };

  it("one label changed: nothing in the holder's view tells", () => {
    fair(classify(views.base.holder, views.otherLabel.holder));
  });

  it("one cell of the holder changed: nothing in the label party's view of the iterations tells", () => {
    fair(classify(views.base.label, views.otherCell.label));
  });

  it('the classifier does tell when a hundredth of a share is the plain value', () => {
    const leak = (view: View, value: number): View => view.map((row) => row.map((x, place) => (place === 0 ? 0.1 * x + value : x)));
    const { strongest, places } = classify(leak(views.base.holder, -0.05), leak(views.otherLabel.holder, 0.05));
    expect(strongest).toBeGreaterThan(chance(places, ITERATIONS));
  });
});
