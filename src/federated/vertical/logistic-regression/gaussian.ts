/**
 * LR-G: everything the linear-residual model needs in one round. L ends with the second moments of all columns and solves in the clear;
 * the same optimum FATE's coordinated LR and SecretFlow's HESS-LR iterate towards. It is also start and preconditioner of what follows.
 */
import type { Moments } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { OwnColumns } from './columns.ts';
import type { LogisticTerms } from './contract.ts';
import { KIND, receiveReals, sendReals } from './messages.ts';
import { answerMoments, askMoments, firstRound, type LogisticPorts } from './moment-round.ts';

/** L: moments of intercept, own columns, holder columns, in this order. */
export async function gatherMoments(
  channel: Channel,
  terms: LogisticTerms,
  own: OwnColumns,
  labels: ArrayLike<number>,
  ports: LogisticPorts,
): Promise<Moments> {
  const l = own.fixed.length;
  const h = terms.holderColumns;
  const unit = 2 ** -terms.columnBits;
  const reals = (v: number): Float64Array => (v < l ? Float64Array.from(own.fixed[v], (x) => x * unit) : Float64Array.from(labels));
  const cross = await askMoments(channel, firstRound(terms), reals, ports);
  const gram = await receiveReals(channel, KIND.gram, h + (h * (h + 1)) / 2);
  const names = [...own.names, ...holderNames(h)];
  const n = names.length + 1;
  const full = new Float64Array(n * n);
  const target = new Float64Array(n);
  const set = (i: number, j: number, value: number): void => {
    full[i * n + j] = full[j * n + i] = value;
  };
  fillOwn(own, labels, terms, set, target);
  for (let f = 0, at = h; f < h; f++) {
    const row = 1 + l + f;
    set(0, row, gram[f]);
    for (let v = 0; v < l; v++) set(1 + v, row, cross[f * (l + 1) + v]);
    target[row] = cross[f * (l + 1) + l];
    for (let g = f; g < h; g++, at++) set(row, 1 + l + g, gram[at]);
  }
  return { rows: terms.rows, names, gram: full, target };
}

/** H: answers the round, then states the moments of its own columns. */
export async function giveMoments(channel: Channel, terms: LogisticTerms, own: OwnColumns, ports: LogisticPorts): Promise<void> {
  await answerMoments(channel, firstRound(terms), (f) => own.fixed[f], ports);
  const h = own.fixed.length;
  const unit = 2 ** -terms.columnBits;
  const gram = new Float64Array(h + (h * (h + 1)) / 2);
  for (let f = 0, at = h; f < h; f++) {
    gram[f] = total(own.fixed[f]) * unit;
    for (let g = f; g < h; g++, at++) gram[at] = dot(own.fixed[f], own.fixed[g]) * unit * unit;
  }
  await sendReals(channel, KIND.gram, gram);
}

/** The label party knows the holder's columns by number only. */
export const holderNames = (count: number): string[] => Array.from({ length: count }, (_, f) => `holder ${f + 1}`);

function fillOwn(
  own: OwnColumns,
  labels: ArrayLike<number>,
  terms: LogisticTerms,
  set: (i: number, j: number, value: number) => void,
  target: Float64Array,
): void {
  const unit = 2 ** -terms.columnBits;
  set(0, 0, terms.rows);
  target[0] = total(labels);
  own.fixed.forEach((column, i) => {
    set(0, 1 + i, total(column) * unit);
    target[1 + i] = dot(column, labels) * unit;
    for (let j = i; j < own.fixed.length; j++) set(1 + i, 1 + j, dot(column, own.fixed[j]) * unit * unit);
  });
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
