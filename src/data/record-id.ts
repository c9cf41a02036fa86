/**
 * Record ids: the keys on which two holders align. Both sides must write the same customer the same way, so both run this file:
 * NFKC folds full width to half width; in the `strict` and `warn` modes (统一社会信用代码) letters become capitals, and spaces,
 * hyphens and invisible characters go. `any` is for keys that are not credit codes: they are folded and trimmed, nothing else.
 *
 * Errors name rows and columns, never an id: an id in an error ends up in a log.
 */
import { InputError } from '../base/index.ts';
import { type UsccProblem, usccProblem } from './uscc.ts';

/**
 * - `strict`  every id is a 统一社会信用代码 whose two check characters hold; else the table is refused.
 * - `warn`    ids that break the code's rules are kept, counted and reported by row.
 * - `any`     ids are opaque texts.
 */
export type RecordIdMode = 'strict' | 'warn' | 'any';

export const RECORD_ID_MODES: readonly RecordIdMode[] = Object.freeze(['strict', 'warn', 'any']);

/** Problems that no mode lets pass: `formula` is a text a spreadsheet would run. */
export type RecordIdProblem = 'empty' | 'too-long' | 'control-character' | 'formula' | UsccProblem;

export type ParsedRecordId =
  | { readonly ok: true; readonly id: string; readonly warning: UsccProblem | undefined }
  | { readonly ok: false; readonly problem: RecordIdProblem };

/** Longest id after normalisation, in UTF-16 units. */
export const MAX_RECORD_ID_LENGTH = 128;

/** White space, every hyphen and dash, the minus sign, soft hyphen, zero-width characters and the byte-order mark. */
const NOISE = /[\s\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]/g;
const CONTROL = /\p{Cc}/u;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const CLEAN_CODE = /^[0-9A-Z]+$/;

/** The one spelling of a credit code that both sides compare. */
export function normaliseUscc(text: string): string {
  return CLEAN_CODE.test(text) ? text : text.normalize('NFKC').toUpperCase().normalize('NFKC').replace(NOISE, '');
}

/** Normalises one id and says what is wrong with it. */
export function parseRecordId(text: string, options: { readonly mode: RecordIdMode }): ParsedRecordId {
  const trimmed = text.normalize('NFKC').trim();
  if (CONTROL.test(trimmed)) return { ok: false, problem: 'control-character' };
  if (/^[=+\-@]/.test(trimmed) && !NUMBER.test(trimmed)) return { ok: false, problem: 'formula' };
  const id = options.mode === 'any' ? trimmed : normaliseUscc(text);
  if (id.length === 0) return { ok: false, problem: 'empty' };
  if (id.length > MAX_RECORD_ID_LENGTH) return { ok: false, problem: 'too-long' };
  const warning = options.mode === 'any' ? undefined : usccProblem(id);
  if (warning !== undefined && options.mode === 'strict') return { ok: false, problem: warning };
  return { ok: true, id, warning };
}

export interface ParseRecordIdsOptions {
  readonly mode: RecordIdMode;
  /** Name of the id column, for the errors. */
  readonly column: string;
}

export interface ParsedRecordIds {
  readonly ids: readonly string[];
  /** Data rows (from 1) whose id is kept although it is no valid credit code; only in `warn` mode. */
  readonly warningRows: readonly number[];
}

const SAY: Readonly<Record<RecordIdProblem, string>> = {
  empty: 'is empty',
  'too-long': `is longer than ${MAX_RECORD_ID_LENGTH} characters`,
  'control-character': 'holds a control character',
  formula: 'looks like a spreadsheet formula',
  length: 'does not have the 18 characters of a 统一社会信用代码',
  alphabet: 'holds a character that a 统一社会信用代码 cannot have (I, O, S, V, Z, a symbol, or a letter among the region digits)',
  'check-character': 'fails the check character of GB 32100-2015',
  'organisation-check-character': 'fails the check character of its organisation code (GB 11714)',
};

/** How many rows an error lists by number. */
const ROWS_NAMED = 10;

/**
 * Normalises a whole id column; data rows count from 1, the header not counted.
 * @throws InputError `ERR_DATA_RECORD_ID` for ids the mode refuses, `ERR_DATA_DUPLICATE_ID` for ids that are equal after normalisation.
 */
export function parseRecordIds(texts: readonly string[], options: ParseRecordIdsOptions): ParsedRecordIds {
  const ids: string[] = [];
  const warningRows: number[] = [];
  const refused: { row: number; problem: RecordIdProblem }[] = [];
  for (const [index, text] of texts.entries()) {
    const parsed = parseRecordId(text, options);
    ids.push(parsed.ok ? parsed.id : '');
    if (!parsed.ok) refused.push({ row: index + 1, problem: parsed.problem });
    else if (parsed.warning !== undefined) warningRows.push(index + 1);
  }
  if (refused.length > 0) throw refusedIds(refused, options);
  refuseDuplicates(ids, options);
  return { ids, warningRows };
}

function refusedIds(refused: readonly { row: number; problem: RecordIdProblem }[], options: ParseRecordIdsOptions): InputError {
  const [first] = refused;
  const rest = refused.length > 1 ? `, and ${refused.length - 1} more rows are refused` : '';
  return new InputError('ERR_DATA_RECORD_ID', `row ${first.row}: the id in column "${options.column}" ${SAY[first.problem]}${rest}`, {
    help:
      options.mode === 'strict'
        ? 'Correct these rows, or read the table with the id mode "warn" (keep and report them) or "any" (ids that are not credit codes).'
        : 'Correct or remove these rows; every row needs an id.',
    details: {
      column: options.column,
      problem: first.problem,
      rows: refused.slice(0, ROWS_NAMED).map(({ row }) => String(row)),
      refused: refused.length,
    },
  });
}

function refuseDuplicates(ids: readonly string[], options: ParseRecordIdsOptions): void {
  const firstRow = new Map<string, number>();
  const pairs: string[] = [];
  let duplicates = 0;
  for (const [index, id] of ids.entries()) {
    const first = firstRow.get(id);
    if (first === undefined) firstRow.set(id, index + 1);
    else if (++duplicates <= ROWS_NAMED) pairs.push(`${first} and ${index + 1}`);
  }
  if (duplicates === 0) return;
  const rest = duplicates > 1 ? ` (${duplicates} duplicates in all)` : '';
  throw new InputError('ERR_DATA_DUPLICATE_ID', `rows ${pairs[0]} have the same id in column "${options.column}"${rest}`, {
    help: 'Keep one row for each record; ids are compared after normalisation (width, case, spaces, hyphens).',
    details: { column: options.column, rows: pairs, duplicates },
  });
}
