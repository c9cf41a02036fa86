/**
 * Evaluation of one firm on json-logic-engine. Kleene logic on a two-valued engine: each condition is written out twice, once with every
 * unknown comparison counted against it (`surely`) and once in its favour (`possibly`); hit if surely, miss if not even possibly.
 */
import { LogicEngine } from 'json-logic-engine';
import { assertNever } from '../../base/index.ts';
import { type Condition, neededFields, type Term } from './expression.ts';
import type { FirmFields } from './fields.ts';

/** Truth of a condition for one firm. */
export type Truth = 'true' | 'false' | 'unknown';

/** A condition ready to run. */
export type Predicate = (firm: FirmFields) => Truth;

const engine = new LogicEngine();

/** Compiles a checked condition. */
export function compileCondition(condition: Condition): Predicate {
  const surely = engine.build(toLogic(condition, true)) as (firm: FirmFields) => unknown;
  const possibly = engine.build(toLogic(condition, false)) as (firm: FirmFields) => unknown;
  return (firm) => (surely(firm) ? 'true' : possibly(firm) ? 'unknown' : 'false');
}

/** The engine's == coerces, and then finds 0 equal to null; its === does not. */
const STRICT: Readonly<Record<string, string>> = { '==': '===', '!=': '!==' };

/** Back to JsonLogic; `strict` counts unknown comparisons as false, otherwise as true. */
export function toLogic(condition: Condition, strict: boolean): unknown {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { [condition.kind]: condition.of.map((part) => toLogic(part, strict)) };
    case 'not':
      return { '!': [toLogic(condition.of, !strict)] };
    case 'missing':
      return { '===': [{ var: condition.name }, null] };
    case 'truth':
      return guarded({ '===': [termLogic(condition.term), true] }, neededFields(condition.term), strict);
    case 'member':
      return guarded({ in: [termLogic(condition.term), condition.values] }, neededFields(condition.term), strict);
    case 'compare': {
      const needed = [...new Set([...neededFields(condition.left), ...neededFields(condition.right)])];
      return guarded(
        { [STRICT[condition.operator] ?? condition.operator]: [termLogic(condition.left), termLogic(condition.right)] },
        needed,
        strict,
      );
    }
    default:
      return assertNever(condition);
  }
}

function guarded(logic: unknown, needed: readonly string[], strict: boolean): unknown {
  if (needed.length === 0) return logic;
  const test = (name: string): unknown => ({ [strict ? '!==' : '===']: [{ var: name }, null] });
  return { [strict ? 'and' : 'or']: [...needed.map(test), logic] };
}

function termLogic(term: Term): unknown {
  switch (term.kind) {
    case 'constant':
      return term.value;
    case 'field':
      return { var: term.fallback === undefined ? term.name : [term.name, term.fallback] };
    case 'arithmetic':
      return { [term.operator]: term.terms.map(termLogic) };
    default:
      return assertNever(term);
  }
}
