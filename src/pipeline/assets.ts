/**
 * A party's assets as its configuration names them: the table a job may use, its label, and who consents. A row without consent never
 * enters a protocol.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readTable } from '../adapters/duckdb/index.ts';
import { InputError } from '../base/index.ts';
import {
  column,
  columnSchema,
  type FeatureTable,
  type RecordIdMode,
  type Schema,
  schema,
  selectColumns,
  selectRows,
} from '../data/index.ts';
import type { AssetConfig, LoadedConfig } from '../node/index.ts';

export interface Asset {
  /** Rows with consent; columns that exist for jobs. */
  readonly table: FeatureTable;
  /** One a row of the table; undefined at a feature holder. */
  readonly labels: Uint8Array | undefined;
  /** Columns whose values are places in a list of texts without an order. */
  readonly categorical: ReadonlySet<string>;
  /** Texts of coded columns. */
  readonly levels: ReadonlyMap<string, readonly string[]>;
  /** What the asset's schema says of its columns, where there is one. */
  readonly schema: Schema | undefined;
  /** Hex SHA-256 over the ids in order: an alignment is good for this very list of rows. */
  readonly fingerprint: string;
}

/** Reads assets and keeps them: one reading a process. */
export interface AssetLibrary {
  load(name: string): Promise<Asset>;
  /** The columns of an asset that exist for jobs. */
  columnsOf(asset: AssetConfig): Promise<readonly string[]>;
}

export function assetLibrary(loaded: LoadedConfig): AssetLibrary {
  const assets = new Map<string, Promise<Asset>>();
  const load = (name: string): Promise<Asset> => {
    const found = assets.get(name) ?? readAsset(loaded, loaded.asset(name));
    assets.set(name, found);
    // A reading that failed is tried again: the file may have been mended.
    found.catch(() => assets.delete(name));
    return found;
  };
  return { load, columnsOf: async ({ name }) => [...(await load(name)).table.columns.keys()] };
}

async function readAsset(loaded: LoadedConfig, asset: AssetConfig): Promise<Asset> {
  const { columns, consent } = asset;
  const wanted = Array.isArray(columns) ? [...columns, ...(consent ? [consent] : [])] : undefined;
  const found = asset.schema === undefined ? undefined : await readSchema(loaded, asset.schema);
  const { table, label, levels } = await readTable({
    path: loaded.resolve(asset.path),
    idColumn: asset.id.column,
    idMode: asset.id.mode as RecordIdMode,
    ...(wanted && { columns: wanted }),
    ...(asset.label !== undefined && { labelColumn: asset.label }),
    ...(found && { schema: found }),
    ...(asset.missing && { missing: asset.missing }),
    ...(asset.delimiter && { delimiter: asset.delimiter }),
    ...(asset.encoding && { encoding: asset.encoding }),
  });
  const rows = consentingRows(asset, table);
  const except = columns && !Array.isArray(columns) ? columns.except : [];
  const known = [...table.columns.keys()].filter((name) => name !== consent && !except.includes(name));
  const kept = selectRows(selectColumns(table, known), rows);
  return Object.freeze({
    table: kept,
    labels: label && Uint8Array.from(rows, (row) => label[row]),
    categorical: new Set([...levels.keys()].filter((name) => found && columnSchema(found, name)?.kind !== 'ordinal')),
    levels,
    schema: found,
    fingerprint: fingerprint(kept),
  });
}

function consentingRows({ name, consent }: AssetConfig, table: FeatureTable): Uint32Array {
  const all = Uint32Array.from({ length: table.rows }, (_, row) => row);
  if (consent === undefined) return all;
  const flags = column(table, consent);
  const odd = flags.findIndex((flag) => flag !== 0 && flag !== 1);
  if (odd >= 0) {
    throw new InputError('ERR_DATA_CONSENT', `asset "${name}": the consent column "${consent}" is neither 0 nor 1 in data row ${odd + 1}`, {
      help: 'Write 1 where a valid consent exists, 0 where it does not.',
    });
  }
  return all.filter((row) => flags[row] === 1);
}

async function readSchema(loaded: LoadedConfig, path: string): Promise<Schema> {
  try {
    const { idColumn, columns } = JSON.parse(await readFile(loaded.resolve(path), 'utf8')) as Schema;
    return schema(idColumn, columns);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('ERR_CONFIG_SCHEMA', `the schema ${path} cannot be read as JSON`, {
      cause,
      help: 'Correct the file or leave `schema` out.',
    });
  }
}

function fingerprint({ ids }: FeatureTable): string {
  const hash = createHash('sha256');
  for (const id of ids) hash.update(id).update('\n');
  return hash.digest('hex');
}
