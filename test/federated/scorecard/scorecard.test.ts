import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BANK_CATEGORIES,
  bankColumns,
  CARD_BINNING,
  PLATFORM_CATEGORIES,
  platformColumns,
} from '../../../examples/scorecard/card-columns.ts';
import { permutation, seededRandom, systemRandom } from '../../../src/base/index.ts';
import {
  acceptCard,
  featureHolder,
  type HolderScorecard,
  type LabelScorecard,
  labelParty,
  registerCard,
  type ScorecardContract,
} from '../../../src/federated/vertical/scorecard/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { binOf, fitBinning, woeColumn } from '../../../src/learn/binning/index.ts';
import { fitLogisticRegression, fitPolynomial, scale, scalingOf } from '../../../src/learn/logistic-regression/index.ts';
import { auc } from '../../../src/learn/metrics.ts';
import { buildScorecard, scoreRows } from '../../../src/learn/scorecard/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

type Columns = ReadonlyMap<string, Float64Array>;
const rowsOf = (columns: Columns, keep: readonly number[]): Columns =>
  new Map([...columns].map(([name, values]) => [name, Float64Array.from(keep, (i) => values[i])]));

it('100,000 drawn subjects: every score under encryption is the integer score in the clear (T45)', async () => {
  const rows = 100_000;
  const random = seededRandom(45, 'subjects');
  const drawnColumn = () => Float64Array.from({ length: rows }, () => (random.uniform() < 0.02 ? Number.NaN : random.normal()));
  const all: Columns = new Map(['a', 'b', 'c'].map((name) => [name, drawnColumn()]));
  const own = new Map([['own', drawnColumn()]]);
  const labels = Uint8Array.from({ length: rows }, (_, i) => {
    const z = [...all.values(), own.get('own')!].reduce((sum, values) => sum + 0.6 * (values[i] || 0), -1);
    return random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  });
  const first = Array.from({ length: 3000 }, (_, i) => i);
  const contract = { rows: first.length, method: 'exact', discloseLinearPredictor: true } as const;
  const ports = { engine, random: systemRandom };
  const trainLabels = labels.slice(0, first.length);
  const { a: label, b: holder } = await runPair(
    (channel) => labelParty(channel, { contract, columns: rowsOf(own, first), labels: trainLabels }, ports),
    (channel) => featureHolder(channel, { contract, columns: rowsOf(all, first) }, ports),
  );
  const batches = [0, 50_000].map((from) => Uint32Array.from({ length: 50_000 }, (_, i) => from + i));
  const { a: parts } = await runPair(
    async (channel) => {
      const registered = await registerCard(channel, label, ports);
      const answered = [];
      for (const batch of batches) answered.push(await registered.ask(channel, batch));
      registered.dispose();
      return answered;
    },
    async (channel) => {
      const held = await acceptCard(channel, holder, ports);
      for (const _ of batches) await held.answer(channel, all);
      held.dispose();
    },
  );
  const clear = scoreRows(
    label.holder.map(({ points }) => points),
    holder.features.map(({ name, cells, binOfCell }) => Int32Array.from(all.get(name)!, (value) => binOf(cells, binOfCell, value))),
  );
  expect(holder.features.length).toBe(3);
  expect(batches.every((batch, k) => batch.every((row, i) => parts[k][i] === clear[row]))).toBe(true);
});

describeWithData('federated scorecard of default_credit, 70/30', (path) => {
  const data = readHeld(path, 'default_credit');
  const split = permutation(seededRandom(1, 'split'), data.labels.length);
  const [train, test] = [Array.from(split.subarray(0, 21_000)), Array.from(split.subarray(21_000))];
  const labels = Uint8Array.from(train, (i) => data.labels[i]);
  const [bank, platform] = [bankColumns(data.guest), platformColumns(data.host)];
  const [guest, host] = [rowsOf(bank, train), rowsOf(platform, train)];
  const columnOf = (name: string): Float64Array => (guest.get(name) ?? host.get(name))!;
  const binned = (name: string) => {
    const kind = [...BANK_CATEGORIES, ...PLATFORM_CATEGORIES].includes(name) ? 'categorical' : 'numeric';
    return fitBinning(columnOf(name), labels, { minBins: 3, minEvents: 5, ...CARD_BINNING }, kind);
  };
  const build = async (method: Partial<ScorecardContract>) => {
    const contract = { rows: train.length, binning: { options: CARD_BINNING }, ...method };
    const { a, b } = await runPair(
      (channel) =>
        labelParty(channel, { contract, columns: guest, categorical: BANK_CATEGORIES, labels }, { engine, random: systemRandom }),
      (channel) => featureHolder(channel, { contract, columns: host, categorical: PLATFORM_CATEGORIES }, { engine, random: systemRandom }),
    );
    return { label: a, holder: b };
  };
  /** Pooled bins of every feature the federation looked at, the holder's in the order in which it presented them. */
  const candidates = (holder: HolderScorecard, label: LabelScorecard) => {
    const names = [...label.own.map(({ name }) => name), ...holder.features.map(({ name }) => name)];
    return names.map((name) => ({ name, binning: binned(name) }));
  };

  it('exact: AUC at least 0.765, one sign, the points of the bounded fit on pooled data, the same scores under encryption', async () => {
    const { label, holder } = await build({ method: 'exact', discloseLinearPredictor: true });
    expect([...label.own, ...label.holder].every(({ coefficient }) => coefficient > 0)).toBe(true);
    expect(label.card.features.every(({ points }) => points.length <= 6)).toBe(true);
    const onCard = candidates(holder, label);
    const everything = [...guest.keys(), ...host.keys()].map((name) => ({ name, binning: binned(name) }));
    const offered = everything.filter(({ binning }) => binning.table.informationValue >= 0.02);
    const design = offered.map(({ name, binning }) => ({ name, values: woeColumn(binning, columnOf(name)) }));
    const pooled = fitLogisticRegression(design, labels, { signs: design.map(() => 1 as const) });
    const coefficientOf = new Map(offered.map(({ name }, j) => [name, pooled.weights[j + 1]]));
    expect(new Set(onCard.map(({ name }) => name))).toEqual(
      new Set(offered.map(({ name }) => name).filter((name) => coefficientOf.get(name)! > 0)),
    );
    const card = buildScorecard(
      pooled.weights[0],
      onCard.map(({ name, binning }) => ({ name, coefficient: coefficientOf.get(name)!, woes: binning.table.bins.map((bin) => bin.woe) })),
    );
    expect(label.card.features.map(({ points }) => Array.from(points))).toEqual(card.features.map(({ points }) => Array.from(points)));

    const [testGuest, testHost] = [rowsOf(bank, test), rowsOf(platform, test)];
    const bins = onCard.map(({ name, binning }) =>
      Int32Array.from((testGuest.get(name) ?? testHost.get(name))!, (value) => binOf(binning.cells, binning.table.binOfCell, value)),
    );
    const scores = scoreRows(card.features, bins);
    expect(auc({ scores: scores.map((score) => -score), labels: test.map((i) => data.labels[i]) })).toBeGreaterThanOrEqual(0.765);

    const asked = Uint32Array.from({ length: test.length }, (_, i) => i);
    const ownPart = scoreRows(card.features.slice(0, label.own.length), bins.slice(0, label.own.length));
    const { a: holderPart } = await runPair(
      async (channel) => {
        const registered = await registerCard(channel, label, { engine, random: systemRandom });
        const part = await registered.ask(channel, asked);
        registered.dispose();
        return part;
      },
      async (channel) => {
        const held = await acceptCard(channel, holder, { engine, random: systemRandom });
        await held.answer(channel, testHost);
        held.dispose();
      },
    );
    expect(asked.every((row, i) => ownPart[row] + holderPart[i] === scores[row])).toBe(true);
  });

  it('shared: the card of the signed polynomial iteration on pooled data', async () => {
    const options = { degree: 5, iterations: 3 } as const;
    const { label, holder } = await build({ method: 'shared', ...options });
    expect([...label.own, ...label.holder].every(({ coefficient }) => coefficient > 0)).toBe(true);
    const offered = [...guest.keys(), ...host.keys()]
      .map((name) => ({ name, binning: binned(name) }))
      .filter(({ binning }) => binning.table.informationValue >= 0.02);
    const woes = offered.map(({ name, binning }) => woeColumn(binning, columnOf(name)));
    const scalings = woes.map((values) => scalingOf(values));
    const design = offered.map(({ name }, j) => ({ name, values: scale(woes[j], scalings[j]) }));
    const pooled = fitPolynomial(design, labels, { ...options, signs: design.map(() => 1 as const), refits: 4 });
    const coefficientOf = new Map(offered.map(({ name }, j) => [name, pooled.weights[j + 1] / scalings[j].deviation]));
    const onCard = candidates(holder, label).map(({ name }) => name);
    expect(new Set(onCard)).toEqual(new Set([...coefficientOf].filter(([, coefficient]) => coefficient > 0).map(([name]) => name)));
    [...label.own, ...label.holder].forEach(({ coefficient }, j) => {
      expect(coefficient).toBeCloseTo(coefficientOf.get(onCard[j])!, 4);
    });
  });
});
