/**
 * A condition for one firm, in Kleene logic: true, false, or unknown because a field is missing. The checked condition becomes a chain of
 * closures once and is then only called; nothing is generated as source text, so a bank's rules also run where code generation is forbidden.
 * `toLogic` writes the same condition as plain JsonLogic, and the tests hold the closures against json-logic-engine on it. Measured over
 * 20,000 firms × 200 rules: 0.3 s of CPU this way, 2.4 s in that engine's compiled form, which has to be asked twice for three answers.
 */
import { assertNever } from '../../base/index.ts';
import type { Arithmetic, Comparison, Condition, Term } from './expression.ts';
import type { FieldValue, FirmFields } from './fields.ts';
import { FALSE, TRUE, UNKNOWN } from './truth.ts';

/** Truth of a condition for one firm. */
export type Truth = 'true' | 'false' | 'unknown';

/** A condition ready to run. */
export type Predicate = (firm: FirmFields) => Truth;

/** Truth as a byte (`truth.ts`). */
type Test = (firm: FirmFields) => number;
/** The value of a term; null when a field it needs is missing. */
type Read = (firm: FirmFields) => number | string | boolean | null;

const NAMES: readonly Truth[] = ['false', 'unknown', 'true'];

/** Compiles a checked condition, once; the predicate reads fields as `checkedFirm` gives them (missing is null, undefined or NaN). */
export function compileCondition(condition: Condition): Predicate {
  const test = truthTest(condition);
  return (firm) => NAMES[test(firm)];
}

/** As `compileCondition`, with truth as a byte (`truth.ts`): FALSE, UNKNOWN or TRUE. */
export function truthTest(condition: Condition): Test {
  switch (condition.kind) {
    case 'and':
      return all(condition.of.map(truthTest));
    case 'or':
      return any(condition.of.map(truthTest));
    case 'not': {
      const of = truthTest(condition.of);
      return (firm) => TRUE - of(firm);
    }
    case 'missing': {
      const { name } = condition;
      return (firm) => (isMissing(firm[name]) ? TRUE : FALSE);
    }
    case 'truth': {
      const read = reader(condition.term);
      return (firm) => truthOf(read(firm), true);
    }
    case 'member': {
      const [read, wanted] = [reader(condition.term), new Set<unknown>(condition.values)];
      return (firm) => {
        const value = read(firm);
        return value === null ? UNKNOWN : wanted.has(value) ? TRUE : FALSE;
      };
    }
    case 'compare':
      return comparison(condition.operator, reader(condition.left), reader(condition.right));
    default:
      return assertNever(condition);
  }
}

/** The least of the parts, as far as it takes to know it. */
function all(parts: readonly Test[]): Test {
  return (firm) => {
    let least = TRUE as number;
    for (const part of parts) {
      const truth = part(firm);
      if (truth === FALSE) return FALSE;
      if (truth < least) least = truth;
    }
    return least;
  };
}

/** The greatest of the parts. */
function any(parts: readonly Test[]): Test {
  return (firm) => {
    let most = FALSE as number;
    for (const part of parts) {
      const truth = part(firm);
      if (truth === TRUE) return TRUE;
      if (truth > most) most = truth;
    }
    return most;
  };
}

function comparison(operator: Comparison, left: Read, right: Read): Test {
  const holds = COMPARE[operator];
  return (firm) => {
    const a = left(firm);
    if (a === null) return UNKNOWN;
    const b = right(firm);
    return b === null ? UNKNOWN : holds(a, b) ? TRUE : FALSE;
  };
}

type Known = number | string | boolean;
/** Types are checked when the rule is read: only numbers are ordered. */
const COMPARE: Readonly<Record<Comparison, (a: Known, b: Known) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function reader(term: Term): Read {
  switch (term.kind) {
    case 'constant': {
      const { value } = term;
      return () => value;
    }
    case 'field': {
      const { name, fallback = null } = term;
      return (firm) => {
        const value = firm[name];
        return isMissing(value) ? fallback : (value as Known);
      };
    }
    case 'arithmetic':
      return arithmetic(term.operator, term.terms.map(reader));
    default:
      return assertNever(term);
  }
}

const CALCULATE: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};

/** From the left, since sums of doubles depend on the order; ∞ − ∞ is unknown. */
function arithmetic(operator: Arithmetic, [first, ...rest]: readonly Read[]): Read {
  const apply = CALCULATE[operator];
  return (firm) => {
    let value = first(firm) as number | null;
    for (const next of rest) {
      const other = next(firm) as number | null;
      if (value === null || other === null) return null;
      value = apply(value, other);
    }
    return Number.isNaN(value) ? null : value;
  };
}

const isMissing = (value: FieldValue): boolean => value === null || value === undefined || Number.isNaN(value);
const truthOf = (value: Known | null, wanted: Known): number => (value === null ? UNKNOWN : value === wanted ? TRUE : FALSE);
