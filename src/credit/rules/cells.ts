/**
 * The cells of a decision table, after DMN's unary tests (OMG DMN 1.3 §9): "-" anything known or missing; "missing"; "< 5", ">= 0.5";
 * "[1..5)", "(0..1]"; one value or several, "A, B"; "not(A, B)"; a bare number or boolean.
 */
import { type Constraint, domain, type Interval } from './box.ts';
import { ExpressionProblem } from './expression.ts';
import type { FieldCatalogue } from './fields.ts';

type Path = readonly PropertyKey[];
const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const COMPARE = new RegExp(`^(<=|>=|<|>)\\s*(${NUMBER})$`);
const RANGE = new RegExp(`^([[(])\\s*(${NUMBER})\\s*\\.\\.\\s*(${NUMBER})\\s*([\\])])$`);

/**
 * A cell as a constraint on its column's field; undefined for "-".
 * @throws ExpressionProblem.
 */
export function readCell(cell: unknown, name: string, fields: FieldCatalogue, path: Path): Constraint | undefined {
  const text = String(cell).trim();
  if (text === '-') return undefined;
  if (text === 'missing') return { known: undefined, missing: true };
  const { type } = fields[name];
  if (type === 'number' || type === 'integer') return { known: readInterval(text, name, path), missing: false };
  const not = /^not\((.+)\)$/.exec(text);
  const values = (not ? not[1] : text).split(/[,，]/).map((value) => value.trim().replace(/^"(.*)"$/, '$1'));
  const all = domain(name, fields);
  for (const value of values) {
    if ('values' in all && !all.complement && !all.values.has(value))
      throw new ExpressionProblem(path, `"${name}" never has the value "${value}"`);
    if (value === '') throw new ExpressionProblem(path, 'a cell has an empty value; write "-" for anything');
  }
  return { known: { values: new Set(values), complement: not !== null }, missing: false };
}

function readInterval(text: string, name: string, path: Path): Interval {
  const compare = COMPARE.exec(text);
  if (compare) {
    const value = Number(compare[2]);
    const open = compare[1].length === 1;
    return compare[1].startsWith('<')
      ? { low: Number.NEGATIVE_INFINITY, lowOpen: true, high: value, highOpen: open }
      : { low: value, lowOpen: open, high: Number.POSITIVE_INFINITY, highOpen: true };
  }
  const range = RANGE.exec(text);
  if (range) {
    const [low, high] = [Number(range[2]), Number(range[3])];
    if (low > high) throw new ExpressionProblem(path, `the range ${text} ends before it begins`);
    return { low, lowOpen: range[1] === '(', high, highOpen: range[4] === ')' };
  }
  if (new RegExp(`^${NUMBER}$`).test(text)) return { low: Number(text), lowOpen: false, high: Number(text), highOpen: false };
  throw new ExpressionProblem(path, `"${text.slice(0, 40)}" is no test of the number "${name}"`);
}

/** Whether a value satisfies a constraint. */
export function satisfies(value: number | string | boolean | null | undefined, constraint: Constraint): boolean {
  if (value === null || value === undefined || Number.isNaN(value)) return constraint.missing;
  const { known } = constraint;
  if (!known) return false;
  if ('values' in known) return known.values.has(String(value)) !== known.complement;
  const x = Number(value);
  return (known.lowOpen ? x > known.low : x >= known.low) && (known.highOpen ? x < known.high : x <= known.high);
}
