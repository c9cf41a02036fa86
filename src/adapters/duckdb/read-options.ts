/** What a read is told, and the limits it keeps when it is not told. */
import { InputError } from '../../base/index.ts';
import { RECORD_ID_MODES, type RecordIdMode, refuseUnknownKeys, type Schema } from '../../data/index.ts';
import type { EngineOptions } from './session.ts';
import type { TextEncoding } from './text-file.ts';

export interface ReadLimits {
  /** @default 4 GiB */
  readonly maxBytes?: number;
  /** @default 4096 */
  readonly maxColumns?: number;
  /** Rows times columns read, ids counted as one column. @default 200,000,000 (1.6 GB of doubles) */
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

/** Checked options, defaults filled in. */
export interface ReadConfig extends ReadTableOptions {
  readonly idMode: RecordIdMode;
  readonly missing: readonly string[];
  readonly caps: Required<ReadLimits>;
}

const OPTION_KEYS =
  'path format idColumn columns labelColumn idMode schema missing delimiter encoding tempFolder limits threads memoryMiB'.split(' ');
const LIMIT_KEYS = 'maxBytes maxColumns maxCells maxLineBytes maxLevels'.split(' ');
const DEFAULT_MISSING = ['NA', 'N/A', 'NaN', 'null'];
const DEFAULT_LIMITS: Required<ReadLimits> = { maxBytes: 2 ** 32, maxColumns: 4096, maxCells: 2e8, maxLineBytes: 2 ** 20, maxLevels: 1000 };

/** @throws InputError `ERR_DATA_OPTION` */
export function readConfig(options: ReadTableOptions): ReadConfig {
  refuseUnknownKeys('readTable', options, OPTION_KEYS);
  refuseUnknownKeys('readTable limits', options.limits ?? {}, LIMIT_KEYS);
  const idMode = options.idMode ?? 'strict';
  oneOf('idMode', idMode, RECORD_ID_MODES);
  oneOf('format', options.format, ['csv', 'parquet']);
  oneOf('delimiter', options.delimiter, [',', ';', '\t', '|']);
  oneOf('encoding', options.encoding, ['auto', 'utf-8', 'gb18030']);
  const roles = [options.idColumn, options.labelColumn, ...(options.columns ?? [])].filter((name) => name !== undefined);
  const twice = roles.find((name, i) => roles.indexOf(name) !== i);
  if (twice !== undefined) throw option(`column "${twice}" is asked for twice`, 'A column is the id, the label or one feature.');
  return { ...options, idMode, missing: options.missing ?? DEFAULT_MISSING, caps: { ...DEFAULT_LIMITS, ...options.limits } };
}

function oneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw option(`${name} must be one of ${allowed.map((text) => JSON.stringify(text)).join(', ')}`, 'Correct the option.');
}

const option = (what: string, help: string): InputError => new InputError('ERR_DATA_OPTION', `readTable: ${what}`, { help });
