/** A rule set over a whole portfolio, and the comparison of two sets on history: who moves, and with what bad rate (swap set). */
import { InputError } from '../../base/index.ts';
import { type Portfolio, testOver } from './portfolio.ts';
import { type Effect, effects, type Rule, type RuleSet } from './rule-set.ts';
import { TRUE, UNKNOWN } from './truth.ts';

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

/**
 * Runs every rule over every firm; rules in `shadow` are counted and do not decide.
 * @throws InputError `ERR_CREDIT_RULE_COLUMN` when the portfolio lacks a field.
 */
export function runPortfolio(set: RuleSet, portfolio: Portfolio): PortfolioOutcome {
  const rules = set.rules.map((rule) => ({ rule, test: testOver(rule.condition, portfolio), does: bytesOf(rule), seen: [0, 0, 0] }));
  // Firm by firm: 200 passes over 100,000 firms would read them from memory 200 times.
  const result = Uint8Array.from(portfolio.firms, (firm) => {
    let effect = 0;
    for (const { test, does, seen } of rules) {
      const truth = test(firm);
      seen[truth]++;
      if (does[truth] > effect) effect = does[truth];
    }
    return effect;
  });
  return { effects: result, counts: rules.map(({ rule: { name }, seen }) => ({ rule: name, hits: seen[TRUE], unknown: seen[UNKNOWN] })) };
}

/** What a rule does, as an index into `effects`, by truth. */
function bytesOf({ shadow, effect, whenMissing }: Rule): readonly number[] {
  if (shadow) return [0, 0, 0];
  return [0, whenMissing === 'ignore' ? 0 : effects.indexOf(whenMissing), effects.indexOf(effect)];
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
