/**
 * Schema: what each column of a holder's table means. Names in the data are English, names for people 中文; the codes of text columns
 * are fixed here, so that training and scoring, and both holders, read a cell the same way.
 *
 * - `numeric`      the cell is a number.
 * - `ordinal`      the cell is one of `levels`, worst to best or low to high; the value is the level's place, 0 first.
 * - `categorical`  the cell is one of `levels` in no order; the value is the level's place. Without `levels` the reader takes the
 *                  distinct texts in code-point order (never by frequency, which would tell counts) and returns them: keep them
 *                  with the model, and read later tables with them.
 */
import { InputError } from '../base/index.ts';
import { nearestNames } from './nearest.ts';

export type ColumnKind = 'numeric' | 'ordinal' | 'categorical';

/** Data security level 1 (public) to 5 (highest), as JR/T 0197-2020 grades financial data. */
export type SensitivityLevel = 1 | 2 | 3 | 4 | 5;

export interface ColumnSchema {
  readonly name: string;
  /** 中文名 */
  readonly zh: string;
  readonly kind: ColumnKind;
  readonly levels?: readonly string[];
  /** e.g. 元, 万元, 月, 次 */
  readonly unit?: string;
  /** The department or party that holds it, e.g. 税务 */
  readonly holder: string;
  readonly sensitivity: SensitivityLevel;
  /** Sign of the effect on default risk that the field's meaning implies; 0 when it implies none. */
  readonly risk?: -1 | 0 | 1;
}

export interface Schema {
  /** Column of the record ids. */
  readonly idColumn: string;
  readonly columns: readonly ColumnSchema[];
}

const KEYS: readonly string[] = ['name', 'zh', 'kind', 'levels', 'unit', 'holder', 'sensitivity', 'risk'];

/**
 * Checks and freezes a schema.
 * @throws InputError `ERR_DATA_SCHEMA` for an unknown key, a repeated name or level, or an ordinal column without levels.
 */
export function schema(idColumn: string, columns: readonly ColumnSchema[]): Schema {
  const seen = new Set<string>([idColumn]);
  for (const column of columns) {
    checkColumn(column);
    if (seen.has(column.name)) throw bad(column.name, 'is named twice');
    seen.add(column.name);
  }
  return Object.freeze({ idColumn, columns: Object.freeze(columns.map((column) => Object.freeze({ ...column }))) });
}

function checkColumn(column: ColumnSchema): void {
  for (const key of Object.keys(column)) {
    if (!KEYS.includes(key)) throw bad(column.name, `has the unknown key "${key}"; did you mean "${nearestNames(key, KEYS, 1)[0]}"?`);
  }
  if (!['numeric', 'ordinal', 'categorical'].includes(column.kind)) throw bad(column.name, 'has no kind numeric, ordinal or categorical');
  if (![1, 2, 3, 4, 5].includes(column.sensitivity)) throw bad(column.name, 'has no sensitivity level 1 to 5');
  if (column.kind === 'numeric' && column.levels) throw bad(column.name, 'is numeric and has levels');
  if (column.kind === 'ordinal' && !column.levels?.length) throw bad(column.name, 'is ordinal and needs levels, lowest first');
  if (column.levels && new Set(column.levels).size !== column.levels.length) throw bad(column.name, 'has a level twice');
}

function bad(name: string, what: string): InputError {
  return new InputError('ERR_DATA_SCHEMA', `schema: column "${name}" ${what}`, { help: 'Correct the schema.', details: { column: name } });
}

/** The schema of one column, or `undefined`. */
export function columnSchema(of: Schema, name: string): ColumnSchema | undefined {
  return of.columns.find((column) => column.name === name);
}

/** The text of a coded cell, for people; a number as it is, missing as an empty text. */
export function cellText(column: ColumnSchema, value: number): string {
  if (Number.isNaN(value)) return '';
  return column.levels?.[value] ?? String(value);
}
