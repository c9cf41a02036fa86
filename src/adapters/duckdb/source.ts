/** Where rows come from: a SQL source and its columns, found before any cell is read. */
import { extname } from 'node:path';
import { InputError } from '../../base/index.ts';
import { columnSchema, nearestNames } from '../../data/index.ts';
import { checkNames, readCsvHeader } from './csv-header.ts';
import { csvSource, levelsQuery, namedSource, parquetSource, placeName, type SourceColumn } from './query.ts';
import type { ReadConfig } from './read-options.ts';
import { globSafe, type ReadSession } from './session.ts';
import { fileError } from './text-file.ts';

export interface Source {
  readonly from: string;
  readonly columns: readonly SourceColumn[];
}

export function formatOf(path: string): 'csv' | 'parquet' {
  const suffix = extname(path).toLowerCase();
  if (['.csv', '.tsv', '.txt'].includes(suffix)) return 'csv';
  if (['.parquet', '.pq'].includes(suffix)) return 'parquet';
  throw fileError('ERR_DATA_FORMAT', path, `has the suffix "${suffix}"`, 'Use .csv or .parquet, or name the format.');
}

export async function csvColumns(path: string, config: ReadConfig): Promise<Source> {
  const delimiter = config.delimiter ?? (extname(config.path).toLowerCase() === '.tsv' ? '\t' : ',');
  const names = await readCsvHeader(path, config.path, delimiter, config.caps);
  return {
    from: csvSource(globSafe(path), names.length, delimiter, config.caps.maxLineBytes),
    columns: names.map((name, i) => ({ name, sql: placeName(i), storage: 'text' })),
  };
}

const TEXT = /^(VARCHAR|ENUM)/;
const FEATURE = /^(VARCHAR|ENUM|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|FLOAT|DOUBLE|DECIMAL|BOOLEAN)/;
const ID = /^(VARCHAR|U?(TINY|SMALL|BIG)?INT(EGER)?$)/;

/** @throws InputError `ERR_DATA_COLUMN_TYPE` for a date, a list, a blob … among the columns asked for. */
export async function parquetColumns(session: ReadSession, path: string, config: ReadConfig): Promise<Source> {
  const from = parquetSource(globSafe(path));
  const found: { readonly name: string; readonly type: string }[] = [];
  await session.stream(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`, (chunk) => {
    for (let i = 0; i < chunk.rows; i++) found.push({ name: String(chunk.column(0).getItem(i)), type: String(chunk.column(1).getItem(i)) });
  });
  const names = found.map(({ name }) => name);
  checkNames(names, config.path, config.caps.maxColumns);
  const asked = new Set([config.idColumn, config.labelColumn, ...(config.columns ?? names)]);
  const unfit = found.find(({ name, type }) => asked.has(name) && !(name === config.idColumn ? ID : FEATURE).test(type));
  if (unfit) {
    throw new InputError('ERR_DATA_COLUMN_TYPE', `column "${unfit.name}" has the type ${unfit.type}`, {
      help: 'Features are numbers, booleans or texts, ids texts or integers; convert the column or leave it out.',
      details: { column: unfit.name },
    });
  }
  const columns = found.map(({ name, type }) => ({ name, sql: namedSource(name), storage: storageOf(type) }));
  return { from, columns };
}

const storageOf = (type: string): SourceColumn['storage'] => (type === 'BOOLEAN' ? 'boolean' : TEXT.test(type) ? 'text' : 'number');

/** @throws InputError `ERR_DATA_MISSING_COLUMN`, with the nearest names. */
export function findColumn(source: Source, name: string, path: string): SourceColumn {
  const found = source.columns.find((column) => column.name === name);
  if (found) return found;
  const names = source.columns.map((column) => column.name);
  const nearest = nearestNames(name, names);
  throw new InputError('ERR_DATA_MISSING_COLUMN', `file "${path}" has no column "${name}"`, {
    help: `Did you mean ${nearest.map((n) => `"${n}"`).join(', ')}? Correct the name in the configuration or add the column to the file.`,
    details: { path, column: name, nearest },
  });
}

/** Declared levels, or the distinct texts in code-point order; `undefined` for a number. */
export async function levelsOf(
  session: ReadSession,
  source: Source,
  column: SourceColumn,
  config: ReadConfig,
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
