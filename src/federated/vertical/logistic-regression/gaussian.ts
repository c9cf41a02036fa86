/**
 * LR-G: everything the linear-residual model needs in one round. The label party ends with the second moments of all columns and solves in the
 * clear; the same optimum FATE's coordinated LR and SecretFlow's HESS-LR iterate towards. It is also start and preconditioner of what follows.
 *
 * With several holders every two of them compute shares of the moments of their columns with each other, under a key of the one with the lower
 * place, and send the shares to the label party: it learns the sums, the holders nothing.
 */
import { PeerProtocolError } from '../../../base/index.ts';
import type { Moments } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { OwnColumns } from './columns.ts';
import type { LogisticTerms } from './contract.ts';
import { KIND, receiveReals, receiveResidues, sendReals, sendResidues } from './messages.ts';
import { centredReals } from './moment-packing.ts';
import { answerMoments, askMoments, askResidues, firstRound, holderRound, type LogisticPorts } from './moment-round.ts';
import type { Seat } from './seats.ts';

/** Symmetric moments under construction: intercept, the label party's columns, each holder's. */
interface Assembly {
  readonly moments: Moments & { readonly gram: Float64Array; readonly target: Float64Array };
  /** Index of each holder's first column. */
  readonly starts: readonly number[];
  readonly set: (i: number, j: number, value: number) => void;
}

/** L: moments of intercept, own columns, holders' columns, in this order. */
export async function gatherMoments(
  seat: Seat,
  terms: LogisticTerms,
  own: OwnColumns,
  labels: ArrayLike<number>,
  names: readonly string[],
  ports: LogisticPorts,
): Promise<Moments> {
  const assembly = assemble(terms, names);
  fillOwn(own, labels, terms, assembly);
  for (let holder = 0; holder < seat.holders; holder++) {
    await gatherHolder(seat.channels.get(1 + holder)!, terms, holder, own, labels, assembly, ports);
  }
  for (let a = 0; a < seat.holders; a++) {
    for (let b = a + 1; b < seat.holders; b++) await gatherPair(seat, terms, a, b, assembly);
  }
  return assembly.moments;
}

/** H: answers the label party's round, states the moments of its own columns, and computes shares of those with other holders' columns. */
export async function giveMoments(seat: Seat, terms: LogisticTerms, own: OwnColumns, ports: LogisticPorts): Promise<void> {
  const holder = seat.place - 1;
  const labelParty = seat.channels.get(0)!;
  await answerMoments(labelParty, firstRound(terms, holder), (f) => own.fixed[f], ports);
  await sendReals(labelParty, KIND.gram, ownMoments(own, terms));
  for (let a = 0; a < seat.holders; a++) {
    for (let b = a + 1; b < seat.holders; b++) {
      if (holder !== a && holder !== b) continue;
      const round = holderRound(terms, a, b);
      const channel = seat.channels.get(1 + (holder === a ? b : a))!;
      const shares =
        holder === a
          ? await askResidues(channel, round, (v) => scaled(own.fixed[v], terms), ports)
          : await answerMoments(channel, round, (f) => own.fixed[f], ports);
      await sendResidues(labelParty, KIND.moments, shares!);
    }
  }
}

/** The label party knows a holder's columns by number only. */
export const holderNames = (holder: string, count: number): string[] => Array.from({ length: count }, (_, f) => `${holder} ${f + 1}`);

function assemble(terms: LogisticTerms, names: readonly string[]): Assembly {
  const n = names.length + 1;
  const gram = new Float64Array(n * n);
  const starts = terms.holders.map((_, k) => 1 + terms.labelColumns + terms.holders.slice(0, k).reduce((sum, columns) => sum + columns, 0));
  const set = (i: number, j: number, value: number): void => {
    gram[i * n + j] = gram[j * n + i] = value;
  };
  return { moments: { rows: terms.rows, names, gram, target: new Float64Array(n) }, starts, set };
}

async function gatherHolder(
  channel: Channel,
  terms: LogisticTerms,
  holder: number,
  own: OwnColumns,
  labels: ArrayLike<number>,
  { moments, starts, set }: Assembly,
  ports: LogisticPorts,
): Promise<void> {
  const l = own.fixed.length;
  const h = terms.holders[holder];
  const reals = (v: number): Float64Array => (v < l ? scaled(own.fixed[v], terms) : Float64Array.from(labels));
  const cross = await askMoments(channel, firstRound(terms, holder), reals, ports);
  const gram = await receiveReals(channel, KIND.gram, h + (h * (h + 1)) / 2);
  checkMoments(gram, h, terms.rows);
  for (let f = 0, at = h; f < h; f++) {
    const row = starts[holder] + f;
    set(0, row, gram[f]);
    for (let v = 0; v < l; v++) set(1 + v, row, cross[f * (l + 1) + v]);
    moments.target[row] = cross[f * (l + 1) + l];
    for (let g = f; g < h; g++, at++) set(row, starts[holder] + g, gram[at]);
  }
}

/** Both holders' shares of Σ x_a·x_b, added. */
async function gatherPair(seat: Seat, terms: LogisticTerms, a: number, b: number, { starts, set }: Assembly): Promise<void> {
  const round = holderRound(terms, a, b);
  const { plainModulus } = round.parameters;
  const count = terms.holders[a] * terms.holders[b];
  const [first, second] = await Promise.all(
    [a, b].map((holder) => receiveResidues(seat.channels.get(1 + holder)!, KIND.moments, count, plainModulus - 1n)),
  );
  const sums = first.map((residue, i) => (residue + second[i]) % plainModulus);
  const reals = centredReals(sums, plainModulus, round.vectorBits + round.columnBits);
  for (let f = 0; f < terms.holders[b]; f++) {
    for (let v = 0; v < terms.holders[a]; v++) set(starts[a] + v, starts[b] + f, reals[f * terms.holders[a] + v]);
  }
}

/** Sums of standardised columns: |Σx| and |Σx·x'| are at most the rows. What is beyond was not standardised. */
function checkMoments(gram: Float64Array, h: number, rows: number): void {
  const limit = rows * (1 + 1e-6) + 1;
  if (gram.every((value) => Math.abs(value) <= limit) && gram.length >= h) return;
  throw new PeerProtocolError('ERR_LR_MOMENTS', 'a feature holder states moments that no standardised columns have', {
    help: 'Both parties must run the same version; ask the holder for its log of this run.',
  });
}

function ownMoments({ fixed }: OwnColumns, terms: LogisticTerms): Float64Array {
  const h = fixed.length;
  const unit = 2 ** -terms.columnBits;
  const gram = new Float64Array(h + (h * (h + 1)) / 2);
  for (let f = 0, at = h; f < h; f++) {
    gram[f] = total(fixed[f]) * unit;
    for (let g = f; g < h; g++, at++) gram[at] = dot(fixed[f], fixed[g]) * unit * unit;
  }
  return gram;
}

function fillOwn(own: OwnColumns, labels: ArrayLike<number>, terms: LogisticTerms, { moments, set }: Assembly): void {
  const unit = 2 ** -terms.columnBits;
  set(0, 0, terms.rows);
  moments.target[0] = total(labels);
  own.fixed.forEach((column, i) => {
    set(0, 1 + i, total(column) * unit);
    moments.target[1 + i] = dot(column, labels) * unit;
    for (let j = i; j < own.fixed.length; j++) set(1 + i, 1 + j, dot(column, own.fixed[j]) * unit * unit);
  });
}

function scaled(column: Int32Array, terms: LogisticTerms): Float64Array {
  const unit = 2 ** -terms.columnBits;
  return Float64Array.from(column, (x) => x * unit);
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
