/**
 * The masked matrix-vector product by coefficient packing (Cheetah: Huang, Lu, Hong, Ding; USENIX Security 2022, §3).
 *
 * A vector v of `rows` residues is cut into blocks of B (a power of two, at most N); a matrix row P_j has as many entries. Upload u is
 *   û(X) = Σ_i v[uB+i] X^i,   and   P̂[a][u](X) = Σ_k Σ_i P[aN/B+k][uB+i] X^(kB + B-1-i),
 * so coefficient kB + B-1 of Σ_u û·P̂[a][u] is the inner product of v and matrix row aN/B + k: one answer carries N/B outputs. Every
 * power of the factors sums to at most kB + 2B-2 < N + B-1, and what wraps round X^N = -1 lands below B-1, beside the wanted places.
 *
 * Noise: a wanted coefficient sums over every entry of the answer's polynomials, `rows · N/B` at most: that is `terms` of the usage.
 *
 * Who learns what: see `types.ts`; L learns `outputs` values (reveal) or shares of them, H learns `rows` and how many vectors there are.
 */
import { InputError } from '../base/index.ts';
import { RING_DEGREE } from './parameters.ts';
import type { Operand, Residues } from './types.ts';

export interface MatvecShape {
  /** Length of the vector. */
  readonly rows: number;
  /** Number of inner products wanted per vector. */
  readonly outputs: number;
  /** B, a power of two, at most N. */
  readonly block: number;
}

export interface MatvecLayout extends MatvecShape {
  readonly ringDegree: number;
  /** Ciphertexts a vector: ceil(rows / B). */
  readonly uploads: number;
  /** N / B. */
  readonly outputsPerAnswer: number;
  /** Answers a vector: ceil(outputs / (N / B)). */
  readonly answers: number;
  /** Most nonzero products in one coefficient of an answer. */
  readonly terms: number;
}

/** @throws InputError `ERR_HE_LAYOUT` on sizes that are not positive integers or a block that is not a power of two up to N. */
export function matvecLayout(shape: MatvecShape): MatvecLayout {
  const { rows, outputs, block } = shape;
  for (const [name, value] of Object.entries({ rows, outputs })) {
    if (!(Number.isSafeInteger(value) && value >= 1 && value <= 2 ** 31)) throw refused(`${name} must be an integer from 1 to 2^31`);
  }
  if (!(Number.isInteger(Math.log2(block)) && block >= 1 && block <= RING_DEGREE)) {
    throw refused(`block must be a power of two from 1 to ${RING_DEGREE}`);
  }
  const outputsPerAnswer = RING_DEGREE / block;
  return Object.freeze({
    rows,
    outputs,
    block,
    ringDegree: RING_DEGREE,
    uploads: Math.ceil(rows / block),
    outputsPerAnswer,
    answers: Math.ceil(outputs / outputsPerAnswer),
    terms: rows * outputsPerAnswer,
  });
}

/** The vector as plaintext polynomials, one an upload; values are residues mod t. */
export function packVector(layout: MatvecLayout, vector: Residues): Residues[] {
  if (vector.length !== layout.rows) throw refused(`the vector has ${vector.length} entries, the layout ${layout.rows}`);
  return Array.from({ length: layout.uploads }, (_, u) => {
    const polynomial = new BigUint64Array(layout.ringDegree);
    polynomial.set(vector.subarray(u * layout.block, Math.min((u + 1) * layout.block, layout.rows)));
    return polynomial;
  });
}

/** One row of H's matrix: `rows` small entries. Uint8Array serves bits and small counts, Int32Array everything else. */
export type MatrixRow = Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array;

/** H's matrix as an operand. `row(j)` gives output row j, 0 ≤ j < outputs; `maxAbs` bounds its entries. */
export function matrixOperand(layout: MatvecLayout, row: (output: number) => MatrixRow, maxAbs: number): Operand {
  return {
    answers: layout.answers,
    uploads: layout.uploads,
    maxAbs,
    terms: layout.terms,
    fill(answer, upload, out) {
      const first = answer * layout.outputsPerAnswer;
      const last = Math.min(first + layout.outputsPerAnswer, layout.outputs);
      let any = 0;
      for (let output = first; output < last; output++) any |= placeRow(layout, row(output), upload, (output - first) * layout.block, out);
      return any !== 0;
    },
  };
}

/** Writes P_j[uB..uB+B-1] backwards into the block that starts at `at`; returns nonzero when an entry is. */
function placeRow(layout: MatvecLayout, entries: MatrixRow, upload: number, at: number, out: Int32Array): number {
  if (entries.length !== layout.rows) throw refused(`a matrix row has ${entries.length} entries, the layout ${layout.rows}`);
  const from = upload * layout.block;
  const count = Math.min(layout.block, layout.rows - from);
  const top = at + layout.block - 1;
  let any = 0;
  for (let i = 0; i < count; i++) {
    const entry = entries[from + i];
    out[top - i] = entry;
    any |= entry;
  }
  return any;
}

/** The coefficients that carry outputs: kB + B-1. The last answer of a vector may carry fewer outputs; its spare places hold zeros. */
export function wantedCoefficients(layout: MatvecLayout): Uint32Array {
  const used = Math.min(layout.outputsPerAnswer, layout.outputs);
  return Uint32Array.from({ length: used }, (_, k) => (k + 1) * layout.block - 1);
}

/** Wanted coefficients of all answers of one vector → its `outputs` values, in the order of the matrix rows. */
export function unpackAnswers(layout: MatvecLayout, answers: readonly Residues[]): Residues {
  if (answers.length !== layout.answers) throw refused(`${answers.length} answers, the layout has ${layout.answers}`);
  const values = new BigUint64Array(layout.outputs);
  answers.forEach((answer, a) => {
    const first = a * layout.outputsPerAnswer;
    values.set(answer.subarray(0, Math.min(layout.outputsPerAnswer, layout.outputs - first)), first);
  });
  return values;
}

function refused(message: string): InputError {
  return new InputError('ERR_HE_LAYOUT', `matrix-vector layout: ${message}`, { help: 'Check the sizes of the vector and of the matrix.' });
}
