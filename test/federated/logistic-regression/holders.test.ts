/** Two and three feature holders: the pooled result, and what the label party and the holders get to see of each other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/index.ts';
import {
  featureHolder,
  type HolderLogistic,
  type LabelLogistic,
  type LogisticContract,
  labelParty,
  logisticDisclosure,
  logisticTerms,
  sharedPlan,
} from '../../../src/federated/vertical/logistic-regression/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { fitPolynomial, momentsOf, scale, scalingOf, solveMoments } from '../../../src/learn/logistic-regression/index.ts';
import { disclosureBits } from '../../../src/protocol/index.ts';
import { decodeFixed, LANE_MODULI } from '../../../src/sharing/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { type MeshOptions, runMesh } from '../mesh.ts';
import { type Spied, spyOn } from '../spy-engine.ts';
import { type Drawn, drawn } from './drawn.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

type Options = Omit<LogisticContract, 'rows' | 'labelColumns' | 'holderColumns'>;
interface Run {
  readonly options: Options;
  readonly signs?: readonly (-1 | 0 | 1)[];
  readonly mesh?: MeshOptions;
  readonly engines?: readonly HeEngine[];
}

/** The drawn holder's columns dealt to several holders. */
async function train(data: Drawn, widths: readonly number[], { options, signs, mesh, engines }: Run) {
  const contract = { rows: data.labels.length, labelColumns: data.label.length, holderColumns: widths, ...options };
  const ports = (place: number) => ({ engine: engines?.[place] ?? engine, random: systemRandom });
  const starts = widths.map((_, k) => widths.slice(0, k).reduce((sum, width) => sum + width, 0));
  const results = await runMesh<LabelLogistic | HolderLogistic>(
    [
      (channels) =>
        labelParty(
          channels.map((channel, k) => ({ holder: `h${k}`, channel })),
          { contract, columns: data.label, labels: data.labels, signs },
          ports(0),
        ),
      ...widths.map(
        (width, k) =>
          ([toLabelParty, ...peers]: readonly Parameters<typeof featureHolder>[0][]) =>
            featureHolder(
              toLabelParty,
              { contract, columns: data.holder.slice(starts[k], starts[k] + width), place: k, peers },
              ports(1 + k),
            ),
      ),
    ],
    mesh,
  );
  const model = results[0] as LabelLogistic;
  return { model, weights: Float64Array.from([model.intercept, ...model.own, ...model.holder]) };
}
const standardised = ({ label, holder }: Drawn) =>
  [...label, ...holder].map(({ name, values }) => ({ name, values: scale(values, scalingOf(values, 6)) }));
const distance = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((w, j) => Math.abs(w - b[j])));

describe('vertical logistic regression with several feature holders', () => {
  const data = drawn(600, 2, 6, 31);
  const design = standardised(data);

  for (const widths of [
    [4, 2],
    [1, 2, 3],
  ]) {
    it(`moments, ${widths.length} holders: the linear-residual solution of the pooled data`, async () => {
      const { model, weights } = await train(data, widths, { options: { method: 'moments' } });
      expect(distance(weights, solveMoments(momentsOf(design, data.labels)))).toBeLessThan(1e-6);
      expect(model.holders.map(({ holder, weights: own }) => [holder, own.length])).toEqual(widths.map((width, k) => [`h${k}`, width]));
      expect(model.table.at(-1)?.name).toBe(`h${widths.length - 1} ${widths.at(-1)}`);
    });

    it(`shared, ${widths.length} holders: the polynomial iteration on the pooled data`, async () => {
      const { weights } = await train(data, widths, { options: { degree: 9, ridge: 2, iterations: 2 } });
      expect(distance(weights, fitPolynomial(design, data.labels, { degree: 9, ridge: 2, iterations: 2 }).weights)).toBeLessThan(1e-6);
    });
  }

  it('stops early on shares, and refits without columns of the wrong sign', async () => {
    const reference = fitPolynomial(design, data.labels, { degree: 1, iterations: 1 });
    const signs = reference.weights.subarray(1).map((w, j) => (j % 3 === 0 ? -Math.sign(w) : Math.sign(w)));
    const bounds = Array.from(signs) as (-1 | 0 | 1)[];
    const { model, weights } = await train(data, [3, 3], {
      options: { degree: 5, iterations: 5, tolerance: 0.05, refits: 1 },
      signs: bounds,
    });
    expect(model.converged).toBe(true);
    expect(bounds.every((sign, j) => sign * weights[j + 1] >= 0)).toBe(true);
    expect(weights.filter((w) => w === 0).length).toBeGreaterThan(1);
  });

  it('refuses another order of the holders, another number of them, and the exact method', async () => {
    const contract = { rows: 600, labelColumns: 2, holderColumns: [3, 3], method: 'moments' } as const;
    const ports = { engine, random: systemRandom };
    const code = (expected: string) => expect.objectContaining({ code: expected });
    await expect(
      runMesh<unknown>([
        ([one, two]) =>
          labelParty(
            [
              { holder: 'a', channel: one },
              { holder: 'b', channel: two },
            ],
            { contract, columns: data.label, labels: data.labels },
            ports,
          ),
        ([first, other]) => featureHolder(first, { contract, columns: data.holder.slice(0, 3), place: 1, peers: [other] }, ports),
        ([first, other]) => featureHolder(first, { contract, columns: data.holder.slice(3), place: 0, peers: [other] }, ports),
      ]),
    ).rejects.toEqual(code('ERR_LR_CONTRACT'));
    await expect(
      runMesh<unknown>([
        ([one]) => labelParty(one, { contract, columns: data.label, labels: data.labels }, ports),
        ([first]) => featureHolder(first, { contract, columns: data.holder.slice(0, 3) }, ports),
      ]),
    ).rejects.toEqual(code('ERR_LR_CONTRACT'));
    expect(() => logisticTerms({ ...contract, method: 'exact', discloseLinearPredictor: true })).toThrow(code('ERR_LR_HOLDERS'));
  });

  it('states the distance that opened truncations are from nothing, and moments between holders in the disclosure', () => {
    const terms = logisticTerms({ rows: 30_000, labelColumns: 13, holderColumns: [5, 5] });
    expect(sharedPlan(terms).truncationLeakLog2).toBeLessThan(-38);
    const together = logisticTerms({ rows: 30_000, labelColumns: 13, holderColumns: 10 });
    expect(disclosureBits(logisticDisclosure(terms), 'label party')).toBe(disclosureBits(logisticDisclosure(together), 'label party'));
  });
});

describe('what the parties of a training with two holders see', () => {
  const rows = 500;
  const data = drawn(rows, 2, 4, 77);
  const columns = data.holder.map(({ values }) => scale(values, scalingOf(values, 6)));
  let base: HeEngine;
  let spies: Spied[];
  const toLabel: { kind: string; body: Uint8Array }[] = [];
  beforeAll(async () => {
    base = await loadEngine();
    spies = [0, 1, 2].map(() => spyOn(base));
    await train(data, [2, 2], {
      options: { degree: 5, iterations: 2 },
      engines: spies.map(({ engine: spied }) => spied),
      mesh: {
        tap(message, _from, to) {
          if (to === 0) toLabel.push({ kind: message.kind, body: message.body });
          return message;
        },
      },
    });
  });
  afterAll(() => base.dispose());

  it('no vector that anybody decrypts, keeps or receives goes with a column, a partial score or the labels', () => {
    const targets = [...columns, Float64Array.from(data.labels, (y) => y - 0.5), columns[0].map((x, i) => x + columns[1][i])];
    const opened = toLabel.filter(({ kind, body }) => kind === 'lr/open' && body.length === 16 * rows).map(({ body }) => words(body));
    expect(opened.length).toBeGreaterThanOrEqual(20);
    const shares = spies.flatMap(({ decrypted, kept }) => [...decrypted, ...kept]).filter(({ t }) => t < 1n << 30n);
    const views = [
      ...opened.map((lanes) => lanes.slice(0, rows)),
      ...shares.filter(({ values }) => values.length >= rows).map(({ values }) => Array.from(values.slice(0, rows), Number)),
    ];
    expect(views.length).toBeGreaterThan(200);
    const strongest = Math.max(...views.flatMap((view) => targets.map((target) => Math.abs(correlation(view, target)))));
    // The largest of k correlations of independent vectors is below sqrt(2 ln(100 k) / rows) in 99 of 100 runs.
    expect(strongest).toBeLessThan(Math.sqrt((2 * Math.log(100 * views.length * targets.length)) / rows));
  });

  it('what one holder sends in a truncation is uniform in the ring: only the sum over the holders means anything', () => {
    const sent = toLabel.filter(({ kind, body }) => kind === 'lr/open' && body.length === 16 * rows);
    for (const { body } of sent) {
      const lanes = words(body);
      const share = LANE_MODULI.map((_, k) => Uint32Array.from(lanes.slice(k * rows, (k + 1) * rows)));
      const negative = decodeFixed(share, 0).filter((value) => value < 0).length / rows;
      expect(Math.abs(negative - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / rows));
    }
  });
});

const words = (body: Uint8Array): number[] => Array.from(new Uint32Array(body.slice().buffer));

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  return (sab - (sa * sb) / n) / Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
}
