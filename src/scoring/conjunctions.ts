/**
 * Many conjunctions of split bits for one row at a time, compiled to flat arrays: the row's literals first (each distinct split once, both
 * sides), then every conjunction as a product of literals, its conditions in columns. An ensemble of 100 trees has about 1,600 of them for
 * every firm; 4 µs a firm.
 */
import { column, type FeatureTable } from '../data/index.ts';
import { goesLeft, type Threshold } from '../learn/trees/index.ts';

/** One condition: the side taken at split `split`. */
export interface Condition {
  readonly split: number;
  readonly goesLeft: boolean;
}

/** 1 for each conjunction that holds for the row; overwritten by the call for another row. */
export type Conjunctions = (row: number) => Uint8Array;

/** @throws InputError `ERR_DATA_MISSING_COLUMN` */
export function compileConjunctions(
  table: FeatureTable,
  splits: readonly Threshold[],
  conjunctions: readonly (readonly Condition[])[],
): Conjunctions {
  const { place, distinct } = distinctSplits(splits);
  const values = distinct.map(({ feature }) => column(table, feature));
  const always = 2 * distinct.length;
  // Literal 2s: split s goes left; 2s + 1: it does not; the last: the empty conjunction, which always holds.
  const literals = new Uint8Array(always + 1);
  literals[always] = 1;
  const depth = conjunctions.reduce((most, conditions) => Math.max(most, conditions.length), 1);
  const columns = Array.from({ length: depth }, (_, j) =>
    Uint32Array.from(conjunctions, (conditions) => {
      const condition = conditions[j];
      return condition ? 2 * place[condition.split] + (condition.goesLeft ? 0 : 1) : always;
    }),
  );
  const held = new Uint8Array(conjunctions.length);
  let last = -1;
  return (row) => {
    if (row === last) return held;
    last = row;
    for (let s = 0; s < distinct.length; s++) {
      const left = goesLeft(values[s][row], distinct[s]) ? 1 : 0;
      literals[2 * s] = left;
      literals[2 * s + 1] = 1 - left;
    }
    for (let i = 0; i < held.length; i++) held[i] = literals[columns[0][i]];
    for (let j = 1; j < depth; j++) and(held, columns[j], literals);
    return held;
  };
}

function and(held: Uint8Array, condition: Uint32Array, literals: Uint8Array): void {
  for (let i = 0; i < held.length; i++) held[i] &= literals[condition[i]];
}

/** Each different split once, and where the given ones are among them. */
function distinctSplits(splits: readonly Threshold[]): { readonly place: readonly number[]; readonly distinct: readonly Threshold[] } {
  const places = new Map<string, number>();
  const distinct: Threshold[] = [];
  const place = splits.map((split) => {
    const key = `${split.threshold}/${split.missingLeft}/${split.feature}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, distinct.length);
    return distinct.push(split) - 1;
  });
  return { place, distinct };
}
