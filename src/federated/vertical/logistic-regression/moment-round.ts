/**
 * The moments in one round. The asking party encrypts its vectors (columns and label, or residuals and weighted columns), the other multiplies
 * them with its own columns. In reveal mode, for the label party, the asker learns the moments and the other nothing; used by LR-G once, and by
 * the exact method at every iteration. In share mode, between two feature holders, both end with shares mod t and nobody learns a moment.
 */
import { LocalProtocolError, type SecureRandom } from '../../../base/index.ts';
import {
  type BlindedAnswers,
  chooseParameters,
  type HeEngine,
  type HeParameters,
  type KeyHolder,
  type Residues,
} from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { LogisticTerms } from './contract.ts';
import { KIND, receiveAnswers, receiveKeys, receiveUploads, sendBlobs, sendKeys } from './messages.ts';
import {
  centredReals,
  type MomentLayout,
  momentLayout,
  momentOperand,
  momentWanted,
  packMoments,
  unpackMoments,
} from './moment-packing.ts';

const LARGE_OPERAND = 512 * 2 ** 20;

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
  readonly mode: 'reveal' | 'share';
}

/**
 * By Cauchy-Schwarz no moment of standardised columns exceeds the number of rows: t = 2^(bits of both formats + log2 rows + 2).
 * @param outputs moments revealed over the whole contract, for the flooding bound.
 */
export function momentRound(
  shape: { rows: number; vectors: number; columns: number },
  { maxAbs, columnBits, outputs, mode = 'reveal' }: { maxAbs: number; columnBits: number; outputs: number; mode?: MomentRound['mode'] },
): MomentRound {
  const layout = momentLayout(shape);
  const rowBits = Math.ceil(Math.log2(shape.rows));
  const vectorBits = Math.min(22, 57 - columnBits - rowBits);
  const plainBits = columnBits + vectorBits + rowBits + 2;
  const usage = { terms: layout.terms, maxAbs, outputs, mode };
  return { layout, parameters: chooseParameters(usage, 1n << BigInt(plainBits)), plainBits, vectorBits, columnBits, maxAbs, mode };
}

/** LR-G's round: L's columns and label against the columns of holder `holder`. */
export function firstRound(terms: LogisticTerms, holder: number): MomentRound {
  return columnRound(terms, terms.labelColumns + 1, holder, 'reveal');
}

/** Two holders' round: columns of the asking one against those of the answering one. */
export function holderRound(terms: LogisticTerms, asking: number, answering: number): MomentRound {
  return columnRound(terms, terms.holders[asking], answering, 'share');
}

function columnRound(terms: LogisticTerms, vectors: number, holder: number, mode: MomentRound['mode']): MomentRound {
  const shape = { rows: terms.rows, vectors, columns: terms.holders[holder] };
  const maxAbs = terms.clip * 2 ** terms.columnBits;
  return momentRound(shape, { maxAbs, columnBits: terms.columnBits, outputs: vectors * shape.columns, mode });
}

/** L: `vector(v)` gives reals, one a row. Result: moment of vector v with H's column f at [f · vectors + v]. */
export async function askMoments(
  channel: Channel,
  round: MomentRound,
  vector: (v: number) => Float64Array,
  ports: LogisticPorts,
): Promise<Float64Array> {
  const residues = await askResidues(channel, round, vector, ports);
  return centredReals(residues, round.parameters.plainModulus, round.vectorBits + round.columnBits);
}

/** The asking party: moments mod t in reveal mode, its shares of them in share mode. */
export async function askResidues(
  channel: Channel,
  round: MomentRound,
  vector: (v: number) => Float64Array,
  ports: LogisticPorts,
): Promise<BigUint64Array> {
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

async function openMoments(channel: Channel, { layout, parameters, mode }: MomentRound, key: KeyHolder): Promise<BigUint64Array> {
  const wanted = momentWanted(layout);
  const groups = [];
  for (let group = 0; group < layout.groups; group++) {
    const answers = await receiveAnswers(channel, parameters, layout.answers, wanted.length);
    groups.push(await key.decrypt(answers, wanted, mode));
  }
  return unpackMoments(layout, groups);
}

/** The answering party: `column(f)` gives its fixed-point columns. Result: in share mode its shares, else nothing. */
export async function answerMoments(
  channel: Channel,
  round: MomentRound,
  column: (f: number) => Int32Array,
  ports: LogisticPorts,
): Promise<BigUint64Array | undefined> {
  const { layout, parameters, mode } = round;
  const [publicKey] = await receiveKeys(channel, [parameters]);
  const evaluator = await ports.engine.evaluator(parameters, publicKey);
  const operand = await ports.engine.prepare(parameters, momentOperand(layout, column, round.maxAbs), {
    residentCap: residentBytes(round),
  });
  try {
    const vectors: Uint8Array[][] = [];
    for (let group = 0; group < layout.groups; group++) vectors.push(await receiveUploads(channel, parameters, layout.uploads));
    const blinded = await evaluator.multiply(vectors, operand, { mode, wanted: momentWanted(layout) });
    for (const { answers } of blinded) await sendBlobs(channel, KIND.answers, answers);
    return mode === 'share' ? unpackMoments(layout, blinded.map(sharesOf)) : undefined;
  } finally {
    operand.dispose();
    evaluator.dispose();
  }
}

/** A small operand stays in the engine's form; a large one, which each pass of all vectors uses once, is made as it is used. */
function residentBytes({ layout, parameters }: MomentRound): number {
  const bytes = layout.answers * layout.uploads * parameters.dataPrimes.length * parameters.ringDegree * 4;
  return bytes <= LARGE_OPERAND ? bytes : 0;
}

function sharesOf({ shares }: BlindedAnswers): readonly Residues[] {
  if (shares) return shares;
  throw new LocalProtocolError('ERR_LR_SHARE_MODE', 'the engine gave no shares in share mode');
}
