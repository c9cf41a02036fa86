/**
 * LR-F: Newton's method with the exact sigmoid, for parties whose contract says `discloseLinearPredictor`. At every iteration the label party
 * opens the holder's partial score X_h·w_h of every row, and the weighted moments of the holder's columns. It must be asked for: whoever knows
 * the holder's values of as many rows as there are iterations begins to see the columns of the others (reverse multiplication, Weng et al.
 * 2020); at most 10 iterations.
 */
import { InputError, type Progress } from '../../../base/index.ts';
import { type MatvecLayout, matrixOperand, packVector, unpackAnswers, wantedCoefficients } from '../../../he/index.ts';
import { addRidge, assertNotSeparable, nearlySeparable, newtonTarget } from '../../../learn/logistic-regression/index.ts';
import type { SignBound } from '../../../learn/statistics/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { OwnColumns } from './columns.ts';
import type { LogisticTerms } from './contract.ts';
import { type LabelSession, weightedMoments } from './exact-moments.ts';
import { type ExactPlan, exactPlan, type Fineness, PREDICTOR_BITS, pairColumns } from './exact-plan.ts';
import { KIND, receiveAnswers, receiveKeys, receiveNumber, receiveUploads, sendBlobs, sendKeys, sendNumber } from './messages.ts';
import { answerMoments, type LogisticPorts } from './moment-round.ts';

/** |z| from which on a row counts as certain: p(1 − p) is below 0.007. */
const CERTAIN = 5;
/** What the label party tells the holder to do next. */
const NEXT: Readonly<Record<'stop' | Fineness, number>> = Object.freeze({ stop: 0, coarse: 1, fine: 2 });

export interface ExactOutcome {
  /** Intercept, own columns, holder's columns. */
  readonly weights: Float64Array;
  /** Information matrix at the weights, ridge included. */
  readonly information: Float64Array;
  readonly iterations: number;
}

export interface ExactStart {
  readonly weights: Float64Array;
  readonly names: readonly string[];
  readonly signs: readonly SignBound[] | undefined;
}

/**
 * L. Coarse Newton steps until one is no longer than the tolerance, then a fine one.
 * @throws InputError `ERR_LEARN_SEPARABLE`, `ERR_LEARN_NEARLY_SEPARABLE`, `ERR_LEARN_COLLINEAR`, `ERR_LEARN_NOT_CONVERGED`.
 */
export async function trainExactly(
  channel: Channel,
  terms: LogisticTerms,
  own: OwnColumns,
  labels: ArrayLike<number>,
  start: ExactStart,
  ports: LogisticPorts,
  progress: Progress,
): Promise<ExactOutcome> {
  const plan = exactPlan(terms);
  const session = {
    channel,
    terms,
    plan,
    labels,
    ports,
    columns: own.fixed.map((column) => Float64Array.from(column, (x) => x * 2 ** -terms.columnBits)),
  };
  let weights = start.weights;
  let fineness: Fineness = 'coarse';
  let before = Infinity;
  for (let iteration = 1; ; iteration++) {
    await sendNumber(channel, NEXT[fineness]);
    weights = representable(weights, own.fixed.length, plan.weightBits);
    const z = await openPredictor(session, weights);
    assertNotSeparable(z, labels, terms.ridge);
    const { gradient, hessian } = await weightedMoments(session, z, fineness);
    for (let j = 1; j < weights.length; j++) gradient[j] += terms.ridge * weights[j];
    addRidge(hessian, weights.length, terms.ridge);
    const target = boundedTarget(hessian, gradient, weights, start, z);
    const moved = target.reduce((far, w, j) => Math.max(far, Math.abs(w - weights[j])), 0);
    weights = target;
    progress({ stage: 'logistic regression', done: iteration, total: terms.iterations, unit: 'iterations' });
    if (fineness === 'fine') {
      await sendNumber(channel, NEXT.stop);
      return { weights, information: hessian, iterations: iteration };
    }
    if (moved <= terms.tolerance) fineness = 'fine';
    else if (iteration + 1 >= terms.iterations)
      throw moved > before / 2 || mostlyCertain(z) ? nearlySeparable() : notConverged(terms.iterations);
    before = moved;
  }
}

/**
 * Columns that were not collinear in the moments are so in the weighted ones only when almost every row is certain: then the weights are on
 * their way to infinity, and the columns are not to blame.
 */
function boundedTarget(
  hessian: Float64Array,
  gradient: Float64Array,
  weights: Float64Array,
  { names, signs }: ExactStart,
  z: Float64Array,
): Float64Array {
  try {
    return newtonTarget(hessian, gradient, weights, names, signs);
  } catch (error) {
    throw mostlyCertain(z) ? nearlySeparable(error) : error;
  }
}

const mostlyCertain = (z: Float64Array): boolean => z.filter((value) => Math.abs(value) > CERTAIN).length > z.length / 2;

/** H. Its columns stay; it learns how many iterations there were. */
export async function serveExactly(channel: Channel, terms: LogisticTerms, own: OwnColumns, ports: LogisticPorts): Promise<number> {
  const plan = exactPlan(terms);
  const h = own.fixed.length;
  const pairs = pairColumns(own.fixed, plan, terms.columnBits);
  const rowMajor = new Int32Array(terms.rows * h);
  own.fixed.forEach((column, j) => {
    for (let i = 0; i < terms.rows; i++) rowMajor[i * h + j] = column[i];
  });
  for (let iterations = 0; ; iterations++) {
    const next = await receiveNumber(channel, NEXT.fine);
    if (next === NEXT.stop) return iterations;
    const fineness: Fineness = next === NEXT.fine ? 'fine' : 'coarse';
    await answerPredictor(channel, plan, terms, (i) => rowMajor.subarray(i * h, (i + 1) * h), ports);
    await answerMoments(channel, plan.columns[fineness], (f) => own.fixed[f], ports);
    await answerMoments(channel, plan.pairs[fineness], (f) => pairs[fineness][f], ports);
  }
}

/** Rounds the holder's weights to what is encrypted, so that the score that comes back belongs to exactly these weights. */
function representable(weights: Float64Array, ownColumns: number, bits: number): Float64Array {
  return weights.map((w, j) => (j <= ownColumns ? w : Math.round(w * 2 ** bits) / 2 ** bits));
}

/** z of every row: the holder's part opened, the own part added. */
async function openPredictor({ channel, plan, terms, ports, columns }: LabelSession, weights: Float64Array): Promise<Float64Array> {
  const { layout, parameters, weightBits } = plan;
  const half = 1n << BigInt(PREDICTOR_BITS - 1);
  const key = await ports.engine.keyHolder(parameters);
  try {
    await sendKeys(channel, [key.publicKey]);
    const holder = weights.subarray(1 + columns.length);
    const residues = BigUint64Array.from(holder, (w) => BigInt.asUintN(PREDICTOR_BITS, BigInt(Math.round(w * 2 ** weightBits))));
    await sendBlobs(channel, KIND.uploads, await key.encrypt(packVector(layout, residues)));
    const wanted = wantedCoefficients(layout);
    const answers = await receiveAnswers(channel, parameters, layout.answers, wanted.length);
    const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
    const unit = 2 ** -(weightBits + terms.columnBits);
    const z = Float64Array.from(opened, (value) => weights[0] + Number(value >= half ? value - 2n * half : value) * unit);
    columns.forEach((column, j) => {
      for (let i = 0; i < z.length; i++) z[i] += weights[1 + j] * column[i];
    });
    return z;
  } finally {
    key.dispose();
  }
}

async function answerPredictor(
  channel: Channel,
  plan: ExactPlan,
  terms: LogisticTerms,
  row: (i: number) => Int32Array,
  ports: LogisticPorts,
): Promise<void> {
  const { layout, parameters }: { layout: MatvecLayout; parameters: ExactPlan['parameters'] } = plan;
  const [publicKey] = await receiveKeys(channel, [parameters]);
  const evaluator = await ports.engine.evaluator(parameters, publicKey);
  const prepared = await ports.engine.prepare(parameters, matrixOperand(layout, row, terms.clip * 2 ** terms.columnBits));
  try {
    const uploads = await receiveUploads(channel, parameters, layout.uploads);
    const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: wantedCoefficients(layout) });
    await sendBlobs(channel, KIND.answers, answers);
  } finally {
    prepared.dispose();
    evaluator.dispose();
  }
}

function notConverged(iterations: number): InputError {
  return new InputError('ERR_LEARN_NOT_CONVERGED', `no convergence in ${iterations} exact iterations`, {
    help: 'Set ridge in the contract (1 is a small penalty on standardised columns), clip the columns, or use method "shared".',
  });
}
