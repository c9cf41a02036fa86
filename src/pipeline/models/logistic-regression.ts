/** Logistic regression at the bank: training, scores under encryption. The columns go in as they are: no missing cells, no categories. */
import { InputError } from '../../base/index.ts';
import { type FeatureTable, selectRows } from '../../data/index.ts';
import {
  LINEAR_SCORE_UNIT,
  type LogisticContract,
  labelParty,
  logisticDisclosure,
  logisticTerms,
  registerWeights,
} from '../../federated/vertical/logistic-regression/index.ts';
import { type Design, scale, sigmoid } from '../../learn/logistic-regression/index.ts';
import { CALIBRATION, find, keep, LINEAR, type LinearModel, need, SCORES } from '../artifacts.ts';
import { type JobParameters, parametersOf } from '../contract.ts';
import { scoresDisclosure } from '../contract-disclosure.ts';
import { regressionOptions, scaleOf } from '../model-sections.ts';
import { sendHalf } from '../pairing.ts';
import { scorePoints } from '../points.ts';
import { assertUnregistered } from '../registrations.ts';
import { alignedOwn, reported, rowsToScore, trainingOf } from '../step.ts';
import { askInBatches, batchesOf } from './batches.ts';
import { clearLinear } from './clear.ts';
import { type BankModel, calibratorOf, pdOf, slopeOf } from './model.ts';

/** What both parties sign for the fit: derived from the contract alone. */
export function linearContract({ features, regression }: JobParameters, allow: readonly string[], rows: number): LogisticContract {
  if (!regression) throw new InputError('ERR_JOB_NO_REGRESSION', 'the contract has no regression section');
  const { labelColumns, clip } = regression;
  const sizes = { rows, labelColumns, holderColumns: features.length };
  return { ...sizes, ...regressionOptions(regression, allow), ...(clip !== undefined && { clip }) };
}

/** Columns of a table as a regression takes them. @throws InputError `ERR_JOB_CATEGORICAL` */
export function designOf({ columns }: Pick<FeatureTable, 'columns'>, categorical: ReadonlySet<string>): Design {
  return [...columns].map(([name, values]) => {
    if (!categorical.has(name)) return { name, values };
    throw new InputError('ERR_JOB_CATEGORICAL', `column "${name}" is categorical: its codes are no quantities`, {
      help: 'Leave it out, or train a scorecard, which bins it.',
      details: { column: name },
    });
  });
}

export const logisticRegression: BankModel = Object.freeze({
  kind: 'logistic_regression',

  async train(desk) {
    const { job, contract, engine, random, progress } = desk;
    await assertUnregistered(desk);
    const parameters = parametersOf(contract);
    const { table, labels } = trainingOf(await alignedOwn(desk));
    const columns = designOf(table, desk.asset.categorical);
    const terms = linearContract(parameters, contract.terms.allow ?? [], table.rows);
    return reported(desk, 'train', async (channel, { sessionId }) => {
      const fit = await labelParty(channel, { contract: terms, columns, labels }, { engine, random, progress });
      const holderNames = parameters.features.map((name) => `${job.peer}.${name}`);
      const names = [...columns.map(({ name }) => name), ...holderNames];
      const value: LinearModel = {
        intercept: fit.intercept,
        own: columns.map(({ name }, j) => ({ name, weight: fit.own[j], scaling: fit.scalings[j] })),
        holder: holderNames.map((name, f) => ({ name, weight: fit.holder[f] })),
        table: fit.table.map((row, j) => (j === 0 ? row : { ...row, name: names[j - 1] })),
        vif: Array.from(fit.vif),
        iterations: fit.iterations,
      };
      await keep(desk.store, LINEAR, { session: sessionId, value });
      return {
        disclosure: logisticDisclosure(logisticTerms(terms)),
        facts: {
          model: 'logistic_regression',
          solver: job.regression.solver,
          rows: table.rows,
          columns: names.length,
          iterations: fit.iterations,
        },
      };
    });
  },

  async score(desk) {
    const { engine, store, progress } = desk;
    const { session, value: model } = await need(store, LINEAR);
    const own = await alignedOwn(desk);
    const rows = rowsToScore(desk, own);
    const base = ownPart(model, selectRows(own.table, rows));
    return reported(desk, 'score', async (channel) => {
      await sendHalf(channel, session, batchesOf(rows));
      const registered = await registerWeights(
        channel,
        Float64Array.from(model.holder, ({ weight }) => weight),
        { engine, store },
      );
      const parts = await askInBatches(rows, progress, (batch) => registered.ask(channel, batch)).finally(() => registered.dispose());
      const answers = { rows, values: Int32Array.from(parts, (part, i) => part + base[i]), answered: new Uint8Array(rows.length).fill(1) };
      await keep(desk.store, SCORES, answers);
      const calibrator = calibratorOf(own, answers, logOddsOf);
      if (calibrator) await keep(desk.store, CALIBRATION, calibrator);
      else await desk.store.delete(CALIBRATION.key);
      return {
        disclosure: scoresDisclosure('logistic_regression', rows.length),
        facts: { firms: rows.length, weights: model.holder.length, ...slopeOf(calibrator) },
      };
    });
  },

  async reader({ store, job }) {
    await need(store, LINEAR);
    const calibrator = await find(store, CALIBRATION);
    const pd = (value: number): number => pdOf(logOddsOf(value), calibrator);
    return { pd, points: (value) => scorePoints(pd(value), scaleOf(job.points)) };
  },

  async baseline(desk, own, rows) {
    const { table, labels } = trainingOf(own);
    designOf(table, desk.asset.categorical);
    return { pd: clearLinear(desk.job.regression, table, labels, selectRows(own.table, rows)).map(sigmoid) };
  },

  async file({ store, job }) {
    const { value } = await need(store, LINEAR);
    const calibration = await find(store, CALIBRATION);
    return JSON.stringify(
      { format: 'fedcredit/logistic-regression/1', solver: job.regression.solver, ...value, ...(calibration && { calibration }) },
      undefined,
      2,
    );
  },

  async figures({ store, job }) {
    const { value } = await need(store, LINEAR);
    const party = (j: number): string => (j < value.own.length ? '' : job.peer);
    const coefficients = value.table.map((row, j) => ({
      name: row.name,
      party: j === 0 ? '' : party(j - 1),
      coefficient: row.coefficient,
      standardError: row.standardError,
      z: row.z,
      pValue: row.pValue,
      ...(j > 0 && { vif: value.vif[j - 1] }),
    }));
    return { on: 'standardised columns', coefficients };
  },
} satisfies BankModel);

/** Intercept and own columns, in units of a score. */
export function ownPart({ intercept, own }: LinearModel, { columns, rows }: FeatureTable): Int32Array {
  const sum = new Float64Array(rows).fill(intercept);
  for (const { name, weight, scaling } of own) {
    const values = scale(columns.get(name) ?? new Float64Array(rows), scaling);
    for (let i = 0; i < rows; i++) sum[i] += Number.isNaN(values[i]) ? 0 : weight * values[i];
  }
  return Int32Array.from(sum, (z) => Math.round(z / LINEAR_SCORE_UNIT));
}

const logOddsOf = (value: number): number => value * LINEAR_SCORE_UNIT;
