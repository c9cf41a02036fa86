/** monitoring: after the loan (贷后预警). Stability, vintages, drift, warning rules, alerts and their delivery. */
export { type Alert, AlertBook, type AlertEvent, type AlertNotice, type Verdict } from './alert-book.ts';
export { type CusumOptions, cusumFall } from './cusum.ts';
export { exampleWarningPolicy } from './default-policy.ts';
export { type DriftPeriod, type DriftRow, driftTable } from './drift.ts';
export { type JudgedAlert, type Judgement, type JudgeOptions, judgeWarnings, type RuleJudgement } from './judge.ts';
export { type MonthlyFieldOptions, type MonthlyFields, type MonthlyPanel, monthlyFields } from './monthly-fields.ts';
export {
  type AttemptResult,
  type Delivery,
  type DispatchOptions,
  type DispatchReport,
  dispatch,
  type NoticeChannel,
  type OutboxEntry,
  type OutboxStore,
} from './outbox.ts';
export {
  type CharacteristicStability,
  characteristicStability,
  type StabilityBin,
  type StabilityOptions,
  type StabilityReport,
  type StabilityVerdict,
  scoreStability,
  stabilityIndex,
  stabilityThresholds,
  stabilityVerdict,
} from './stability.ts';
export { arrearsBucket, arrearsBuckets, type RollRates, rollRates, type VintageLoan, type VintageRow, vintageTable } from './vintage.ts';
export {
  type EscalationSteps,
  lintWarnings,
  parseWarningPolicy,
  type Severity,
  severities,
  severityNames,
  type WarningPolicy,
  type WarningRule,
  warningNamed,
  warningsOf,
} from './warning-rules.ts';
