/**
 * The platform's half of binning, training and scoring, a kind of model each. What it keeps of a model is its own half: thresholds, merge plans,
 * scalings; weights, points and scores under the bank's encryption alone.
 */
import { PeerProtocolError } from '../base/index.ts';
import { binningDisclosure, binningTerms, featureHolder as binWithLabels } from '../federated/vertical/binning/index.ts';
import { featureHolder as growWithLabels } from '../federated/vertical/gbdt/index.ts';
import {
  acceptWeights,
  featureHolder as fitWithLabels,
  logisticDisclosure,
  logisticTerms,
} from '../federated/vertical/logistic-regression/index.ts';
import { acceptCard, featureHolder as buildWithLabels } from '../federated/vertical/scorecard/index.ts';
import type { StepContext } from '../node/index.ts';
import { type Channel, disclosureBits } from '../protocol/index.ts';
import { answerScores } from '../scoring/index.ts';
import { find, HOLDER_BINS, HOLDER_CARD, HOLDER_LINEAR, HOLDER_MODEL, keep, MODEL_KEYS, need } from './artifacts.ts';
import { HOLDER_TRAINING, holderHooks } from './checkpoints.ts';
import { answersEver, modelOf } from './contract.ts';
import { SCORE_BITS } from './contract-disclosure.ts';
import { leastRows, type ModelKind } from './model-sections.ts';
import { binningContract } from './models/binning.ts';
import { designOf, linearContract } from './models/logistic-regression.ts';
import { cardContract } from './models/scorecard.ts';
import { receiveHalf, sendNames } from './pairing.ts';
import { alignedTable, counted, mostCiphertexts, PLAN_HASH, type PlatformPorts, trainingTable } from './platform-desk.ts';
import { askDesk, holderPorts } from './registrations.ts';

type Half = (ports: PlatformPorts, channel: Channel, context: StepContext) => Promise<void>;

interface PlatformModel {
  readonly train: Half;
  readonly score: Half;
}

export const bin: Half = async ({ assets, engine, random }, channel, context) => {
  const { table, parameters, categorical } = await trainingTable(assets, context);
  const { minSupport, allow = [] } = context.contract.terms;
  const contract = binningContract(parameters, modelOf(context.contract), table.rows, minSupport);
  await context.debit(disclosureBits(binningDisclosure(binningTerms(contract), table.columns.size), 'label party'));
  const columns = { columns: table.columns, categorical: [...categorical].filter((name) => table.columns.has(name)) };
  const value = await binWithLabels(channel, { contract, ...columns }, { engine, random });
  if (allow.includes('feature-names')) {
    await context.debit(table.columns.size * Math.ceil(Math.log2(table.columns.size + 1)));
    await sendNames(
      channel,
      value.features.map(({ name }) => name),
    );
  }
  for (const key of MODEL_KEYS) await context.store.delete(key);
  await keep(context.store, HOLDER_BINS, { session: context.sessionId, value });
};

const gbdt: PlatformModel = {
  async train({ assets, engine, random, progress }, channel, context) {
    const { table } = await trainingTable(assets, context);
    const { maxTrees, maxDepth, minSupport } = context.contract.terms;
    const { model } = await growWithLabels(
      channel,
      {
        table,
        options: { minSupport: minSupport < 100 ? Math.max(minSupport, 1) : leastRows(table.rows, minSupport) },
        limits: { maxTrees, maxDepth },
        ...(await holderHooks(context, table)),
      },
      { engine, random, progress, logger: context.logger, signal: context.signal, debit: (bits) => context.debit(bits) },
    );
    await context.store.delete(PLAN_HASH.key);
    await keep(context.store, HOLDER_MODEL, model);
  },

  async score({ assets, engine, random, progress }, channel, context) {
    const { aligned, ownRows } = await alignedTable(assets, context);
    const model = await need(context.store, HOLDER_MODEL);
    await context.store.delete(HOLDER_TRAINING.key);
    const pinned = await find(context.store, PLAN_HASH);
    await answerScores(
      channel,
      {
        model,
        table: aligned,
        ...(pinned && { pinned }),
        pin: (hash) => keep(context.store, PLAN_HASH, hash),
        authorise: counted(context, 'scores', ownRows, SCORE_BITS.gbdt),
        maxCiphertexts: mostCiphertexts(aligned.rows),
        answersEver: answersEver(aligned.rows),
      },
      { engine, random, progress, logger: context.logger, signal: context.signal },
    );
  },
};

const logisticRegression: PlatformModel = {
  async train({ assets, engine, random, progress }, channel, context) {
    const { table, parameters, categorical } = await trainingTable(assets, context);
    const contract = linearContract(parameters, context.contract.terms.allow ?? [], table.rows);
    const columns = designOf(table, categorical);
    await context.debit(disclosureBits(logisticDisclosure(logisticTerms(contract)), 'label party'));
    const { names, scalings } = await fitWithLabels(channel, { contract, columns }, { engine, random, ...(progress && { progress }) });
    const value = names.map((name, f) => ({ name, scaling: scalings[f] }));
    await keep(context.store, HOLDER_LINEAR, { session: context.sessionId, value });
  },

  async score({ assets, engine }, channel, context) {
    const rows = await alignedTable(assets, context);
    const { aligned } = rows;
    const half = await need(context.store, HOLDER_LINEAR);
    const questions = await receiveHalf(channel, half, 'train');
    const columns = half.value.map(({ name }) => aligned.columns.get(name) ?? new Float64Array(aligned.rows));
    const scalings = half.value.map(({ scaling }) => scaling);
    const held = await acceptWeights(channel, scalings, holderPorts(engine, context, HOLDER_LINEAR.encode(half)));
    const desk = askDesk(context, rows, SCORE_BITS.logistic_regression);
    try {
      for (let question = 0; question < questions; question++) await held.answer(channel, columns, desk);
    } finally {
      held.dispose();
    }
  },
};

const scorecard: PlatformModel = {
  async train({ assets, engine, random, progress }, channel, context) {
    const { table, parameters, categorical } = await trainingTable(assets, context);
    const { minSupport, allow = [] } = context.contract.terms;
    const bins = await need(context.store, HOLDER_BINS);
    await receiveHalf(channel, bins, 'bin');
    const labelColumns = parameters.regression?.labelColumns ?? 0;
    const value = await buildWithLabels(
      channel,
      {
        contract: cardContract(parameters, allow, table.rows, minSupport),
        columns: table.columns,
        categorical: [...categorical].filter((name) => table.columns.has(name)),
        bins: bins.value,
        async beforeFit(contract) {
          if (contract.labelColumns > labelColumns) {
            throw new PeerProtocolError(
              'ERR_PEER_CONTRACT',
              `the bank fits ${contract.labelColumns} own columns, its contract has ${labelColumns}`,
            );
          }
          await context.debit(disclosureBits(logisticDisclosure(logisticTerms(contract)), 'label party'));
        },
      },
      { engine, random, ...(progress && { progress }) },
    );
    await keep(context.store, HOLDER_CARD, { session: context.sessionId, value });
  },

  async score({ assets, engine }, channel, context) {
    const rows = await alignedTable(assets, context);
    const half = await need(context.store, HOLDER_CARD);
    const questions = await receiveHalf(channel, half, 'train');
    const held = await acceptCard(channel, half.value, holderPorts(engine, context, HOLDER_CARD.encode(half)));
    const desk = askDesk(context, rows, SCORE_BITS.scorecard);
    try {
      for (let question = 0; question < questions; question++) await held.answer(channel, rows.aligned.columns, desk);
    } finally {
      held.dispose();
    }
  },
};

export const MODELS: Readonly<Record<ModelKind, PlatformModel>> = { gbdt, logistic_regression: logisticRegression, scorecard };
