/**
 * Scoring with a vertical logistic regression: the label party registers the holder's weights once, encrypted; for each batch of rows the holder
 * multiplies them with the rows' standardised values and answers one integer a row: the holder's part of the linear predictor.
 *
 * | | label party | feature holder |
 * |---|---|---|
 * | learns | the holder's part of the predictor of each asked row, one integer mod 2^26, whatever it encrypted | which rows were asked for |
 * | does not learn | any value of the holder | weights, scores |
 *
 * Fixed point: values to 1/256 of a deviation, weights to 1/2048. The predictor is off by at most Σ|w|/512 + Σ|x|/4096, and encrypted and clear
 * scores are the same integers (`plainParts`).
 */
import { ByteReader, ByteWriter, InputError, PeerProtocolError } from '../../../base/index.ts';
import {
  answerBytes,
  chooseParameters,
  type HeParameters,
  type KeyHolder,
  type MatvecLayout,
  matrixOperand,
  matvecLayout,
  packVector,
  publicKeyBytes,
  unpackAnswers,
  uploadBytes,
  wantedCoefficients,
} from '../../../he/index.ts';
import { type Scaling, scale } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { LogisticPorts } from './moment-round.ts';

const KIND = Object.freeze({ register: 'lr/register', ask: 'lr/ask', scores: 'lr/scores' });
const VALUE_BITS = 8;
const WEIGHT_BITS = 11;
/** Bits of one answer: t = 2^26. */
export const LINEAR_SCORE_BITS = 26;
/** One unit of an answer in the linear predictor. */
export const LINEAR_SCORE_UNIT = 2 ** -(VALUE_BITS + WEIGHT_BITS);
/** Largest standardised value that scores; beyond it a value counts as this. Training clips at 6 by default. */
const MAX_VALUE = 16;
const MAX_ROWS_ASKED = 65_536;
/** Rows the flooding bound of one registration is sized for. */
const MAX_ROWS_EVER = 2 ** 24;

const layoutFor = (columns: number, rows: number): MatvecLayout =>
  matvecLayout({ rows: columns, outputs: rows, block: 2 ** Math.ceil(Math.log2(Math.max(2, columns))) });

function parametersFor(columns: number): HeParameters {
  const { terms } = layoutFor(columns, 1);
  const usage = { terms, maxAbs: MAX_VALUE * 2 ** VALUE_BITS, outputs: MAX_ROWS_EVER, mode: 'reveal' as const };
  return chooseParameters(usage, 1n << BigInt(LINEAR_SCORE_BITS));
}

/** Label party's end of a registration; `dispose()` wipes the key. */
export interface RegisteredWeights {
  /** The holder's part of the predictor of rows `rows` (row numbers both sides agree on), in units of `LINEAR_SCORE_UNIT`. */
  ask(channel: Channel, rows: Uint32Array): Promise<Int32Array>;
  dispose(): void;
}

/**
 * Registers the weights of the holder's standardised columns, encrypted under a fresh key.
 * @throws InputError `ERR_LR_WEIGHTS` when a score could leave the plaintext space.
 */
export async function registerWeights(channel: Channel, weights: Float64Array, ports: LogisticPorts): Promise<RegisteredWeights> {
  const fixed = fixedWeights(weights);
  const parameters = parametersFor(fixed.length);
  const key = await ports.engine.keyHolder(parameters);
  const vector = BigUint64Array.from(fixed, (weight) => BigInt.asUintN(LINEAR_SCORE_BITS, BigInt(weight)));
  const [upload] = await key.encrypt(packVector(layoutFor(fixed.length, 1), vector));
  await channel.send(KIND.register, new ByteWriter(upload.length).blob(key.publicKey).blob(upload).finish());
  return { ask: (to, rows) => askParts(to, rows, fixed.length, key), dispose: () => key.dispose() };
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

async function askParts(channel: Channel, rows: Uint32Array, columns: number, key: KeyHolder): Promise<Int32Array> {
  if (rows.length === 0 || rows.length > MAX_ROWS_ASKED)
    throw new InputError('ERR_LR_ROWS', `ask for 1 to ${MAX_ROWS_ASKED} rows at a time`);
  await channel.send(KIND.ask, new ByteWriter(4 * rows.length).u32s(rows).finish());
  const layout = layoutFor(columns, rows.length);
  const wanted = wantedCoefficients(layout);
  const reader = new ByteReader(await channel.receive(KIND.scores), KIND.scores);
  const size = answerBytes(key.parameters, wanted.length);
  const answers = reader.blobs('answers', { min: layout.answers, max: layout.answers }, { min: size, max: size });
  reader.end();
  const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
  return Int32Array.from(opened, (value) => Number(BigInt.asIntN(LINEAR_SCORE_BITS, value)));
}

/** Holder's end of a registration. */
export interface HeldWeights {
  /**
   * Answers one `ask`; `columns` are the holder's raw values of the rows that may be asked for, in the order of its scalings.
   * @param authorise sees the rows before anything is computed; throws to refuse
   */
  answer(channel: Channel, columns: readonly Float64Array[], authorise?: (rows: Uint32Array) => Promise<unknown>): Promise<void>;
  dispose(): void;
}

/**
 * Accepts one registration.
 * @param admit sees the registration's bytes (key and encrypted weights) before anything is computed; throws to refuse: each registration is a
 * functional of the columns that the label party may have chosen
 * @throws PeerProtocolError on malformed bytes.
 */
export async function acceptWeights(
  channel: Channel,
  scalings: readonly Scaling[],
  ports: LogisticPorts,
  admit?: (registration: Uint8Array) => Promise<unknown>,
): Promise<HeldWeights> {
  const parameters = parametersFor(scalings.length);
  const registration = await channel.receive(KIND.register);
  const reader = new ByteReader(registration, KIND.register);
  const keySize = publicKeyBytes(parameters);
  const publicKey = reader.blob('public key', { min: keySize, max: keySize }).slice();
  const size = uploadBytes(parameters);
  const upload = reader.blob('weights', { min: size, max: size }).slice();
  reader.end();
  await admit?.(registration);
  const evaluator = await ports.engine.evaluator(parameters, publicKey);
  return {
    dispose: () => evaluator.dispose(),
    async answer(to, columns, authorise) {
      const rows = readRows(await to.receive(KIND.ask), columns[0].length);
      await authorise?.(rows);
      const values = columns.map((column, f) =>
        fixedValues(
          Float64Array.from(rows, (row) => column[row]),
          scalings[f],
        ),
      );
      const layout = layoutFor(columns.length, rows.length);
      const row = (i: number): Int32Array => Int32Array.from(values, (column) => column[i]);
      const operand = await ports.engine.prepare(parameters, matrixOperand(layout, row, MAX_VALUE * 2 ** VALUE_BITS));
      const [{ answers }] = await evaluator.multiply([[upload]], operand, { mode: 'reveal', wanted: wantedCoefficients(layout) });
      operand.dispose();
      await to.send(KIND.scores, new ByteWriter(1024).blobs(answers).finish());
    },
  };
}

function readRows(bytes: Uint8Array, rowCount: number): Uint32Array {
  const reader = new ByteReader(bytes, KIND.ask);
  const rows = reader.u32s('rows', { min: 1, max: MAX_ROWS_ASKED }, rowCount - 1);
  reader.end();
  if (new Set(rows).size === rows.length) return rows;
  throw new PeerProtocolError('ERR_LR_REPEATED_ROW', 'a row is asked for twice in one batch');
}
