/**
 * Boxes: the sets of firms that conditions describe, for static checks. A box is one constraint per field (an interval, a set of texts,
 * missing or not); a condition in disjunctive normal form is a list of boxes. Overlap is intersection, a gap is what subtraction leaves,
 * a row is unreachable when subtracting the rows before it leaves nothing.
 */
import type { FieldCatalogue } from './fields.ts';

/** An interval of numbers. */
export interface Interval {
  readonly low: number;
  readonly lowOpen: boolean;
  readonly high: number;
  readonly highOpen: boolean;
}
/** Texts (or "true"/"false"): those listed, or all but those listed. */
export interface TextSet {
  readonly values: ReadonlySet<string>;
  readonly complement: boolean;
}
/** Values one field may have: known values, and whether it may be missing. */
export interface Constraint {
  readonly known: Interval | TextSet | undefined;
  readonly missing: boolean;
}
/** Field → constraint; a field that is not named is free. */
export type Box = ReadonlyMap<string, Constraint>;

/** The box of every firm. */
export const everything: Box = new Map();
const isInterval = (range: Interval | TextSet): range is Interval => 'low' in range;

/** All the values a field can have when it is known. */
export function domain(name: string, fields: FieldCatalogue): Interval | TextSet {
  const field = fields[name];
  switch (field.type) {
    case 'text':
      return field.values ? { values: new Set(field.values), complement: false } : { values: new Set(), complement: true };
    case 'boolean':
      return { values: new Set(['true', 'false']), complement: false };
    default: {
      const [low, high] = [field.min ?? Number.NEGATIVE_INFINITY, field.max ?? Number.POSITIVE_INFINITY];
      return { low, lowOpen: field.min === undefined, high, highOpen: field.max === undefined };
    }
  }
}

/** The box of one constraint, cut to the field's domain; undefined when empty. */
export function boxOf(name: string, constraint: Constraint, fields: FieldCatalogue): Box | undefined {
  const known = constraint.known && normal(meet(constraint.known, domain(name, fields)), fields[name].type === 'integer');
  if (known === undefined && !constraint.missing) return undefined;
  return new Map([[name, { known, missing: constraint.missing }]]);
}

/** What both boxes hold; undefined when nothing. */
export function intersect(a: Box, b: Box, fields: FieldCatalogue): Box | undefined {
  const result = new Map(a);
  for (const [name, constraint] of b) {
    const mine = a.get(name);
    if (!mine) {
      result.set(name, constraint);
      continue;
    }
    const known = mine.known && constraint.known && normal(meet(mine.known, constraint.known), fields[name].type === 'integer');
    const missing = mine.missing && constraint.missing;
    if (known === undefined && !missing) return undefined;
    result.set(name, { known, missing });
  }
  return result;
}

/** `a` without `b`, as disjoint boxes. */
export function subtract(a: Box, b: Box, fields: FieldCatalogue): readonly Box[] {
  if (!intersect(a, b, fields)) return [a];
  const pieces: Box[] = [];
  let rest: Box = a;
  for (const [name, constraint] of b) {
    for (const outside of complement(name, constraint, fields)) {
      const piece = intersect(rest, new Map([[name, outside]]), fields);
      if (piece) pieces.push(piece);
    }
    const inside = intersect(rest, new Map([[name, constraint]]), fields);
    if (!inside) return pieces;
    rest = inside;
  }
  return pieces;
}

/** What is left of `a` after all of `others`; undefined when more than `most` pieces arise (the check is then skipped, and says so). */
export function remainder(a: readonly Box[], others: readonly Box[], fields: FieldCatalogue, most = 4000): readonly Box[] | undefined {
  let left = a;
  for (const other of others) {
    left = left.flatMap((box) => subtract(box, other, fields));
    if (left.length > most) return undefined;
    if (left.length === 0) return left;
  }
  return left;
}

/** "age in [2, 5), grade in {A, B}" for a report. */
export function describeBox(box: Box): string {
  const parts = [...box].map(([name, { known, missing }]) => {
    const may = missing ? (known ? ' or missing' : ' missing') : '';
    return known ? `${name} in ${describeRange(known)}${may}` : `${name}${may}`;
  });
  return parts.length > 0 ? parts.join(', ') : 'every firm';
}

function describeRange(range: Interval | TextSet): string {
  if (isInterval(range)) return `${range.lowOpen ? '(' : '['}${range.low}, ${range.high}${range.highOpen ? ')' : ']'}`;
  return `${range.complement ? 'all but ' : ''}{${[...range.values].join(', ')}}`;
}

function complement(name: string, { known, missing }: Constraint, fields: FieldCatalogue): readonly Constraint[] {
  const all = domain(name, fields);
  const outside =
    known === undefined ? [all] : isInterval(known) ? sides(known) : [{ values: known.values, complement: !known.complement }];
  const integer = fields[name].type === 'integer';
  const ranges = outside.flatMap((range) => normal(meet(range, all), integer) ?? []);
  return [...ranges.map((range) => ({ known: range, missing: false })), ...(missing ? [] : [{ known: undefined, missing: true }])];
}

function sides({ low, lowOpen, high, highOpen }: Interval): readonly Interval[] {
  return [
    { low: Number.NEGATIVE_INFINITY, lowOpen: true, high: low, highOpen: !lowOpen },
    { low: high, lowOpen: !highOpen, high: Number.POSITIVE_INFINITY, highOpen: true },
  ];
}

function meet(a: Interval | TextSet, b: Interval | TextSet): Interval | TextSet | undefined {
  if (isInterval(a) && isInterval(b)) return meetIntervals(a, b);
  if (isInterval(a) || isInterval(b)) return undefined;
  if (a.complement && b.complement) return { values: new Set([...a.values, ...b.values]), complement: true };
  if (a.complement) return meet(b, a);
  return { values: new Set([...a.values].filter((value) => b.values.has(value) !== b.complement)), complement: false };
}

function meetIntervals(a: Interval, b: Interval): Interval {
  const [lower, upper] = [a.low > b.low ? a : b, a.high < b.high ? a : b];
  return {
    low: lower.low,
    lowOpen: a.low === b.low ? a.lowOpen || b.lowOpen : lower.lowOpen,
    high: upper.high,
    highOpen: a.high === b.high ? a.highOpen || b.highOpen : upper.highOpen,
  };
}

/** Undefined when empty; integers get closed whole ends, so that (3, 4) is empty and (3, 5) is [4, 4]. */
function normal(range: Interval | TextSet | undefined, integer: boolean): Interval | TextSet | undefined {
  if (range === undefined) return undefined;
  if (!isInterval(range)) return range.complement || range.values.size > 0 ? range : undefined;
  const whole = integer ? wholeEnds(range) : range;
  const { low, lowOpen, high, highOpen } = whole;
  return low < high || (low === high && !lowOpen && !highOpen) ? whole : undefined;
}

function wholeEnds({ low, lowOpen, high, highOpen }: Interval): Interval {
  const from = Number.isFinite(low) ? (lowOpen ? Math.floor(low) + 1 : Math.ceil(low)) : low;
  const to = Number.isFinite(high) ? (highOpen ? Math.ceil(high) - 1 : Math.floor(high)) : high;
  return { low: from, lowOpen: !Number.isFinite(low), high: to, highOpen: !Number.isFinite(high) };
}
