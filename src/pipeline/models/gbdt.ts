/** Boosted trees at the bank: training, encrypted scores. */
import { selectRows } from '../../data/index.ts';
import { labelParty } from '../../federated/vertical/gbdt/index.ts';
import { fitGbdt, predict } from '../../learn/trees/index.ts';
import { askScores, registerModel, scoreDisclosure, unitsToProbability } from '../../scoring/index.ts';
import { keep, MODEL, need, SCORES } from '../artifacts.ts';
import { bindingOf, resumedTraining } from '../checkpoints.ts';
import { answersEver } from '../contract.ts';
import { scaleOf } from '../model-sections.ts';
import { scorePoints } from '../points.ts';
import { alignedOwn, reported, rowsToScore, trainingOf } from '../step.ts';
import type { BankModel } from './model.ts';

export const gbdt: BankModel = Object.freeze({
  kind: 'gbdt',

  async train(desk) {
    const { job, engine, random, progress, logger } = desk;
    const { table, labels } = trainingOf(await alignedOwn(desk));
    const binding = bindingOf(desk.contract, table, [labels]);
    return resumedTraining(desk, binding, (hooks) =>
      reported(desk, 'train', async (channel, { signal }) => {
        const link = job.bandwidth === undefined ? {} : { bandwidth: job.bandwidth };
        const input = { table, labels, params: job.train, ...link, ...hooks };
        const ports = { engine, random, progress, logger, signal };
        const { model, holders, figures } = await labelParty([{ holder: job.peer, channel }], input, ports);
        registerModel(model);
        await keep(desk.store, MODEL, model);
        return {
          disclosure: holders[0].disclosure,
          facts: {
            model: 'gbdt',
            rows: table.rows,
            trees: model.trees.length,
            ...(hooks.resume && { treesOfAnEarlierSession: hooks.resume.state.trees.length }),
            candidates: holders[0].agreement.candidates,
            profile: holders[0].agreement.histogram.profile,
            trainAuc: figures[model.trees.length - 1]?.train ?? Number.NaN,
          },
        };
      }),
    );
  },

  async score(desk) {
    const { engine, random, progress, logger } = desk;
    const registered = registerModel(await need(desk.store, MODEL));
    const own = await alignedOwn(desk);
    const rows = rowsToScore(desk, own);
    return reported(desk, 'score', async (channel, { signal }) => {
      const ports = { engine, random, progress, logger, signal };
      const { units, answered } = await askScores(
        channel,
        { registered, table: own.table, rows, answersEver: answersEver(own.table.rows) },
        ports,
      );
      await keep(desk.store, SCORES, { rows, values: units, answered });
      return {
        disclosure: scoreDisclosure(rows.length, registered.plan),
        facts: { firms: rows.length, paths: registered.plan.paths.length },
      };
    });
  },

  async reader({ store, job }) {
    const registered = registerModel(await need(store, MODEL));
    const pd = (value: number): number => unitsToProbability(registered, value);
    return { pd, points: (value) => scorePoints(pd(value), scaleOf(job.points)) };
  },

  async baseline(desk, own, rows) {
    const { model } = await fitGbdt({ ...trainingOf(own), params: desk.job.train });
    return { pd: Float64Array.from(predict(model, selectRows(own.table, rows))), file: JSON.stringify(model, undefined, 2) };
  },

  async file({ store }) {
    return JSON.stringify(await need(store, MODEL), undefined, 2);
  },

  async figures() {
    return undefined;
  },
} satisfies BankModel);
