/**
 * Weighted moments of the exact method: gradient and Hessian of the loss at given linear predictors, from two rounds of moments with the holder.
 * The label party learns them and nothing of single rows beyond the predictors it has; the holder learns nothing.
 */
import { sigmoid } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { LogisticTerms } from './contract.ts';
import { type ExactPlan, type Fineness, LOW_PAIR_BITS, splitDigits } from './exact-plan.ts';
import { askMoments, type LogisticPorts } from './moment-round.ts';

export interface LabelSession {
  readonly channel: Channel;
  readonly terms: LogisticTerms;
  readonly plan: ExactPlan;
  readonly labels: ArrayLike<number>;
  readonly ports: LogisticPorts;
  /** Own columns as the rounded reals. */
  readonly columns: readonly Float64Array[];
}

/** Gradient and Hessian of the summed loss, intercept first, from two rounds of moments. */
export async function weightedMoments(
  session: LabelSession,
  z: Float64Array,
  fineness: Fineness,
): Promise<{ gradient: Float64Array; hessian: Float64Array }> {
  const { columns, terms, labels } = session;
  const l = columns.length;
  const h = terms.holderColumns;
  const n = 1 + l + h;
  const residual = z.map((value, i) => sigmoid(value) - labels[i]);
  const weight = z.map((value) => sigmoid(value) * sigmoid(-value));
  const ownAndOnes = [new Float64Array(z.length).fill(1), ...columns];
  const weighted = ownAndOnes.map((column) => column.map((x, i) => x * weight[i]));
  const cross = await crossMoments(session, [residual, ...weighted], fineness);
  const pairs = await pairMoments(session, weight, fineness);
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const set = (i: number, j: number, value: number): void => {
    hessian[i * n + j] = hessian[j * n + i] = value;
  };
  ownAndOnes.forEach((column, i) => {
    gradient[i] = dot(column, residual);
    for (let j = i; j <= l; j++) set(i, j, dot(weighted[i], ownAndOnes[j]));
  });
  for (let f = 0, at = 0; f < h; f++) {
    const row = 1 + l + f;
    gradient[row] = cross[f][0];
    for (let v = 0; v <= l; v++) set(v, row, cross[f][1 + v]);
    for (let g = f; g < h; g++, at++) set(row, 1 + l + g, pairs[at]);
  }
  return { gradient, hessian };
}

/** Moments of each holder column with residual (two digits always) and weighted columns (two digits in a fine round). */
async function crossMoments(
  { channel, plan, terms, ports }: LabelSession,
  sources: readonly Float64Array[],
  fineness: Fineness,
): Promise<number[][]> {
  const round = plan.columns[fineness];
  const lowUnit = 2 ** -round.vectorBits;
  const digits = sources.flatMap((values, s) => {
    const split = splitDigits(values, round.vectorBits);
    return s === 0 || fineness === 'fine'
      ? split.map((part, d) => ({ part, s, unit: d === 0 ? 1 : lowUnit }))
      : [{ part: split[0], s, unit: 1 }];
  });
  const opened = await askMoments(channel, round, (v) => digits[v].part, ports);
  return Array.from({ length: terms.holderColumns }, (_, f) => {
    const sums = new Array<number>(sources.length).fill(0);
    digits.forEach(({ s, unit }, v) => {
      sums[s] += opened[f * digits.length + v] * unit;
    });
    return sums;
  });
}

/** Σ weight·x_f·x_g for f ≤ g. */
async function pairMoments({ channel, plan, terms, ports }: LabelSession, weight: Float64Array, fineness: Fineness): Promise<Float64Array> {
  const round = plan.pairs[fineness];
  const products = (terms.holderColumns * (terms.holderColumns + 1)) / 2;
  const parts = splitDigits(weight, round.vectorBits).slice(0, fineness === 'fine' ? 2 : 1);
  const opened = await askMoments(channel, round, (v) => parts[v], ports);
  const sums = new Float64Array(products);
  for (let f = 0; f < opened.length / parts.length; f++) {
    const columnUnit = f < products ? 1 : 2 ** -LOW_PAIR_BITS;
    parts.forEach((_, v) => {
      sums[f % products] += opened[f * parts.length + v] * columnUnit * (v === 0 ? 1 : 2 ** -round.vectorBits);
    });
  }
  return sums;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
