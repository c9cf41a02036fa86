/**
 * LR-S: preconditioned iterations on additive shares (after CAESAR, Chen et al., KDD 2021), for the label party and any number of holders.
 * Weights, linear predictor, residual and gradient exist as shares in Z_Q only, from the first step (one Newton step that the label party takes from LR-G's moments) to the
 * last, when the label party gets the weights.
 *
 *   z = Σ_p X_p·w_p          every party's matrix meets every other's share of its weights
 *   σ̃(z)                     odd polynomial in u = z/8, entry-wise products of shares
 *   g = Xᵀ(σ̃(z) − y) + λw    every party's matrix meets every other's share of the residual
 *   w ← w − M·g              the label party's preconditioner meets the holders' shares of the gradient
 *
 * Vectors of weights are ordered: intercept, label party's columns, each holder's columns.
 */
import { InputError, type Progress } from '../../../base/index.ts';
import { SIGMOID_RANGE } from '../../../learn/logistic-regression/index.ts';
import {
  addShares,
  decodeFixed,
  encodeFixed,
  encodeIntegers,
  joinShares,
  multiplyColumns,
  multiplyRows,
  type Share,
  scaleShare,
  shareLength,
  sliceShare,
  subtractShares,
  zeroShare,
} from '../../../sharing/index.ts';
import { Committee } from './committee.ts';
import { SHARED_COLUMN_BITS as COLUMN_BITS, type LogisticTerms } from './contract.ts';
import { KIND } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';
import type { OwnMatrix } from './pair-arithmetic.ts';
import type { Seat } from './seats.ts';
import { GRADIENT_BITS, gradientBound, PREDICTOR_BOUND, type SharedPlan, sharedPlan, VALUE_BITS, WEIGHT_BITS } from './shared-plan.ts';
import { sigmoidOf } from './shared-sigmoid.ts';
import { prepareStep, type StepMatrix, stepIsShort, takeStep } from './shared-step.ts';

/** Where a fit begins: weights, and (cXᵀX + λI)⁻¹ on the columns that may move, zeros elsewhere. */
export interface SharedStart {
  readonly weights: Float64Array;
  readonly preconditioner: Float64Array;
  /** Decides the matrix's scale, which all are told; depends on columns only. */
  readonly largestEntry: number;
}

/** What the label party brings beyond its columns. */
export interface LabelSide {
  readonly labels: ArrayLike<number>;
  readonly start: SharedStart;
  /** Looks at the weights of a fit: a start for another one on fewer columns, or undefined to end. Asked at most `terms.refits` times. */
  readonly refit: (weights: Float64Array) => SharedStart | undefined;
}

/** Result of every party: the number of steps; at the label party the weights. */
export interface SharedOutcome {
  readonly iterations: number;
  readonly converged: boolean;
  readonly weights: Float64Array | undefined;
}

interface Session {
  readonly committee: Committee;
  readonly plan: SharedPlan;
  readonly terms: LogisticTerms;
  readonly fixed: readonly Int32Array[];
  readonly predictor: OwnMatrix;
  readonly gradient: OwnMatrix;
  readonly labels: ArrayLike<number> | undefined;
  readonly ports: LogisticPorts;
  readonly progress: Progress;
}

/**
 * @param fixed own columns at COLUMN_BITS; the label party's begin with the intercept's.
 * @throws InputError `ERR_LR_RANGE`, `ERR_LEARN_COLLINEAR` at the label party.
 */
export async function trainOnShares(
  seat: Seat,
  terms: LogisticTerms,
  fixed: readonly Int32Array[],
  label: LabelSide | undefined,
  ports: LogisticPorts,
  progress: Progress,
): Promise<SharedOutcome> {
  const plan = sharedPlan(terms);
  const committee = await Committee.open(seat, plan.usages, ports);
  try {
    const matrices = await prepareColumns(committee, plan, terms, fixed);
    const session = { committee, plan, terms, fixed, ...matrices, labels: label?.labels, ports, progress };
    let begin = label?.start;
    for (let refits = 0, iterations = 0; ; refits++) {
      const fit = await fitOnce(session, begin);
      iterations += fit.iterations;
      begin = fit.weights && refits < terms.refits ? label?.refit(fit.weights) : undefined;
      if (!(await again(committee, terms, begin))) return { ...fit, iterations };
    }
  } finally {
    committee.dispose();
  }
}

/** The label party says whether another fit follows; without refits in the contract there is nothing to say. */
async function again(committee: Committee, terms: LogisticTerms, begin: SharedStart | undefined): Promise<boolean> {
  if (terms.refits === 0) return false;
  if (committee.place > 0) return (await committee.told(1)) === 1;
  await committee.tell(begin ? 1 : 0);
  return begin !== undefined;
}

async function fitOnce(session: Session, begin: SharedStart | undefined): Promise<SharedOutcome> {
  const { committee, plan, terms, ports, progress } = session;
  const step = await prepareStep(committee, plan, begin);
  let weights = await committee.deal(plan.columns, begin && encodeFixed(begin.weights, WEIGHT_BITS));
  let converged = false;
  let done = 0;
  while (done < terms.iterations && !converged) {
    const move = await moveOf(session, step, weights);
    weights = subtractShares(weights, move);
    done++;
    progress({ stage: 'logistic regression', done, total: terms.iterations, unit: 'iterations' });
    converged = terms.tolerance > 0 && (await stepIsShort(committee, move, terms.tolerance, ports));
  }
  return { iterations: done, converged, weights: await openWeights(committee, weights) };
}

async function moveOf(session: Session, step: StepMatrix, weights: Share): Promise<Share> {
  const { committee, plan, terms } = session;
  const u = await predictorOf(session, weights);
  const residual = addLabels(await sigmoidOf(committee, u, terms.degree), session.labels);
  const gradient = await gradientOf(session, residual, weights);
  return takeStep(committee, plan, step, gradient);
}

async function prepareColumns(committee: Committee, plan: SharedPlan, terms: LogisticTerms, fixed: readonly Int32Array[]) {
  const { place } = committee;
  const maxAbs = terms.clip * 2 ** COLUMN_BITS;
  const width = fixed.length;
  const rowMajor = new Int32Array(plan.rows * width);
  fixed.forEach((column, j) => {
    for (let i = 0; i < plan.rows; i++) rowMajor[i * width + j] = column[i];
  });
  const row = (i: number): Int32Array => rowMajor.subarray(i * width, (i + 1) * width);
  return {
    predictor: await committee.prepareMatrix(plan.predictor[place], row, maxAbs),
    gradient: await committee.prepareMatrix(plan.gradient[place], (j) => fixed[j], maxAbs),
  };
}

/** Shares of u = z/8 at VALUE_BITS. */
async function predictorOf({ committee, plan, fixed, predictor }: Session, weights: Share): Promise<Share> {
  const half = (place: number): Share => sliceShare(weights, plan.starts[place], plan.starts[place] + plan.widths[place]);
  const crossing = committee.exchange(predictor, half, (place) => plan.predictor[place]);
  const local = multiplyColumns(plan.rows, half(committee.place), (j) => fixed[j]);
  const { own, others } = await crossing;
  const z = [...others.values()].reduce(addShares, addShares(local, own));
  return committee.truncate(z, COLUMN_BITS + WEIGHT_BITS + Math.log2(SIGMOID_RANGE) - VALUE_BITS, PREDICTOR_BOUND);
}

/** Residual: adds ½ − y at the label party. */
function addLabels(share: Share, labels: ArrayLike<number> | undefined): Share {
  if (!labels) return share;
  return addShares(share, encodeIntegers(Float64Array.from(labels, (y) => (0.5 - y) * 2 ** VALUE_BITS)));
}

/** Shares of Xᵀresidual + λw at GRADIENT_BITS. */
async function gradientOf(session: Session, residual: Share, weights: Share): Promise<Share> {
  const { committee, plan, terms, fixed, gradient } = session;
  const crossing = committee.exchange(
    gradient,
    () => residual,
    (place) => plan.gradient[place],
  );
  const local = multiplyRows(fixed.length, residual, (j) => fixed[j]);
  const { own, others } = await crossing;
  const mine = addShares(local, own);
  const raw = joinShares(...plan.widths.map((_, place) => others.get(place) ?? mine));
  const cut = await committee.truncate(raw, COLUMN_BITS + VALUE_BITS - GRADIENT_BITS, gradientBound(plan.rows));
  return terms.ridge === 0 ? cut : addShares(cut, await ridgeTerm(committee, weights, terms.ridge));
}

/** λ·w at GRADIENT_BITS, none for the intercept. */
async function ridgeTerm(committee: Committee, weights: Share, ridge: number): Promise<Share> {
  const factorBits = 8;
  const scaled = scaleShare(weights, Math.round(ridge * 2 ** factorBits));
  const bound = WEIGHT_BITS + factorBits + Math.ceil(Math.log2(ridge + 1)) + 4;
  const term = await committee.truncate(scaled, WEIGHT_BITS + factorBits - GRADIENT_BITS, bound);
  return joinShares(zeroShare(1), sliceShare(term, 1, shareLength(term)));
}

/** The holders' shares go to the label party, and only at the end of a fit. */
async function openWeights(committee: Committee, weights: Share): Promise<Float64Array | undefined> {
  const opened = await committee.open(KIND.share, weights);
  if (!opened) return undefined;
  const decoded = decodeFixed(opened, WEIGHT_BITS);
  if (decoded.some((w) => Math.abs(w) > 2 ** 20)) {
    throw new InputError('ERR_LR_RANGE', 'a weight left its range: the iteration diverged', {
      help: 'Set clip, add a ridge penalty, or use degree 5.',
    });
  }
  return decoded;
}
