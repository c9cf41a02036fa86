/**
 * A job as the bank writes it: one YAML file. What the platform is told of it goes into the contract (`contract.ts`); the rest (own columns,
 * hyper-parameters that matter to the bank alone, the limit policy) stays here.
 *
 * ```yaml
 * job: first-limits
 * peer: platform
 * data: loans                      # an asset of bank.yaml, with its label
 * peerAsset: firms
 * train: {n_estimators: 30, max_depth: 3}
 * test: 0.3
 * limit: {policy: policy.yaml}
 * ```
 */
import { z } from 'zod';
import { type GbdtParams, gbdtConfig } from '../learn/trees/index.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use letters, digits, ".", "_" and "-", at most 64');
const columnList = z.array(z.string().min(1).max(128)).min(1).max(10_000);

export const jobSchema = z.strictObject({
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
  /** Share of aligned rows held out to evaluate on; 0 evaluates on the training rows. */
  test: z.number().min(0).max(0.9).default(0.3),
  /** Least rows of a bin at the platform; its own policy may ask for more. */
  minSupport: z.int().positive().default(100),
  /** XGBoost's names, meanings and defaults (`learn/trees/parameters.ts`). */
  train: z
    .record(z.string(), z.unknown())
    .default({})
    .transform((params) => params as GbdtParams),
  /** Compare with a model of the own columns alone. */
  baseline: z.boolean().default(true),
  /** Which aligned rows to score with the joint model: all, or those held out. */
  score: z.enum(['all', 'test']).default('all'),
  limit: z.strictObject({ policy: z.string().min(1) }).optional(),
  engine: z.enum(['auto', 'kernel', 'seal']).default('auto'),
  /** Bits per second of the link to the peer, e.g. 100000000; decides between more bytes and more computing. */
  bandwidth: z.number().positive().optional(),
});

export type JobSpec = z.output<typeof jobSchema>;

/** Hyper-parameters checked now, not after an hour of alignment. @throws InputError `ERR_LEARN_OPTION` | `ERR_LEARN_UNKNOWN_OPTION` */
export function checkJob(job: JobSpec): JobSpec {
  gbdtConfig(job.train);
  return job;
}
