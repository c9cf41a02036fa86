/**
 * Vertical logistic regression, label party: it holds the labels, a key, and at the end the model. Steps in the order of the README; what it
 * learns on the way depends on the method and is stated by `logisticDisclosure`.
 */
import { InputError, noProgress, type Progress } from '../../../base/index.ts';
import { classTotals } from '../../../learn/binning/index.ts';
import {
  boundHessian,
  type CoefficientRow,
  type Design,
  type Moments,
  preconditioner,
  type Scaling,
  solveMoments,
  varianceInflation,
  waldTable,
} from '../../../learn/logistic-regression/index.ts';
import type { SignBound } from '../../../learn/statistics/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { ownColumns } from './columns.ts';
import { type LogisticContract, type LogisticTerms, logisticTerms } from './contract.ts';
import { trainExactly } from './exact-training.ts';
import { gatherMoments } from './gaussian.ts';
import { agree } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';
import { trainOnShares } from './shared-training.ts';

export interface LogisticRolePorts extends LogisticPorts {
  readonly progress?: Progress;
}

export interface LabelLogisticInput {
  readonly contract: LogisticContract;
  readonly columns: Design;
  /** 0 or 1, an aligned row each. */
  readonly labels: ArrayLike<number>;
  /**
   * Signs coefficients must keep: own columns, then the holder's. Bounded solve for `moments` and `exact`; `shared` checks at the end.
   * @default all free
   */
  readonly signs?: readonly SignBound[];
}

/** The model as the label party has it. Weights are on standardised columns; the holder applies its own scaling when it scores. */
export interface LabelLogistic {
  readonly intercept: number;
  readonly own: Float64Array;
  readonly holder: Float64Array;
  /** Own columns' scaling. */
  readonly scalings: readonly Scaling[];
  /** Wald table, intercept first; holder columns are "holder 1" …. Exact information for `exact`, else the mean-weight approximation. */
  readonly table: readonly CoefficientRow[];
  /** Variance inflation factor of each column, own first. */
  readonly vif: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * @throws InputError, RefusedError on input the contract or the guards forbid (codes in `contract.ts`, `columns.ts`), `ERR_LEARN_ONE_CLASS`,
 * `ERR_LEARN_COLLINEAR`, `ERR_LEARN_SEPARABLE`, `ERR_LR_RANGE`, `ERR_LR_SIGN`; PeerProtocolError on malformed messages.
 */
export async function labelParty(channel: Channel, input: LabelLogisticInput, ports: LogisticRolePorts): Promise<LabelLogistic> {
  const terms = logisticTerms(input.contract);
  const progress = ports.progress ?? noProgress;
  checkLabels(input, terms);
  const own = ownColumns(input.columns, terms.labelColumns, terms, true);
  await agree(channel, terms);
  const moments = await gatherMoments(channel, terms, own, input.labels, ports);
  const vif = varianceInflation(moments);
  const start = solveMoments(moments, { ridge: terms.ridge, signs: terms.method === 'shared' ? undefined : input.signs });
  const finish = (weights: Float64Array, table: readonly CoefficientRow[], iterations: number, converged: boolean): LabelLogistic => ({
    intercept: weights[0],
    own: weights.slice(1, 1 + own.fixed.length),
    holder: weights.slice(1 + own.fixed.length),
    scalings: own.scalings,
    table,
    vif,
    iterations,
    converged,
  });
  switch (terms.method) {
    case 'moments':
      return finish(start, approximateTable(moments, start, terms), 0, true);
    case 'exact': {
      const begin = { weights: start, names: moments.names, signs: input.signs };
      const { weights, information, iterations } = await trainExactly(channel, terms, own, input.labels, begin, ports, progress);
      return finish(weights, waldTable({ names: moments.names, weights }, information), iterations, true);
    }
    case 'shared': {
      const fixed = [new Int32Array(terms.rows).fill(2 ** terms.columnBits), ...own.fixed];
      const label = { labels: input.labels, start, preconditioner: preconditioner(moments, terms.ridge) };
      const { weights, iterations, converged } = await trainOnShares(channel, terms, fixed, label, ports, progress);
      checkSigns(weights!, moments.names, input.signs);
      return finish(weights!, approximateTable(moments, weights!, terms), iterations, converged || terms.tolerance === 0);
    }
  }
}

/**
 * Without z the row weights p(1 − p) of the information matrix are not known: their mean is replaced by ȳ(1 − ȳ), their value at the model without
 * columns. Good for weak models and columns that are not correlated; on default_credit the ratio to the exact standard errors is .86 to 1.03
 * for ordinary columns and down to .6 for the six nearly collinear statement balances (VIF above 10).
 */
function approximateTable(moments: Moments, weights: Float64Array, terms: LogisticTerms): CoefficientRow[] {
  const rate = moments.target[0] / moments.rows;
  const information = boundHessian(moments, 0).map((value) => 4 * rate * (1 - rate) * value);
  for (let j = 1; j < weights.length; j++) information[j * weights.length + j] += terms.ridge;
  return waldTable({ names: moments.names, weights }, information);
}

function checkLabels({ labels, signs }: LabelLogisticInput, terms: LogisticTerms): void {
  if (labels.length !== terms.rows) throw new InputError('ERR_LR_OPTION', `${labels.length} labels, the contract has ${terms.rows} rows`);
  classTotals(labels);
  if (signs && signs.length !== terms.labelColumns + terms.holderColumns) {
    throw new InputError('ERR_LR_OPTION', `${signs.length} signs for ${terms.labelColumns + terms.holderColumns} columns`);
  }
}

function checkSigns(weights: Float64Array, names: readonly string[], signs: readonly SignBound[] | undefined): void {
  const wrong = signs?.findIndex((sign, j) => sign * weights[j + 1] < 0) ?? -1;
  if (wrong < 0) return;
  throw new InputError('ERR_LR_SIGN', `the coefficient of ${names[wrong]} has the wrong sign`, {
    help: 'Drop the column and fit again, or use method "exact" or "moments", which hold signs while they solve.',
    details: { column: names[wrong] },
  });
}
