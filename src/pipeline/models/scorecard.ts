/** Scorecard at the bank: a regression on the bins of both parties whose signs hold, points, scores with encrypted points. */
import { type FeatureTable, selectRows } from '../../data/index.ts';
import { type LabelScorecard, labelParty, registerCard, type ScorecardContract } from '../../federated/vertical/scorecard/index.ts';
import { mapBins } from '../../learn/binning/index.ts';
import { defaultProbability } from '../../learn/scorecard/index.ts';
import { BINS, CALIBRATION, CARD, find, keep, need, SCORES, type StoredBins } from '../artifacts.ts';
import { cardFile } from '../card-file.ts';
import { type JobParameters, parametersOf } from '../contract.ts';
import { fitDisclosure, scoresDisclosure } from '../contract-disclosure.ts';
import { binningOptions, regressionOptions, scaleOf } from '../model-sections.ts';
import { sendHalf } from '../pairing.ts';
import { assertUnregistered } from '../registrations.ts';
import { alignedOwn, type BankDesk, reported, rowsToScore, trainingOf } from '../step.ts';
import type { ModelFigures } from '../summary.ts';
import { askInBatches, batchesOf } from './batches.ts';
import { binningContract, holderLabel } from './binning.ts';
import { clearCard, clearPoints } from './clear.ts';
import { type BankModel, calibratorOf, pdOf, slopeOf } from './model.ts';

/** What both parties sign for the card: derived from the contract alone. */
export function cardContract(parameters: JobParameters, allow: readonly string[], rows: number, minSupport: number): ScorecardContract {
  const { maxFeatures, options } = binningContract(parameters, 'scorecard', rows, minSupport);
  const regression = parameters.regression ? regressionOptions(parameters.regression, allow) : {};
  return { rows, binning: { maxFeatures, options }, ...(regression as Omit<ScorecardContract, 'rows' | 'binning'>) };
}

export const scorecard: BankModel = Object.freeze({
  kind: 'scorecard',

  async train(desk) {
    const { job, contract, engine, random, progress } = desk;
    await assertUnregistered(desk);
    const { session, value: bins } = await need(desk.store, BINS);
    const parameters = parametersOf(contract);
    const { minSupport, allow = [] } = contract.terms;
    const { table, labels } = trainingOf(await alignedOwn(desk));
    const terms = cardContract(parameters, allow, table.rows, minSupport);
    const categorical = [...desk.asset.categorical].filter((name) => table.columns.has(name));
    const minInformationValue = job.binning?.min_iv ?? 0;
    return reported(desk, 'train', async (channel, { sessionId }) => {
      await sendHalf(channel, session);
      const input = {
        contract: terms,
        columns: table.columns,
        categorical,
        labels,
        scale: scaleOf(job.points),
        minInformationValue,
        bins: bins.binning,
      };
      const value = await labelParty(channel, input, { engine, random, progress });
      await keep(desk.store, CARD, { session: sessionId, value });
      const fitted = bins.variables.filter(({ kept, own }) => kept && own).length;
      const features = bins.binning.features.filter(({ kept }) => kept).length;
      return {
        disclosure: fitDisclosure({ ...parameters, model: 'scorecard', rows: table.rows, features, allow: job.allow }, fitted),
        facts: {
          model: 'scorecard',
          solver: job.regression.solver,
          rows: table.rows,
          features: value.own.length + value.holder.length,
          dropped: value.dropped.length,
          lowest: value.card.lowest,
          highest: value.card.highest,
        },
      };
    });
  },

  async score(desk) {
    const { engine, store, progress } = desk;
    const { session, value: card } = await need(store, CARD);
    const own = await alignedOwn(desk);
    const rows = rowsToScore(desk, own);
    const base = ownPoints(card, selectRows(own.table, rows));
    return reported(desk, 'score', async (channel) => {
      await sendHalf(channel, session, batchesOf(rows));
      const registered = await registerCard(channel, card, { engine, store });
      const parts = await askInBatches(rows, progress, (batch) => registered.ask(channel, batch)).finally(() => registered.dispose());
      const answers = { rows, values: Int32Array.from(parts, (part, i) => part + base[i]), answered: new Uint8Array(rows.length).fill(1) };
      await keep(desk.store, SCORES, answers);
      const calibrator = calibratorOf(own, answers, (points) => logOddsOf(card, points));
      if (calibrator) await keep(desk.store, CALIBRATION, calibrator);
      else await desk.store.delete(CALIBRATION.key);
      return {
        disclosure: scoresDisclosure('scorecard', rows.length),
        facts: { firms: rows.length, features: card.holder.length, ...slopeOf(calibrator) },
      };
    });
  },

  async reader({ store }) {
    const { value: card } = await need(store, CARD);
    const calibrator = await find(store, CALIBRATION);
    return { pd: (points) => pdOf(logOddsOf(card, points), calibrator), points: (points) => points };
  },

  async baseline({ job, contract, asset }, own, rows) {
    const { table, labels } = trainingOf(own);
    const { binning } = parametersOf(contract);
    const alone = clearCard({
      table,
      labels,
      categorical: asset.categorical,
      binning: binning ? { minBins: 3, ...binningOptions(binning, table.rows, contract.terms.minSupport) } : {},
      minInformationValue: job.binning?.min_iv ?? 0,
      regression: job.regression,
      scale: scaleOf(job.points),
    });
    return { pd: clearPoints(alone, selectRows(own.table, rows)).map((points) => defaultProbability(alone.card, points)) };
  },

  async file(desk) {
    const { card, bins } = await both(desk);
    const calibration = await find(desk.store, CALIBRATION);
    return JSON.stringify(
      cardFile(card, bins, { ...partiesOf(desk), scale: scaleOf(desk.job.points), levels: desk.asset.levels, calibration }),
      undefined,
      2,
    );
  },

  async figures(desk) {
    const { card, bins } = await both(desk);
    return cardFigures(desk, card, bins);
  },
} satisfies BankModel);

async function both({ store }: BankDesk): Promise<{ readonly card: LabelScorecard; readonly bins: StoredBins }> {
  return { card: (await need(store, CARD)).value, bins: (await need(store, BINS)).value };
}

const partiesOf = ({ contract }: BankDesk): { readonly bank: string; readonly platform: string } => ({
  bank: contract.terms.caller,
  platform: contract.terms.callee,
});

/** z of score = A − B·z. */
const logOddsOf = ({ card: { offset, factor } }: LabelScorecard, points: number): number => (offset - points) / factor;

/** Points of the bank's own columns. */
export function ownPoints({ own }: LabelScorecard, { columns, rows }: FeatureTable): Int32Array {
  const sum = new Int32Array(rows);
  for (const { name, binning, points } of own) {
    const values = columns.get(name) ?? new Float64Array(rows);
    const column = mapBins(binning.cells, binning.table.binOfCell, points.points, values, points.neutralPoints);
    for (let i = 0; i < rows; i++) sum[i] += column[i];
  }
  return sum;
}

/**
 * Coefficients on weight of evidence. The regression's own table is on standardised columns: z and p are the same, the error goes with the
 * coefficient.
 */
function cardFigures(
  desk: BankDesk,
  { card, intercept, own, holder, table, vif, dropped }: LabelScorecard,
  { names, variables }: StoredBins,
): ModelFigures {
  const { bank, platform } = partiesOf(desk);
  const parts = [
    ...own.map(({ name, coefficient, points, binning }) => ({ name, party: bank, coefficient, points, bins: binning.table.bins })),
    ...holder.map(({ feature, coefficient, points, binned }) => ({
      name: holderLabel(feature, names),
      party: platform,
      coefficient,
      points,
      bins: binned.table.bins,
    })),
  ];
  const coefficients = parts.map(({ name, party, coefficient }, j) => {
    const z = Math.abs(table[j + 1].z);
    return { name, party, coefficient, standardError: coefficient / z, z, pValue: table[j + 1].pValue, vif: vif[j] };
  });
  const points = parts.map(({ name, party, points: given, bins }) => {
    const variable = variables.find((one) => one.name === name && one.party === party);
    return {
      name,
      party,
      neutralPoints: given.neutralPoints,
      bins: bins.map(({ negatives, positives, woe }, b) => ({
        label: variable?.bins[b]?.label ?? `bin ${b + 1}`,
        rows: negatives + positives,
        bads: positives,
        woe,
        points: given.points[b],
      })),
    };
  });
  const renamed = dropped
    .map((name) => /^holder feature (\d+)$/.exec(name))
    .map((match, i) => (match ? `${platform}: ${holderLabel(Number(match[1]) - 1, names)}` : `${bank}: ${dropped[i]}`));
  return {
    on: 'weight of evidence',
    intercept,
    coefficients,
    points,
    dropped: renamed,
    scale: { ...scaleOf(desk.job.points), lowest: card.lowest, highest: card.highest, roundingBound: card.roundingBound },
  };
}
