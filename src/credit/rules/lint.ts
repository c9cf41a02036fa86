/**
 * Static checks of a rule set before it can be released: conditions that can never or always be true, rules that repeat or are swallowed by
 * another, and rules that accept what another declines. Rules that do arithmetic cannot be put in boxes; they are listed as unchecked.
 */
import { type Box, describeBox, everything, intersect, remainder } from './box.ts';
import { boxesOf } from './dnf.ts';
import { type Condition, conditionFields } from './expression.ts';
import type { FieldCatalogue } from './fields.ts';

/** What is wrong with a rule, a row or a table. */
export type FindingKind = 'never-true' | 'always-true' | 'unreachable' | 'conflict' | 'gap' | 'unchecked' | 'unused-field';

/** One finding, by name and line. */
export interface Finding {
  readonly kind: FindingKind;
  /** `error` stops a release, `warning` needs a human eye. */
  readonly severity: 'error' | 'warning';
  /** The rule (or row), by name. */
  readonly name: string;
  /** The other one, for conflicts and shadows. */
  readonly other?: string;
  readonly message: string;
  /** File and line. */
  readonly where: string;
}

/** A rule as the checks see it: rules of one effect may swallow each other, `accept` and `decline` contradict. */
export interface LintedRule {
  readonly name: string;
  readonly condition: Condition;
  /** Effect of a rule, severity of a warning. */
  readonly effect: string;
  /** File and line. */
  readonly where: string;
}
/** Rules over one catalogue: a rule set, or anything written as one. */
export interface LintedRules {
  readonly name: string;
  readonly fields: FieldCatalogue;
  readonly rules: readonly LintedRule[];
}

interface Boxed {
  readonly rule: LintedRule;
  readonly boxes: readonly Box[];
}

/** All findings, in the order of the rules. */
export function lintRules(set: LintedRules): readonly Finding[] {
  const boxed = set.rules.map((rule) => ({ rule, boxes: boxesOf(rule.condition, set.fields) }));
  const checked = boxed.filter((entry): entry is Boxed => entry.boxes !== undefined);
  return [
    ...boxed.flatMap(({ rule, boxes }) => (boxes ? single(rule, boxes, set.fields) : [unchecked(rule)])),
    ...pairs(checked, set.fields),
    ...unusedFields(set),
  ];
}

function single(rule: LintedRule, boxes: readonly Box[], fields: FieldCatalogue): readonly Finding[] {
  if (boxes.length === 0) return [finding('never-true', 'error', rule, 'can never be true')];
  const left = remainder([everything], boxes, fields);
  return left?.length === 0 ? [finding('always-true', 'error', rule, 'is true for every firm')] : [];
}

const unchecked = (rule: LintedRule): Finding =>
  finding('unchecked', 'warning', rule, 'does arithmetic or is too wide for the overlap checks');

function pairs(rules: readonly Boxed[], fields: FieldCatalogue): readonly Finding[] {
  const findings: Finding[] = [];
  for (const a of rules) {
    for (const b of rules) {
      if (a === b || a.boxes.length === 0 || b.boxes.length === 0) continue;
      if (a.rule.effect === b.rule.effect && swallowed(a, b, rules, fields)) {
        findings.push(
          finding('unreachable', 'error', a.rule, `changes nothing: "${b.rule.name}" holds whenever it does, with the same effect`, b.rule),
        );
        break;
      }
      const overlap = a.rule.effect === 'accept' && b.rule.effect === 'decline' ? firstOverlap(a.boxes, b.boxes, fields) : undefined;
      if (overlap) {
        findings.push(finding('conflict', 'error', a.rule, `accepts what "${b.rule.name}" declines: ${describeBox(overlap)}`, b.rule));
      }
    }
  }
  return findings;
}

/** a ⊆ b; of two equal rules only the later one is reported. */
function swallowed(a: Boxed, b: Boxed, rules: readonly Boxed[], fields: FieldCatalogue): boolean {
  if (remainder(a.boxes, b.boxes, fields)?.length !== 0) return false;
  const equal = remainder(b.boxes, a.boxes, fields)?.length === 0;
  return !equal || rules.indexOf(b) < rules.indexOf(a);
}

function firstOverlap(a: readonly Box[], b: readonly Box[], fields: FieldCatalogue): Box | undefined {
  for (const x of a) {
    for (const y of b) {
      const both = intersect(x, y, fields);
      if (both) return both;
    }
  }
  return undefined;
}

function unusedFields(set: LintedRules): readonly Finding[] {
  const used = new Set(set.rules.flatMap((rule) => conditionFields(rule.condition)));
  return Object.keys(set.fields)
    .filter((name) => !used.has(name))
    .map((name) => ({ kind: 'unused-field', severity: 'warning', name, message: `no rule reads "${name}"`, where: set.name }));
}

function finding(kind: FindingKind, severity: Finding['severity'], rule: LintedRule, problem: string, other?: LintedRule): Finding {
  const message = `${rule.where}: rule "${rule.name}" ${problem}`;
  return { kind, severity, name: rule.name, ...(other ? { other: other.name } : {}), message, where: rule.where };
}
