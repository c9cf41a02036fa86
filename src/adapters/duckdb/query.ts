/**
 * The allow-list as SQL: one SELECT that names the id, the label and the allowed columns and no other, so a column outside the list
 * is never read from the file. Every cell becomes a double: NULL is missing, infinity a cell that is no finite number and no known level.
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

/** Cells for the reader: `id, value…`. */
export function rowsQuery(from: string, id: SourceColumn, wanted: readonly WantedColumn[], missingTexts: readonly string[]): string {
  const cells = wanted.map((column) => cellSql(column, missingTexts));
  return `SELECT ${[`CAST(${id.sql} AS VARCHAR)`, ...cells].join(', ')} FROM ${from}`;
}

/** Whether one cell (data row, 0 first) is a text that a spreadsheet would run: =, @, or a sign before something that is called. */
export function formulaQuery(from: string, row: number, source: SourceColumn): string {
  const formula = source.storage === 'text' ? `coalesce(regexp_matches(${trimmed(source)}, '^([=@]|[+-].*[(!|])'), FALSE)` : 'FALSE';
  return `SELECT ${formula} FROM ${from} LIMIT 1 OFFSET ${row}`;
}

/** The distinct texts of a column, at most `limit`. */
export function levelsQuery(from: string, source: SourceColumn, missingTexts: readonly string[], limit: number): string {
  const text = trimmed(source);
  return `SELECT DISTINCT ${text} FROM ${from} WHERE NOT ${missingSql(text, missingTexts)} LIMIT ${limit}`;
}

function cellSql({ source, levels }: WantedColumn, missingTexts: readonly string[]): string {
  if (levels) return levelSql(trimmed(source), levels, missingTexts);
  if (source.storage === 'text') return textNumberSql(source.sql, trimmed(source), missingTexts);
  const number = source.storage === 'boolean' ? `CAST(CAST(${source.sql} AS INTEGER) AS DOUBLE)` : `CAST(${source.sql} AS DOUBLE)`;
  return `CASE WHEN ${number} IS NULL OR isnan(${number}) THEN NULL WHEN isfinite(${number}) THEN ${number} ELSE 'inf'::DOUBLE END`;
}

/**
 * DuckDB reads 1_000, inf and nan as numbers and 1e400 as infinity; none of them is a figure here. The CASE tries the number first and
 * looks at the missing texts only for cells that are none (halves the time of a read), unless a missing text is itself a number.
 */
function textNumberSql(cell: string, text: string, missingTexts: readonly string[]): string {
  const number = `TRY_CAST(${cell} AS DOUBLE)`;
  const isMissing = `WHEN ${missingSql(text, missingTexts)} THEN NULL`;
  const isNumber = `WHEN isfinite(${number}) AND NOT contains(${cell}, '_') THEN ${number}`;
  const numericMissing = missingTexts.some((token) => token.trim() !== '' && Number.isFinite(Number(token)));
  return `CASE ${numericMissing ? `${isMissing} ${isNumber}` : `${isNumber} ${isMissing}`} ELSE 'inf'::DOUBLE END`;
}

function levelSql(text: string, levels: readonly string[], missingTexts: readonly string[]): string {
  const place = `list_position([${levels.map(literal).join(', ')}]::VARCHAR[], ${text})`;
  return `CASE WHEN ${missingSql(text, missingTexts)} THEN NULL WHEN ${place} > 0 THEN CAST(${place} - 1 AS DOUBLE) ELSE 'inf'::DOUBLE END`;
}

const trimmed = (source: SourceColumn): string => `trim(CAST(${source.sql} AS VARCHAR))`;
const missingSql = (text: string, texts: readonly string[]): string =>
  `(${text} IS NULL OR lower(${text}) IN (${['', ...texts.map((token) => token.trim().toLowerCase())].map(literal).join(', ')}))`;

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
