/**
 * A holder's file (CSV or Parquet) to a FeatureTable: only the allowed columns are read, every id is normalised, every cell is a
 * finite number, a level's place or missing. Stays with its holder; nothing here talks to a peer.
 */
import { extname, resolve } from 'node:path';
import { InputError } from '../../base/index.ts';
import {
  columnSchema,
  type FeatureTable,
  featureTable,
  nearestNames,
  parseRecordIds,
  RECORD_ID_MODES,
  type RecordIdMode,
  refuseUnknownKeys,
  type Schema,
} from '../../data/index.ts';
import { checkNames, readCsvHeader } from './csv-header.ts';
import {
  cellFlagsQuery,
  csvSource,
  levelsQuery,
  namedSource,
  parquetSource,
  placeName,
  rowsQuery,
  type SourceColumn,
  type WantedColumn,
} from './query.ts';
import { readError } from './read-errors.ts';
import { type EngineOptions, globSafe, type ReadSession, withReadSession } from './session.ts';
import { checkFile, fileError, type TextEncoding, withUtf8File } from './text-file.ts';

export interface ReadLimits {
  /** @default 4 GiB */
  readonly maxBytes?: number;
  /** @default 4096 */
  readonly maxColumns?: number;
  /** Rows times columns read. @default 200,000,000 (1.6 GB of doubles) */
  readonly maxCells?: number;
  /** @default 1 MiB */
  readonly maxLineBytes?: number;
  /** Distinct texts of a categorical column without declared levels. @default 1,000 */
  readonly maxLevels?: number;
}

export interface ReadTableOptions extends EngineOptions {
  readonly path: string;
  /** @default by suffix: .csv, .tsv, .txt are CSV, .parquet and .pq Parquet */
  readonly format?: 'csv' | 'parquet';
  readonly idColumn: string;
  /** The allow-list; `undefined` reads every column but id and label. Order is kept. */
  readonly columns?: readonly string[];
  /** A column of 0 and 1, no cell missing; 1 is bad. Never part of the table. */
  readonly labelColumn?: string;
  /** @default 'strict' */
  readonly idMode?: RecordIdMode;
  /** Kinds and levels of text columns; a column outside the schema is numeric. */
  readonly schema?: Schema;
  /** Texts that stand for a missing cell besides the empty one, in any case. @default NA, N/A, NaN, null */
  readonly missing?: readonly string[];
  /** CSV only. @default ',' (tab for .tsv) */
  readonly delimiter?: ',' | ';' | '\t' | '|';
  /** CSV only. @default 'auto' */
  readonly encoding?: TextEncoding | 'auto';
  /** Where a GB18030 file is recoded. @default the system's temporary folder */
  readonly tempFolder?: string;
  readonly limits?: ReadLimits;
}

export interface LoadedTable {
  readonly table: FeatureTable;
  readonly label: Uint8Array | undefined;
  /** Levels of the text columns that were read, declared or found; keep them with the model. */
  readonly levels: ReadonlyMap<string, readonly string[]>;
  /** Data rows (from 1) whose id breaks GB 32100 and was kept in `warn` mode. */
  readonly idWarningRows: readonly number[];
  readonly encoding: TextEncoding | undefined;
}

const OPTION_KEYS =
  'path format idColumn columns labelColumn idMode schema missing delimiter encoding tempFolder limits threads memoryMiB'.split(' ');
const LIMIT_KEYS = 'maxBytes maxColumns maxCells maxLineBytes maxLevels'.split(' ');
const DEFAULT_MISSING = ['NA', 'N/A', 'NaN', 'null'];
const DEFAULT_LIMITS: Required<ReadLimits> = { maxBytes: 2 ** 32, maxColumns: 4096, maxCells: 2e8, maxLineBytes: 2 ** 20, maxLevels: 1000 };

interface Config extends ReadTableOptions {
  readonly idMode: RecordIdMode;
  readonly missing: readonly string[];
  readonly caps: Required<ReadLimits>;
}

/** Where the rows come from: a SQL source and its columns. */
interface Source {
  readonly from: string;
  readonly columns: readonly SourceColumn[];
}

/**
 * Reads a table. Data rows count from 1 in errors; the header and blank lines are not counted.
 * @throws InputError `ERR_DATA_FILE_NOT_FOUND`, `…_FILE_UNREADABLE`, `…_EMPTY_FILE`, `…_FILE_TOO_LARGE`, `…_FORMAT`, `…_ENCODING`,
 *   `…_NUL_BYTE`, `…_HEADER`, `…_DUPLICATE_HEADER`, `…_TOO_MANY_COLUMNS`, `…_TOO_MANY_CELLS`, `…_LINE_TOO_LONG`, `…_MALFORMED_CSV`,
 *   `…_MALFORMED_PARQUET`, `…_MEMORY`, `…_MISSING_COLUMN`, `…_COLUMN_TYPE`, `…_NOT_NUMERIC`, `…_FORMULA_CELL`, `…_UNKNOWN_LEVEL`,
 *   `…_TOO_MANY_LEVELS`, `…_LABEL`, `…_RECORD_ID`, `…_DUPLICATE_ID`, `…_NO_ROWS`, `…_OPTION`. None shows a cell or an id.
 */
export async function readTable(options: ReadTableOptions): Promise<LoadedTable> {
  const config = normalise(options);
  const path = resolve(config.path);
  const format = config.format ?? formatOf(config.path);
  try {
    if (format === 'parquet') {
      await checkFile(path, config.caps.maxBytes);
      return await withReadSession(path, config, async (session) =>
        load(session, await parquetColumns(session, path, config), config, undefined),
      );
    }
    return await withUtf8File(
      path,
      { encoding: config.encoding ?? 'auto', maxBytes: config.caps.maxBytes, tempFolder: config.tempFolder },
      async (utf8Path, encoding) => {
        const source = await csvColumns(utf8Path, config);
        return withReadSession(utf8Path, config, (session) => load(session, source, config, encoding));
      },
    );
  } catch (error) {
    throw readError(error, config.path);
  }
}

function normalise(options: ReadTableOptions): Config {
  refuseUnknownKeys('readTable', options, OPTION_KEYS);
  refuseUnknownKeys('readTable limits', options.limits ?? {}, LIMIT_KEYS);
  const idMode = options.idMode ?? 'strict';
  if (!RECORD_ID_MODES.includes(idMode))
    throw new InputError('ERR_DATA_OPTION', `readTable: idMode must be one of ${RECORD_ID_MODES.join(', ')}`);
  const clash = [options.idColumn, options.labelColumn].find((name) => name !== undefined && options.columns?.includes(name));
  if (clash !== undefined || options.idColumn === options.labelColumn) {
    throw new InputError('ERR_DATA_OPTION', `readTable: "${clash ?? options.idColumn}" is used for two purposes`, {
      help: 'A column is the id, the label or a feature.',
    });
  }
  return { ...options, idMode, missing: options.missing ?? DEFAULT_MISSING, caps: { ...DEFAULT_LIMITS, ...options.limits } };
}

function formatOf(path: string): 'csv' | 'parquet' {
  const suffix = extname(path).toLowerCase();
  if (['.csv', '.tsv', '.txt'].includes(suffix)) return 'csv';
  if (['.parquet', '.pq'].includes(suffix)) return 'parquet';
  throw fileError('ERR_DATA_FORMAT', path, `has the suffix "${suffix}"`, 'Use .csv or .parquet, or name the format.');
}

async function csvColumns(path: string, config: Config): Promise<Source> {
  const delimiter = config.delimiter ?? (extname(config.path).toLowerCase() === '.tsv' ? '\t' : ',');
  const names = await readCsvHeader(path, config.path, delimiter, config.caps);
  return {
    from: csvSource(globSafe(path), names.length, delimiter, config.caps.maxLineBytes),
    columns: names.map((name, i) => ({ name, sql: placeName(i), storage: 'text' })),
  };
}

async function parquetColumns(session: ReadSession, path: string, config: Config): Promise<Source> {
  const from = parquetSource(globSafe(path));
  const columns: (SourceColumn & { type: string })[] = [];
  await session.stream(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`, (chunk) => {
    for (let i = 0; i < chunk.rows; i++) {
      const [name, type] = [String(chunk.column(0).getItem(i)), String(chunk.column(1).getItem(i))];
      columns.push({
        name,
        sql: namedSource(name),
        type,
        storage: type === 'BOOLEAN' ? 'boolean' : /^(VARCHAR|ENUM)/.test(type) ? 'text' : 'number',
      });
    }
  });
  checkNames(
    columns.map(({ name }) => name),
    config.path,
    config.caps.maxColumns,
  );
  const used = new Set(config.columns ?? columns.map(({ name }) => name)).add(config.idColumn).add(config.labelColumn ?? config.idColumn);
  for (const { name, type } of columns) {
    const fits = /^(VARCHAR|ENUM|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|FLOAT|DOUBLE|DECIMAL|BOOLEAN)/.test(type);
    const idFits = /^(VARCHAR|U?(TINY|SMALL|BIG)?INT(EGER)?$)/.test(type);
    if (used.has(name) && !(name === config.idColumn ? idFits : fits)) {
      throw new InputError('ERR_DATA_COLUMN_TYPE', `column "${name}" has the type ${type}`, {
        help: 'Features are numbers, booleans or texts, ids texts or integers; convert the column or leave it out.',
        details: { column: name },
      });
    }
  }
  return { from, columns };
}

async function load(session: ReadSession, source: Source, config: Config, encoding: TextEncoding | undefined): Promise<LoadedTable> {
  const find = (name: string): SourceColumn => findColumn(source.columns, name, config.path);
  const id = find(config.idColumn);
  const label = config.labelColumn === undefined ? undefined : find(config.labelColumn);
  const features = config.columns?.map(find) ?? source.columns.filter((column) => column !== id && column !== label);
  const wanted: WantedColumn[] = [];
  for (const feature of features) wanted.push({ source: feature, levels: await levelsOf(session, source, feature, config) });
  const all = label ? [...wanted, { source: label, levels: undefined }] : wanted;
  const rows = await readRows(session, source, id, all, config);
  if (rows.ids.length === 0)
    throw fileError('ERR_DATA_NO_ROWS', config.path, 'has a header and no rows', 'The table needs at least one row.');
  const parsed = parseRecordIds(rows.ids, { mode: config.idMode, column: config.idColumn });
  const values = new Map(wanted.map(({ source: { name } }, i) => [name, rows.values[i]] as const));
  return {
    table: featureTable(parsed.ids, values),
    label: label && labels(rows.values[wanted.length], label.name),
    levels: new Map(wanted.flatMap((column) => (column.levels ? [[column.source.name, column.levels] as const] : []))),
    idWarningRows: parsed.warningRows,
    encoding,
  };
}

function findColumn(columns: readonly SourceColumn[], name: string, path: string): SourceColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const nearest = nearestNames(
    name,
    columns.map((column) => column.name),
  );
  throw new InputError('ERR_DATA_MISSING_COLUMN', `file "${path}" has no column "${name}"`, {
    help: `Did you mean ${nearest.map((n) => `"${n}"`).join(', ')}? Correct the name in the configuration or add the column to the file.`,
    details: { path, column: name, nearest },
  });
}

/** Declared levels, or the distinct texts in code-point order; `undefined` for a number. */
async function levelsOf(
  session: ReadSession,
  source: Source,
  column: SourceColumn,
  config: Config,
): Promise<readonly string[] | undefined> {
  const declared = config.schema && columnSchema(config.schema, column.name);
  if (!declared || declared.kind === 'numeric' || declared.levels) return declared?.levels;
  const found: string[] = [];
  await session.stream(levelsQuery(source.from, column, config.missing, config.caps.maxLevels + 1), (chunk) => {
    for (let i = 0; i < chunk.rows; i++) found.push(String(chunk.column(0).getItem(i)));
  });
  if (found.length > config.caps.maxLevels) {
    throw new InputError('ERR_DATA_TOO_MANY_LEVELS', `column "${column.name}" has over ${config.caps.maxLevels} distinct texts`, {
      help: 'Group them, declare the levels in the schema, or leave the column out.',
      details: { column: column.name },
    });
  }
  if (found.some((text) => /^[=@]/.test(text))) {
    throw new InputError('ERR_DATA_FORMULA_CELL', `column "${column.name}" holds a text that looks like a spreadsheet formula`, {
      help: 'Export values, not formulas.',
      details: { column: column.name },
    });
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

async function readRows(
  session: ReadSession,
  source: Source,
  id: SourceColumn,
  wanted: readonly WantedColumn[],
  config: Config,
): Promise<{ ids: string[]; values: Float64Array[] }> {
  const ids: string[] = [];
  const blocks: Float64Array[][] = wanted.map(() => []);
  let badChunkStart = -1;
  let badRow = -1;
  await session.stream(rowsQuery(source.from, id, wanted, config.missing), (chunk) => {
    if (badRow >= 0) return;
    if ((ids.length + chunk.rows) * (wanted.length + 1) > config.caps.maxCells) {
      throw fileError(
        'ERR_DATA_TOO_MANY_CELLS',
        config.path,
        `has over ${config.caps.maxCells} cells to read`,
        'Read fewer columns, split the file, or raise limits.maxCells.',
      );
    }
    const flags = chunk.column(wanted.length + 1);
    for (let i = 0; i < chunk.rows && badRow < 0; i++) if (flags.getItem(i) === true) badRow = i;
    badChunkStart = ids.length;
    const texts = chunk.column(0);
    for (let i = 0; i < chunk.rows; i++) ids.push(String(texts.getItem(i) ?? ''));
    for (const [c, list] of blocks.entries()) list.push(doubles(chunk.column(c + 1), chunk.rows));
  });
  if (badRow >= 0) throw await badCell(session, source, badChunkStart + badRow, wanted, config);
  return { ids, values: blocks.map(join) };
}

/** NULL becomes NaN and -0 becomes 0. */
function doubles(vector: { getItem(row: number): unknown }, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = ((vector.getItem(i) as number | null) ?? Number.NaN) + 0;
  return out;
}

function join(blocks: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    out.set(block, at);
    at += block.length;
  }
  return out;
}

async function badCell(
  session: ReadSession,
  source: Source,
  row: number,
  wanted: readonly WantedColumn[],
  config: Config,
): Promise<InputError> {
  let place = 0;
  let formula = false;
  await session.stream(cellFlagsQuery(source.from, row, wanted, config.missing), (chunk) => {
    place = wanted.findIndex((_, i) => chunk.column(3 * i).getItem(0) === true);
    formula = chunk.column(3 * place + 2).getItem(0) === true;
  });
  const {
    source: { name },
    levels,
  } = wanted[place];
  const details = { column: name, row: row + 1 };
  if (formula)
    return new InputError('ERR_DATA_FORMULA_CELL', `row ${row + 1}, column "${name}": the cell looks like a spreadsheet formula`, {
      help: 'Export values, not formulas.',
      details,
    });
  if (levels) {
    return new InputError('ERR_DATA_UNKNOWN_LEVEL', `row ${row + 1}, column "${name}": the cell is none of the declared levels`, {
      help: `The levels are ${levels.slice(0, 12).join(', ')}${levels.length > 12 ? ', …' : ''}.`,
      details,
    });
  }
  return new InputError('ERR_DATA_NOT_NUMERIC', `row ${row + 1}, column "${name}": the cell is not a finite number`, {
    help: `Correct the cell, add its text to "missing" (now: empty, ${config.missing.join(', ')}), or declare the column categorical in the schema.`,
    details,
  });
}

function labels(values: Float64Array, column: string): Uint8Array {
  const wrong = values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong < 0) return Uint8Array.from(values);
  throw new InputError('ERR_DATA_LABEL', `row ${wrong + 1}: the label in column "${column}" is missing or neither 0 nor 1`, {
    help: 'The label is 1 for a bad record and 0 for a good one; leave out rows without an outcome.',
    details: { column, row: wrong + 1 },
  });
}
