/**
 * A party's configuration file, feature holder (platform.yaml) and label party (bank.yaml) alike. `fedcredit init` writes both with
 * comments. Paths are relative to the file's own folder.
 */
import { z } from 'zod';
import { isPartyId, isPin } from '../../adapters/certificates/index.ts';
import { DEFAULT_LIMITS, MIN_LIMITS } from '../../adapters/grpc/index.ts';
import { RECORD_ID_MODES } from '../../data/index.ts';
import { DEFAULT_MODELS } from '../policy.ts';

const partyId = z.string().refine(isPartyId, 'use lower case letters, digits and "-", at most 63');
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use letters, digits, ".", "_" and "-", at most 64');
const path = z.string().min(1);
const columnName = z.string().min(1).max(128);
const pin = z.string().refine(isPin, 'a pin looks like sha256/ and 44 characters; the peer prints it when its node starts');
const address = z.string().regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'write host:port, for example 127.0.0.1:7443');

const party = z.strictObject({
  id: partyId,
  /** 中文名, for people. */
  name: z.string().min(1).max(100),
  role: z.enum(['feature-holder', 'label-party']),
});

const tls = z.strictObject({ cert: path, key: path, ca: path });

const peer = z.strictObject({
  id: partyId,
  name: z.string().min(1).max(100).optional(),
  pin,
  /** Where its node listens; only for a party that calls it. */
  address: address.optional(),
  /** Bits its jobs may learn from us in a month (UTC). @default 0 */
  bitsPerMonth: z.number().nonnegative().default(0),
});

const asset = z.strictObject({
  name,
  /** CSV or Parquet. */
  path,
  id: z.strictObject({ column: columnName, mode: z.enum(RECORD_ID_MODES as [string, ...string[]]).default('strict') }),
  /** The columns that exist for jobs: a list, or all but some. @default all but id, label and consent */
  columns: z.union([z.array(columnName).min(1), z.strictObject({ except: z.array(columnName).min(1) })]).optional(),
  /** 0 and 1; 1 is bad. Only at the label party. */
  label: columnName.optional(),
  /** 0 and 1; a row without consent is aligned with nobody. */
  consent: columnName.optional(),
  /** JSON with kinds and levels of text columns. */
  schema: path.optional(),
  missing: z.array(z.string()).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  encoding: z.enum(['utf-8', 'gb18030']).optional(),
});

const rule = z.strictObject({
  peer: partyId,
  steps: z.array(name).min(1),
  asset: name,
  /** Columns of the asset this peer's jobs may use. */
  columns: z.union([z.literal('all'), z.array(columnName).min(1)]),
  /** What its jobs may train: gbdt, logistic_regression, scorecard. */
  models: z
    .array(name)
    .min(1)
    .default([...DEFAULT_MODELS]),
  /** Disclosures beyond the usual: feature-names, linear-predictor. */
  allow: z.array(name).default([]),
  maxRows: z.int().positive(),
  maxTrees: z.int().nonnegative(),
  maxDepth: z.int().nonnegative(),
  /** @default 100 */
  minSupport: z.int().positive().default(100),
});

const LIMITS = Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[];
const atLeast = (min: number): z.ZodInt => z.int().min(min);
const limits = z
  .strictObject(
    Object.fromEntries(LIMITS.map((key) => [key, atLeast(MIN_LIMITS[key] ?? 1)])) as Record<keyof typeof DEFAULT_LIMITS, z.ZodInt>,
  )
  .partial();

export const configSchema = z
  .strictObject({
    party,
    /** Where the node listens; only a party that is called. */
    listen: address.optional(),
    tls,
    peers: z.array(peer).min(1),
    assets: z.array(asset).min(1),
    /** Who may ask for what. Nobody may for what is not here. */
    policy: z.array(rule).default([]),
    /** Audit log, budgets, job states; belongs to one process at a time. */
    state: path,
    limits: limits.default({}),
  })
  .superRefine((config, context) => {
    const complain = (where: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path: where, message });
    const peers = config.peers.map(({ id }) => id);
    const assets = config.assets.map((one) => one.name);
    for (const i of repeated(peers)) complain(['peers', i, 'id'], `the peer "${peers[i]}" is listed twice`);
    for (const i of repeated(assets)) complain(['assets', i, 'name'], `the asset "${assets[i]}" is listed twice`);
    if (peers.includes(config.party.id)) complain(['party', 'id'], 'the party is its own peer');
    config.policy.forEach((one, i) => {
      if (!peers.includes(one.peer)) complain(['policy', i, 'peer'], `"${one.peer}" is not one of the peers: ${peers.join(', ')}`);
      if (!assets.includes(one.asset)) complain(['policy', i, 'asset'], `"${one.asset}" is not one of the assets: ${assets.join(', ')}`);
    });
    if (config.party.role === 'feature-holder' && config.listen === undefined) complain(['party', 'role'], 'a feature holder needs listen');
    config.assets.forEach((one, i) => {
      if (config.party.role === 'feature-holder' && one.label !== undefined)
        complain(['assets', i, 'label'], 'a feature holder has no label');
    });
  });

const repeated = (names: readonly string[]): number[] => names.flatMap((one, i) => (names.indexOf(one) < i ? [i] : []));

export type PartyConfig = z.output<typeof configSchema>;
export type AssetConfig = PartyConfig['assets'][number];
export type PeerConfig = PartyConfig['peers'][number];
