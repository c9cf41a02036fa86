/**
 * The moments in one round. L encrypts its vectors (columns and label, or residuals and weighted columns), H multiplies them with its own
 * columns and answers in reveal mode: L learns the moments, H learns nothing. Used by LR-G once, and by the exact method at every iteration.
 */
import type { SecureRandom } from '../../../base/index.ts';
import { chooseParameters, type HeEngine, type HeParameters, type KeyHolder } from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { LogisticTerms } from './contract.ts';
import { KIND, receiveAnswers, receiveKeys, receiveUploads, sendBlobs, sendKeys } from './messages.ts';
import { type MomentLayout, momentLayout, momentOperand, momentWanted, packMoments, unpackMoments } from './moment-packing.ts';

export interface LogisticPorts {
  readonly engine: HeEngine;
  readonly random: SecureRandom;
}

/** One round of moments, as both parties derive it from public sizes. */
export interface MomentRound {
  readonly layout: MomentLayout;
  readonly parameters: HeParameters;
  readonly plainBits: number;
  /** Fractional bits of L's vectors. */
  readonly vectorBits: number;
  /** Fractional bits of H's columns. */
  readonly columnBits: number;
  readonly maxAbs: number;
}

/**
 * By Cauchy-Schwarz no moment of standardised columns exceeds the number of rows: t = 2^(bits of both formats + log2 rows + 2).
 * @param outputs moments revealed over the whole contract, for the flooding bound.
 */
export function momentRound(
  shape: { rows: number; vectors: number; columns: number },
  { maxAbs, columnBits, outputs }: { maxAbs: number; columnBits: number; outputs: number },
): MomentRound {
  const layout = momentLayout(shape);
  const rowBits = Math.ceil(Math.log2(shape.rows));
  const vectorBits = Math.min(22, 57 - columnBits - rowBits);
  const plainBits = columnBits + vectorBits + rowBits + 2;
  const usage = { terms: layout.terms, maxAbs, outputs, mode: 'reveal' as const };
  return { layout, parameters: chooseParameters(usage, 1n << BigInt(plainBits)), plainBits, vectorBits, columnBits, maxAbs };
}

/** LR-G's round: L's columns and label against H's columns. */
export function firstRound(terms: LogisticTerms): MomentRound {
  const shape = { rows: terms.rows, vectors: terms.labelColumns + 1, columns: terms.holderColumns };
  return momentRound(shape, {
    maxAbs: terms.clip * 2 ** terms.columnBits,
    columnBits: terms.columnBits,
    outputs: shape.vectors * shape.columns,
  });
}

/** L: `vector(v)` gives reals, one a row. Result: moment of vector v with H's column f at [f · vectors + v]. */
export async function askMoments(
  channel: Channel,
  round: MomentRound,
  vector: (v: number) => Float64Array,
  ports: LogisticPorts,
): Promise<Float64Array> {
  const key = await ports.engine.keyHolder(round.parameters);
  try {
    await sendKeys(channel, [key.publicKey]);
    const factor = 2 ** round.vectorBits;
    const fixed = (v: number): Float64Array => vector(v).map((value) => Math.round(value * factor));
    for (let group = 0; group < round.layout.groups; group++) {
      await sendBlobs(channel, KIND.uploads, await key.encrypt(packMoments(round.layout, group, round.plainBits, fixed)));
    }
    return await openMoments(channel, round, key);
  } finally {
    key.dispose();
  }
}

async function openMoments(channel: Channel, round: MomentRound, key: KeyHolder): Promise<Float64Array> {
  const { layout, parameters } = round;
  const wanted = momentWanted(layout);
  const groups = [];
  for (let group = 0; group < layout.groups; group++) {
    const answers = await receiveAnswers(channel, parameters, layout.answers, wanted.length);
    groups.push(await key.decrypt(answers, wanted, 'reveal'));
  }
  const unit = 2 ** -(round.vectorBits + round.columnBits);
  return unpackMoments(layout, parameters.plainModulus, groups).map((moment) => moment * unit);
}

/** H: `column(f)` gives its fixed-point columns. */
export async function answerMoments(
  channel: Channel,
  round: MomentRound,
  column: (f: number) => Int32Array,
  ports: LogisticPorts,
): Promise<void> {
  const { layout, parameters } = round;
  const [publicKey] = await receiveKeys(channel, [parameters]);
  const evaluator = await ports.engine.evaluator(parameters, publicKey);
  const operand = await ports.engine.prepare(parameters, momentOperand(layout, column, round.maxAbs));
  try {
    const vectors: Uint8Array[][] = [];
    for (let group = 0; group < layout.groups; group++) vectors.push(await receiveUploads(channel, parameters, layout.uploads));
    const blinded = await evaluator.multiply(vectors, operand, { mode: 'reveal', wanted: momentWanted(layout) });
    for (const { answers } of blinded) await sendBlobs(channel, KIND.answers, answers);
  } finally {
    operand.dispose();
    evaluator.dispose();
  }
}
