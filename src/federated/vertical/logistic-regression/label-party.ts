/**
 * Vertical logistic regression, label party: it holds the labels, keys, and at the end the model. Steps in the order of the README; what it
 * learns on the way depends on the method and is stated by `logisticDisclosure`.
 */
import { InputError, noProgress, type Progress } from '../../../base/index.ts';
import { classTotals } from '../../../learn/binning/index.ts';
import {
  boundHessian,
  type CoefficientRow,
  type Design,
  type Moments,
  momentsOn,
  type Scaling,
  signedStart,
  solveMoments,
  varianceInflation,
  waldTable,
  wrongSigns,
} from '../../../learn/logistic-regression/index.ts';
import type { SignBound } from '../../../learn/statistics/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type OwnColumns, ownColumns } from './columns.ts';
import { type LogisticContract, type LogisticTerms, logisticTerms } from './contract.ts';
import { trainExactly } from './exact-training.ts';
import { gatherMoments, holderNames } from './gaussian.ts';
import { agree } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';
import { type HolderLink, labelSeat, linksOf, type Seat } from './seats.ts';
import { type LabelSide, trainOnShares } from './shared-training.ts';

export interface LogisticRolePorts extends LogisticPorts {
  readonly progress?: Progress;
}

export interface LabelLogisticInput {
  readonly contract: LogisticContract;
  readonly columns: Design;
  /** 0 or 1, an aligned row each. */
  readonly labels: ArrayLike<number>;
  /**
   * Signs coefficients must keep: own columns, then the holders'. `moments` and `exact` solve under the bounds. `shared` leaves out columns
   * that the bounded LR-G solution holds at zero, and then as often as the contract's `refits` allows those with a wrong sign.
   * @default all free
   */
  readonly signs?: readonly SignBound[];
}

/** The model as the label party has it. Weights are on standardised columns; each holder applies its own scaling when it scores. */
export interface LabelLogistic {
  readonly intercept: number;
  readonly own: Float64Array;
  /** Of all holders, in the order of the links. */
  readonly holder: Float64Array;
  /** The same, holder by holder. */
  readonly holders: readonly { readonly holder: string; readonly weights: Float64Array }[];
  /** Own columns' scaling. */
  readonly scalings: readonly Scaling[];
  /** Wald table, intercept first; holder columns are "<holder> 1" …. A column left out for its sign has weight 0 and NaN. */
  readonly table: readonly CoefficientRow[];
  /** Where the standard errors of the table come from, and which of them not to trust. */
  readonly inference: Inference;
  /** Variance inflation factor of each column among those of the model, own first; NaN for a column left out. */
  readonly vif: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface Inference {
  /** `exact`: information matrix at the weights. `mean-weight`: p(1 − p) of every row replaced by ȳ(1 − ȳ). */
  readonly information: 'exact' | 'mean-weight';
  /**
   * `mean-weight`: columns with a VIF above 5. Their standard errors may be far too small (by up to 42 % on default_credit's statement balances) and
   * their p-values with them: read them as lower bounds, or fit with `exact`. Empty for `exact`.
   */
  readonly unreliable: readonly string[];
}

/** VIF from which on a mean-weight standard error is not to be trusted. */
const UNRELIABLE_VIF = 5;

/**
 * @param to the channel to the feature holder, or links to several
 * @throws InputError, RefusedError on input the contract or the guards forbid (codes in `contract.ts`, `columns.ts`), `ERR_LEARN_ONE_CLASS`,
 * `ERR_LEARN_COLLINEAR`, `ERR_LEARN_SEPARABLE`, `ERR_LEARN_NOT_CONVERGED`, `ERR_LR_RANGE`, `ERR_LR_SIGN`; PeerProtocolError on malformed messages.
 */
export async function labelParty(
  to: Channel | readonly HolderLink[],
  input: LabelLogisticInput,
  ports: LogisticRolePorts,
): Promise<LabelLogistic> {
  const terms = logisticTerms(input.contract);
  const links = linksOf(to);
  const seat = labelSeat(links);
  checkLabels(input, terms);
  const own = ownColumns(input.columns, terms.labelColumns, terms, true);
  await agree(seat, terms);
  const names = [...own.names, ...links.flatMap(({ holder }, k) => holderNames(holder, terms.holders[k]))];
  const moments = await gatherMoments(seat, terms, own, input.labels, names, ports);
  varianceInflation(moments, terms.ridge); // names a collinear column before anything is fitted
  const fit = await fitBy(seat, terms, own, moments, input, ports);
  const holder = fit.weights.slice(1 + own.fixed.length);
  const vif = vifOfKept(moments, fit.weights, terms.ridge);
  return {
    intercept: fit.weights[0],
    own: fit.weights.slice(1, 1 + own.fixed.length),
    holder,
    holders: splitHolders(links, terms, holder),
    scalings: own.scalings,
    table: fit.information ? waldTable({ names, weights: fit.weights }, fit.information) : approximateTable(moments, fit.weights, terms),
    inference: {
      information: fit.information ? 'exact' : 'mean-weight',
      unreliable: fit.information ? [] : names.filter((_, j) => vif[j] > UNRELIABLE_VIF),
    },
    vif,
    iterations: fit.iterations,
    converged: fit.converged,
  };
}

interface Fit {
  readonly weights: Float64Array;
  /** Exact information matrix, where the method has one. */
  readonly information?: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

async function fitBy(
  seat: Seat,
  terms: LogisticTerms,
  own: OwnColumns,
  moments: Moments,
  { labels, signs }: LabelLogisticInput,
  ports: LogisticRolePorts,
): Promise<Fit> {
  const { ridge } = terms;
  const progress = ports.progress ?? noProgress;
  switch (terms.method) {
    case 'moments':
      return { weights: solveMoments(moments, { ridge, signs }), iterations: 0, converged: true };
    case 'exact': {
      const start = { weights: solveMoments(moments, { ridge, signs }), names: moments.names, signs };
      const fit = await trainExactly(seat.channels.get(1)!, terms, own, labels, start, ports, progress);
      return { ...fit, converged: true };
    }
    case 'shared': {
      const fixed = [new Int32Array(terms.rows).fill(2 ** terms.columnBits), ...own.fixed];
      let start = signedStart(moments, { degree: terms.degree, ridge, signs });
      const refit: LabelSide['refit'] = (weights) => {
        const wrong = wrongSigns(kept(weights, start.out), signs);
        if (wrong.length === 0) return undefined;
        start = signedStart(moments, { degree: terms.degree, ridge, signs, out: new Set([...start.out, ...wrong]) });
        return start;
      };
      const fit = await trainOnShares(seat, terms, fixed, { labels, start, refit }, ports, progress);
      const weights = kept(fit.weights!, start.out);
      checkSigns(weights, moments.names, signs);
      return { weights, iterations: fit.iterations, converged: fit.converged || terms.tolerance === 0 };
    }
  }
}

/** Weights of left-out columns are zero up to the last bit of the fixed point; this removes it. */
const kept = (weights: Float64Array, out: ReadonlySet<number>): Float64Array => weights.map((w, j) => (out.has(j - 1) ? 0 : w));

function vifOfKept(moments: Moments, weights: Float64Array, ridge: number): Float64Array {
  const kept = moments.names.map((_, j) => j).filter((j) => weights[j + 1] !== 0);
  const vif = new Float64Array(moments.names.length).fill(Number.NaN);
  varianceInflation(momentsOn(moments, kept), ridge).forEach((factor, at) => {
    vif[kept[at]] = factor;
  });
  return vif;
}

function splitHolders(links: readonly HolderLink[], terms: LogisticTerms, weights: Float64Array): LabelLogistic['holders'] {
  let at = 0;
  return links.map(({ holder }, k) => {
    at += terms.holders[k];
    return { holder, weights: weights.slice(at - terms.holders[k], at) };
  });
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
  const [wrong] = wrongSigns(weights, signs);
  if (wrong === undefined) return;
  throw new InputError('ERR_LR_SIGN', `the coefficient of ${names[wrong]} has the wrong sign`, {
    help: 'Allow more refits in the contract, drop the column, or use method "exact" or "moments", which hold signs while they solve.',
    details: { column: names[wrong] },
  });
}
