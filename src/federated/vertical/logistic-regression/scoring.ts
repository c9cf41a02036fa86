/**
 * Scoring with a vertical logistic regression: the label party registers the holder's weights once, encrypted, for good; for each batch of rows the
 * holder multiplies them with the rows' standardised values and answers one integer a row: the holder's part of the linear predictor.
 *
 * | | label party | feature holder |
 * |---|---|---|
 * | learns | the holder's part of the predictor of each asked row, one integer mod 2^26, whatever it encrypted | which rows were asked for |
 * | does not learn | any value of the holder | weights, scores |
 *
 * Fixed point: values to 1/256 of a deviation, weights to 1/2048. The predictor is off by at most Σ|w|/512 + Σ|x|/4096, and encrypted and clear
 * scores are the same integers (`plainParts`).
 */
import { InputError } from '../../../base/index.ts';
import { type Scaling, scale } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import {
  type AskDesk,
  acceptVector,
  type HolderPorts,
  type RegisteredVector,
  type RegistrationPorts,
  type RegistrationTerms,
  registerVector,
} from '../registered-vector/index.ts';

const VALUE_BITS = 8;
const WEIGHT_BITS = 11;
/** Bits of one answer: t = 2^26. */
export const LINEAR_SCORE_BITS = 26;
/** One unit of an answer in the linear predictor. */
export const LINEAR_SCORE_UNIT = 2 ** -(VALUE_BITS + WEIGHT_BITS);
/** Largest standardised value that scores; beyond it a value counts as this. Training clips at 6 by default. */
const MAX_VALUE = 16;

const termsFor = (columns: number): RegistrationTerms => ({
  kind: 'lr',
  errors: 'ERR_LR',
  entries: columns,
  maxAbs: MAX_VALUE * 2 ** VALUE_BITS,
  bits: LINEAR_SCORE_BITS,
});

/** Label party's end: `ask` gives the holder's part of the predictor of each row, in units of `LINEAR_SCORE_UNIT`. */
export type RegisteredWeights = RegisteredVector;

/**
 * Registers the weights of the holder's standardised columns, or goes on with their registration.
 * @throws InputError `ERR_LR_WEIGHTS` when a score could leave the plaintext space, and as `registerVector`.
 */
export async function registerWeights(channel: Channel, weights: Float64Array, ports: RegistrationPorts): Promise<RegisteredWeights> {
  const fixed = fixedWeights(weights);
  return registerVector(channel, termsFor(fixed.length), fixed, ports);
}

/** The same integers in the clear, for who holds both. `columns` in the order of the weights. */
export function plainParts(weights: Float64Array, columns: readonly Float64Array[], scalings: readonly Scaling[]): Int32Array {
  const fixed = fixedWeights(weights);
  const values = columns.map((column, f) => fixedValues(column, scalings[f]));
  return Int32Array.from(columns[0] ?? [], (_, i) => values.reduce((sum, column, f) => sum + fixed[f] * column[i], 0));
}

function fixedWeights(weights: Float64Array): number[] {
  const fixed = Array.from(weights, (weight) => Math.round(weight * 2 ** WEIGHT_BITS) + 0);
  const bound = fixed.reduce((sum, weight) => sum + Math.abs(weight) * MAX_VALUE * 2 ** VALUE_BITS, 0);
  if (bound < 2 ** (LINEAR_SCORE_BITS - 1)) return fixed;
  throw new InputError('ERR_LR_WEIGHTS', 'the weights are so large that a score could leave its range', {
    help: 'Fit with a ridge penalty (l2), and look for collinear columns.',
  });
}

/** Round of the standardised value; the mean stands for a missing one. */
function fixedValues(values: Float64Array, scaling: Scaling): Int32Array {
  const held = { ...scaling, clip: Math.min(scaling.clip, MAX_VALUE) };
  return Int32Array.from(scale(values, held), (value) => (Number.isNaN(value) ? 0 : Math.round(value * 2 ** VALUE_BITS)));
}

/** Holder's end of a registration. */
export interface HeldWeights {
  /** Answers one `ask`; `columns` are the holder's raw values of the rows that may be asked for, in the order of its scalings. */
  answer(channel: Channel, columns: readonly Float64Array[], desk?: AskDesk): Promise<void>;
  dispose(): void;
}

/** Pins the weights' registration, or goes on with the pinned one. @throws as `acceptVector` */
export async function acceptWeights(channel: Channel, scalings: readonly Scaling[], ports: HolderPorts): Promise<HeldWeights> {
  const held = await acceptVector(channel, termsFor(scalings.length), ports);
  return {
    dispose: () => held.dispose(),
    answer: (to, columns, desk) => held.answer(to, columns[0].length, standardised(columns, scalings), desk),
  };
}

/** The rows' standardised values at fixed point. */
function standardised(columns: readonly Float64Array[], scalings: readonly Scaling[]) {
  return (rows: Uint32Array) => {
    const values = columns.map((column, f) => {
      const raw = Float64Array.from(rows, (row) => column[row]);
      return fixedValues(raw, scalings[f]);
    });
    return (i: number): Int32Array => Int32Array.from(values, (column) => column[i]);
  };
}
