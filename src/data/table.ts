/**
 * FeatureTable: one holder's rows, columnar and immutable. Values are doubles; NaN is "missing" and nothing else.
 * Record ids stay with their holder: protocols see row indices only.
 */
import { InputError } from '../base/index.ts';
import { nearestNames } from './nearest.ts';

export interface FeatureTable {
  readonly rows: number;
  /** Normalised record ids, one a row, unique. Never logged, never sent in the clear. */
  readonly ids: readonly string[];
  /** Column order is the order of the source. */
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Builds a table and checks that every column has the table's length. */
export function featureTable(ids: readonly string[], columns: ReadonlyMap<string, Float64Array>): FeatureTable {
  for (const [name, values] of columns) {
    if (values.length !== ids.length) {
      throw new InputError('ERR_DATA_RAGGED_COLUMN', `column "${name}" has ${values.length} rows, the table has ${ids.length}`);
    }
  }
  return Object.freeze({ rows: ids.length, ids, columns });
}

/**
 * A column by name.
 * @throws InputError `ERR_DATA_MISSING_COLUMN`, with the nearest names in the help.
 */
export function column(table: FeatureTable, name: string): Float64Array {
  const values = table.columns.get(name);
  if (!values) {
    throw new InputError('ERR_DATA_MISSING_COLUMN', `the table has no column "${name}"`, {
      help: `Did you mean ${nearestNames(name, table.columns.keys()).join(', ')}?`,
      details: { column: name },
    });
  }
  return values;
}

/** The rows of an alignment, in its order; ids go along. */
export function selectRows(table: FeatureTable, rows: Uint32Array): FeatureTable {
  const columns = new Map<string, Float64Array>();
  for (const [name, values] of table.columns)
    columns.set(
      name,
      Float64Array.from(rows, (row) => values[row]),
    );
  return featureTable(
    Array.from(rows, (row) => table.ids[row]),
    columns,
  );
}

/** Only the named columns, in the order given. */
export function selectColumns(table: FeatureTable, names: readonly string[]): FeatureTable {
  return featureTable(table.ids, new Map(names.map((name) => [name, column(table, name)])));
}
