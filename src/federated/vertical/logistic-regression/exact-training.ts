/**
 * LR-F: Newton's method with the exact sigmoid, for parties whose contract says `discloseLinearPredictor`. At every iteration the label party
 * opens the holder's partial score X_h·w_h of every row, and the weighted moments of the holder's columns. It must be asked for: whoever knows
 * the holder's values of as many rows as there are iterations begins to see the columns of the others (reverse multiplication, Weng et al.
 * 2020); at most 10 iterations.
 */
import type { Progress } from '../../../base/index.ts';
import { InputError } from '../../../base/index.ts';
import {
  chooseParameters,
  type HeParameters,
  type MatvecLayout,
  matrixOperand,
  packVector,
  unpackAnswers,
  wantedCoefficients,
} from '../../../he/index.ts';
import { addRidge, assertNotSeparable, newtonTarget, sigmoid } from '../../../learn/logistic-regression/index.ts';
import type { SignBound } from '../../../learn/statistics/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { COLUMN_BITS, type OwnColumns } from './columns.ts';
import type { LogisticTerms } from './contract.ts';
import { vectorLayout } from './lanes.ts';
import { KIND, receiveAnswers, receiveKeys, receiveNumber, receiveUploads, sendBlobs, sendKeys, sendNumber } from './messages.ts';
import { answerMoments, askMoments, type LogisticPorts, type MomentRound, momentRound } from './moment-round.ts';

const WEIGHT_BITS = 26;
const UNIT = 2 ** -COLUMN_BITS;

interface ExactPlan {
  readonly layout: MatvecLayout;
  readonly parameters: HeParameters;
  readonly plainModulus: bigint;
  /** r, w, w·x_l against x_h. */
  readonly columns: MomentRound;
  /** w against x_h·x_h'. */
  readonly pairs: MomentRound;
  readonly pairBits: number;
}

/** Every iteration reveals as much as the plan says; the flooding bound counts all of them and the closing evaluation. */
function exactPlan(terms: LogisticTerms): ExactPlan {
  const { rows, holderColumns: h, labelColumns: l } = terms;
  const rounds = terms.iterations + 1;
  const layout = vectorLayout(h, rows);
  const columnBound = terms.clip * 2 ** COLUMN_BITS;
  const plainModulus = 1n << 58n;
  const pairBits = Math.min(COLUMN_BITS, 29 - Math.ceil(2 * Math.log2(terms.clip)));
  const shape = { rows, vectors: l + 2, columns: h };
  const pairShape = { rows, vectors: 1, columns: (h * (h + 1)) / 2 };
  return {
    layout,
    plainModulus,
    parameters: chooseParameters({ terms: layout.terms, maxAbs: columnBound, outputs: rounds * rows, mode: 'reveal' }, plainModulus),
    columns: momentRound(shape, { maxAbs: columnBound, outputs: rounds * shape.vectors * shape.columns }),
    pairs: momentRound(pairShape, { maxAbs: 2 ** 29, columnBits: pairBits, outputs: rounds * pairShape.columns }),
    pairBits,
  };
}

export interface ExactOutcome {
  /** Intercept, own columns, holder's columns. */
  readonly weights: Float64Array;
  /** Information matrix at the weights, ridge included. */
  readonly information: Float64Array;
  readonly iterations: number;
}

/**
 * L. @throws InputError `ERR_LEARN_SEPARABLE`, `ERR_LEARN_COLLINEAR`, `ERR_LEARN_NOT_CONVERGED`, `ERR_LR_RANGE`.
 */
export async function trainExactly(
  channel: Channel,
  terms: LogisticTerms,
  own: OwnColumns,
  labels: ArrayLike<number>,
  start: { readonly weights: Float64Array; readonly names: readonly string[]; readonly signs: readonly SignBound[] | undefined },
  ports: LogisticPorts,
  progress: Progress,
): Promise<ExactOutcome> {
  const plan = exactPlan(terms);
  const l = own.fixed.length;
  const columns = own.fixed.map((column) => Float64Array.from(column, (x) => x * UNIT));
  let weights = start.weights;
  for (let iteration = 0; ; iteration++) {
    const z = await openPredictor(channel, plan, weights.subarray(1 + l), ports);
    for (let i = 0; i < z.length; i++) z[i] += weights[0];
    columns.forEach((column, j) => {
      for (let i = 0; i < z.length; i++) z[i] += weights[1 + j] * column[i];
    });
    assertNotSeparable(z, labels, terms.ridge);
    const { gradient, hessian } = await weightedMoments(channel, plan, terms, columns, z, labels, ports);
    for (let j = 1; j < weights.length; j++) gradient[j] += terms.ridge * weights[j];
    addRidge(hessian, weights.length, terms.ridge);
    const target = newtonTarget(hessian, gradient, weights, start.names, start.signs);
    const moved = target.reduce((far, w, j) => Math.max(far, Math.abs(w - weights[j])), 0);
    weights = target;
    progress({ stage: 'logistic regression', done: iteration + 1, total: terms.iterations, unit: 'iterations' });
    const converged = moved <= terms.tolerance;
    const more = !converged && iteration + 1 < terms.iterations;
    await sendNumber(channel, more ? 1 : 0);
    if (more) continue;
    if (!converged && terms.tolerance > 0) throw notConverged(terms.iterations);
    return { weights, information: hessian, iterations: iteration + 1 };
  }
}

/** H. Its columns stay; it learns how many iterations there were. */
export async function serveExactly(channel: Channel, terms: LogisticTerms, own: OwnColumns, ports: LogisticPorts): Promise<number> {
  const plan = exactPlan(terms);
  const h = own.fixed.length;
  const pairs = pairColumns(own.fixed, plan.pairBits);
  const rowMajor = new Int32Array(terms.rows * h);
  own.fixed.forEach((column, j) => {
    for (let i = 0; i < terms.rows; i++) rowMajor[i * h + j] = column[i];
  });
  const operand = matrixOperand(plan.layout, (i) => rowMajor.subarray(i * h, (i + 1) * h), terms.clip * 2 ** COLUMN_BITS);
  for (let iterations = 1; ; iterations++) {
    const [publicKey] = await receiveKeys(channel, [plan.parameters]);
    const evaluator = await ports.engine.evaluator(plan.parameters, publicKey);
    const prepared = await ports.engine.prepare(plan.parameters, operand);
    try {
      const uploads = await receiveUploads(channel, plan.parameters, plan.layout.uploads);
      const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: wantedCoefficients(plan.layout) });
      await sendBlobs(channel, KIND.answers, answers);
    } finally {
      prepared.dispose();
      evaluator.dispose();
    }
    await answerMoments(channel, plan.columns, (f) => own.fixed[f], ports);
    await answerMoments(channel, plan.pairs, (f) => pairs[f], ports);
    if ((await receiveNumber(channel, 1)) === 0) return iterations;
  }
}

async function openPredictor(channel: Channel, plan: ExactPlan, weights: Float64Array, ports: LogisticPorts): Promise<Float64Array> {
  const { layout, parameters, plainModulus: t } = plan;
  const key = await ports.engine.keyHolder(parameters);
  try {
    await sendKeys(channel, [key.publicKey]);
    const residues = BigUint64Array.from(weights, (w) => BigInt.asUintN(58, BigInt(Math.round(w * 2 ** WEIGHT_BITS))));
    await sendBlobs(channel, KIND.uploads, await key.encrypt(packVector(layout, residues)));
    const wanted = wantedCoefficients(layout);
    const answers = await receiveAnswers(channel, parameters, layout.answers, wanted.length);
    const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
    return Float64Array.from(opened, (value) => Number(value > t >> 1n ? value - t : value) * 2 ** -(WEIGHT_BITS + COLUMN_BITS));
  } finally {
    key.dispose();
  }
}

/** Gradient and Hessian of the summed loss, intercept first, from two rounds of moments. */
async function weightedMoments(
  channel: Channel,
  plan: ExactPlan,
  terms: LogisticTerms,
  columns: readonly Float64Array[],
  z: Float64Array,
  labels: ArrayLike<number>,
  ports: LogisticPorts,
): Promise<{ gradient: Float64Array; hessian: Float64Array }> {
  const l = columns.length;
  const h = terms.holderColumns;
  const n = 1 + l + h;
  const residual = z.map((value, i) => sigmoid(value) - labels[i]);
  const weight = z.map((value) => sigmoid(value) * sigmoid(-value));
  const weighted = (v: number): Float64Array => (v === 0 ? residual : v === 1 ? weight : columns[v - 2].map((x, i) => x * weight[i]));
  const cross = await askMoments(channel, plan.columns, weighted, ports);
  const pairs = await askMoments(channel, plan.pairs, () => weight, ports);
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const set = (i: number, j: number, value: number): void => {
    hessian[i * n + j] = hessian[j * n + i] = value;
  };
  const ownAndOnes = [new Float64Array(z.length).fill(1), ...columns];
  ownAndOnes.forEach((column, i) => {
    gradient[i] = dot(column, residual);
    const w = column.map((x, row) => x * weight[row]);
    for (let j = i; j <= l; j++) set(i, j, dot(w, ownAndOnes[j]));
  });
  for (let f = 0, at = 0; f < h; f++) {
    const row = 1 + l + f;
    gradient[row] = cross[f * (l + 2)];
    for (let v = 0; v <= l; v++) set(v, row, cross[f * (l + 2) + 1 + v]);
    for (let g = f; g < h; g++, at++) set(row, 1 + l + g, pairs[at]);
  }
  return { gradient, hessian };
}

/** x_f·x_g for f ≤ g at `bits` fractional bits. */
function pairColumns(fixed: readonly Int32Array[], bits: number): Int32Array[] {
  const factor = 2 ** (bits - 2 * COLUMN_BITS);
  return fixed.flatMap((a, f) => fixed.slice(f).map((b) => Int32Array.from(a, (x, i) => Math.round(x * b[i] * factor))));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function notConverged(iterations: number): InputError {
  return new InputError('ERR_LEARN_NOT_CONVERGED', `no convergence in ${iterations} exact iterations`, {
    help: 'Add a ridge penalty, clip the columns, or use method "shared".',
  });
}
