/**
 * Conditions as plain JsonLogic, for other engines: each comparison guards the fields it needs, because JsonLogic itself counts null as 0.
 * Two values cannot carry three: the same condition is written with every unknown comparison counted against it, or in its favour. It is hit
 * if the first holds, a miss if not even the second does, and unknown in between.
 */
import { assertNever } from '../../base/index.ts';
import { type Condition, neededFields, type Term } from './expression.ts';

/** JsonLogic's == coerces, and then finds 0 equal to null; its === does not. */
const STRICT: Readonly<Record<string, string>> = { '==': '===', '!=': '!==' };

/** A checked condition as JsonLogic; `strict` counts unknown comparisons as false, otherwise as true. */
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
      if (term.fallback === undefined) return { var: term.name };
      // Not `{"var": [name, default]}`: engines differ on whether a field that is there and null takes the default.
      return { if: [{ '===': [{ var: term.name }, null] }, term.fallback, { var: term.name }] };
    case 'arithmetic':
      return { [term.operator]: term.terms.map(termLogic) };
    default:
      return assertNever(term);
  }
}
