/**
 * Result files: CSV in UTF-8, whole or not at all. Written beside the target under another name with mode 0600, synced, then renamed
 * over it, so that a crash leaves the old file or none. A text that a spreadsheet would run as a formula gets an apostrophe in front.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { InputError } from '../../base/index.ts';
import { cellText, columnSchema, refuseUnknownKeys, type Schema } from '../../data/index.ts';

export type CsvCell = string | number | bigint | boolean | null | undefined;

export interface WriteTableOptions {
  readonly path: string;
  readonly idColumn: string;
  readonly ids: readonly string[];
  /** In file order; NaN, null and undefined are written as empty cells. */
  readonly columns: Iterable<readonly [name: string, cells: ArrayLike<CsvCell>]>;
  /** Writes the levels of coded columns as texts. */
  readonly schema?: Schema;
  /** A byte-order mark, for spreadsheets that take UTF-8 for GBK without one. @default false */
  readonly bom?: boolean;
}

const FLUSH_AT = 1 << 18;

/**
 * Writes ids and columns to a CSV file.
 * @throws InputError `ERR_DATA_WRITE` when the folder is absent or not writable, `ERR_DATA_RAGGED_COLUMN`, `ERR_DATA_NOT_FINITE`.
 */
export async function writeTable(options: WriteTableOptions): Promise<void> {
  refuseUnknownKeys('writeTable', options, ['path', 'idColumn', 'ids', 'columns', 'schema', 'bom']);
  const columns = [...options.columns].map(([name, cells]) => {
    if (cells.length !== options.ids.length) {
      throw new InputError('ERR_DATA_RAGGED_COLUMN', `column "${name}" has ${cells.length} rows, the table has ${options.ids.length}`);
    }
    return { name, cells, levels: options.schema && columnSchema(options.schema, name) };
  });
  await writeWhole(options.path, lines());

  function* lines(): Generator<string> {
    yield `${options.bom ? '\ufeff' : ''}${[options.idColumn, ...columns.map(({ name }) => name)].map(textCell).join(',')}\n`;
    for (const [row, id] of options.ids.entries()) {
      let line = textCell(id);
      for (const { name, cells, levels } of columns) {
        const value = cells[row];
        line += `,${levels?.levels && typeof value === 'number' ? textCell(cellText(levels, value)) : csvCell(value, name)}`;
      }
      yield `${line}\n`;
    }
  }
}

/** One RFC 4180 cell. */
function csvCell(value: CsvCell, column: string): string {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InputError('ERR_DATA_NOT_FINITE', `column "${column}" holds an infinite number`, { details: { column } });
  }
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Quoted when it must be; guarded when it begins as a formula does (=, +, -, @, tab, return; full width too) and is no number. */
function textCell(text: string): string {
  const first = text.trimStart().charAt(0).normalize('NFKC');
  const formula = /^[=+\-@]/.test(first) || /^[\t\r\n]/.test(text);
  const guarded = formula && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** The file appears complete under its name, or not at all. */
export async function writeWhole(path: string, parts: Iterable<string>): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`;
  const file = await open(partial, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new InputError('ERR_DATA_WRITE', `file "${path}" cannot be written (${error.code})`, {
      help: 'Check that the folder exists and may be written.',
      details: { path },
    });
  });
  try {
    await writeParts(file, parts);
    await file.sync();
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeParts(file: FileHandle, parts: Iterable<string>): Promise<void> {
  let pending = '';
  for (const part of parts) {
    pending += part;
    if (pending.length < FLUSH_AT) continue;
    await file.write(pending);
    pending = '';
  }
  await file.write(pending);
}
