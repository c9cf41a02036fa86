/**
 * What each party may learn from a job, step by step, as the contract states it before anything is known but the bank's number of rows, the cap
 * on the platform's, and the columns asked: upper bounds.
 */
import { binningDisclosure, binningTerms } from '../federated/vertical/binning/index.ts';
import { LINEAR_SCORE_BITS, logisticDisclosure, logisticTerms } from '../federated/vertical/logistic-regression/index.ts';
import { SCORECARD_REFITS } from '../federated/vertical/scorecard/index.ts';
import { type GbdtConfig, SPLIT_ATTEMPTS } from '../learn/trees/index.ts';
import type { Disclosure } from '../protocol/index.ts';
import { psiDisclosure } from '../psi/index.ts';
import { limitDisclosure, SCORE_PLAIN_MODULUS } from '../scoring/index.ts';
import type { Allowance, ModelKind, RegressionSection } from './model-sections.ts';
import { type AgreedBinning, binningOptions, regressionOptions } from './model-sections.ts';

/** Bits of one integer score of trees. */
export const TREE_SCORE_BITS = Math.ceil(Math.log2(Number(SCORE_PLAIN_MODULUS)));
/** Bits of the holder's points of one row: the scorecard's plaintext modulus is 2^20. */
export const CARD_SCORE_BITS = 20;
export const SCORE_BITS: Readonly<Record<ModelKind, number>> = {
  gbdt: TREE_SCORE_BITS,
  logistic_regression: LINEAR_SCORE_BITS,
  scorecard: CARD_SCORE_BITS,
};
/** Bits of a revealed sum at most: t is below 2^60 (he/parameters.ts). The agreement of the training session has the exact number. */
const MAX_SUM_BITS = 60;
/** Two candidates a bin (missing left, missing right), and what padding may add. */
const candidatesBound = (features: number, maxBin: number): number => 2 * features * (maxBin + 1) + 64;

export interface DisclosureFacts {
  /** The bank's rows: no step sees more. */
  readonly rows: number;
  /** Cap on the platform's rows. */
  readonly maxPeerRows: number;
  readonly features: number;
  readonly labelColumns: number;
  readonly minSupport: number;
  readonly model: ModelKind;
  readonly trees: Pick<GbdtConfig, 'n_estimators' | 'max_depth' | 'max_bin'>;
  readonly binning?: AgreedBinning | undefined;
  readonly regression?: RegressionSection | undefined;
  readonly allow: readonly Allowance[];
  readonly limits: boolean;
}

export function contractDisclosure(facts: DisclosureFacts): Disclosure {
  const { rows, model, limits } = facts;
  return [
    ...psiDisclosure(rows, facts.maxPeerRows),
    ...binDisclosure(facts),
    ...trainDisclosure(facts),
    ...scoresDisclosure(model, rows),
    ...(limits ? limitDisclosure(rows, TREE_SCORE_BITS) : []),
  ];
}

/** The bin step. @param rows rows that take part */
export function binDisclosure({ rows, features, minSupport, binning, model, allow }: DisclosureFacts): Disclosure {
  if (!binning) return [];
  const options = binningOptions(binning, rows, minSupport);
  const terms = binningTerms({ rows, maxFeatures: features, options, disguisedWoe: model === 'scorecard' });
  const names = { party: 'label party', protocol: 'binning', what: 'which named feature each of them is', count: features } as const;
  const bitsEach = Math.ceil(Math.log2(features + 1));
  return [...binningDisclosure(terms, features), ...(allow.includes('feature-names') ? [{ ...names, bitsEach }] : [])];
}

function trainDisclosure(facts: DisclosureFacts): Disclosure {
  switch (facts.model) {
    case 'gbdt':
      return treesDisclosure(facts);
    case 'logistic_regression':
    case 'scorecard':
      return fitDisclosure(facts, facts.labelColumns);
  }
}

/** A logistic regression, with the refits that a scorecard's signs may cost. */
export function fitDisclosure(
  { model, rows, features, regression, allow }: Pick<DisclosureFacts, 'model' | 'rows' | 'features' | 'regression' | 'allow'>,
  labelColumns: number,
): Disclosure {
  if (!regression) return [];
  const refits = model === 'scorecard' && regression.solver === 'shared' ? { refits: SCORECARD_REFITS } : {};
  return logisticDisclosure(
    logisticTerms({ rows, labelColumns, holderColumns: features, ...regressionOptions(regression, allow), ...refits }),
  );
}

function treesDisclosure({ rows, features, trees: { n_estimators, max_depth, max_bin } }: DisclosureFacts): Disclosure {
  const sums = n_estimators * 2 ** (max_depth - 1) * candidatesBound(features, max_bin);
  const splits = n_estimators * SPLIT_ATTEMPTS * (2 ** max_depth - 1);
  const gbdt = (what: string, count: number, bitsEach: number) => ({
    party: 'label party' as const,
    protocol: 'gbdt',
    what,
    count,
    bitsEach,
  });
  return [
    gbdt('sums of its own quantised gradients per opaque candidate split and node', sums, MAX_SUM_BITS),
    gbdt('left/right bits of the splits asked', splits * rows, 1),
  ];
}

/** @param rows rows asked */
export function scoresDisclosure(model: ModelKind, rows: number): Disclosure {
  const bitsEach = SCORE_BITS[model];
  if (model === 'gbdt')
    return [{ party: 'label party', protocol: 'scoring', what: 'one integer score per firm asked', count: rows, bitsEach }];
  const what =
    model === 'scorecard' ? "the platform's part of the points of each firm asked" : "the platform's part of the score of each firm asked";
  return [
    { party: 'label party', protocol: 'scoring', what, count: rows, bitsEach },
    { party: 'feature holder', protocol: 'scoring', what: 'which aligned rows were asked about', count: rows, bitsEach: 1 },
  ];
}
