/**
 * Single-party training: gradient-boosted trees on one table. The baseline of a job (bank alone, or everything pooled in the clear) and
 * the reference of the federated protocol.
 */
import { InputError, type Progress, type SecureRandom, seededRandom } from '../../base/index.ts';
import type { FeatureTable } from '../../data/index.ts';
import { binFeatures } from './bins.ts';
import { type BoostResult, boost } from './boost.ts';
import { checkConstraints, type GbdtParams, gbdtConfig } from './parameters.ts';
import { type CandidateSource, localSource } from './source.ts';

export interface FitGbdtInput {
  readonly table: FeatureTable;
  /** 0/1 for logistic loss, finite numbers for squared error; one a row. */
  readonly labels: ArrayLike<number>;
  readonly params?: GbdtParams;
  /** Draws of stochastic rounding. @default seeded by `params.seed` */
  readonly random?: SecureRandom;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Holders in the same process, after this party's own columns (`simulatedHolder`). */
  readonly simulated?: readonly CandidateSource[];
}

/**
 * @example
 * const { model } = await fitGbdt({ table, labels, params: { n_estimators: 30, max_depth: 3 } });
 * const probabilities = predict(model, table);
 * @throws InputError on unusable parameters, labels (`ERR_LEARN_LABEL`, `ERR_LEARN_ONE_CLASS`) or columns.
 */
export async function fitGbdt(input: FitGbdtInput): Promise<BoostResult> {
  const config = gbdtConfig(input.params);
  checkConstraints(config, input.table.columns.keys());
  if (input.labels.length !== input.table.rows) {
    throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `${input.labels.length} labels for ${input.table.rows} rows`);
  }
  const features = binFeatures(input.table, { maxBin: config.max_bin, minSupport: 1 });
  return boost({
    config,
    labels: input.labels,
    features: features.map((feature) => feature.name),
    sources: [localSource(features, config.monotone_constraints), ...(input.simulated ?? [])],
    random: input.random ?? seededRandom(config.seed, 'gbdt/rounding'),
    progress: input.progress,
    signal: input.signal,
  });
}
