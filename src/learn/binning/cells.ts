/**
 * Cells: a column cut finely before anyone looks at a label. This half needs no label, so a feature holder runs it on its own.
 *
 * Numeric columns are cut at quantiles (linear interpolation, as numpy's default; a cell is [edge, next edge)); categorical columns have
 * a cell per category. Missing values and special codes have cells of their own behind the ordered ones. No cell has fewer rows than
 * the floor: thin neighbours are merged, rare categories share one cell, and a thin missing or special cell is neutral: it is not counted,
 * nobody learns its event rate, its weight of evidence is 0.
 */
import { InputError } from '../../base/index.ts';
import { type BinningRules, cellFloor } from './options.ts';

/** Neutral: belongs to no cell. */
export const NEUTRAL = -1;

export interface Cells {
  readonly kind: 'numeric' | 'categorical';
  /** Numeric: lower edges of cells 1, 2, …; strictly ascending. */
  readonly edges: Float64Array;
  /** Categorical: cell of each known category. Categories never seen are neutral. */
  readonly categories: ReadonlyMap<number, number>;
  /** Cells that have an order (numeric) or can be put in one (categorical); they come first. */
  readonly ordered: number;
  /** Special code → its cell, or NEUTRAL. */
  readonly specials: ReadonlyMap<number, number>;
  /** Cell of missing values, or NEUTRAL. */
  readonly missing: number;
  /** Rows in each cell; ordered cells, then special, then missing. */
  readonly counts: Uint32Array;
}

/** @throws InputError `ERR_LEARN_COLUMN` on an infinite value, or where fewer rows than one cell needs are neither missing nor special. */
export function cutNumeric(values: Float64Array, rules: BinningRules): Cells {
  const special = new Set(rules.specialValues);
  checkFinite(values);
  const usual = values.filter((value) => !Number.isNaN(value) && !special.has(value)).sort();
  if (usual.length === 0) throw new InputError('ERR_LEARN_COLUMN', 'a column has no value that is neither missing nor special');
  const floor = cellFloor(rules, values.length);
  if (usual.length < floor) {
    throw new InputError('ERR_LEARN_COLUMN', `a column has fewer than ${floor} rows that are neither missing nor special`, {
      help: 'Leave the column out: a cell of so few rows would give single labels away.',
    });
  }
  const { edges, counts } = mergeThin(usual, quantileEdges(usual, rules.preBins), floor);
  return withExtras({ kind: 'numeric', edges: Float64Array.from(edges), categories: new Map() }, counts, values, rules, floor);
}

/** Category codes are numbers; NaN is missing. @throws InputError `ERR_LEARN_COLUMN`. */
export function cutCategorical(values: Float64Array, rules: BinningRules): Cells {
  checkFinite(values);
  const special = new Set(rules.specialValues);
  const rowsOf = new Map<number, number>();
  for (const value of values) if (!Number.isNaN(value) && !special.has(value)) rowsOf.set(value, (rowsOf.get(value) ?? 0) + 1);
  const floor = cellFloor(rules, values.length);
  const codes = [...rowsOf.keys()].sort((a, b) => a - b);
  const usual = codes.filter((code) => rowsOf.get(code)! >= floor);
  const rare = codes.filter((code) => rowsOf.get(code)! < floor);
  const counts = usual.map((code) => rowsOf.get(code)!);
  const categories = new Map(usual.map((code, cell) => [code, cell]));
  const rareRows = rare.reduce((sum, code) => sum + rowsOf.get(code)!, 0);
  for (const code of rare) categories.set(code, rareRows >= floor ? usual.length : NEUTRAL);
  if (rareRows >= floor && rare.length > 0) counts.push(rareRows);
  if (counts.length === 0) throw new InputError('ERR_LEARN_COLUMN', 'a categorical column has no category with enough rows');
  return withExtras({ kind: 'categorical', edges: new Float64Array(0), categories }, counts, values, rules, floor);
}

/** The cell of every value; NEUTRAL where it has none. */
export function cellCodes(cells: Cells, values: Float64Array): Int16Array {
  return Int16Array.from(values, (value) => cellOf(cells, value));
}

/** The cell of one value. */
export function cellOf(cells: Cells, value: number): number {
  if (Number.isNaN(value)) return cells.missing;
  const special = cells.specials.get(value);
  if (special !== undefined) return special;
  if (cells.kind === 'categorical') return cells.categories.get(value) ?? NEUTRAL;
  return upperBound(cells.edges, value);
}

/** Quantiles 1/k … (k−1)/k of sorted values by linear interpolation (numpy's default), without repeats. */
export function quantileEdges(sorted: Float64Array, k: number): number[] {
  const edges: number[] = [];
  for (let i = 1; i < k; i++) {
    const at = (i / k) * (sorted.length - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, sorted.length - 1);
    const edge = sorted[low] + (at - low) * (sorted[high] - sorted[low]);
    if (edges.length === 0 || edge > edges[edges.length - 1]) edges.push(edge);
  }
  return edges;
}

/** Drops edges until every cell has `floor` rows: a thin cell joins the one on its right, the last one joins its left neighbour. */
function mergeThin(sorted: Float64Array, edges: readonly number[], floor: number): { edges: number[]; counts: number[] } {
  const kept: number[] = [];
  const counts: number[] = [];
  let from = 0;
  for (const edge of edges) {
    const to = lowerBound(sorted, edge);
    if (to - from < Math.max(1, floor)) continue;
    kept.push(edge);
    counts.push(to - from);
    from = to;
  }
  counts.push(sorted.length - from);
  if (counts.length > 1 && counts[counts.length - 1] < Math.max(1, floor)) {
    const tail = counts.pop()!;
    counts[counts.length - 1] += tail;
    kept.pop();
  }
  return { edges: kept, counts };
}

function withExtras(
  base: Pick<Cells, 'kind' | 'edges' | 'categories'>,
  ordered: readonly number[],
  values: Float64Array,
  rules: BinningRules,
  floor: number,
): Cells {
  const counts = [...ordered];
  const claim = (rows: number): number => (rows >= floor && rows > 0 ? counts.push(rows) - 1 : NEUTRAL);
  const specials = new Map(rules.specialValues.map((code) => [code, claim(values.reduce((sum, v) => sum + (v === code ? 1 : 0), 0))]));
  const missing = claim(values.reduce((sum, v) => sum + (Number.isNaN(v) ? 1 : 0), 0));
  return Object.freeze({ ...base, ordered: ordered.length, specials, missing, counts: Uint32Array.from(counts) });
}

function checkFinite(values: Float64Array): void {
  if (values.includes(Infinity) || values.includes(-Infinity)) throw new InputError('ERR_LEARN_COLUMN', 'a column has an infinite value');
}

/** How many sorted values are below `x`. */
function lowerBound(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many edges are at most `x`: the cell of x. */
function upperBound(edges: Float64Array, x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
