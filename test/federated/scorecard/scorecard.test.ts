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
  memoryRegistrations,
  registerCard,
  type ScorecardContract,
} from '../../../src/federated/vertical/scorecard/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { binOf, fitBinning, woeColumn } from '../../../src/learn/binning/index.ts';
import { fitLogisticRegression, fitPolynomial, scale, scalingOf } from '../../../src/learn/logistic-regression/index.ts';
import { auc } from '../../../src/learn/metrics.ts';
import { buildScorecard, scoreRows } from '../../../src/learn/scorecard/index.ts';
import type { Channel } from '../../../src/protocol/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';
import { loadEngine } from '../../support/engines.ts';
import { runMesh } from '../mesh.ts';
import { runPair } from '../pair.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());
const scoring = () => ({ engine, store: memoryRegistrations() });

type Columns = ReadonlyMap<string, Float64Array>;
const rowsOf = (columns: Columns, keep: readonly number[]): Columns =>
  new Map([...columns].map(([name, values]) => [name, Float64Array.from(keep, (i) => values[i])]));

/** Drawn columns, some cells missing, and labels that follow them. */
function drawnParties(rows: number, names: readonly string[], seed: number): { columns: Columns; labels: Uint8Array } {
  const random = seededRandom(seed, 'subjects');
  const drawnColumn = () => Float64Array.from({ length: rows }, () => (random.uniform() < 0.02 ? Number.NaN : random.normal()));
  const columns = new Map(names.map((name) => [name, drawnColumn()]));
  const labels = Uint8Array.from({ length: rows }, (_, i) => {
    const z = [...columns.values()].reduce((sum, values) => sum + 0.6 * (values[i] || 0), -1);
    return random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  });
  return { columns, labels };
}
const only = (columns: Columns, names: readonly string[]): Columns => new Map(names.map((name) => [name, columns.get(name)!]));

it('two feature holders: the card of the signed polynomial iteration on pooled data, each registered and scored on its own', async () => {
  const { columns, labels } = drawnParties(1500, ['own', 'a', 'b', 'c', 'd'], 46);
  const parts = [
    ['a', 'b'],
    ['c', 'd'],
  ].map((names) => only(columns, names));
  const contract = { rows: 1500, degree: 1, iterations: 2 } as const;
  const ports = { engine, random: systemRandom };
  const [card, ...holders] = await runMesh<unknown>([
    (channels) =>
      labelParty(
        channels.map((channel, k) => ({ holder: `holder ${k}`, channel })),
        { contract, columns: only(columns, ['own']), labels },
        ports,
      ),
    ...parts.map(
      (part, place) =>
        ([first, ...peers]: readonly Channel[]) =>
          featureHolder(first, { contract, columns: part, place, peers }, ports),
    ),
  ]);
  const label = card as LabelScorecard;
  const names = ['own', ...holders.flatMap((holder) => (holder as HolderScorecard).features.map(({ name }) => name))];
  expect([...names].sort()).toEqual(['a', 'b', 'c', 'd', 'own']);
  expect(label.holder.map(({ holder }) => holder)).toEqual([0, 0, 1, 1]);
  const woes = names.map((name) => woeColumn(fitBinning(columns.get(name)!, labels, { minBins: 3, minEvents: 5 }), columns.get(name)!));
  const scalings = woes.map((values) => scalingOf(values));
  const design = names.map((name, j) => ({ name, values: scale(woes[j], scalings[j]) }));
  const pooled = fitPolynomial(design, labels, { degree: 1, iterations: 2, signs: design.map(() => 1 as const), refits: 4 });
  [...label.own, ...label.holder].forEach(({ coefficient }, j) => {
    expect(coefficient).toBeCloseTo(pooled.weights[j + 1] / scalings[j].deviation, 4);
  });
  const asked = Uint32Array.from({ length: 50 }, (_, i) => 3 * i);
  for (const [place, holder] of holders.entries()) {
    const { a: scores } = await runPair(
      async (channel) => {
        const registered = await registerCard(channel, label, scoring(), place);
        return registered.ask(channel, asked).finally(() => registered.dispose());
      },
      async (channel) => {
        const held = await acceptCard(channel, holder as HolderScorecard, scoring());
        await held.answer(channel, parts[place]).finally(() => held.dispose());
      },
    );
    const clear = scoreRows(
      label.holder.filter((feature) => feature.holder === place).map(({ points }) => points),
      (holder as HolderScorecard).features.map(({ name, cells, binOfCell }) =>
        Int32Array.from(columns.get(name)!, (value) => binOf(cells, binOfCell, value)),
      ),
    );
    expect(Array.from(scores)).toEqual(Array.from(asked, (row) => clear[row]));
  }
});

it('unusable columns never make a wrong card: constant ones and copies are left out or named', async () => {
  const { columns, labels } = drawnParties(1500, ['own', 'a', 'b'], 47);
  const contract = { rows: 1500, degree: 1, iterations: 1 } as const;
  const ports = { engine, random: systemRandom };
  const build = (host: Columns, own = only(columns, ['own'])) =>
    runPair(
      (channel) => labelParty(channel, { contract, columns: own, labels }, ports),
      (channel) => featureHolder(channel, { contract, columns: host }, ports),
    );
  const constant = new Float64Array(1500).fill(3);
  const rare = Float64Array.from({ length: 1500 }, (_, i) => (i < 20 ? i : Number.NaN));
  const usable = await build(new Map([...only(columns, ['a', 'b']), ['constant', constant]]));
  expect(usable.b.features.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  await expect(build(new Map([['constant', constant]]))).rejects.toMatchObject({ code: 'ERR_SCORECARD_EMPTY' });
  await expect(
    build(
      new Map([
        ['a', columns.get('a')!],
        ['copy', columns.get('a')!.slice()],
      ]),
    ),
  ).rejects.toMatchObject({
    code: 'ERR_LEARN_COLLINEAR',
  });
  await expect(build(new Map([['rare', rare]]))).rejects.toMatchObject({ code: 'ERR_LEARN_COLUMN' });
  await expect(build(new Map([['empty', new Float64Array(1500).fill(Number.NaN)]]))).rejects.toMatchObject({ code: 'ERR_LEARN_COLUMN' });
  await expect(
    runPair(
      (channel) => labelParty(channel, { contract, columns: only(columns, ['own']), labels: new Uint8Array(1500) }, ports),
      (channel) => featureHolder(channel, { contract, columns: only(columns, ['a']) }, ports),
    ),
  ).rejects.toMatchObject({ code: 'ERR_LEARN_ONE_CLASS' });
});

it('100,000 drawn subjects: every score under encryption is the integer score in the clear (T45)', async () => {
  const rows = 100_000;
  const { columns, labels } = drawnParties(rows, ['own', 'a', 'b', 'c'], 45);
  const [own, all] = [only(columns, ['own']), only(columns, ['a', 'b', 'c'])];
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
      const registered = await registerCard(channel, label, scoring());
      const answered = [];
      for (const batch of batches) answered.push(await registered.ask(channel, batch));
      registered.dispose();
      return answered;
    },
    async (channel) => {
      const held = await acceptCard(channel, holder, scoring());
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
        const registered = await registerCard(channel, label, scoring());
        const part = await registered.ask(channel, asked);
        registered.dispose();
        return part;
      },
      async (channel) => {
        const held = await acceptCard(channel, holder, scoring());
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
