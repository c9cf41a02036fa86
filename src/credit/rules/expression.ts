/**
 * The rule language: a typed part of JsonLogic (jsonlogic.com), so that a bank's existing rules can be read and ours can be run elsewhere.
 *
 *   {"var": "tax_grade"}  {"var": ["late", 0]}              a field; the second form has a default
 *   {">=": [{"var": "age"}, 2]}  {"<=": [1, {"var": "x"}, 5]}   comparison; < and <= also between
 *   {"==": [{"var": "x"}, null]}                            whether a field is missing; != whether it is known
 *   {"in": [{"var": "tax_grade"}, ["A", "B"]]}              membership
 *   {"and": […]} {"or": […]} {"!": …}                       Kleene logic over true, false and unknown
 *   {"+": […]} {"-": [a, b]} {"*": […]} {"/": [a, 2]} {"min": […]} {"max": […]}   numbers; the divisor is a constant other than 0
 *
 * A comparison that reads a missing field is unknown, never silently true: JsonLogic itself counts null as 0, which would pass
 * `enforced_cnt < 1` for a firm nobody looked up.
 */
import { assertNever } from '../../base/index.ts';
import { type FieldCatalogue, type ValueType, valueType } from './fields.ts';

/** Comparisons in normal form. */
export type Comparison = '<' | '<=' | '==' | '!=';
/** Operators on numbers. */
export type Arithmetic = '+' | '-' | '*' | '/' | 'min' | 'max';

/** A number, text or boolean that rules compute with. */
export type Term =
  | { readonly kind: 'constant'; readonly value: number | string | boolean }
  | { readonly kind: 'field'; readonly name: string; readonly fallback?: number | string | boolean }
  | { readonly kind: 'arithmetic'; readonly operator: Arithmetic; readonly terms: readonly Term[] };

/** A condition, checked and in normal form (> and >= are turned round). */
export type Condition =
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Term; readonly right: Term }
  | { readonly kind: 'member'; readonly term: Term; readonly values: readonly (number | string)[] }
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'truth'; readonly term: Term }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

/** What is wrong with an expression, and where below its root. */
export class ExpressionProblem extends Error {
  readonly path: readonly PropertyKey[];
  constructor(path: readonly PropertyKey[], message: string) {
    super(message);
    this.path = path;
  }
}

type Path = readonly PropertyKey[];
const MAX_DEPTH = 32;
const ALIASES: Readonly<Record<string, string>> = { '===': '==', '!==': '!=' };
const ARITHMETIC = new Set(['+', '-', '*', '/', 'min', 'max']);

/**
 * Checks a JsonLogic value against the catalogue and gives its normal form.
 * @throws ExpressionProblem with the path of the first unknown operator, unknown field or wrong type.
 */
export function readCondition(logic: unknown, fields: FieldCatalogue, path: Path = []): Condition {
  if (path.length > 2 * MAX_DEPTH) throw new ExpressionProblem(path, 'the expression is nested too deeply');
  if (typeof logic === 'boolean') return { kind: 'truth', term: { kind: 'constant', value: logic } };
  const [operator, args] = operation(logic, path);
  const at = (i: number): Path => [...path, operator, i];
  switch (ALIASES[operator] ?? operator) {
    case 'and':
    case 'or':
      if (args.length === 0) throw new ExpressionProblem(path, `"${operator}" needs at least one condition`);
      return { kind: operator as 'and' | 'or', of: args.map((arg, i) => readCondition(arg, fields, at(i))) };
    case '!':
      arity(args, 1, operator, path);
      return { kind: 'not', of: readCondition(args[0], fields, at(0)) };
    case 'in':
      return readMember(args, fields, path);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return readComparison(ALIASES[operator] ?? operator, args, fields, path);
    case 'var': {
      const term = readTerm(logic, fields, path);
      if (termType(term, fields) !== 'boolean')
        throw new ExpressionProblem(path, 'a condition must be boolean: compare this field with something');
      return { kind: 'truth', term };
    }
    default:
      throw new ExpressionProblem(path, `unknown operator "${operator}"`);
  }
}

function readComparison(operator: string, args: readonly unknown[], fields: FieldCatalogue, path: Path): Condition {
  const at = (i: number): Path => [...path, operator, i];
  if (args.length === 3 && (operator === '<' || operator === '<=')) {
    const pair = (i: number): Condition =>
      compare(operator, readTerm(args[i], fields, at(i)), readTerm(args[i + 1], fields, at(i + 1)), fields, path);
    return { kind: 'and', of: [pair(0), pair(1)] };
  }
  arity(args, 2, operator, path);
  if (args[1] === null && (operator === '==' || operator === '!=')) {
    const term = readTerm(args[0], fields, at(0));
    if (term.kind !== 'field') throw new ExpressionProblem(at(0), 'only a field can be compared with null');
    const missing: Condition = { kind: 'missing', name: term.name };
    return operator === '==' ? missing : { kind: 'not', of: missing };
  }
  const [left, right] = [readTerm(args[0], fields, at(0)), readTerm(args[1], fields, at(1))];
  if (operator === '>') return compare('<', right, left, fields, path);
  if (operator === '>=') return compare('<=', right, left, fields, path);
  return compare(operator as Comparison, left, right, fields, path);
}

function compare(operator: Comparison, left: Term, right: Term, fields: FieldCatalogue, path: Path): Condition {
  const [a, b] = [termType(left, fields), termType(right, fields)];
  if (a !== b) throw new ExpressionProblem(path, `"${operator}" compares ${a} with ${b}`);
  if (a !== 'number' && (operator === '<' || operator === '<=')) throw new ExpressionProblem(path, `"${operator}" needs numbers, not ${a}`);
  checkListed(left, right, fields, path);
  checkListed(right, left, fields, path);
  return { kind: 'compare', operator, left, right };
}

function readMember(args: readonly unknown[], fields: FieldCatalogue, path: Path): Condition {
  arity(args, 2, 'in', path);
  const term = readTerm(args[0], fields, [...path, 'in', 0]);
  const type = termType(term, fields);
  const [, values] = args;
  if (!Array.isArray(values) || values.length === 0) throw new ExpressionProblem([...path, 'in', 1], '"in" needs a list of constants');
  values.forEach((value, i) => {
    if (type === 'boolean' || typeof value !== (type === 'text' ? 'string' : 'number')) {
      throw new ExpressionProblem([...path, 'in', 1, i], `"in" looks for ${type} among another type`);
    }
    checkListed(term, { kind: 'constant', value }, fields, [...path, 'in', 1, i]);
  });
  return { kind: 'member', term, values };
}

/** A text constant must be one of the values its field can have: a misspelt grade would never match. */
function checkListed(term: Term, constant: Term, fields: FieldCatalogue, path: Path): void {
  if (term.kind !== 'field' || constant.kind !== 'constant') return;
  const field = fields[term.name];
  if (field.type === 'text' && field.values && !field.values.includes(String(constant.value))) {
    throw new ExpressionProblem(path, `"${term.name}" never has the value "${constant.value}"`);
  }
}

function readTerm(logic: unknown, fields: FieldCatalogue, path: Path): Term {
  if (typeof logic === 'string' || typeof logic === 'boolean') return { kind: 'constant', value: logic };
  if (typeof logic === 'number' && Number.isFinite(logic)) return { kind: 'constant', value: logic };
  const [operator, args] = operation(logic, path);
  if (operator === 'var') return readField(args, fields, path);
  if (!ARITHMETIC.has(operator)) throw new ExpressionProblem(path, `"${operator}" gives no number, text or boolean to compare`);
  const terms = args.map((arg, i) => readTerm(arg, fields, [...path, operator, i]));
  terms.forEach((term, i) => {
    if (termType(term, fields) !== 'number') throw new ExpressionProblem([...path, operator, i], `"${operator}" needs numbers`);
  });
  if (operator === '-' || operator === '/') arity(args, 2, operator, path);
  if (terms.length === 0) throw new ExpressionProblem(path, `"${operator}" needs at least one number`);
  const divisor = terms[1];
  if (operator === '/' && !(divisor.kind === 'constant' && divisor.value !== 0))
    throw new ExpressionProblem(path, 'the divisor must be a constant other than 0');
  return { kind: 'arithmetic', operator: operator as Arithmetic, terms };
}

function readField(args: readonly unknown[], fields: FieldCatalogue, path: Path): Term {
  const [name, fallback] = args;
  if (typeof name !== 'string' || args.length > 2) throw new ExpressionProblem(path, '"var" needs a field name and at most a default');
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new ExpressionProblem(path, `unknown field "${name}"`);
  if (args.length === 1) return { kind: 'field', name };
  const typed = typeof fallback === 'string' ? 'text' : typeof fallback;
  if (typed !== valueType(field)) throw new ExpressionProblem(path, `the default of "${name}" is ${typed}, the field ${valueType(field)}`);
  return { kind: 'field', name, fallback: fallback as number | string | boolean };
}

/** Type of a checked term. */
export function termType(term: Term, fields: FieldCatalogue): ValueType {
  switch (term.kind) {
    case 'constant':
      return typeof term.value === 'string' ? 'text' : (typeof term.value as 'number' | 'boolean');
    case 'field':
      return valueType(fields[term.name]);
    case 'arithmetic':
      return 'number';
    default:
      return assertNever(term);
  }
}

/** Fields that a term reads without a default: the term is unknown when one is missing. */
export function neededFields(term: Term): readonly string[] {
  if (term.kind === 'field') return term.fallback === undefined ? [term.name] : [];
  return term.kind === 'arithmetic' ? [...new Set(term.terms.flatMap(neededFields))] : [];
}

/** Every field a condition reads, each once. */
export function conditionFields(condition: Condition): readonly string[] {
  const ofTerm = (term: Term): readonly string[] =>
    term.kind === 'field' ? [term.name] : term.kind === 'arithmetic' ? term.terms.flatMap(ofTerm) : [];
  const walk = (c: Condition): readonly string[] => {
    switch (c.kind) {
      case 'and':
      case 'or':
        return c.of.flatMap(walk);
      case 'not':
        return walk(c.of);
      case 'missing':
        return [c.name];
      case 'compare':
        return [...ofTerm(c.left), ...ofTerm(c.right)];
      default:
        return ofTerm(c.term);
    }
  };
  return [...new Set(walk(condition))];
}

function operation(logic: unknown, path: Path): readonly [string, readonly unknown[]] {
  const entries = typeof logic === 'object' && logic !== null && !Array.isArray(logic) ? Object.entries(logic) : [];
  if (entries.length !== 1) throw new ExpressionProblem(path, 'expected one operator, e.g. {">=": [{"var": "age"}, 2]}');
  const [operator, args] = entries[0];
  return [operator, Array.isArray(args) ? args : [args]];
}

function arity(args: readonly unknown[], count: number, operator: string, path: Path): void {
  if (args.length !== count) throw new ExpressionProblem(path, `"${operator}" takes ${count} arguments, not ${args.length}`);
}
