/**
 * A rule set: named rules over a field catalogue, each with an effect and a reason, written by risk staff in YAML or JSON
 * (风控规则自主配置). The same form serves admission, product eligibility, after-loan warnings and compliance.
 *
 * ```yaml
 * name: admission
 * version: 3
 * from: 2026-01-01
 * fields:
 *   enforced_cnt: {type: integer, min: 0, label: 被执行次数}
 *   tax_grade: {type: text, values: [A, B, M, C, D], label: 纳税信用等级}
 * rules:
 *   - name: enforced
 *     when: {">": [{"var": enforced_cnt}, 0]}
 *     effect: decline
 *     whenMissing: refer
 *     reason: 有被执行记录
 * ```
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { checkNamedOnce, type DocumentSource, dayField, type Locate, nameField, readLocated } from '../document/index.ts';
import { compileCondition, type Predicate, type Truth } from './evaluate.ts';
import { type Condition, ExpressionProblem, readCondition } from './expression.ts';
import { catalogueSchema, checkedFirm, type FieldCatalogue, type FirmFields } from './fields.ts';

/** From the mildest to the strongest: a decision takes the strongest effect that was hit. */
export const effects = ['accept', 'refer', 'decline'] as const;
/** What a rule does to an application. */
export type Effect = (typeof effects)[number];

const ruleSchema = z.strictObject({
  name: nameField,
  when: z.unknown().refine((value) => value !== undefined, 'a rule needs `when`'),
  effect: z.enum(effects),
  /** What an unknown condition does. */
  whenMissing: z.enum(['decline', 'refer', 'ignore']).default('refer'),
  /** The sentence an applicant or reviewer reads. */
  reason: z.string().min(1).max(500),
  /** Left out of decisions but counted in shadow runs. */
  shadow: z.boolean().default(false),
});
const ruleSetSchema = z
  .strictObject({
    name: nameField,
    version: z.int().min(1),
    /** First day in force. */
    from: dayField,
    /** First day no longer in force. */
    until: dayField.optional(),
    fields: catalogueSchema,
    rules: z.array(ruleSchema).max(5000),
  })
  .superRefine(({ rules, from, until }, context) => {
    checkNamedOnce(rules, 'rule', ['rules'], context);
    if (until !== undefined && until <= from)
      context.addIssue({ code: 'custom', path: ['until'], message: '`until` must be after `from`' });
  });

/** A rule, checked and compiled. */
export interface Rule {
  readonly name: string;
  readonly effect: Effect;
  readonly whenMissing: 'decline' | 'refer' | 'ignore';
  readonly reason: string;
  readonly shadow: boolean;
  readonly condition: Condition;
  readonly test: Predicate;
  /** "rules.yaml:12:5", for reports. */
  readonly where: string;
}

/** A version of a rule set. */
export interface RuleSet {
  readonly name: string;
  /** 1, 2, 3, … */
  readonly version: number;
  readonly from: string;
  readonly until: string | undefined;
  readonly fields: FieldCatalogue;
  readonly rules: readonly Rule[];
}

/** A rule that fired, or that could not be decided. */
export interface RuleHit {
  readonly rule: string;
  readonly truth: Exclude<Truth, 'false'>;
  readonly effect: Effect;
  readonly reason: string;
}
/** What a rule set says of one firm. */
export interface RuleOutcome {
  /** The strongest effect; `accept` when nothing was hit. */
  readonly effect: Effect;
  readonly hits: readonly RuleHit[];
}

/**
 * Reads, type-checks and compiles a rule set.
 * @throws InputError `ERR_CREDIT_RULE` naming file, line and rule: malformed document, unknown operator, unknown field, wrong type.
 */
export function parseRuleSet(source: DocumentSource): RuleSet {
  const { value, locate } = readLocated(ruleSetSchema, source, 'ERR_CREDIT_RULE');
  const rules = value.rules.map((rule, i) => compileRule(rule, i, value.fields, locate));
  return Object.freeze({ name: value.name, version: value.version, from: value.from, until: value.until, fields: value.fields, rules });
}

function compileRule(rule: z.output<typeof ruleSchema>, index: number, fields: FieldCatalogue, locate: Locate): Rule {
  const { when, ...rest } = rule;
  const condition = readConditionAt(when, fields, ['rules', index, 'when'], locate, `rule "${rule.name}"`);
  return Object.freeze({ ...rest, condition, test: compileCondition(condition), where: locate(['rules', index]) });
}

/** Reads a condition that stands at `path` of a document; what is wrong is told with its line. */
export function readConditionAt(
  logic: unknown,
  fields: FieldCatalogue,
  path: readonly PropertyKey[],
  locate: Locate,
  owner: string,
): Condition {
  try {
    return readCondition(logic, fields, path);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    throw new InputError('ERR_CREDIT_RULE', `${locate(error.path)}: ${owner}: ${error.message}`, {
      help: 'See the rule language in the documentation of `readCondition`.',
    });
  }
}

/** Decides one firm. @throws InputError `ERR_CREDIT_FIELD_VALUE` for a value against the catalogue. */
export function applyRules(set: RuleSet, firm: FirmFields): RuleOutcome {
  const known = checkedFirm(firm, set.fields);
  const hits: RuleHit[] = [];
  for (const rule of set.rules) {
    const hit = rule.shadow ? undefined : hitOf(rule, rule.test(known));
    if (hit) hits.push(hit);
  }
  return { effect: strongest(hits.map((hit) => hit.effect)), hits };
}

/** What a rule does under a truth value; undefined when nothing. */
export function hitOf(rule: Rule, truth: Truth): RuleHit | undefined {
  if (truth === 'false' || (truth === 'unknown' && rule.whenMissing === 'ignore')) return undefined;
  const effect = truth === 'true' ? rule.effect : (rule.whenMissing as Effect);
  const reason = truth === 'true' ? rule.reason : `${rule.reason} (cannot be decided: a field is missing)`;
  return { rule: rule.name, truth, effect, reason };
}

/** The strongest of some effects; `accept` of none. */
export function strongest(of: readonly Effect[]): Effect {
  return of.reduce((a, b) => (effects.indexOf(b) > effects.indexOf(a) ? b : a), 'accept' as Effect);
}
