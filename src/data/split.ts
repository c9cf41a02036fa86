/**
 * Splits of rows into train, validation and test. A row's place is a hash of (seed, row number), so both parties of an alignment
 * compute the same unstratified split from the job's public seed and send nothing. A stratified split needs the label and stays with its
 * holder, who then tells row numbers.
 */
import { InputError } from '../base/index.ts';

/** Named parts and their weights, e.g. `{ train: 0.7, validation: 0.1, test: 0.2 }`; weights need not sum to 1. */
export type SplitParts = Readonly<Record<string, number>>;

export interface SplitOptions<P extends SplitParts> {
  readonly rows: number;
  /** Only its low 32 bits count. */
  readonly seed: number;
  readonly parts: P;
  /** Splits each class by itself, so that every part has the same rate (to within one row). */
  readonly label?: Uint8Array;
}

/**
 * Every row in exactly one part, row numbers ascending; part sizes follow the weights by largest remainder.
 * @throws InputError `ERR_DATA_SPLIT` for weights that are not positive, or a label of another length.
 */
export function splitRows<P extends SplitParts>(options: SplitOptions<P>): { readonly [K in keyof P]: Uint32Array } {
  const names = Object.keys(options.parts) as (keyof P & string)[];
  const weights = names.map((name) => options.parts[name]);
  if (names.length === 0 || !weights.every((weight) => Number.isFinite(weight) && weight > 0))
    throw splitError('every part needs a positive weight');
  if (options.label && options.label.length !== options.rows)
    throw splitError(`the label has ${options.label.length} rows, not ${options.rows}`);
  const rows = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const stratum of strata(options.rows, options.label)) {
    const order = stratum.map((row) => ({ row, hash: rowHash(options.seed, row) })).sort((a, b) => a.hash - b.hash || a.row - b.row);
    let at = 0;
    for (const [i, size] of shareOut(stratum.length, weights).entries()) {
      for (const { row } of order.slice(at, at + size)) rows.get(names[i])?.push(row);
      at += size;
    }
  }
  const sorted = names.map((name) => [name, Uint32Array.from(rows.get(name) ?? []).sort()] as const);
  return Object.fromEntries(sorted) as { readonly [K in keyof P]: Uint32Array };
}

/** 1 for rows held out. A row's place depends on (seed, row) alone, so appending rows moves none. */
export function holdoutMask(rows: number, seed: number, fraction: number): Uint8Array {
  if (!(fraction >= 0 && fraction <= 1)) throw splitError('the fraction must be in 0..1');
  return Uint8Array.from({ length: rows }, (_, row) => Number(rowHash(seed, row) < fraction * 2 ** 32));
}

function strata(rows: number, label: Uint8Array | undefined): number[][] {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = label?.[row] ?? 0;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Whole parts of `total` in proportion to the weights, the largest remainders rounded up. */
function shareOut(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const sizes = exact.map(Math.floor);
  const left = total - sizes.reduce((a, b) => a + b, 0);
  const byRemainder = [...exact.keys()].sort((a, b) => exact[b] - sizes[b] - (exact[a] - sizes[a]) || a - b);
  for (const i of byRemainder.slice(0, left)) sizes[i] += 1;
  return sizes;
}

/** 32 uniform bits from (seed, row): two rounds of MurmurHash3's finaliser. */
function rowHash(seed: number, row: number): number {
  return mix(mix(seed ^ 0x9e3779b9) + Math.imul(row, 0x85ebca6b) + row);
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const splitError = (what: string): InputError =>
  new InputError('ERR_DATA_SPLIT', `split: ${what}`, { help: 'Correct the split in the job.' });
