/** rules: one rule language, decision tables, static checks, releases, shadow runs. */

export {
  type DecisionTable,
  type HitPolicy,
  lintTable,
  lookUp,
  type Outputs,
  type OutputValue,
  parseDecisionTable,
  type TableAnswer,
  type TableRow,
} from './decision-table.ts';
export { compileCondition, type Predicate, type Truth } from './evaluate.ts';
export { type Condition, conditionFields, ExpressionProblem, readCondition, type Term } from './expression.ts';
export { checkedFirm, type Field, type FieldCatalogue, type FieldValue, type FirmFields } from './fields.ts';
export { toLogic } from './json-logic.ts';
export { type Finding, type FindingKind, type LintedRule, type LintedRules, lintRules } from './lint.ts';
export { evaluateColumn, type Portfolio, portfolioOf, type TruthColumn } from './portfolio.ts';
export { type PortfolioOutcome, type RuleCount, runPortfolio, type SwapCell, type SwapSet, swapSet } from './portfolio-run.ts';
export { approve, emptyLog, inForce, type Proposal, propose, type Release, type ReleaseLog, reject, type Versioned } from './release.ts';
export {
  applyRules,
  type Effect,
  effects,
  hitOf,
  parseRuleSet,
  type Rule,
  type RuleHit,
  type RuleOutcome,
  type RuleSet,
  strongest,
} from './rule-set.ts';
export { FALSE, TRUE, UNKNOWN } from './truth.ts';
