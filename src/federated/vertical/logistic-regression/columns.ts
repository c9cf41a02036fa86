/**
 * A party's own columns made ready: checked, standardised, clipped, and rounded to fixed point. Everything after this uses the rounded values,
 * in the clear and under encryption alike. Each party refuses columns that would give single rows away; no message has been sent yet.
 */
import { InputError, RefusedError } from '../../../base/index.ts';
import { checkColumn, type Design, type Scaling, scale, scalingOf } from '../../../learn/logistic-regression/index.ts';
import { type LogisticTerms, MAX_DEVIATIONS, MIN_DISTINCT_ROWS } from './contract.ts';

/** Fewest rows in which two sparse columns are both away from their usual value; 0 is fine, 1 to 9 is not. */
const MIN_COOCCURRENCE = 10;

export interface OwnColumns {
  readonly names: readonly string[];
  readonly scalings: readonly Scaling[];
  /** round(standardised · 2^columnBits), |entry| ≤ clip · 2^columnBits. */
  readonly fixed: readonly Int32Array[];
}

/**
 * @param guard also refuse sparse columns and rare pairs: for the party whose columns meet the other's encrypted labels.
 * @throws InputError `ERR_LEARN_MISSING`, `ERR_LEARN_CONSTANT`, `ERR_LEARN_LENGTH_MISMATCH`, `ERR_LR_OUTLIER`, `ERR_LR_OPTION`;
 * RefusedError `ERR_LR_SPARSE_COLUMN`, `ERR_LR_RARE_PAIR`.
 */
export function ownColumns(design: Design, expected: number, terms: LogisticTerms, guard: boolean): OwnColumns {
  if (design.length !== expected) throw new InputError('ERR_LR_OPTION', `${design.length} columns, the contract says ${expected}`);
  for (const column of design) checkColumn(column, terms.rows);
  if (guard) refuseSparse(design);
  const scalings = design.map(({ values }) => scalingOf(values, terms.clip === MAX_DEVIATIONS ? Infinity : terms.clip));
  const fixed = design.map(({ name, values }, j) => {
    const rounded = Int32Array.from(scale(values, scalings[j]), (value) => Math.round(value * 2 ** terms.columnBits));
    const limit = terms.clip * 2 ** terms.columnBits;
    if (rounded.some((value) => Math.abs(value) > limit)) throw outlier(name);
    return rounded;
  });
  return { names: design.map((column) => column.name), scalings, fixed };
}

/** Rows of `columns` in which each is away from its most frequent value. */
function refuseSparse(design: Design): void {
  const away = design.map(({ values }) => awayFromMode(values));
  design.forEach(({ name }, j) => {
    if (away[j].count >= MIN_DISTINCT_ROWS) return;
    throw new RefusedError(
      'ERR_LR_SPARSE_COLUMN',
      `column "${name}" differs from its usual value in fewer than ${MIN_DISTINCT_ROWS} rows`,
      {
        help: 'Drop the column or merge it with a related one: its moments would pin down single labels.',
        details: { column: name },
      },
    );
  });
  const sparse = away.map((_, j) => j).filter((j) => away[j].count < design[j].values.length / 2);
  for (const [at, i] of sparse.entries()) {
    for (const j of sparse.slice(at + 1)) {
      const both = cooccurrence(away[i].flags, away[j].flags);
      if (both === 0 || both >= MIN_COOCCURRENCE) continue;
      throw new RefusedError(
        'ERR_LR_RARE_PAIR',
        `columns "${design[i].name}" and "${design[j].name}" meet in fewer than ${MIN_COOCCURRENCE} rows`,
        {
          help: 'Drop one of the two: their product moment would pin down single rows.',
        },
      );
    }
  }
}

/** The longest run of the sorted column is its most frequent value. */
function awayFromMode(values: Float64Array): { flags: Uint8Array; count: number } {
  const sorted = values.slice().sort();
  let mode = sorted[0];
  let longest = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from > longest) {
      longest = to - from;
      mode = sorted[from];
    }
    from = to;
  }
  return { flags: Uint8Array.from(values, (value) => (value === mode ? 0 : 1)), count: values.length - longest };
}

function cooccurrence(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  for (let i = 0; i < a.length; i++) both += a[i] & b[i];
  return both;
}

function outlier(name: string): InputError {
  return new InputError('ERR_LR_OUTLIER', `column "${name}" has a value more than ${MAX_DEVIATIONS} deviations from its mean`, {
    help: 'Set clip in the contract, or bin the column.',
    details: { column: name },
  });
}
