/**
 * A holder's file (CSV or Parquet) to a FeatureTable: only the allowed columns are read, every id is normalised, every cell is a
 * finite number, a level's place or missing. Stays with its holder; nothing here talks to a peer.
 */
import { resolve } from 'node:path';
import { InputError } from '../../base/index.ts';
import { type FeatureTable, featureTable, parseRecordIds } from '../../data/index.ts';
import type { WantedColumn } from './query.ts';
import { readError } from './read-errors.ts';
import { type ReadConfig, type ReadTableOptions, readConfig } from './read-options.ts';
import { readRows } from './rows.ts';
import { type ReadSession, withReadSession } from './session.ts';
import { csvColumns, findColumn, formatOf, levelsOf, parquetColumns, type Source } from './source.ts';
import { checkFile, fileError, type TextEncoding, withUtf8File } from './text-file.ts';

export interface LoadedTable {
  readonly table: FeatureTable;
  readonly label: Uint8Array | undefined;
  /** Levels of the text columns that were read, declared or found; keep them with the model. */
  readonly levels: ReadonlyMap<string, readonly string[]>;
  /** Data rows (from 1) whose id breaks GB 32100 and was kept in `warn` mode. */
  readonly idWarningRows: readonly number[];
  /** How the CSV was encoded; `undefined` for Parquet. */
  readonly encoding: TextEncoding | undefined;
}

/**
 * Reads a table. Data rows count from 1 in errors; the header and blank lines are not counted.
 * @throws InputError `ERR_DATA_FILE_NOT_FOUND`, `…_FILE_UNREADABLE`, `…_EMPTY_FILE`, `…_FILE_TOO_LARGE`, `…_FORMAT`, `…_ENCODING`,
 *   `…_NUL_BYTE`, `…_HEADER`, `…_DUPLICATE_HEADER`, `…_TOO_MANY_COLUMNS`, `…_TOO_MANY_CELLS`, `…_LINE_TOO_LONG`, `…_MALFORMED_CSV`,
 *   `…_MALFORMED_PARQUET`, `…_MEMORY`, `…_MISSING_COLUMN`, `…_COLUMN_TYPE`, `…_NOT_NUMERIC`, `…_FORMULA_CELL`, `…_UNKNOWN_LEVEL`,
 *   `…_TOO_MANY_LEVELS`, `…_LABEL`, `…_RECORD_ID`, `…_DUPLICATE_ID`, `…_NO_ROWS`, `…_OPTION`. None shows a cell or an id.
 */
export async function readTable(options: ReadTableOptions): Promise<LoadedTable> {
  const config = readConfig(options);
  const path = resolve(config.path);
  try {
    return (config.format ?? formatOf(config.path)) === 'parquet' ? await readParquet(path, config) : await readCsv(path, config);
  } catch (error) {
    throw readError(error, config.path);
  }
}

async function readParquet(path: string, config: ReadConfig): Promise<LoadedTable> {
  await checkFile(path, config.caps.maxBytes);
  return withReadSession(path, config, async (session) => load(session, await parquetColumns(session, path, config), config, undefined));
}

async function readCsv(path: string, config: ReadConfig): Promise<LoadedTable> {
  const { caps, tempFolder, encoding = 'auto' } = config;
  return withUtf8File(path, { encoding, maxBytes: caps.maxBytes, maxLineBytes: caps.maxLineBytes, tempFolder }, async (utf8Path, found) => {
    const source = await csvColumns(utf8Path, config);
    return withReadSession(utf8Path, config, (session) => load(session, source, config, found));
  });
}

async function load(session: ReadSession, source: Source, config: ReadConfig, encoding: TextEncoding | undefined): Promise<LoadedTable> {
  const id = findColumn(source, config.idColumn, config.path);
  const label = config.labelColumn === undefined ? undefined : findColumn(source, config.labelColumn, config.path);
  const features =
    config.columns?.map((name) => findColumn(source, name, config.path)) ??
    source.columns.filter((column) => column !== id && column !== label);
  const wanted: WantedColumn[] = [];
  for (const feature of features) wanted.push({ source: feature, levels: await levelsOf(session, source, feature, config) });
  const all = label ? [...wanted, { source: label, levels: undefined }] : wanted;
  const rows = await readRows(session, source, id, all, config);
  if (rows.ids.length === 0) {
    throw fileError('ERR_DATA_NO_ROWS', config.path, 'has a header and no rows', 'The table needs at least one row.');
  }
  const parsed = parseRecordIds(rows.ids, { mode: config.idMode, column: config.idColumn });
  return {
    table: featureTable(parsed.ids, new Map(wanted.map((column, i) => [column.source.name, rows.values[i]]))),
    label: label && labels(rows.values[wanted.length], label.name),
    levels: new Map(wanted.flatMap((column) => (column.levels ? [[column.source.name, column.levels]] : []))),
    idWarningRows: parsed.warningRows,
    encoding,
  };
}

function labels(values: Float64Array, column: string): Uint8Array {
  const wrong = values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong < 0) return Uint8Array.from(values);
  throw new InputError('ERR_DATA_LABEL', `row ${wrong + 1}: the label in column "${column}" is missing or neither 0 nor 1`, {
    help: 'The label is 1 for a bad record and 0 for a good one; leave out rows without an outcome.',
    details: { column, row: wrong + 1 },
  });
}
