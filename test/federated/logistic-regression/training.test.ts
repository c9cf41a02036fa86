import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/index.ts';
import {
  featureHolder,
  type LogisticContract,
  labelParty,
  logisticDisclosure,
  logisticTerms,
  sharedPlan,
} from '../../../src/federated/vertical/logistic-regression/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import {
  type Design,
  fitLogisticRegression,
  fitPolynomial,
  linearPredictor,
  momentsOf,
  scale,
  scalingOf,
  solveMoments,
  varianceInflation,
  waldTable,
} from '../../../src/learn/logistic-regression/index.ts';
import { auc } from '../../../src/learn/metrics.ts';
import { disclosureBits } from '../../../src/protocol/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';
import { type Drawn, drawn } from './drawn.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

type Options = Omit<LogisticContract, 'rows' | 'labelColumns' | 'holderColumns'>;
const contractFor = ({ label, holder, labels }: Drawn, options: Options): LogisticContract => ({
  rows: labels.length,
  labelColumns: label.length,
  holderColumns: holder.length,
  ...options,
});
async function train(data: Drawn, options: Options, signs?: readonly (-1 | 0 | 1)[]) {
  const contract = contractFor(data, options);
  const { a, b, pair } = await runPair(
    (channel) => labelParty(channel, { contract, columns: data.label, labels: data.labels, signs }, { engine, random: systemRandom }),
    (channel) => featureHolder(channel, { contract, columns: data.holder }, { engine, random: systemRandom }),
  );
  return { model: a, weights: Float64Array.from([a.intercept, ...a.own, ...a.holder]), holder: b, pair };
}
const standardised = ({ label, holder }: Pick<Drawn, 'label' | 'holder'>, clip = 6): Design =>
  [...label, ...holder].map(({ name, values }) => ({ name, values: scale(values, scalingOf(values, clip)) }));
const distance = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((w, j) => Math.abs(w - b[j])));

describe('vertical logistic regression', () => {
  const data = drawn(700, 3, 4);
  const design = standardised(data);

  it('moments: the linear-residual solution of the pooled data', async () => {
    const { model, weights } = await train(data, { method: 'moments', ridge: 2 });
    const moments = momentsOf(design, data.labels);
    expect(distance(weights, solveMoments(moments, { ridge: 2 }))).toBeLessThan(1e-6);
    expect(distance(model.vif, varianceInflation(moments))).toBeLessThan(1e-4);
    expect(model.table.map((row) => row.name)).toEqual(['(intercept)', 'l0', 'l1', 'l2', 'holder 1', 'holder 2', 'holder 3', 'holder 4']);
  });

  for (const [degree, ridge] of [
    [1, 0],
    [5, 3.5],
    [9, 0],
  ] as const) {
    it(`shared, degree ${degree}, ridge ${ridge}: the same polynomial iteration in the clear, to fixed-point accuracy (T43)`, async () => {
      const { weights } = await train(data, { degree, ridge, iterations: 3 });
      expect(distance(weights, fitPolynomial(design, data.labels, { degree, ridge, iterations: 3 }).weights)).toBeLessThan(1e-6);
    });
  }

  it('shared: stops early on shares when the step is short', async () => {
    const { model, holder } = await train(data, { degree: 5, iterations: 12, tolerance: 0.02 });
    expect(model.converged).toBe(true);
    expect(model.iterations).toBeLessThan(12);
    expect(holder.iterations).toBe(model.iterations);
    const steps = (k: number) => fitPolynomial(design, data.labels, { degree: 5, iterations: k }).weights;
    const length = Math.hypot(...steps(model.iterations).map((w, j) => w - steps(model.iterations - 1)[j]));
    expect(length).toBeLessThan(0.02);
  });

  it('exact: maximum likelihood, its p-values, and signs that hold', async () => {
    const options = { method: 'exact', discloseLinearPredictor: true } as const;
    const reference = fitLogisticRegression(design, data.labels);
    const { model, weights } = await train(data, options);
    expect(distance(weights, reference.weights)).toBeLessThan(1e-7);
    const table = waldTable(reference, reference.information);
    expect(Math.max(...model.table.map((row, j) => Math.abs(row.pValue - table[j].pValue)))).toBeLessThan(1e-6);
    const signs = reference.weights.subarray(1).map((w, j) => (j < 2 ? -Math.sign(w) : 0));
    const bounded = await train(data, options, Array.from(signs) as (-1 | 0 | 1)[]);
    const expected = fitLogisticRegression(design, data.labels, { signs: Array.from(signs) as (-1 | 0 | 1)[] });
    expect(distance(bounded.weights, expected.weights)).toBeLessThan(1e-7);
    expect(bounded.weights[1]).toBe(0);
  });

  it('shared: signs are held by leaving columns out, as the same iteration does in the clear', async () => {
    const free = fitPolynomial(design, data.labels, { degree: 5, iterations: 3 }).weights;
    const signs = Array.from(free.subarray(1), (w, j) => (j === 1 || j === 4 ? -Math.sign(w) : Math.sign(w))) as (-1 | 0 | 1)[];
    const { model, weights } = await train(data, { degree: 5, iterations: 3, refits: 2 }, signs);
    const reference = fitPolynomial(design, data.labels, { degree: 5, iterations: 3, signs, refits: 2 });
    expect(distance(weights, reference.weights)).toBeLessThan(5e-6);
    expect(Array.from(weights, (w) => w === 0)).toEqual(Array.from(reference.weights, (w) => w === 0));
    expect([weights[2], weights[5]]).toEqual([0, 0]);
    expect(model.table[2].pValue).toBeNaN();
    expect(model.vif[1]).toBeNaN();
    expect(model.table[1].pValue).toBeLessThan(1);
  });

  it('any number of rows beside the ring degree, and no column of the label party', async () => {
    for (const rows of [8192, 8193]) {
      const odd = drawn(rows, 0, 2, rows);
      const { weights } = await train(odd, { degree: 5, iterations: 1 });
      expect(distance(weights, fitPolynomial(standardised(odd), odd.labels, { degree: 5, iterations: 1 }).weights)).toBeLessThan(5e-6);
    }
  });

  it('the transcript has the same shape whatever the labels and values are', async () => {
    const shape = async (d: Drawn) => {
      const seen: string[] = [];
      const contract = contractFor(d, { degree: 5, iterations: 2 });
      await runPair(
        (channel) => labelParty(channel, { contract, columns: d.label, labels: d.labels }, { engine, random: systemRandom }),
        (channel) => featureHolder(channel, { contract, columns: d.holder }, { engine, random: systemRandom }),
        { onMessageA: (entry) => seen.push(`${entry.direction} ${entry.kind} ${entry.bytes}`) },
      );
      return seen;
    };
    expect(await shape(data)).toEqual(await shape(drawn(700, 3, 4, 99)));
  });
});

describe('what the logistic regression refuses', () => {
  const data = drawn(400, 2, 3, 5);
  const withHolder = (column: (i: number) => number): Drawn => ({
    ...data,
    holder: [...data.holder.slice(0, 2), { name: 'odd', values: Float64Array.from({ length: 400 }, (_, i) => column(i)) }],
  });
  const code = (expected: string) => expect.objectContaining({ code: expected });
  const exact = { method: 'exact', discloseLinearPredictor: true } as const;

  it('columns that would give rows away, constant, missing or collinear columns', async () => {
    const g = data.holder[0].values;
    await expect(
      train(
        withHolder((i) => (i === 7 ? 1 : 0)),
        {},
      ),
    ).rejects.toEqual(code('ERR_LR_SPARSE_COLUMN'));
    await expect(
      train(
        withHolder((i) => (i < 19 ? 1 : 0)),
        {},
      ),
    ).rejects.toEqual(code('ERR_LR_SPARSE_COLUMN'));
    await expect(
      train(
        withHolder(() => 4),
        {},
      ),
    ).rejects.toEqual(code('ERR_LEARN_CONSTANT'));
    await expect(
      train(
        withHolder((i) => (i === 3 ? Number.NaN : g[i])),
        {},
      ),
    ).rejects.toEqual(code('ERR_LEARN_MISSING'));
    await expect(
      train(
        withHolder((i) => 2 * g[i] - data.holder[1].values[i]),
        { method: 'moments' },
      ),
    ).rejects.toEqual(code('ERR_LEARN_COLLINEAR'));
    const ridged = await train(
      withHolder((i) => 2 * g[i] - data.holder[1].values[i]),
      { method: 'moments', ridge: 5 },
    );
    expect(ridged.model.inference).toMatchObject({ information: 'mean-weight', unreliable: ['holder 1', 'holder 2', 'holder 3'] });
    const pair = {
      ...data,
      holder: [
        data.holder[0],
        ...[30, 55].map((from) => ({
          name: `rare ${from}`,
          values: Float64Array.from({ length: 400 }, (_, i) => (i >= from && i < from + 30 ? 1 : 0)),
        })),
      ],
    };
    await expect(train(pair, {})).rejects.toEqual(code('ERR_LR_RARE_PAIR'));
    await expect(
      train(
        withHolder((i) => (i === 3 ? 1e9 : g[i])),
        { clip: null, method: 'moments' },
      ),
    ).resolves.toBeDefined();
  });

  it('columns so nearly collinear that shares cannot carry their weights; a ridge is the remedy', async () => {
    const twin = withHolder((i) => data.holder[0].values[i] + 1e-4 * data.holder[1].values[(i + 1) % 400]);
    await expect(train(twin, { degree: 1, iterations: 2 })).rejects.toEqual(code('ERR_LEARN_COLLINEAR'));
    const { weights } = await train(twin, { degree: 1, iterations: 2, ridge: 5 });
    expect(distance(weights, fitPolynomial(standardised(twin), twin.labels, { degree: 1, iterations: 2, ridge: 5 }).weights)).toBeLessThan(
      1e-5,
    );
  });

  it('one class, separable labels, too few rows', async () => {
    await expect(train({ ...data, labels: new Uint8Array(400) }, {})).rejects.toEqual(code('ERR_LEARN_ONE_CLASS'));
    const gap = { name: 'gap', values: data.holder[0].values.map((x) => x + 2 * Math.sign(x)) };
    const separable = { ...data, holder: [gap, ...data.holder.slice(1)], labels: Uint8Array.from(gap.values, (x) => (x > 0 ? 1 : 0)) };
    await expect(train(separable, exact)).rejects.toEqual(code('ERR_LEARN_SEPARABLE'));
    const remedy = await train(separable, { ...exact, ridge: 1 });
    expect(distance(remedy.weights, fitLogisticRegression(standardised(separable), separable.labels, { ridge: 1 }).weights)).toBeLessThan(
      1e-6,
    );
    const nearly = { ...separable, labels: separable.labels.map((y, i) => (i < 1 ? 1 - y : y)) };
    await expect(train(nearly, exact)).rejects.toEqual(code('ERR_LEARN_NEARLY_SEPARABLE'));
    expect(() => logisticTerms({ rows: 49, labelColumns: 2, holderColumns: 3 })).toThrow(code('ERR_LR_FEW_ROWS'));
  });

  it('the exact method without consent, more than 10 exact iterations, unknown options, two different contracts', async () => {
    expect(() => logisticTerms(contractFor(data, { method: 'exact' }))).toThrow(code('ERR_LR_CONSENT'));
    expect(() => logisticTerms(contractFor(data, { ...exact, iterations: 11 }))).toThrow(code('ERR_LR_OPTION'));
    expect(() => logisticTerms({ ...contractFor(data, {}), alpha: 1 } as never)).toThrow(code('ERR_LR_OPTION'));
    const contract = contractFor(data, {});
    await expect(
      runPair(
        (channel) => labelParty(channel, { contract, columns: data.label, labels: data.labels }, { engine, random: systemRandom }),
        (channel) =>
          featureHolder(channel, { contract: { ...contract, ridge: 1 }, columns: data.holder }, { engine, random: systemRandom }),
      ),
    ).rejects.toEqual(code('ERR_LR_CONTRACT'));
  });

  it('a share altered on its way: the range check stops the run instead of giving a wrong model', async () => {
    const contract = contractFor(data, { degree: 5, iterations: 1 });
    let checks = 0;
    await expect(
      runPair(
        (channel) => labelParty(channel, { contract, columns: data.label, labels: data.labels }, { engine, random: systemRandom }),
        (channel) => featureHolder(channel, { contract, columns: data.holder }, { engine, random: systemRandom }),
        {
          tap: (message) => {
            if (message.kind === 'lr/check' && ++checks === 1) message.body[8] ^= 1;
            return message;
          },
        },
      ),
    ).rejects.toEqual(code('ERR_LR_RANGE'));
  });

  it('states how likely a truncation fails and what is disclosed', () => {
    const terms = logisticTerms(contractFor(data, {}));
    expect(sharedPlan(terms).truncationFailureLog2).toBeLessThan(-40);
    const bits = (options: Options) => disclosureBits(logisticDisclosure(logisticTerms(contractFor(data, options))), 'label party');
    expect(bits({ method: 'moments' })).toBeLessThanOrEqual(bits({}));
    expect(bits({})).toBeLessThan(bits(exact) / 10);
    expect(disclosureBits(logisticDisclosure(terms), 'feature holder')).toBeLessThan(16);
  });
});

const golden = JSON.parse(readFileSync(new URL('../../golden/scorecard-reference.json', import.meta.url), 'utf8'));

describeWithData('vertical logistic regression of default_credit', (path) => {
  const held = readHeld(path, 'default_credit');
  const list = (columns: ReadonlyMap<string, Float64Array>) => [...columns].map(([name, values]) => ({ name, values }));
  const data: Drawn = { label: list(held.guest), holder: list(held.host), labels: held.labels };

  it('moments: AUC within 0.0005 of 0.7203', async () => {
    const { weights } = await train(data, { method: 'moments' });
    expect(auc({ scores: linearPredictor(weights, standardised(data)), labels: data.labels })).toBeCloseTo(0.7203, 4);
  });

  it('exact: weights, AUC and p-values within 1e-6 of scikit-learn and statsmodels (T44)', async () => {
    const { model, weights } = await train(data, { method: 'exact', discloseLinearPredictor: true });
    expect(distance(weights, Float64Array.from(golden.clipped.weights as number[]))).toBeLessThan(1e-6);
    expect(Math.abs(auc({ scores: linearPredictor(weights, standardised(data)), labels: data.labels }) - golden.clipped.auc)).toBeLessThan(
      1e-6,
    );
    expect(Math.max(...model.table.map((row, j) => Math.abs(row.pValue - golden.clipped.pValues[j])))).toBeLessThan(1e-6);
  });

  it('exact on raw columns, 73 deviations long: weights and p-values within 1e-6 as well', async () => {
    const { model, weights } = await train(data, { method: 'exact', discloseLinearPredictor: true, clip: null });
    expect(distance(weights, Float64Array.from(golden.standardised.weights as number[]))).toBeLessThan(1e-6);
    expect(Math.max(...model.table.map((row, j) => Math.abs(row.pValue - golden.standardised.pValues[j])))).toBeLessThan(1e-6);
    expect(model.inference).toEqual({ information: 'exact', unreliable: [] });
  });
});
