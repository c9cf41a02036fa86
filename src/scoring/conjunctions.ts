/**
 * Many conjunctions of split bits for one row at a time, compiled to flat arrays: the row's bits first, then the conjunctions over them.
 * An ensemble of 100 trees has about 1,600 of them for every firm.
 */
import { column, type FeatureTable } from '../data/index.ts';
import { goesLeft, type Threshold } from '../learn/trees/index.ts';

/** One condition: the side taken at split `split`. */
export interface Condition {
  readonly split: number;
  readonly goesLeft: boolean;
}

export interface Conjunctions {
  readonly count: number;
  /** Reads a row; `holds` then speaks of it. */
  read(row: number): void;
  holds(conjunction: number): boolean;
}

/** @throws InputError `ERR_DATA_MISSING_COLUMN` */
export function compileConjunctions(
  table: FeatureTable,
  splits: readonly Threshold[],
  conjunctions: readonly (readonly Condition[])[],
): Conjunctions {
  const columns = splits.map(({ feature }) => column(table, feature));
  const left = new Uint8Array(splits.length);
  const starts = new Uint32Array(conjunctions.length + 1);
  conjunctions.forEach((conditions, i) => {
    starts[i + 1] = starts[i] + conditions.length;
  });
  const split = Uint32Array.from(conjunctions.flat(), (condition) => condition.split);
  const want = Uint8Array.from(conjunctions.flat(), (condition) => (condition.goesLeft ? 1 : 0));
  return {
    count: conjunctions.length,
    read(row) {
      for (let s = 0; s < left.length; s++) left[s] = goesLeft(columns[s][row], splits[s]) ? 1 : 0;
    },
    holds(conjunction) {
      for (let at = starts[conjunction]; at < starts[conjunction + 1]; at++) if (left[split[at]] !== want[at]) return false;
      return true;
    },
  };
}
