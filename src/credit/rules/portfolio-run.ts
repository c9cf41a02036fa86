/** A rule set over a whole portfolio, and the comparison of two sets on history: who moves, and with what bad rate (swap set). */
import { InputError } from '../../base/index.ts';
import { evaluateColumn, type Portfolio, type TruthColumn } from './columns.ts';
import { type Effect, effects, type Rule, type RuleSet } from './rule-set.ts';
import { FALSE, TRUE } from './truth.ts';

/** How often a rule held. */
export interface RuleCount {
  readonly rule: string;
  /** Firms for which it held. */
  readonly hits: number;
  /** Firms for which a field was missing. */
  readonly unknown: number;
}
/** A rule set over a portfolio. */
export interface PortfolioOutcome {
  /** Index into `effects` for every row. */
  readonly effects: Uint8Array;
  readonly counts: readonly RuleCount[];
}

/** Runs every rule; rules in `shadow` are counted and do not decide. */
export function runPortfolio(set: RuleSet, portfolio: Portfolio): PortfolioOutcome {
  const result = new Uint8Array(portfolio.rows);
  const counts = set.rules.map((rule) => {
    const truth = evaluateColumn(rule.condition, portfolio);
    if (!rule.shadow) raise(result, truth, rule);
    return countRule(rule.name, truth);
  });
  return { effects: result, counts };
}

function raise(result: Uint8Array, truth: TruthColumn, rule: Rule): void {
  const hit = effects.indexOf(rule.effect);
  const unknown = rule.whenMissing === 'ignore' ? 0 : effects.indexOf(rule.whenMissing);
  for (let i = 0; i < result.length; i++) {
    const effect = truth[i] === TRUE ? hit : truth[i] === FALSE ? 0 : unknown;
    if (effect > result[i]) result[i] = effect;
  }
}

function countRule(rule: string, truth: TruthColumn): RuleCount {
  let hits = 0;
  let unknown = 0;
  for (const value of truth) {
    if (value === TRUE) hits++;
    else if (value !== FALSE) unknown++;
  }
  return { rule, hits, unknown };
}

/** One cell of the swap set. */
export interface SwapCell {
  readonly from: Effect;
  readonly to: Effect;
  /** Firms that moved so. */
  readonly firms: number;
  /** Firms whose outcome is known. */
  readonly observed: number;
  /** Of the observed, firms that went bad. */
  readonly bad: number;
  /** bad / observed; undefined when nothing was observed. */
  readonly badRate: number | undefined;
}
/** Who moves between two rule sets. */
export interface SwapSet {
  /** The nine cells champion × challenger. */
  readonly cells: readonly SwapCell[];
  /** Declined or referred by the champion, accepted by the challenger. */
  readonly swapIns: SwapCell;
  /** Accepted by the champion, not by the challenger. */
  readonly swapOuts: SwapCell;
}

/**
 * Back-test of a challenger against the champion on the same firms.
 * @param bad 1 bad, 0 good, NaN not observed (declined firms usually are not: the swap-ins' rate then rests on few).
 * @throws InputError `ERR_CREDIT_SWAP_SHAPE`.
 */
export function swapSet(champion: PortfolioOutcome, challenger: PortfolioOutcome, bad: Float64Array): SwapSet {
  const rows = champion.effects.length;
  if (challenger.effects.length !== rows || bad.length !== rows) {
    throw new InputError('ERR_CREDIT_SWAP_SHAPE', 'champion, challenger and outcomes must have the same rows', {
      help: 'Run both rule sets on the same portfolio.',
    });
  }
  const count = (keep: (from: Effect, to: Effect) => boolean, from: Effect, to: Effect): SwapCell => {
    let firms = 0;
    let observed = 0;
    let bads = 0;
    for (let i = 0; i < rows; i++) {
      if (!keep(effects[champion.effects[i]], effects[challenger.effects[i]])) continue;
      firms++;
      if (Number.isNaN(bad[i])) continue;
      observed++;
      bads += bad[i];
    }
    return { from, to, firms, observed, bad: bads, badRate: observed > 0 ? bads / observed : undefined };
  };
  return {
    cells: effects.flatMap((from) => effects.map((to) => count((a, b) => a === from && b === to, from, to))),
    swapIns: count((a, b) => a !== 'accept' && b === 'accept', 'decline', 'accept'),
    swapOuts: count((a, b) => a === 'accept' && b !== 'accept', 'accept', 'decline'),
  };
}
