/**
 * LR-S: preconditioned iterations on additive shares (after CAESAR, Chen et al., KDD 2021). Weights, linear predictor, residual and gradient
 * exist as shares in Z_Q only, from the first step (the label party's LR-G solution) to the last, when the label party gets the weights.
 *
 *   z = X₁w₁ + X₂w₂          both parties' matrices meet the other's half of the weights
 *   σ̃(z)                     odd polynomial in u = z/8, entry-wise products of shares
 *   g = Xᵀ(σ̃(z) − y) + λw    both matrices meet the other's half of the residual
 *   w ← w − M·g               the label party's preconditioner meets the holder's half of the gradient
 *
 * Party "first" is the label party. Vectors of weights are ordered: intercept, label party's columns, holder's columns.
 */
import { ByteReader, InputError, type Progress, randomBytes } from '../../../base/index.ts';
import { type MatvecLayout, RING_DEGREE, type Usage } from '../../../he/index.ts';
import { SIGMOID_BITS, SIGMOID_COEFFICIENTS, SIGMOID_RANGE } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import {
  addConstant,
  addShares,
  decodeFixed,
  encodeFixed,
  encodeIntegers,
  joinShares,
  multiplyColumns,
  multiplyRows,
  randomShare,
  type Share,
  scaleShare,
  shareLength,
  sliceShare,
  subtractShares,
  sumShare,
  truncateShare,
  truncationFailureLog2,
  zeroShare,
} from '../../../sharing/index.ts';
import { type OwnMatrix, SharedArithmetic } from './arithmetic.ts';
import { SHARED_COLUMN_BITS as COLUMN_BITS, type LogisticTerms } from './contract.ts';
import { vectorLayout } from './lanes.ts';
import { KIND, receiveNumber, sendNumber } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';

/** Fractional bits: weights; u, powers and residual; gradient after its truncation. */
const WEIGHT_BITS = 30;
const VALUE_BITS = 24;
const GRADIENT_BITS = 26;
/** The preconditioner's entries are scaled to stay below this. */
const PRECONDITIONER_ENTRY = 2 ** 21;
const RHO_BITS = 40;

/** Sizes and layouts both parties derive from the terms. */
export interface SharedPlan {
  readonly rows: number;
  /** Intercept and label party's columns. */
  readonly firstColumns: number;
  readonly secondColumns: number;
  readonly columns: number;
  readonly predictor: { readonly first: MatvecLayout; readonly second: MatvecLayout };
  readonly gradient: { readonly first: MatvecLayout; readonly second: MatvecLayout };
  readonly step: MatvecLayout;
  readonly usages: (t: number) => readonly Usage[];
  /** log2 of the probability that any local truncation of the training wraps; the range check would then stop the run. */
  readonly truncationFailureLog2: number;
}

export function sharedPlan(terms: LogisticTerms): SharedPlan {
  const { rows, iterations } = terms;
  const firstColumns = terms.labelColumns + 1;
  const secondColumns = terms.holderColumns;
  const columns = firstColumns + secondColumns;
  const predictor = { first: vectorLayout(firstColumns, rows), second: vectorLayout(secondColumns, rows) };
  const gradient = { first: vectorLayout(rows, firstColumns), second: vectorLayout(rows, secondColumns) };
  const step = vectorLayout(columns, columns);
  const usages = (t: number): readonly Usage[] => {
    const share = (layout: MatvecLayout, maxAbs: number): Usage => ({
      terms: layout.terms,
      maxAbs,
      outputs: iterations * layout.outputs,
      mode: 'share',
    });
    const columnBound = terms.clip * 2 ** COLUMN_BITS;
    return [
      share(predictor.first, columnBound),
      share(predictor.second, columnBound),
      share(gradient.first, columnBound),
      share(gradient.second, columnBound),
      share(step, PRECONDITIONER_ENTRY),
      {
        terms: 2 * RING_DEGREE,
        maxAbs: Math.floor(t / 2),
        outputs: iterations * 6 * RING_DEGREE * Math.ceil(rows / RING_DEGREE),
        mode: 'share',
      },
    ];
  };
  return {
    rows,
    firstColumns,
    secondColumns,
    columns,
    predictor,
    gradient,
    step,
    usages,
    truncationFailureLog2: truncationFailureLog2(2 * VALUE_BITS + 8, 8 * rows * iterations),
  };
}

/** What the label party brings beyond its columns. */
export interface LabelSide {
  readonly labels: ArrayLike<number>;
  readonly start: Float64Array;
  /** (¼XᵀX + λI)⁻¹, row-major. */
  readonly preconditioner: Float64Array;
}

/** Result of both sides: the number of steps; at the label party the weights. */
export interface SharedOutcome {
  readonly iterations: number;
  readonly converged: boolean;
  readonly weights: Float64Array | undefined;
}

/**
 * @param fixed own columns at COLUMN_BITS; the label party's begin with the intercept's.
 * @throws InputError `ERR_LR_RANGE`, `ERR_LEARN_COLLINEAR` at the label party.
 */
export async function trainOnShares(
  channel: Channel,
  terms: LogisticTerms,
  fixed: readonly Int32Array[],
  label: LabelSide | undefined,
  ports: LogisticPorts,
  progress: Progress,
): Promise<SharedOutcome> {
  const party = label ? 'first' : 'second';
  const plan = sharedPlan(terms);
  const arithmetic = await SharedArithmetic.open(party, channel, plan.usages, ports);
  try {
    const matrices = await prepareAll(arithmetic, plan, terms, fixed);
    const step = await prepareStep(channel, arithmetic, plan, label);
    let weights = await shareStart(arithmetic, plan, label, ports);
    let converged = false;
    let done = 0;
    while (done < terms.iterations && !converged) {
      const gradient = await gradientOf(arithmetic, plan, terms, fixed, matrices, weights, label);
      const move = await takeStep(arithmetic, plan, step, gradient);
      weights = subtractShares(weights, move);
      done++;
      progress({ stage: 'logistic regression', done, total: terms.iterations, unit: 'iterations' });
      converged = terms.tolerance > 0 && (await stepIsShort(channel, arithmetic, move, terms.tolerance, ports));
    }
    return { iterations: done, converged, weights: await openWeights(arithmetic, weights, plan) };
  } finally {
    arithmetic.dispose();
  }
}

/**
 * The start as two uniform halves: the label party sends the holder a uniform share and keeps the rest. Both halves must be uniform: local
 * truncation of a negative value held by one party alone wraps every time.
 */
async function shareStart(
  arithmetic: SharedArithmetic,
  plan: SharedPlan,
  label: LabelSide | undefined,
  ports: LogisticPorts,
): Promise<Share> {
  if (!label) return arithmetic.receiveShare(KIND.share, plan.columns);
  const mask = randomShare(ports.random, plan.columns);
  await arithmetic.sendShare(KIND.share, mask);
  return subtractShares(encodeFixed(label.start, WEIGHT_BITS), mask);
}

interface Matrices {
  readonly predictor: OwnMatrix;
  readonly gradient: OwnMatrix;
}

async function prepareAll(
  arithmetic: SharedArithmetic,
  plan: SharedPlan,
  terms: LogisticTerms,
  fixed: readonly Int32Array[],
): Promise<Matrices> {
  const mine = arithmetic.party;
  const maxAbs = terms.clip * 2 ** COLUMN_BITS;
  const width = fixed.length;
  const rowMajor = new Int32Array(plan.rows * width);
  fixed.forEach((column, j) => {
    for (let i = 0; i < plan.rows; i++) rowMajor[i * width + j] = column[i];
  });
  const row = (i: number): Int32Array => rowMajor.subarray(i * width, (i + 1) * width);
  return {
    predictor: await arithmetic.prepareMatrix(plan.predictor[mine], row, maxAbs),
    gradient: await arithmetic.prepareMatrix(plan.gradient[mine], (j) => fixed[j], maxAbs),
  };
}

/** The label party's preconditioner at fixed point; both learn its scale. */
interface StepMatrix {
  readonly bits: number;
  readonly rows: readonly Int32Array[] | undefined;
  readonly matrix: OwnMatrix | undefined;
}

async function prepareStep(
  channel: Channel,
  arithmetic: SharedArithmetic,
  plan: SharedPlan,
  label: LabelSide | undefined,
): Promise<StepMatrix> {
  const low = WEIGHT_BITS - GRADIENT_BITS;
  if (!label) return { bits: low + (await receiveNumber(channel, 58)), rows: undefined, matrix: undefined };
  const largest = label.preconditioner.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const bits = Math.floor(Math.log2((PRECONDITIONER_ENTRY - 1) / largest));
  if (bits < low) throw nearlyCollinear();
  await sendNumber(channel, Math.min(bits, low + 58) - low);
  const used = Math.min(bits, low + 58);
  const n = plan.columns;
  const rows = Array.from({ length: n }, (_, i) =>
    Int32Array.from({ length: n }, (_, j) => Math.round(label.preconditioner[i * n + j] * 2 ** used)),
  );
  return { bits: used, rows, matrix: await arithmetic.prepareMatrix(plan.step, (i) => rows[i], PRECONDITIONER_ENTRY) };
}

async function gradientOf(
  arithmetic: SharedArithmetic,
  plan: SharedPlan,
  terms: LogisticTerms,
  fixed: readonly Int32Array[],
  matrices: Matrices,
  weights: Share,
  label: LabelSide | undefined,
): Promise<Share> {
  const halves = { first: sliceShare(weights, 0, plan.firstColumns), second: sliceShare(weights, plan.firstColumns, plan.columns) };
  const mine = arithmetic.party;
  const theirs = mine === 'first' ? 'second' : 'first';
  const crossed = await arithmetic.exchange(matrices.predictor, halves[theirs], plan.predictor[theirs]);
  const local = multiplyColumns(plan.rows, halves[mine], (j) => fixed[j]);
  const z = addShares(local, addShares(crossed.own, crossed.other));
  const u = truncateShare(z, COLUMN_BITS + WEIGHT_BITS + Math.log2(SIGMOID_RANGE) - VALUE_BITS, mine);
  const residual = addLabels(await sigmoidOf(arithmetic, u, terms.degree), label);
  const products = await arithmetic.exchange(matrices.gradient, residual, plan.gradient[theirs]);
  const own = addShares(
    multiplyRows(fixed.length, residual, (j) => fixed[j]),
    products.own,
  );
  const raw = mine === 'first' ? joinShares(own, products.other) : joinShares(products.other, own);
  const gradient = truncateShare(raw, COLUMN_BITS + VALUE_BITS - GRADIENT_BITS, mine);
  return terms.ridge === 0 ? gradient : addShares(gradient, ridgeTerm(weights, terms.ridge, mine));
}

/** Shares of σ̃(8u) − ½ at VALUE_BITS. Four products for degree 9 (Paterson and Stockmeyer 1973), three for 5, none for 1. */
async function sigmoidOf(arithmetic: SharedArithmetic, u: Share, degree: LogisticTerms['degree']): Promise<Share> {
  const c = SIGMOID_COEFFICIENTS[degree];
  const sum = (constant: number, ...parts: readonly (readonly [number, Share])[]): Share => {
    const scaled = parts.map(([factor, share]) => scaleShare(share, factor)).reduce(addShares);
    return truncateShare(addConstant(scaled, constant * 2 ** VALUE_BITS, arithmetic.party), SIGMOID_BITS, arithmetic.party);
  };
  if (degree === 1) return sum(0, [c[0], u]);
  const uu = await arithmetic.upload(u);
  const q = await arithmetic.multiplyFixed(uu, uu, VALUE_BITS);
  const uq = await arithmetic.upload(q);
  const inner = await (degree === 5 ? tailOfFive() : tailOfNine());
  return arithmetic.multiplyFixed(uu, await arithmetic.upload(inner), VALUE_BITS);

  async function tailOfFive(): Promise<Share> {
    const high = await arithmetic.multiplyFixed(uq, await arithmetic.upload(sum(c[1], [c[2], q])), VALUE_BITS);
    return addConstant(high, c[0] * 2 ** (VALUE_BITS - SIGMOID_BITS), arithmetic.party);
  }
  async function tailOfNine(): Promise<Share> {
    const v = await arithmetic.multiplyFixed(uq, uq, VALUE_BITS);
    const high = await arithmetic.multiplyFixed(
      await arithmetic.upload(v),
      await arithmetic.upload(sum(c[2], [c[3], q], [c[4], v])),
      VALUE_BITS,
    );
    return addShares(high, sum(c[0], [c[1], q]));
  }
}

/** Residual: adds ½ − y at the label party. */
function addLabels(share: Share, label: LabelSide | undefined): Share {
  if (!label) return share;
  return addShares(share, encodeIntegers(Float64Array.from(label.labels, (y) => (0.5 - y) * 2 ** VALUE_BITS)));
}

/** λ·w at GRADIENT_BITS, none for the intercept. */
function ridgeTerm(weights: Share, ridge: number, party: SharedArithmetic['party']): Share {
  const factorBits = 8;
  const scaled = scaleShare(weights, Math.round(ridge * 2 ** factorBits));
  const term = truncateShare(scaled, WEIGHT_BITS + factorBits - GRADIENT_BITS, party);
  return joinShares(zeroShare(1), sliceShare(term, 1, shareLength(term)));
}

async function takeStep(arithmetic: SharedArithmetic, plan: SharedPlan, step: StepMatrix, gradient: Share): Promise<Share> {
  const { rows, matrix } = step;
  const product =
    rows && matrix
      ? addShares(
          multiplyRows(plan.columns, gradient, (i) => rows[i]),
          await arithmetic.serve(matrix),
        )
      : await arithmetic.meet(plan.step, gradient);
  return truncateShare(product, GRADIENT_BITS + step.bits - WEIGHT_BITS, arithmetic.party);
}

/**
 * Is ‖step‖² below tolerance²? Computed on shares; the label party opens only ρ·(‖step‖² − tolerance²) for a factor ρ of 40 bits that the
 * holder draws, and tells the holder the answer.
 */
async function stepIsShort(
  channel: Channel,
  arithmetic: SharedArithmetic,
  move: Share,
  tolerance: number,
  ports: LogisticPorts,
): Promise<boolean> {
  const squareBits = 40;
  const moved = await arithmetic.upload(move);
  const squares = truncateShare(await arithmetic.multiply(moved, moved), 2 * WEIGHT_BITS - squareBits, arithmetic.party);
  const excess = addConstant(sumShare(squares), -Math.round(tolerance ** 2 * 2 ** squareBits), arithmetic.party);
  const first = arithmetic.party === 'first';
  const rho = first ? zeroShare(1) : encodeIntegers([drawRho(ports)]);
  const masked = await arithmetic.multiply(await arithmetic.upload(excess), await arithmetic.upload(rho));
  if (!first) {
    await arithmetic.sendShare(KIND.share, masked);
    return (await receiveNumber(channel, 1)) === 1;
  }
  const [value] = decodeFixed(addShares(masked, await arithmetic.receiveShare(KIND.share, 1)), 0);
  await sendNumber(channel, value <= 0 ? 1 : 0);
  return value <= 0;
}

/** Log-uniform size, uniform below its leading bit. */
function drawRho({ random }: LogisticPorts): number {
  const reader = new ByteReader(randomBytes(random, 8), 'rho');
  const size = reader.u32('size') % RHO_BITS;
  return Math.floor((1 + reader.u32('digits') / 2 ** 32) * 2 ** size);
}

/** The holder's halves go to the label party, and only at the end. */
async function openWeights(arithmetic: SharedArithmetic, weights: Share, plan: SharedPlan): Promise<Float64Array | undefined> {
  if (arithmetic.party === 'second') {
    await arithmetic.sendShare(KIND.share, weights);
    return undefined;
  }
  const opened = decodeFixed(addShares(weights, await arithmetic.receiveShare(KIND.share, plan.columns)), WEIGHT_BITS);
  if (opened.some((w) => Math.abs(w) > 2 ** 20)) {
    throw new InputError('ERR_LR_RANGE', 'a weight left its range: the iteration diverged', {
      help: 'Set clip, add a ridge penalty, or use degree 5.',
    });
  }
  return opened;
}

function nearlyCollinear(): InputError {
  return new InputError(
    'ERR_LEARN_COLLINEAR',
    'the columns are so nearly collinear that their preconditioner does not fit the fixed point',
    {
      help: 'Drop a column with a large VIF, or add a ridge penalty.',
    },
  );
}
