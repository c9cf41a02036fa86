/**
 * The contract of a job: what both parties sign before the first byte of data. The bank writes it from its job file and from what the
 * platform offers; the platform reads the same bytes and derives from them everything its half needs. The bank's labels, own columns and
 * limit policy are not in it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError, PeerProtocolError } from '../base/index.ts';
import { type CapacityForm, capacityColumns, parseCapacityForm } from '../credit/index.ts';
import { nearestNames, splitRows } from '../data/index.ts';
import { gbdtConfig } from '../learn/trees/index.ts';
import { type Contract, canonicalJson, type JsonValue, makeContract } from '../node/index.ts';
import { contractDisclosure } from './contract-disclosure.ts';
import type { JobSpec } from './job.ts';
import {
  type AgreedBinning,
  type Allowance,
  binningSection,
  MODEL_KINDS,
  type ModelKind,
  type RegressionSection,
  regressionSection,
} from './model-sections.ts';

const agreedBinning = binningSection.omit({ min_iv: true });

/** How often one aligned row may be scored, and how often it may get a limit, in one job: a run, and a few repeats after a failure. */
export const ANSWERS_A_ROW = 4;

/** Most answers of the scores of a job, and of its limits: every query that is answered debits at least one row. What their floods are sized for. */
export const answersEver = (alignedRows: number): number => ANSWERS_A_ROW * alignedRows;

/** What the steps are told, as the contract's `parameters` hold it. */
const parametersSchema = z.strictObject({
  /** Columns of the holder's to train on. */
  features: z.array(z.string()).min(1),
  /** Share of aligned rows held out of training; both sides draw them from the seed. */
  test: z.number().min(0).max(0.9),
  seed: z.int(),
  /** Most rows the holder may bring into the alignment. */
  maxPeerRows: z.int().positive(),
  /** How both parties bin, where the job has a bin step. */
  binning: agreedBinning.optional(),
  /** How a logistic regression is fitted, and the label party's number of columns. */
  regression: regressionSection.extend({ labelColumns: z.int().min(0).max(10_000) }).optional(),
  /** How the holder evaluates a firm's capacity band, where the job sets limits. */
  capacity: z.json().optional(),
});

export interface JobParameters {
  readonly features: readonly string[];
  readonly test: number;
  readonly seed: number;
  readonly maxPeerRows: number;
  readonly binning?: AgreedBinning | undefined;
  readonly regression?: (RegressionSection & { readonly labelColumns: number }) | undefined;
  readonly capacity?: JsonValue | undefined;
}

export interface ContractFacts {
  readonly labelParty: string;
  readonly rows: number;
  /** Own columns the job trains on. */
  readonly labelColumns: number;
  /** Columns the peer offers of its asset. */
  readonly offered: readonly string[];
  /** The policy's capacity part as written. */
  readonly capacity?: JsonValue;
}

/**
 * The bank's side.
 * @throws InputError `ERR_JOB_PEER_COLUMN` when the job asks for a column the peer does not offer.
 */
export function contractOf(job: JobSpec, facts: ContractFacts): Contract {
  const config = gbdtConfig(job.train);
  const capacityOnly = facts.capacity === undefined ? [] : capacityColumns(parseCapacityForm({ name: 'capacity', value: facts.capacity }));
  const features = job.peerColumns ?? facts.offered;
  const columns = [...new Set([...features, ...capacityOnly])];
  for (const name of columns) if (!facts.offered.includes(name)) throw notOffered(job, name, facts.offered);
  if (features.length === 0) {
    throw new InputError('ERR_JOB_PEER_COLUMN', `${job.peer} offers no columns of "${job.peerAsset}"`, {
      help: 'Ask its operator to add a policy rule.',
    });
  }
  const { model, minSupport, maxPeerRows } = job;
  const binning = job.binning && agreedOf(job.binning);
  const allow = allowancesOf(job);
  const regression = model === 'gbdt' ? undefined : { ...job.regression, labelColumns: facts.labelColumns };
  const limits = facts.capacity !== undefined;
  const trees = model === 'gbdt' ? config : { ...config, n_estimators: 0, max_depth: 0 };
  const parameters = {
    features: [...features],
    test: job.test,
    seed: job.seed ?? config.seed,
    maxPeerRows,
    ...(binning && { binning }),
    ...(regression && { regression }),
    ...(limits && { capacity: facts.capacity }),
  };
  const { rows, labelColumns } = facts;
  const sizes = { rows, maxPeerRows, features: features.length, labelColumns, minSupport };
  return makeContract({
    format: 'fedcredit/contract/1',
    jobId: job.job,
    caller: facts.labelParty,
    callee: job.peer,
    purpose: job.purpose,
    asset: job.peerAsset,
    columns,
    steps: ['align', ...(binning ? ['bin'] : []), 'train', 'score', ...(limits ? ['limit'] : [])],
    model,
    ...(allow.length > 0 && { allow: [...allow] }),
    maxRows: rows,
    maxTrees: trees.n_estimators,
    maxDepth: trees.max_depth,
    minSupport,
    parameters: parameters as unknown as Record<string, JsonValue>,
    disclosure: [...contractDisclosure({ ...sizes, model, trees, binning, regression, allow, limits })],
  });
}

/** Of the disclosures the job file allows, those that its steps make. */
const allowancesOf = ({ allow, model, binning, regression }: JobSpec): readonly Allowance[] =>
  allow.filter((one) => (one === 'feature-names' ? binning !== undefined : model !== 'gbdt' && regression.solver === 'exact'));

/** What the platform is told of the bins; the least information value is the bank's own affair. */
const agreedOf = ({ min_iv: _, ...agreed }: NonNullable<JobSpec['binning']>): AgreedBinning => agreed;

/** What the contract says is trained. @throws PeerProtocolError `ERR_PEER_CONTRACT` */
export function modelOf({ terms }: Contract): ModelKind {
  const found = MODEL_KINDS.find((kind) => kind === terms.model);
  if (found) return found;
  throw new PeerProtocolError('ERR_PEER_CONTRACT', 'the contract names no model this party knows');
}

/** The platform's side. @throws PeerProtocolError `ERR_PEER_CONTRACT` */
export function parametersOf(contract: Contract): JobParameters {
  const parsed = parametersSchema.safeParse(contract.terms.parameters);
  if (!parsed.success) throw new PeerProtocolError('ERR_PEER_CONTRACT', 'the parameters of the contract cannot be read');
  return parsed.data;
}

/** The agreed capacity form and the hash that limit sessions are bound to. */
export function capacityOf(parameters: JobParameters): { readonly form: CapacityForm; readonly hash: Uint8Array } | undefined {
  if (parameters.capacity === undefined) return undefined;
  const form = parseCapacityForm({ name: 'capacity', value: parameters.capacity });
  return { form, hash: createHash('sha256').update(canonicalJson(parameters.capacity)).digest() };
}

export interface RowSplit {
  readonly train: Uint32Array;
  /** Empty when the job evaluates on its training rows. */
  readonly test: Uint32Array;
}

/** The same split of the alignment at both parties, from the contract alone. */
export function splitOf({ test, seed }: JobParameters, rows: number): RowSplit {
  if (test === 0) return { train: Uint32Array.from({ length: rows }, (_, i) => i), test: new Uint32Array(0) };
  return splitRows({ rows, seed, parts: { train: 1 - test, test } });
}

function notOffered(job: JobSpec, name: string, offered: readonly string[]): InputError {
  const near = nearestNames(name, offered, 3);
  return new InputError('ERR_JOB_PEER_COLUMN', `${job.peer} does not offer the column "${name}" of "${job.peerAsset}"`, {
    help: `${near.length > 0 ? `Nearest: ${near.join(', ')}. ` : ''}"fedcredit describe" lists what it offers.`,
    details: { column: name },
  });
}
