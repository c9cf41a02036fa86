/**
 * The allow-list as SQL: one SELECT that names the id, the label and the allowed columns and no other, so a column outside the list
 * is never read from the file. Every cell becomes a double (NULL is missing) beside one flag that tells whether a row has a bad cell.
 */
import { identifier, literal } from './session.ts';

/** How the source stores a column. */
export type Storage = 'text' | 'number' | 'boolean';

export interface SourceColumn {
  readonly name: string;
  /** SQL that yields the raw cell. */
  readonly sql: string;
  readonly storage: Storage;
}

/** A column to read: as a number, or as its place among `levels`. */
export interface WantedColumn {
  readonly source: SourceColumn;
  readonly levels: readonly string[] | undefined;
}

interface CellSql {
  readonly value: string;
  readonly bad: string;
  readonly missing: string;
}

/** Cells for the reader: `id, value…, anyBad`. */
export function rowsQuery(from: string, id: SourceColumn, wanted: readonly WantedColumn[], missingTexts: readonly string[]): string {
  const cells = wanted.map((column) => cellSql(column, missingTexts));
  const anyBad = cells.map(({ bad }) => bad).join(' OR ') || 'FALSE';
  return `SELECT CAST(${id.sql} AS VARCHAR), ${[...cells.map(({ value }) => value), anyBad].join(', ')} FROM ${from}`;
}

/** For one data row (0 first): `bad, missing, formula-looking` of each column in turn. */
export function cellFlagsQuery(from: string, row: number, wanted: readonly WantedColumn[], missingTexts: readonly string[]): string {
  const flags = wanted.flatMap((column) => {
    const { bad, missing } = cellSql(column, missingTexts);
    return [bad, missing, column.source.storage === 'text' ? formulaSql(trimmed(column.source)) : 'FALSE'];
  });
  return `SELECT ${flags.join(', ')} FROM ${from} LIMIT 1 OFFSET ${row}`;
}

/** The distinct texts of a column, at most `limit`; and whether one looks like a formula. */
export function levelsQuery(from: string, source: SourceColumn, missingTexts: readonly string[], limit: number): string {
  const text = trimmed(source);
  return `SELECT DISTINCT ${text} FROM ${from} WHERE NOT ${missingSql(text, missingTexts)} LIMIT ${limit}`;
}

function cellSql({ source, levels }: WantedColumn, missingTexts: readonly string[]): CellSql {
  if (levels) return levelSql(trimmed(source), levels, missingTexts);
  if (source.storage === 'text') return textNumberSql(trimmed(source), missingTexts);
  const number = source.storage === 'boolean' ? `CAST(CAST(${source.sql} AS INTEGER) AS DOUBLE)` : `CAST(${source.sql} AS DOUBLE)`;
  const missing = `(${source.sql} IS NULL OR isnan(${number}))`;
  return { value: `CASE WHEN ${missing} THEN NULL ELSE ${number} END`, missing, bad: `(NOT ${missing} AND isinf(${number}))` };
}

/** DuckDB reads 1_000, inf and nan as numbers and 1e400 as infinity; none of them is a figure here. */
function textNumberSql(text: string, missingTexts: readonly string[]): CellSql {
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  const missing = missingSql(text, missingTexts);
  return {
    value: `CASE WHEN ${missing} THEN NULL ELSE ${number} END`,
    missing,
    bad: `(NOT ${missing} AND (${number} IS NULL OR NOT isfinite(${number}) OR contains(${text}, '_')))`,
  };
}

function levelSql(text: string, levels: readonly string[], missingTexts: readonly string[]): CellSql {
  const place = `coalesce(list_position([${levels.map(literal).join(', ')}]::VARCHAR[], ${text}), 0)`;
  const missing = missingSql(text, missingTexts);
  return {
    value: `CASE WHEN ${missing} THEN NULL ELSE CAST(${place} - 1 AS DOUBLE) END`,
    missing,
    bad: `(NOT ${missing} AND ${place} = 0)`,
  };
}

const trimmed = (source: SourceColumn): string => `trim(CAST(${source.sql} AS VARCHAR))`;
const missingSql = (text: string, texts: readonly string[]): string =>
  `(${text} IS NULL OR lower(${text}) IN (${['', ...texts.map((t) => t.toLowerCase())].map(literal).join(', ')}))`;
/** What a spreadsheet would run (=, @), or a sign before something that is called. */
const formulaSql = (text: string): string => `coalesce(regexp_matches(${text}, '^([=@]|[+-].*[(!|])'), FALSE)`;

/** `read_csv` with nothing guessed: every column text, named by place, rules of RFC 4180 held strictly. */
export function csvSource(path: string, columns: number, delimiter: string, maxLineBytes: number): string {
  const types = Array.from({ length: columns }, (_, i) => `${literal(placeName(i))}: 'VARCHAR'`).join(', ');
  return (
    `read_csv(${literal(path)}, auto_detect = false, header = false, skip = 1, delim = ${literal(delimiter)}, quote = '"', escape = '"', ` +
    `strict_mode = true, null_padding = false, ignore_errors = false, comment = '', max_line_size = ${maxLineBytes}, columns = {${types}})`
  );
}

export const placeName = (index: number): string => `c${index}`;
export const parquetSource = (path: string): string => `read_parquet(${literal(path)})`;
export const namedSource = (name: string): string => identifier(name);
