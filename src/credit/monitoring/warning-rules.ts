/**
 * Warning rules (贷后预警): conditions of the one rule language (`rules/`) over monthly features, each with a severity, a window and a
 * horizon, written by a bank's risk staff.
 *
 * ```yaml
 * name: after-loan
 * version: 1
 * fields: {enforcement_3m: {type: integer, min: 0, label: 近三月新增被执行}}
 * escalation:
 *   red: {afterWorkdays: 1, to: [支行行长, 分行风险部]}
 * rules:
 *   - name: enforced
 *     when: {">": [{"var": enforcement_3m}, 0]}
 *     severity: red
 *     reason: 新增被执行
 * ```
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { checkNamedOnce, type DocumentSource, nameField, readLocated } from '../document/index.ts';
import { catalogueSchema, checkedFirm } from '../rules/fields.ts';
import {
  type Condition,
  compileCondition,
  type FieldCatalogue,
  type Finding,
  type FirmFields,
  lintRules,
  type Predicate,
} from '../rules/index.ts';
import { readConditionAt } from '../rules/rule-set.ts';

/** 蓝, 黄, 橙, 红: mildest first. */
export const severities = ['blue', 'yellow', 'orange', 'red'] as const;
/** A severity by its English name. */
export type Severity = (typeof severities)[number];
/** 蓝, 黄, 橙, 红 by English name. */
export const severityNames: Readonly<Record<Severity, string>> = Object.freeze({ blue: '蓝', yellow: '黄', orange: '橙', red: '红' });

const stepsSchema = z.strictObject({
  /** Working days without an acknowledgement before the next in `to` is told. */
  afterWorkdays: z.int().min(1).max(60),
  /** Who is told, in this order. */
  to: z.array(z.string().min(1).max(64)).min(1).max(8),
});
const ruleSchema = z.strictObject({
  name: nameField,
  when: z.unknown().refine((value) => value !== undefined, 'a rule needs `when`'),
  severity: z.enum(severities),
  /** The sentence the customer manager reads. */
  reason: z.string().min(1).max(500),
  /** Days in which further hits on the same loan join the first alert. */
  windowDays: z.int().min(1).max(366).default(90),
  /** Counted and judged, never sent: how a rule is tried. */
  shadow: z.boolean().default(false),
});
const documentSchema = z
  .strictObject({
    name: nameField,
    version: z.int().min(1),
    fields: catalogueSchema,
    /** Severities without an entry are told once and never escalated. */
    escalation: z.partialRecord(z.enum(severities), stepsSchema).default({}),
    rules: z.array(ruleSchema).min(1).max(1000),
  })
  .superRefine(({ rules }, context) => checkNamedOnce(rules, 'rule', ['rules'], context));

/** Who is told next of an alert nobody acknowledges. */
export type EscalationSteps = z.output<typeof stepsSchema>;
/** A rule, read and compiled. */
export interface WarningRule {
  readonly name: string;
  readonly severity: Severity;
  readonly reason: string;
  /** Days in which further hits join the first alert, 1 to 366. */
  readonly windowDays: number;
  readonly shadow: boolean;
  readonly condition: Condition;
  readonly test: Predicate;
  /** File and line. */
  readonly where: string;
}
/** A bank's warnings. */
export interface WarningPolicy {
  readonly name: string;
  /** 1, 2, 3, … */
  readonly version: number;
  readonly fields: FieldCatalogue;
  readonly escalation: Readonly<Partial<Record<Severity, EscalationSteps>>>;
  readonly rules: readonly WarningRule[];
}

/**
 * Reads, type-checks and compiles a policy.
 * @throws InputError `ERR_CREDIT_WARNING` for the document, `ERR_CREDIT_RULE` for a condition, with file and line.
 */
export function parseWarningPolicy(source: DocumentSource): WarningPolicy {
  const { value, locate } = readLocated(documentSchema, source, 'ERR_CREDIT_WARNING');
  const rules = value.rules.map(({ when, ...rule }, i): WarningRule => {
    const condition = readConditionAt(when, value.fields, ['rules', i, 'when'], locate, `warning "${rule.name}"`);
    return Object.freeze({ ...rule, condition, test: compileCondition(condition), where: locate(['rules', i]) });
  });
  return Object.freeze({ name: value.name, version: value.version, fields: value.fields, escalation: value.escalation, rules });
}

/**
 * Static checks of a policy: warnings that can never or always hold, and, for a human eye, warnings that hold only where another of the same
 * severity does (a second alert that tells nothing new) and fields that nothing reads.
 */
export function lintWarnings(policy: WarningPolicy): readonly Finding[] {
  const rules = policy.rules.map(({ name, condition, severity, where }) => ({ name, condition, where, effect: severity }));
  return lintRules({ name: policy.name, fields: policy.fields, rules }).map((found) =>
    found.kind === 'unreachable' ? { ...found, severity: 'warning' } : found,
  );
}

/**
 * The rules that hold for a loan. An unknown condition raises nothing: a field that stays missing is a matter of data quality.
 * @throws InputError as `checkedFirm`: a value against its field's type.
 */
export function warningsOf(policy: WarningPolicy, fields: FirmFields): readonly WarningRule[] {
  const known = checkedFirm(fields, policy.fields);
  return policy.rules.filter((rule) => rule.test(known) === 'true');
}

/** @throws InputError `ERR_CREDIT_WARNING` when the policy has no such rule. */
export function warningNamed(policy: WarningPolicy, name: string): WarningRule {
  const rule = policy.rules.find((candidate) => candidate.name === name);
  if (!rule) throw new InputError('ERR_CREDIT_WARNING', `the policy "${policy.name}" has no rule "${name}"`);
  return rule;
}
