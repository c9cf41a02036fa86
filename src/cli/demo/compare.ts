/**
 * What only the demo may do: it made both parties' data, so it can open both stores and put everything beside the same computation in the
 * clear. Nothing here is used by a node.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, LocalProtocolError } from '../../base/index.ts';
import { capacityBands, compileLimitTable, formatYuan, limitFromUnits, parseLimitPolicy, tableRow } from '../../credit/index.ts';
import { type FeatureTable, featureTable, selectColumns, selectRows } from '../../data/index.ts';
import { type BinaryMetrics, binaryMetrics } from '../../learn/index.ts';
import { fitGbdt, predict } from '../../learn/trees/index.ts';
import { fileJobStores, type JobStore, type LoadedConfig, loadConfig, readContract } from '../../node/index.ts';
import {
  ALIGNMENT,
  assetLibrary,
  bankModel,
  capacityOf,
  HOLDER_MODEL,
  LIMITS,
  MODEL,
  need,
  parametersOf,
  readJob,
  SCORES,
  scoreBandOf,
  splitOf,
} from '../../pipeline/index.ts';
import { ownHalf, pathBits, plainUnits, registerModel, unitsToProbability } from '../../scoring/index.ts';

export interface Comparison {
  /** The same learner on both parties' columns in one table. */
  readonly pooled: BinaryMetrics;
  readonly pooledRows: number;
  readonly scoredFirms: number;
  /** Encrypted scores that differ from the same score in the clear; must be 0. */
  readonly differentScores: number;
  readonly limitedFirms: number;
  /** Encrypted limits that differ from the policy read in the clear; must be 0. */
  readonly differentLimits: number;
  /** A handful of firms, ids shortened. */
  readonly examples: readonly { readonly firm: string; readonly pd: number; readonly encrypted: string; readonly plain: string }[];
}

export interface ComparisonInput {
  readonly platformConfig: string;
  readonly bankConfig: string;
  readonly job: string;
  /** The run's folder. */
  readonly run: string;
  readonly clock: Clock;
}

const EXAMPLES = 6;

export async function compareInTheClear(input: ComparisonInput): Promise<Comparison> {
  const [bank, platform] = await Promise.all([loadConfig(input.bankConfig, input.clock), loadConfig(input.platformConfig, input.clock)]);
  const job = await readJob(input.job);
  const contract = readContract(await readFile(join(input.run, 'contract.json')));
  const parameters = parametersOf(contract);
  const bankStore = storeOf(bank, platform.config.party.id, job.job);
  const platformStore = storeOf(platform, bank.config.party.id, job.job);
  const [own, held] = await Promise.all([assetLibrary(bank).load(job.data), assetLibrary(platform).load(job.peerAsset)]);
  const rows = await need(bankStore, ALIGNMENT);
  const ownRows = selectRows(job.columns ? selectColumns(own.table, job.columns) : own.table, rows.rows);
  const heldRows = selectRows(held.table, (await need(platformStore, ALIGNMENT)).rows);
  if (!ownRows.ids.every((id, i) => id === heldRows.ids[i]))
    throw new LocalProtocolError('ERR_DEMO_ALIGNMENT', 'the alignments of the two parties differ');

  const labels = Uint8Array.from(rows.rows, (row) => own.labels?.[row] ?? 0);
  const split = splitOf(parameters, ownRows.rows);
  const pooledTable = joined(ownRows, selectColumns(heldRows, parameters.features));
  const pooled = await pooledQuality(pooledTable, labels, split, job.train);

  const registered = registerModel(await need(bankStore, MODEL));
  const half = ownHalf(registered, ownRows);
  const bits = pathBits(registered.plan, await need(platformStore, HOLDER_MODEL), heldRows);
  const scores = await need(bankStore, SCORES);
  const differentScores = scores.rows.reduce(
    (count, row, i) => count + (plainUnits(registered, half, bits, row) === scores.values[i] ? 0 : 1),
    0,
  );
  const base = { pooled, pooledRows: split.test.length || ownRows.rows, scoredFirms: scores.rows.length, differentScores };

  const capacity = capacityOf(parameters);
  if (!job.limit || !capacity) return { ...base, limitedFirms: 0, differentLimits: 0, examples: [] };
  const file = join(input.job, '..', job.limit.policy);
  const policy = parseLimitPolicy({ file, text: await readFile(file, 'utf8') });
  const table = compileLimitTable(policy);
  const limits = await need(bankStore, LIMITS);
  const bands = capacityBands(capacity.form, heldRows);
  const bandOf = scoreBandOf(policy, await bankModel(job.model).reader({ store: bankStore, job }), scores);
  const plain = (i: number): number => tableRow(table, bandOf(i))[bands[limits.rows[i]]];
  const differentLimits = limits.rows.reduce((count, _row, i) => count + (plain(i) === limits.values[i] ? 0 : 1), 0);
  const shown = (units: number): string => formatYuan(limitFromUnits(table, units));
  const examples = spread(limits.values, EXAMPLES).map((i) => ({
    firm: shortened(ownRows.ids[limits.rows[i]]),
    pd: unitsToProbability(registered, scores.values[i]),
    encrypted: shown(limits.values[i]),
    plain: shown(plain(i)),
  }));
  return { ...base, limitedFirms: limits.rows.length, differentLimits, examples };
}

async function pooledQuality(
  table: FeatureTable,
  labels: Uint8Array,
  split: ReturnType<typeof splitOf>,
  params: Parameters<typeof fitGbdt>[0]['params'],
): Promise<BinaryMetrics> {
  const pick = (chosen: Uint32Array): Uint8Array => Uint8Array.from(chosen, (row) => labels[row]);
  const { model } = await fitGbdt({ table: selectRows(table, split.train), labels: pick(split.train), params });
  const on = split.test.length > 0 ? split.test : split.train;
  return binaryMetrics({ scores: predict(model, selectRows(table, on)), labels: pick(on) });
}

const joined = (a: FeatureTable, b: FeatureTable): FeatureTable =>
  featureTable(
    a.ids,
    new Map([
      ...[...a.columns].map(([name, values]) => [`bank.${name}`, values] as const),
      ...[...b.columns].map(([name, values]) => [`platform.${name}`, values] as const),
    ]),
  );

const storeOf = (loaded: LoadedConfig, peer: string, job: string): JobStore =>
  fileJobStores({ folder: join(loaded.stateFolder, 'jobs') }).of(peer, job);

/** Rows over the whole range of limits, lowest first. */
function spread(values: Int32Array, count: number): number[] {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
  const wanted = Array.from(
    { length: Math.min(count, order.length) },
    (_, k) => order[Math.floor((k * (order.length - 1)) / Math.max(1, count - 1))],
  );
  return [...new Set(wanted)];
}

/** Enough to tell rows apart on a screen; the codes are synthetic. */
const shortened = (id: string): string => (id.length > 10 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id);
