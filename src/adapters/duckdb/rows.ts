/** The cells themselves: chunk by chunk into columns of doubles, stopping at the first bad cell with its row and column. */
import { InputError } from '../../base/index.ts';
import { formulaQuery, rowsQuery, type SourceColumn, type WantedColumn } from './query.ts';
import type { ReadConfig } from './read-options.ts';
import type { ReadSession } from './session.ts';
import type { Source } from './source.ts';
import { fileError } from './text-file.ts';

export interface Rows {
  readonly ids: readonly string[];
  /** One for each wanted column; NaN is missing. */
  readonly values: readonly Float64Array[];
}

/** A cell by data row and wanted column, both from 0. */
interface Place {
  readonly row: number;
  readonly column: number;
}

/** @throws InputError `ERR_DATA_TOO_MANY_CELLS`, `ERR_DATA_NOT_NUMERIC`, `ERR_DATA_FORMULA_CELL`, `ERR_DATA_UNKNOWN_LEVEL`. */
export async function readRows(
  session: ReadSession,
  source: Source,
  id: SourceColumn,
  wanted: readonly WantedColumn[],
  config: ReadConfig,
): Promise<Rows> {
  const ids: string[] = [];
  const blocks: Float64Array[][] = wanted.map(() => []);
  let bad: Place | undefined;
  await session.stream(rowsQuery(source.from, id, wanted, config.missing), (chunk) => {
    refuseTooManyCells((ids.length + chunk.rows) * (wanted.length + 1), config);
    const arrays = wanted.map((_, c) => doubles(chunk.column(c + 1), chunk.rows));
    bad = firstInfinity(arrays, ids.length);
    const texts = chunk.column(0);
    for (let i = 0; i < chunk.rows; i++) ids.push(String(texts.getItem(i) ?? ''));
    for (const [c, array] of arrays.entries()) blocks[c].push(array);
    return bad === undefined;
  });
  if (bad) throw await badCell(session, source, bad, wanted[bad.column], config);
  return { ids, values: blocks.map(join) };
}

function refuseTooManyCells(cells: number, { caps, path }: ReadConfig): void {
  if (cells <= caps.maxCells) return;
  const help = 'Read fewer columns, split the file, or raise limits.maxCells.';
  throw fileError('ERR_DATA_TOO_MANY_CELLS', path, `has over ${caps.maxCells} cells to read`, help);
}

/** NULL becomes NaN and -0 becomes 0. */
function doubles(vector: { getItem(row: number): unknown }, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = ((vector.getItem(i) as number | null) ?? Number.NaN) + 0;
  return out;
}

/** The query marks bad cells with infinity: the first by row, then by column. */
function firstInfinity(arrays: readonly Float64Array[], firstRow: number): Place | undefined {
  let best: Place | undefined;
  for (const [column, array] of arrays.entries()) {
    const row = array.indexOf(Number.POSITIVE_INFINITY);
    if (row >= 0 && (best === undefined || firstRow + row < best.row)) best = { row: firstRow + row, column };
  }
  return best;
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

async function badCell(session: ReadSession, source: Source, place: Place, column: WantedColumn, config: ReadConfig): Promise<InputError> {
  let formula = false;
  await session.stream(formulaQuery(source.from, place.row, column.source), (chunk) => {
    formula = chunk.column(0).getItem(0) === true;
  });
  const where = `row ${place.row + 1}, column "${column.source.name}"`;
  const details = { column: column.source.name, row: place.row + 1 };
  if (formula) {
    return new InputError('ERR_DATA_FORMULA_CELL', `${where}: the cell looks like a spreadsheet formula`, {
      help: 'Export values, not formulas.',
      details,
    });
  }
  if (column.levels) {
    const shown = `${column.levels.slice(0, 12).join(', ')}${column.levels.length > 12 ? ', …' : ''}`;
    return new InputError('ERR_DATA_UNKNOWN_LEVEL', `${where}: the cell is none of the declared levels`, {
      help: `The levels are ${shown}; correct the cell or the schema.`,
      details,
    });
  }
  return new InputError('ERR_DATA_NOT_NUMERIC', `${where}: the cell is not a finite number`, {
    help: `Correct the cell, add its text to "missing" (now: empty, ${config.missing.join(', ')}), or declare the column categorical in the schema.`,
    details,
  });
}
