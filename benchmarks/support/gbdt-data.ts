/** Data of the tree benchmarks: default_credit as FATE ships it, or synthetic columns from a seeded generator, any size. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FeatureTable, featureTable } from '../../src/data/index.ts';
import { readHeld } from '../../test/support/credit-data.ts';

type Columns = ReadonlyMap<string, Float64Array>;

export interface TwoParties {
  readonly name: string;
  readonly own: Columns;
  readonly held: Columns;
  readonly labels: Uint8Array;
  readonly ids: readonly string[];
}

/** What a process needs to make the same data again. */
export type DataSpec =
  | { readonly kind: 'default_credit' }
  | { readonly kind: 'synthetic'; readonly rows: number; readonly own: number; readonly held: number; readonly seed: number };

export function dataOf(spec: DataSpec): TwoParties {
  return spec.kind === 'synthetic' ? synthetic(spec) : defaultCredit();
}

export const tableOf = ({ ids }: TwoParties, columns: Columns): FeatureTable => featureTable([...ids], columns);

function defaultCredit(): TwoParties {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = resolve(process.env.FEDCREDIT_DATA ?? join(root, '../shared/data'));
  const { guest, host, labels, ids } = readHeld((file) => join(folder, file), 'default_credit');
  return { name: 'default_credit', own: guest, held: host, labels, ids: Array.from(ids, String) };
}

/** Independent uniform columns; the label leans on the first few of each party, about one in five is positive. */
function synthetic({ rows, own, held, seed }: Extract<DataSpec, { kind: 'synthetic' }>): TwoParties {
  const columns = (prefix: string, count: number, first: number): Map<string, Float64Array> =>
    new Map(Array.from({ length: count }, (_, c) => [`${prefix}_${c}`, uniformColumn(rows, seed + first + c)]));
  const parts = { own: columns('own', own, 1), held: columns('held', held, 1_000_003) };
  const noise = uniformColumn(rows, seed);
  const lean = [...parts.own.values()].slice(0, 4).concat([...parts.held.values()].slice(0, 4));
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const score = lean.reduce((sum, values, i) => sum + (values[row] - 0.5) * (i % 2 === 0 ? 2 : -1.5), -1.6);
    return noise[row] < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  });
  return { name: `synthetic ${rows} x (${own} + ${held})`, ...parts, labels, ids: Array.from({ length: rows }, (_, row) => String(row)) };
}

/** SplitMix32 (Steele, Lea, Flood 2014, the 32-bit variant): fast and the same everywhere; no cryptography hangs on it. */
function uniformColumn(rows: number, seed: number): Float64Array {
  let state = Math.imul(seed, 0x9e3779b9) | 0;
  return Float64Array.from({ length: rows }, () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  });
}
