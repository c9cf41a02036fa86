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
import { type GbdtConfig, gbdtConfig, SPLIT_ATTEMPTS } from '../learn/trees/index.ts';
import { type Contract, canonicalJson, type JsonValue, makeContract } from '../node/index.ts';
import type { Disclosure } from '../protocol/index.ts';
import { psiDisclosure } from '../psi/index.ts';
import { limitDisclosure, SCORE_PLAIN_MODULUS } from '../scoring/index.ts';
import type { JobSpec } from './job.ts';

export const STEPS = Object.freeze(['align', 'train', 'score', 'limit'] as const);

/** What the steps are told, as the contract's `parameters` hold it. */
const parametersSchema = z.strictObject({
  /** Columns of the holder's to train on. */
  features: z.array(z.string()).min(1),
  /** Share of aligned rows held out of training; both sides draw them from the seed. */
  test: z.number().min(0).max(0.9),
  seed: z.int(),
  /** How the holder evaluates a firm's capacity band, where the job sets limits. */
  capacity: z.json().optional(),
});

export interface JobParameters {
  readonly features: readonly string[];
  readonly test: number;
  readonly seed: number;
  readonly capacity?: JsonValue | undefined;
}

export interface ContractFacts {
  readonly labelParty: string;
  readonly rows: number;
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
  const parameters: Record<string, JsonValue> = {
    features: [...features],
    test: job.test,
    seed: config.seed,
    ...(facts.capacity !== undefined && { capacity: facts.capacity }),
  };
  return makeContract({
    format: 'fedcredit/contract/1',
    jobId: job.job,
    caller: facts.labelParty,
    callee: job.peer,
    purpose: job.purpose,
    asset: job.peerAsset,
    columns,
    steps: facts.capacity === undefined ? ['align', 'train', 'score'] : [...STEPS],
    maxRows: facts.rows,
    maxTrees: config.n_estimators,
    maxDepth: config.max_depth,
    minSupport: job.minSupport,
    parameters,
    disclosure: [...contractDisclosure(facts.rows, features.length, config, facts.capacity !== undefined)],
  });
}

/** Bits of a revealed sum at most: t is below 2^60 (he/parameters.ts). The agreement of the training session has the exact number. */
const MAX_SUM_BITS = 60;
/** Two candidates a bin (missing left, missing right), and what padding may add. */
const candidatesBound = (features: number, maxBin: number): number => 2 * features * (maxBin + 1) + 64;

/** Upper bounds that hold before anything is known but the bank's number of rows and the columns asked. */
function contractDisclosure(
  rows: number,
  features: number,
  { n_estimators, max_depth, max_bin }: Pick<GbdtConfig, 'n_estimators' | 'max_depth' | 'max_bin'>,
  limits: boolean,
): Disclosure {
  const bits = Math.ceil(Math.log2(Number(SCORE_PLAIN_MODULUS)));
  const sums = n_estimators * 2 ** (max_depth - 1) * candidatesBound(features, max_bin);
  const splits = n_estimators * SPLIT_ATTEMPTS * (2 ** max_depth - 1);
  const gbdt = (what: string, count: number, bitsEach: number) => ({
    party: 'label party' as const,
    protocol: 'gbdt',
    what,
    count,
    bitsEach,
  });
  return [
    ...psiDisclosure(rows, rows),
    gbdt('sums of its own quantised gradients per opaque candidate split and node', sums, MAX_SUM_BITS),
    gbdt('left/right bits of the splits asked', splits * rows, 1),
    { party: 'label party', protocol: 'scoring', what: 'one integer score per firm asked', count: rows, bitsEach: bits },
    ...(limits ? limitDisclosure(rows, bits) : []),
  ];
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
