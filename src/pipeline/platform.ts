/**
 * The platform's half of every step, as handlers a node registers. A handler reads only the columns the policy allowed, only aligned rows,
 * and debits the caller's budget before an answer leaves.
 */
import { RefusedError } from '../base/index.ts';
import { capacityBands } from '../credit/index.ts';
import type { StepHandler, StepHandlers } from '../node/index.ts';
import { disclosureBits } from '../protocol/index.ts';
import { psiDisclosure, sender } from '../psi/index.ts';
import { answerLimits } from '../scoring/index.ts';
import { ALIGNMENT, find, HOLDER_BINS, keep, MODEL_KEYS } from './artifacts.ts';
import { HOLDER_TRAINING } from './checkpoints.ts';
import { answersEver, capacityOf, modelOf, parametersOf } from './contract.ts';
import { TREE_SCORE_BITS } from './contract-disclosure.ts';
import { alignedTable, counted, counterOf, FINGERPRINT, mostCiphertexts, PLAN_HASH, type PlatformPorts } from './platform-desk.ts';
import { bin, MODELS } from './platform-models.ts';

export type { PlatformPorts } from './platform-desk.ts';

export function platformHandlers(ports: PlatformPorts): StepHandlers {
  return Object.freeze({
    align: align(ports),
    bin: (channel, context) => bin(ports, channel, context),
    train: (channel, context) => MODELS[modelOf(context.contract)].train(ports, channel, context),
    score: (channel, context) => MODELS[modelOf(context.contract)].score(ports, channel, context),
    limit: limit(ports),
  });
}

function align({ assets, executor, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const asset = await assets.load(context.asset);
    const { maxRows } = context.contract.terms;
    const { maxPeerRows } = parametersOf(context.contract);
    if (asset.table.rows > maxPeerRows) {
      throw new RefusedError('ERR_REFUSED_ROWS', `the contract counts with ${maxPeerRows} rows of this party, and it has more`, {
        help: 'Raise maxPeerRows in the job.',
      });
    }
    await context.debit(disclosureBits(psiDisclosure(maxRows, asset.table.rows), 'label party'));
    const options = { maxOwnRows: asset.table.rows, maxPeerRows: maxRows };
    const alignment = await sender(
      channel,
      { ids: asset.table.ids, context: context.contract.hash, options },
      { executor, random, progress, signal: context.signal },
    );
    for (const stale of [...MODEL_KEYS, HOLDER_BINS.key, PLAN_HASH.key, HOLDER_TRAINING.key]) await context.store.delete(stale);
    // Counters go by the rows of this very file; another file has other rows.
    if ((await find(context.store, FINGERPRINT)) !== asset.fingerprint) {
      for (const what of ['scores', 'limits'] as const) await context.store.delete(counterOf(what).key);
    }
    await keep(context.store, FINGERPRINT, asset.fingerprint);
    await keep(context.store, ALIGNMENT, alignment);
  };
}

function limit({ assets, engine, random, progress }: PlatformPorts): StepHandler {
  return async (channel, context) => {
    const { aligned, parameters, ownRows } = await alignedTable(assets, context);
    const capacity = capacityOf(parameters);
    if (!capacity) throw new RefusedError('ERR_REFUSED_NO_CAPACITY', 'the contract has no capacity form, so no limit can be set under it');
    await answerLimits(
      channel,
      {
        planHash: capacity.hash,
        capacityBands: capacity.form.edges.length + 1,
        bands: capacityBands(capacity.form, aligned),
        rows: aligned.rows,
        authorise: counted(context, 'limits', ownRows, TREE_SCORE_BITS),
        maxCiphertexts: mostCiphertexts(aligned.rows),
        answersEver: answersEver(aligned.rows),
      },
      { engine, random, progress, logger: context.logger, signal: context.signal },
    );
  };
}
