/**
 * Contract: what the parties agree on before a job, as canonical bytes. Both hash the bytes they hold; a session opens only when the hashes
 * are equal, and every session of a job carries the same contract. The hash stands in both audit logs.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError, PeerProtocolError } from '../base/index.ts';
import { canonicalJson, type JsonValue } from './canonical-json.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const column = z.string().min(1).max(128);
const json: z.ZodType<JsonValue> = z.json();

const disclosure = z.strictObject({
  party: z.enum(['label party', 'feature holder']),
  protocol: z.string().max(64),
  what: z.string().max(500),
  count: z.number().nonnegative(),
  bitsEach: z.number().nonnegative(),
});

const termsSchema = z.strictObject({
  format: z.literal('fedcredit/contract/1'),
  jobId: name,
  /** The party that asks (label party) and the one that answers (feature holder). */
  caller: name,
  callee: name,
  /** 目的: what the result is for, in words a compliance officer can sign. */
  purpose: z.string().min(1).max(500),
  /** ISO date-time after which no session opens under this contract. */
  expires: z.iso.datetime().optional(),
  asset: name,
  /** Columns of the asset the job may use. */
  columns: z
    .array(column)
    .max(10_000)
    .refine((all) => new Set(all).size === all.length, 'a column is named twice'),
  steps: z.array(name).min(1).max(64),
  /** What the steps train: "gbdt", "logistic_regression", "scorecard"; each shows the caller something else. Absent: nothing is trained. */
  model: name.optional(),
  /** Disclosures beyond those every job of this kind makes, each under its name; the callee's policy must allow each. @default none */
  allow: z
    .array(name)
    .max(16)
    .refine((all) => new Set(all).size === all.length, 'a disclosure is named twice')
    .optional(),
  maxRows: z.int().positive(),
  maxTrees: z.int().nonnegative(),
  maxDepth: z.int().nonnegative(),
  /** Smallest number of rows a bin or a node may have. */
  minSupport: z.int().positive(),
  /** What the protocols of the steps are told; the policy does not look inside, the hash covers it. */
  parameters: z.record(z.string().max(64), json),
  /** What each party learns, in bits, at most. */
  disclosure: z.array(disclosure).max(1_000),
});

export type ContractTerms = z.infer<typeof termsSchema>;

export interface Contract {
  readonly terms: ContractTerms;
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of `bytes`. */
  readonly hash: string;
}

/** @throws InputError `ERR_CONTRACT_TERMS` | `ERR_CONTRACT_VALUE` */
export function makeContract(terms: ContractTerms): Contract {
  const checked = termsSchema.safeParse(terms);
  if (!checked.success) throw new InputError('ERR_CONTRACT_TERMS', `the contract is not valid: ${z.prettifyError(checked.error)}`);
  return contractOf(checked.data, encode(checked.data));
}

/**
 * A peer's contract. Its bytes must be the canonical ones, so that what was hashed is what was read.
 * @throws PeerProtocolError `ERR_PEER_CONTRACT`
 */
export function readContract(bytes: Uint8Array): Contract {
  const checked = termsSchema.safeParse(parse(bytes));
  if (!checked.success) throw unreadable(z.prettifyError(checked.error));
  const canonical = encode(checked.data);
  if (Buffer.compare(canonical, bytes) !== 0) throw unreadable('it is not written canonically');
  return contractOf(checked.data, canonical);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unreadable('it is not JSON');
  }
}

const encode = (terms: ContractTerms): Uint8Array => new TextEncoder().encode(canonicalJson(terms));

function contractOf(terms: ContractTerms, bytes: Uint8Array): Contract {
  return Object.freeze({ terms, bytes, hash: createHash('sha256').update(bytes).digest('hex') });
}

function unreadable(problem: string): PeerProtocolError {
  return new PeerProtocolError('ERR_PEER_CONTRACT', `the contract of the peer cannot be used: ${problem}`, {
    help: 'Both parties must run compatible versions.',
  });
}
