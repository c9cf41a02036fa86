/** A field of a synthetic table: its schema entry beside the formula that draws it. */
import type { SeededRandom } from '../../base/index.ts';
import { type ColumnSchema, type Schema, type SensitivityLevel, schema } from '../schema.ts';
import { type FeatureTable, featureTable } from '../table.ts';

/** What a holder knows of a firm, as standard normal draws, with the field's own noise at hand. */
export interface Sight {
  readonly random: SeededRandom;
  /** `rho · view + √(1 - rho²) · noise`: standard normal, correlated with the view. */
  link(view: number, rho: number): number;
}

export interface Field<S> {
  readonly column: ColumnSchema;
  /** The cell, from what was seen and the cells drawn so far; NaN is missing. */
  readonly draw: (sight: S, cells: Readonly<Record<string, number>>) => number;
}

export interface FieldOptions {
  readonly unit?: string;
  readonly levels?: readonly string[];
  readonly kind?: ColumnSchema['kind'];
  readonly sensitivity?: SensitivityLevel;
}

/** Makes fields of one department. */
export function department<S>(holder: string) {
  return (name: string, zh: string, risk: -1 | 0 | 1, draw: Field<S>['draw'], options: FieldOptions = {}): Field<S> => ({
    column: {
      name,
      zh,
      kind: options.kind ?? (options.levels ? 'categorical' : 'numeric'),
      holder,
      sensitivity: options.sensitivity ?? 3,
      risk,
      ...(options.unit && { unit: options.unit }),
      ...(options.levels && { levels: options.levels }),
    },
    draw,
  });
}

export const fieldSchema = <S>(idColumn: string, fields: readonly Field<S>[]): Schema =>
  schema(
    idColumn,
    fields.map(({ column }) => column),
  );

/** One row a sight, one column a field. */
export function drawTable<S>(ids: readonly string[], sights: Iterable<S>, fields: readonly Field<S>[]): FeatureTable {
  const columns = new Map(fields.map(({ column }) => [column.name, new Float64Array(ids.length)] as const));
  const arrays = [...columns.values()];
  let row = 0;
  for (const sight of sights) {
    const cells: Record<string, number> = {};
    for (const [i, field] of fields.entries()) {
      const value = field.draw(sight, cells);
      cells[field.column.name] = value;
      arrays[i][row] = value;
    }
    row += 1;
  }
  return featureTable(ids, columns);
}

export const makeLink =
  (random: SeededRandom) =>
  (view: number, rho: number): number =>
    rho * view + Math.sqrt(1 - rho * rho) * random.normal();

/** Whole 元. */
export const yuan = (amount: number): number => Math.max(0, Math.round(amount));
/** Four decimals, so that a written cell reads back exactly. */
export const ratio = (value: number): number => Math.round(value * 1e4) / 1e4 + 0;
