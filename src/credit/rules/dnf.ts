/** A condition as a list of boxes (disjunctive normal form), where it compares fields with constants; undefined where it does arithmetic. */
import { type Box, boxOf, type Constraint, everything, type Interval, intersect } from './box.ts';
import type { Comparison, Condition, Term } from './expression.ts';
import type { FieldCatalogue } from './fields.ts';

/** More boxes than this are not expanded. */
const MAX_BOXES = 512;

/** The firms for which the condition is true; undefined when boxes cannot express it. */
export function boxesOf(condition: Condition, fields: FieldCatalogue): readonly Box[] | undefined {
  return expand(condition, true, fields);
}

function expand(condition: Condition, wanted: boolean, fields: FieldCatalogue): readonly Box[] | undefined {
  switch (condition.kind) {
    case 'not':
      return expand(condition.of, !wanted, fields);
    case 'and':
    case 'or':
      return (condition.kind === 'and') === wanted ? all(condition.of, wanted, fields) : any(condition.of, wanted, fields);
    case 'missing':
      return atom(condition.name, { known: undefined, missing: true }, wanted, fields);
    case 'truth':
      return truth(condition.term, wanted, fields);
    case 'member':
      return member(condition, wanted, fields);
    case 'compare':
      return comparison(condition, wanted, fields);
  }
}

function any(parts: readonly Condition[], wanted: boolean, fields: FieldCatalogue): readonly Box[] | undefined {
  const boxes: Box[] = [];
  for (const part of parts) {
    const expanded = expand(part, wanted, fields);
    if (!expanded || boxes.length + expanded.length > MAX_BOXES) return undefined;
    boxes.push(...expanded);
  }
  return boxes;
}

function all(parts: readonly Condition[], wanted: boolean, fields: FieldCatalogue): readonly Box[] | undefined {
  let boxes: readonly Box[] = [everything];
  for (const part of parts) {
    const expanded = expand(part, wanted, fields);
    if (!expanded || boxes.length * expanded.length > MAX_BOXES) return undefined;
    boxes = boxes.flatMap((a) => expanded.flatMap((b) => intersect(a, b, fields) ?? []));
  }
  return boxes;
}

function truth(term: Term, wanted: boolean, fields: FieldCatalogue): readonly Box[] | undefined {
  if (term.kind === 'constant') return term.value === wanted ? [everything] : [];
  if (term.kind !== 'field') return undefined;
  return texts(term.name, [String(wanted)], false, term.fallback === undefined ? undefined : term.fallback === wanted, fields);
}

function member(
  { term, values }: Extract<Condition, { kind: 'member' }>,
  wanted: boolean,
  fields: FieldCatalogue,
): readonly Box[] | undefined {
  if (term.kind !== 'field') return undefined;
  const fallback = term.fallback === undefined ? undefined : values.includes(term.fallback as string) === wanted;
  if (fields[term.name].type === 'text') return texts(term.name, values.map(String), !wanted, fallback, fields);
  if (!wanted) return undefined;
  return values.flatMap((value) => known(term.name, point(Number(value)), fallback, fields));
}

function comparison(
  { operator, left, right }: Extract<Condition, { kind: 'compare' }>,
  wanted: boolean,
  fields: FieldCatalogue,
): readonly Box[] | undefined {
  const turned = left.kind === 'constant';
  const [field, constant] = turned ? [right, left] : [left, right];
  if (field.kind !== 'field' || constant.kind !== 'constant') return undefined;
  const holds = (value: number | string | boolean): boolean =>
    compare(operator, turned ? constant.value : value, turned ? value : constant.value) === wanted;
  const fallback = field.fallback === undefined ? undefined : holds(field.fallback);
  if (typeof constant.value !== 'number')
    return texts(field.name, [String(constant.value)], (operator === '==') !== wanted, fallback, fields);
  return intervals(operator, constant.value, turned, wanted).flatMap((range) => known(field.name, range, fallback, fields));
}

function compare(operator: Comparison, a: number | string | boolean, b: number | string | boolean): boolean {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  return operator === '<' ? a < b : a <= b;
}

const point = (value: number): Interval => ({ low: value, lowOpen: false, high: value, highOpen: false });
const below = (value: number, open: boolean): Interval => ({ low: Number.NEGATIVE_INFINITY, lowOpen: true, high: value, highOpen: open });
const above = (value: number, open: boolean): Interval => ({ low: value, lowOpen: open, high: Number.POSITIVE_INFINITY, highOpen: true });

/** Values x with `x op c` (or `c op x` when turned), or its negation. */
function intervals(operator: Comparison, constant: number, turned: boolean, wanted: boolean): readonly Interval[] {
  if (operator === '==' || operator === '!=') {
    return (operator === '==') === wanted ? [point(constant)] : [below(constant, true), above(constant, true)];
  }
  const strict = operator === '<';
  const isBelow = turned !== wanted;
  const open = wanted ? strict : !strict;
  return [isBelow ? below(constant, open) : above(constant, open)];
}

function texts(
  name: string,
  values: readonly string[],
  complement: boolean,
  fallback: boolean | undefined,
  fields: FieldCatalogue,
): readonly Box[] {
  return atomBox(name, { known: { values: new Set(values), complement }, missing: fallback ?? false }, fields);
}

function known(name: string, range: Interval, fallback: boolean | undefined, fields: FieldCatalogue): readonly Box[] {
  return atomBox(name, { known: range, missing: fallback ?? false }, fields);
}

function atom(name: string, constraint: Constraint, wanted: boolean, fields: FieldCatalogue): readonly Box[] {
  if (wanted) return atomBox(name, constraint, fields);
  const free: Interval = { low: Number.NEGATIVE_INFINITY, lowOpen: true, high: Number.POSITIVE_INFINITY, highOpen: true };
  const type = fields[name].type;
  return atomBox(
    name,
    { known: type === 'number' || type === 'integer' ? free : { values: new Set(), complement: true }, missing: false },
    fields,
  );
}

function atomBox(name: string, constraint: Constraint, fields: FieldCatalogue): readonly Box[] {
  const box = boxOf(name, constraint, fields);
  return box ? [box] : [];
}
