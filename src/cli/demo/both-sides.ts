/**
 * What only who made both parties' data may do: open both stores and put the two halves of a job beside each other. The demo, the examples and the
 * tests use it; nothing here is used by a node.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, LocalProtocolError } from '../../base/index.ts';
import { type FeatureTable, featureTable, selectColumns, selectRows } from '../../data/index.ts';
import { fileJobStores, type JobStore, type LoadedConfig, loadConfig, readContract } from '../../node/index.ts';
import {
  ALIGNMENT,
  type Asset,
  assetLibrary,
  type JobParameters,
  type JobSpec,
  type ModelKind,
  need,
  parametersOf,
  readJob,
  splitOf,
} from '../../pipeline/index.ts';

export interface ComparisonInput {
  readonly platformConfig: string;
  readonly bankConfig: string;
  readonly job: string;
  /** As on the command line. */
  readonly model?: ModelKind;
  /** The run's folder. */
  readonly run: string;
  readonly clock: Clock;
}

/** Both halves of a job, rows in the common order. */
export interface BothSides {
  readonly job: JobSpec;
  readonly parameters: JobParameters;
  readonly minSupport: number;
  readonly bankStore: JobStore;
  readonly platformStore: JobStore;
  readonly own: Asset;
  readonly held: Asset;
  readonly ownRows: FeatureTable;
  readonly heldRows: FeatureTable;
  readonly labels: Uint8Array;
  readonly split: ReturnType<typeof splitOf>;
}

export async function bothSides({ platformConfig, bankConfig, job: file, model, run, clock }: ComparisonInput): Promise<BothSides> {
  const [bank, platform] = await Promise.all([loadConfig(bankConfig, clock), loadConfig(platformConfig, clock)]);
  const job = await readJob(file, model);
  const contract = readContract(await readFile(join(run, 'contract.json')));
  const parameters = parametersOf(contract);
  const bankStore = storeOf(bank, platform.config.party.id, job.job);
  const platformStore = storeOf(platform, bank.config.party.id, job.job);
  const [own, held] = await Promise.all([assetLibrary(bank).load(job.data), assetLibrary(platform).load(job.peerAsset)]);
  const { rows } = await need(bankStore, ALIGNMENT);
  const ownRows = selectRows(job.columns ? selectColumns(own.table, job.columns) : own.table, rows);
  const heldRows = selectRows(held.table, (await need(platformStore, ALIGNMENT)).rows);
  if (!ownRows.ids.every((id, i) => id === heldRows.ids[i]))
    throw new LocalProtocolError('ERR_DEMO_ALIGNMENT', 'the alignments of the two parties differ');
  const labels = Uint8Array.from(rows, (row) => own.labels?.[row] ?? 0);
  const { minSupport } = contract.terms;
  return {
    job,
    parameters,
    minSupport,
    bankStore,
    platformStore,
    own,
    held,
    ownRows,
    heldRows,
    labels,
    split: splitOf(parameters, ownRows.rows),
  };
}

/** One table of both parties' columns. */
export const pooledTable = ({ ownRows, heldRows, parameters }: BothSides): FeatureTable =>
  featureTable(
    ownRows.ids,
    new Map([
      ...[...ownRows.columns].map(([name, values]) => [`bank.${name}`, values] as const),
      ...[...selectColumns(heldRows, parameters.features).columns].map(([name, values]) => [`platform.${name}`, values] as const),
    ]),
  );

const storeOf = (loaded: LoadedConfig, peer: string, job: string): JobStore =>
  fileJobStores({ folder: join(loaded.stateFolder, 'jobs') }).of(peer, job);
