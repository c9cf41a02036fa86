/**
 * The same conditions over a whole portfolio, a column at a time: what `evaluate.ts` answers one firm at a time, checked equal by the tests.
 */
import { assertNever, InputError } from '../../base/index.ts';
import type { Arithmetic, Comparison, Condition, Term } from './expression.ts';
import { checkedValue, type FieldCatalogue, type FirmFields } from './fields.ts';
import { calculate, FALSE, TRUE, UNKNOWN } from './truth.ts';

/** Numbers as doubles, text as dictionary codes, booleans as 0 and 1; NaN is missing. */
export interface Portfolio {
  /** Firms. */
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Text of each code, by field. */
  readonly dictionaries: ReadonlyMap<string, readonly string[]>;
}

/** Truth of one condition for every row: 0 false, 1 unknown, 2 true. */
export type TruthColumn = Uint8Array;
/** Columns from row objects; fields outside the catalogue are left out. @throws InputError `ERR_CREDIT_FIELD_VALUE`. */
export function portfolioOf(firms: readonly FirmFields[], fields: FieldCatalogue): Portfolio {
  const columns = new Map<string, Float64Array>();
  const dictionaries = new Map<string, readonly string[]>();
  for (const [name, field] of Object.entries(fields)) {
    const codes = new Map<string, number>();
    const code = (text: string): number => {
      if (!codes.has(text)) codes.set(text, codes.size);
      return codes.get(text) as number;
    };
    columns.set(
      name,
      Float64Array.from(firms, (firm) => {
        const value = checkedValue(name, Object.hasOwn(firm, name) ? firm[name] : null, field);
        if (value === null) return Number.NaN;
        if (typeof value === 'string') return code(value);
        return Number(value);
      }),
    );
    if (field.type === 'text') dictionaries.set(name, [...codes.keys()]);
  }
  return Object.freeze({ rows: firms.length, columns, dictionaries });
}

/** @throws InputError `ERR_CREDIT_RULE_COLUMN` when the portfolio lacks a field. */
export function evaluateColumn(condition: Condition, portfolio: Portfolio): TruthColumn {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return combine(
        condition.kind,
        condition.of.map((part) => evaluateColumn(part, portfolio)),
      );
    case 'not':
      return evaluateColumn(condition.of, portfolio).map((truth) => TRUE - truth);
    case 'missing':
      return Uint8Array.from(columnOf(condition.name, portfolio), (value) => (Number.isNaN(value) ? TRUE : FALSE));
    case 'truth':
      return compareColumns('==', termColumn(condition.term, portfolio), 1, portfolio.rows);
    case 'member':
      return memberColumn(condition.term, condition.values, portfolio);
    case 'compare':
      return compareTerms(condition, portfolio);
    default:
      return assertNever(condition);
  }
}

function combine(kind: 'and' | 'or', [first, ...rest]: readonly TruthColumn[]): TruthColumn {
  const result = first.slice();
  for (const column of rest) {
    if (kind === 'and') for (let i = 0; i < result.length; i++) result[i] = column[i] < result[i] ? column[i] : result[i];
    else for (let i = 0; i < result.length; i++) result[i] = column[i] > result[i] ? column[i] : result[i];
  }
  return result;
}

type Operand = Float64Array | number;

function compareTerms({ operator, left, right }: Extract<Condition, { kind: 'compare' }>, portfolio: Portfolio): TruthColumn {
  if (!(isText(left, portfolio) || isText(right, portfolio))) {
    return compareColumns(operator, termColumn(left, portfolio), termColumn(right, portfolio), portfolio.rows);
  }
  const [field, other] = left.kind === 'field' ? [left, right] : [right, left];
  if (field.kind === 'field' && field.fallback === undefined && other.kind === 'constant') {
    return compareColumns(operator, columnOf(field.name, portfolio), textCode(String(other.value), field.name, portfolio), portfolio.rows);
  }
  const [a, b] = [wordAt(left, portfolio), wordAt(right, portfolio)];
  return Uint8Array.from({ length: portfolio.rows }, (_, i) => {
    const [x, y] = [a(i), b(i)];
    if (x === undefined || y === undefined) return UNKNOWN;
    return (x === y) === (operator === '==') ? TRUE : FALSE;
  });
}

const isText = (term: Term, portfolio: Portfolio): boolean =>
  term.kind === 'field' ? portfolio.dictionaries.has(term.name) : term.kind === 'constant' && typeof term.value === 'string';

/** The code of a text in a field's dictionary; -1, which no row has, when it does not occur. */
const textCode = (text: string, field: string, portfolio: Portfolio): number => (portfolio.dictionaries.get(field) ?? []).indexOf(text);

/** The word of a text term in row i; undefined when missing. The slow way, for two fields and for defaults. */
function wordAt(term: Term, portfolio: Portfolio): (row: number) => unknown {
  if (term.kind !== 'field') return () => (term.kind === 'constant' ? term.value : undefined);
  const column = columnOf(term.name, portfolio);
  const dictionary = portfolio.dictionaries.get(term.name) ?? [];
  return (row) => (Number.isNaN(column[row]) ? term.fallback : dictionary[column[row]]);
}

function compareColumns(operator: Comparison, left: Operand, right: Operand, rows: number): TruthColumn {
  const result = new Uint8Array(rows);
  const a = typeof left === 'number' ? new Float64Array(rows).fill(left) : left;
  const b = typeof right === 'number' ? new Float64Array(rows).fill(right) : right;
  if (operator === '<') for (let i = 0; i < rows; i++) result[i] = a[i] < b[i] ? TRUE : a[i] >= b[i] ? FALSE : UNKNOWN;
  else if (operator === '<=') for (let i = 0; i < rows; i++) result[i] = a[i] <= b[i] ? TRUE : a[i] > b[i] ? FALSE : UNKNOWN;
  else {
    const [same, other] = operator === '==' ? [TRUE, FALSE] : [FALSE, TRUE];
    for (let i = 0; i < rows; i++) result[i] = a[i] === b[i] ? same : a[i] < b[i] || a[i] > b[i] ? other : UNKNOWN;
  }
  return result;
}

function memberColumn(term: Term, values: readonly (number | string)[], portfolio: Portfolio): TruthColumn {
  const wanted = new Set<unknown>(values);
  if (isText(term, portfolio)) {
    const word = wordAt(term, portfolio);
    return Uint8Array.from({ length: portfolio.rows }, (_, i) => truthOf(word(i), wanted));
  }
  const column = termColumn(term, portfolio);
  if (typeof column === 'number') return new Uint8Array(portfolio.rows).fill(truthOf(column, wanted));
  return Uint8Array.from(column, (value) => (Number.isNaN(value) ? UNKNOWN : truthOf(value, wanted)));
}

const truthOf = (value: unknown, wanted: ReadonlySet<unknown>): number =>
  value === undefined ? UNKNOWN : wanted.has(value) ? TRUE : FALSE;

/** A term of numbers or booleans. */
function termColumn(term: Term, portfolio: Portfolio): Operand {
  switch (term.kind) {
    case 'constant':
      return Number(term.value);
    case 'field': {
      const column = columnOf(term.name, portfolio);
      if (term.fallback === undefined) return column;
      const fallback = Number(term.fallback);
      return column.map((value) => (Number.isNaN(value) ? fallback : value));
    }
    case 'arithmetic':
      return term.terms.map((part) => termColumn(part, portfolio)).reduce((a, b) => arithmetic(term.operator, a, b, portfolio.rows));
    default:
      return assertNever(term);
  }
}

function arithmetic(operator: Arithmetic, left: Operand, right: Operand, rows: number): Operand {
  const apply = calculate[operator];
  if (typeof left === 'number' && typeof right === 'number') return apply(left, right);
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) result[i] = apply(typeof left === 'number' ? left : left[i], typeof right === 'number' ? right : right[i]);
  return result;
}

function columnOf(name: string, portfolio: Portfolio): Float64Array {
  const column = portfolio.columns.get(name);
  if (!column) throw new InputError('ERR_CREDIT_RULE_COLUMN', `the portfolio has no field "${name}"`, { details: { field: name } });
  return column;
}
