/**
 * A job as the bank writes it: one YAML file. What the platform is told of it goes into the contract (`contract.ts`); the rest (own columns,
 * hyper-parameters that matter to the bank alone, the limit policy) stays here.
 *
 * ```yaml
 * job: first-limits
 * peer: platform
 * data: loans                      # an asset of bank.yaml, with its label
 * peerAsset: firms
 * model: gbdt                      # or logistic_regression, scorecard
 * train: {n_estimators: 30, max_depth: 3}
 * test: 0.3
 * limit: {policy: policy.yaml}
 * ```
 */
import { z } from 'zod';
import { InputError } from '../base/index.ts';
import { logisticTerms } from '../federated/vertical/logistic-regression/index.ts';
import { type GbdtParams, gbdtConfig } from '../learn/trees/index.ts';
import {
  ALLOWANCES,
  binningSection,
  MODEL_KINDS,
  type ModelKind,
  pointsSection,
  regressionOptions,
  regressionSection,
} from './model-sections.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use letters, digits, ".", "_" and "-", at most 64');
const columnList = z.array(z.string().min(1).max(128)).min(1).max(10_000);

const fields = z.strictObject({
  /** Job id; a changed job needs a new one. */
  job: name,
  /** 目的: in the contract and in both audit logs. */
  purpose: z.string().min(1).max(500).default('pre-credit scoring and limits (预授信)'),
  /** The feature holder, one of the peers in bank.yaml. */
  peer: name,
  /** Own asset, with its label column. */
  data: name,
  /** The peer's asset. */
  peerAsset: name,
  /** Own columns to train on. @default all of the asset's */
  columns: columnList.optional(),
  /** The peer's columns to train on. @default all it offers */
  peerColumns: columnList.optional(),
  /** Most rows the peer may bring into the alignment: each learns of its own rows whether the bank has them. */
  maxPeerRows: z.int().positive().max(10_000_000).default(1_000_000),
  /** Share of aligned rows held out to evaluate on; 0 evaluates on the training rows. */
  test: z.number().min(0).max(0.9).default(0.3),
  /** Of the split into training and held-out rows. @default that of `train` */
  seed: z.int().optional(),
  /** Least rows of a bin at the platform; its own policy may ask for more. */
  minSupport: z.int().positive().default(100),
  /** What is trained; `--model` on the command line overrides it. */
  model: z.enum(MODEL_KINDS).default('gbdt'),
  /** gbdt: XGBoost's names, meanings and defaults (`learn/trees/parameters.ts`). */
  train: z
    .record(z.string(), z.unknown())
    .default({})
    .transform((params) => params as GbdtParams),
  /** scorecard: bins; with another model they are for `fedcredit bin` and the report. */
  binning: binningSection.optional(),
  /** logistic_regression, and the one inside a scorecard. */
  regression: regressionSection.prefault({}),
  /** Scale of the points. */
  points: pointsSection.prefault({}),
  /** Disclosures that need an explicit word of both parties: feature-names, linear-predictor. */
  allow: z
    .array(z.enum(ALLOWANCES))
    .refine((all) => new Set(all).size === all.length, 'a disclosure is named twice')
    .default([]),
  /** Compare with a model of the own columns alone. */
  baseline: z.boolean().default(true),
  /** Which aligned rows to score with the joint model: all, or those held out. */
  score: z.enum(['all', 'test']).default('all'),
  limit: z.strictObject({ policy: z.string().min(1) }).optional(),
  engine: z.enum(['auto', 'kernel', 'seal']).default('auto'),
  /** Bits per second of the link to the peer, e.g. 100000000; decides between more bytes and more computing. */
  bandwidth: z.number().positive().optional(),
});

export type JobSpec = z.output<typeof fields>;

/**
 * The schema of a job file. Hyper-parameters are checked now, at their line, not after an hour of alignment.
 * @param model what the command line asks for instead of the file's own `model`
 */
export const jobSchemaFor = (model?: ModelKind) =>
  fields.superRefine((job, context) => {
    for (const { path, message } of problemsOf(withModel(job, model))) context.addIssue({ code: 'custom', path: [...path], message });
  });
export const jobSchema = jobSchemaFor();

/**
 * A job with another model than its file says is another job: it gets another name, so that both stay resumable side by side. A scorecard gets
 * its bins, with the defaults where the file has none.
 */
export function withModel(job: JobSpec, model: ModelKind = job.model): JobSpec {
  const named = model === job.model ? job : { ...job, model, job: `${job.job}-${SHORT[model]}` };
  return model === 'scorecard' ? { ...named, binning: named.binning ?? binningSection.parse({}) } : named;
}

const SHORT: Readonly<Record<ModelKind, string>> = { gbdt: 'gbdt', logistic_regression: 'lr', scorecard: 'scorecard' };

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

function problemsOf(job: JobSpec): Problem[] {
  const { model, regression, allow } = job;
  const problems = [...refusals('train', job.train, () => gbdtConfig(job.train))];
  if (job.job.length > 64) problems.push({ path: ['job'], message: `"${job.job}" is longer than 64 characters` });
  if (model === 'gbdt') return problems;
  if (regression.solver === 'exact' && !allow.includes('linear-predictor')) {
    const message =
      'exact shows the bank a partial score of every row at every iteration; say so with "allow: [linear-predictor]", or use shared';
    return [...problems, { path: ['regression', 'solver'], message }];
  }
  if (model === 'scorecard' && regression.solver === 'moments') {
    const message = 'moments solves a linear model, whose scores are no probabilities: a scorecard needs shared or exact';
    return [...problems, { path: ['regression', 'solver'], message }];
  }
  if (model === 'scorecard' && regression.tolerance !== undefined) {
    return [...problems, { path: ['regression', 'tolerance'], message: 'a scorecard runs all its iterations; leave it out' }];
  }
  // Any number of rows and columns that can be: only what the section says is checked here.
  const sizes = { rows: 1_000, labelColumns: 1, holderColumns: 1 };
  const terms = { ...sizes, ...regressionOptions(regression, allow), ...(regression.clip !== undefined && { clip: regression.clip }) };
  return [...problems, ...refusals('regression', regression, () => logisticTerms(terms))];
}

/** What a check of another room says, at the key it names. */
function refusals(name: string, section: object, check: () => unknown): Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message } = error;
    const key = Object.keys(section).find((one) => message.split(/\W+/).includes(one));
    return [{ path: key === undefined ? [name] : [name, key], message }];
  }
}
