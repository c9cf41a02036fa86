/**
 * Many inner products at once: all moments of L's vectors v_0.. with H's columns p_0.. . Coefficient packing of a matrix product (Cheetah,
 * USENIX Security 2022, §3.2): an upload holds a block of B rows of κ vectors, a plaintext the same rows of η columns, κ·η·B ≤ N:
 *   û(X) = Σ_c Σ_i v_c[i]·X^(cB + i),   P̂(X) = Σ_f Σ_i p_f[i]·X^(fκB + B-1-i),
 * and coefficient fκB + cB + B-1 of û·P̂ is Σ_i v_c[i]·p_f[i]: no other pair of terms lands there, and what wraps round lands below B-1.
 *
 * Against one vector an upload this needs κ times fewer answers for the same uploads: 52 uploads and 10 answers instead of 210 and 42
 * for default_credit's 14 × 10 moments.
 */
import { InputError } from '../../../base/index.ts';
import { DEFAULT_UNIT_COSTS, type Operand, type Residues, RING_DEGREE } from '../../../he/index.ts';

export interface MomentShape {
  readonly rows: number;
  /** L's vectors. */
  readonly vectors: number;
  /** H's columns. */
  readonly columns: number;
}

export interface MomentLayout extends MomentShape {
  /** κ. */
  readonly vectorsPerUpload: number;
  /** η. */
  readonly columnsPerAnswer: number;
  /** B. */
  readonly block: number;
  /** Groups of κ vectors: the "vectors" of the engine. */
  readonly groups: number;
  /** Uploads a group. */
  readonly uploads: number;
  /** Answers a group. */
  readonly answers: number;
  /** Most nonzero products in one coefficient. */
  readonly terms: number;
}

/** Seconds of the single operations; orders of magnitude are enough, and both parties must take the same. */
const COST = DEFAULT_UNIT_COSTS.kernel;
/** Uploads of all vectors of a pass are held at once; beyond this many another pass makes the operand anew. */
const UPLOADS_A_PASS = 8192;
const VECTORS_A_PASS = 32;

/** The cheapest layout; both parties compute the same. */
export function momentLayout(shape: MomentShape): MomentLayout {
  let best: MomentLayout | undefined;
  for (let kappa = 1; kappa <= shape.vectors; kappa++) {
    for (let eta = 1; eta <= shape.columns && kappa * eta <= RING_DEGREE / 16; eta++) {
      const candidate = layoutOf(shape, kappa, eta);
      if (!best || cost(candidate) < cost(best)) best = candidate;
    }
  }
  if (!best) throw new InputError('ERR_LR_LAYOUT', 'the moments have no vector or no column');
  return Object.freeze(best);
}

function layoutOf(shape: MomentShape, kappa: number, eta: number): MomentLayout {
  const block = Math.min(Math.floor(RING_DEGREE / (kappa * eta)), shape.rows);
  return {
    ...shape,
    vectorsPerUpload: kappa,
    columnsPerAnswer: eta,
    block,
    groups: Math.ceil(shape.vectors / kappa),
    uploads: Math.ceil(shape.rows / block),
    answers: Math.ceil(shape.columns / eta),
    terms: shape.rows * eta,
  };
}

/**
 * Seconds a layout takes. The operand counts: 166 vectors against 165 columns of 100,000 rows with κ = 166 are few answers, but 337,000
 * operand polynomials made for one product each; with κ = 16 they are 33,000.
 */
function cost({ groups, uploads, answers }: MomentLayout): number {
  const passes = Math.ceil(groups / Math.max(1, Math.min(VECTORS_A_PASS, Math.floor(UPLOADS_A_PASS / uploads))));
  const operands = passes * uploads * answers * COST.operand;
  const products = groups * uploads * answers * COST.multiply;
  return groups * uploads * (COST.encrypt + COST.transform) + groups * answers * (COST.answer + COST.decrypt) + products + operands;
}

/** One group's uploads. `vector(c)` gives signed integers below 2^52 in size; t must be a power of two. */
export function packMoments(layout: MomentLayout, group: number, plainBits: number, vector: (c: number) => Float64Array): Residues[] {
  const first = group * layout.vectorsPerUpload;
  const members = Array.from({ length: Math.min(layout.vectorsPerUpload, layout.vectors - first) }, (_, c) => vector(first + c));
  return Array.from({ length: layout.uploads }, (_, u) => {
    const polynomial = new BigUint64Array(RING_DEGREE);
    const words = new Uint32Array(polynomial.buffer);
    const from = u * layout.block;
    const count = Math.min(layout.block, layout.rows - from);
    members.forEach((values, c) => {
      for (let i = 0; i < count; i++) writeResidue(words, c * layout.block + i, values[from + i], plainBits);
    });
    return polynomial;
  });
}

/** v mod 2^bits as two little-endian words: no BigInt. */
function writeResidue(words: Uint32Array, at: number, value: number, bits: number): void {
  words[2 * at] = value >>> 0;
  words[2 * at + 1] = (Math.floor(value / 2 ** 32) & (2 ** Math.max(0, bits - 32) - 1)) >>> 0;
}

/** H's columns as an operand. */
export function momentOperand(layout: MomentLayout, column: (f: number) => Int32Array, maxAbs: number): Operand {
  const { block, vectorsPerUpload: kappa, columnsPerAnswer: eta } = layout;
  return {
    answers: layout.answers,
    uploads: layout.uploads,
    maxAbs,
    terms: layout.terms,
    fill(answer, upload, out) {
      const from = upload * block;
      const count = Math.min(block, layout.rows - from);
      const first = answer * eta;
      let any = 0;
      for (let f = first; f < Math.min(first + eta, layout.columns); f++) {
        const entries = column(f);
        const top = (f - first) * kappa * block + block - 1;
        for (let i = 0; i < count; i++) {
          out[top - i] = entries[from + i];
          any |= entries[from + i];
        }
      }
      return any !== 0;
    },
  };
}

/** Coefficients fκB + cB + B-1; the last group or answer may fill fewer, its spare places hold zeros. */
export function momentWanted(layout: MomentLayout): Uint32Array {
  const { block, vectorsPerUpload: kappa, columnsPerAnswer: eta } = layout;
  return Uint32Array.from({ length: kappa * eta }, (_, place) => place * block + block - 1);
}

/** Decrypted (or shared) answers of every group → residue of vector v and column f at [f · vectors + v]. */
export function unpackMoments(layout: MomentLayout, groups: readonly (readonly Residues[])[]): BigUint64Array {
  const { vectorsPerUpload: kappa, columnsPerAnswer: eta } = layout;
  const moments = new BigUint64Array(layout.columns * layout.vectors);
  for (let f = 0; f < layout.columns; f++) {
    for (let v = 0; v < layout.vectors; v++) {
      const answer = groups[Math.floor(v / kappa)][Math.floor(f / eta)];
      moments[f * layout.vectors + v] = answer[(f % eta) * kappa + (v % kappa)];
    }
  }
  return moments;
}

/** Residues mod t → signed reals in units of 2^−bits, exact below 2^53. */
export function centredReals(residues: BigUint64Array, plainModulus: bigint, bits: number): Float64Array {
  const half = plainModulus >> 1n;
  const unit = 2 ** -bits;
  return Float64Array.from(residues, (residue) => Number(residue > half ? residue - plainModulus : residue) * unit);
}
