/**
 * The holder's candidate splits as a matrix of left bits: one row a candidate, secretly permuted once a job among empty dummies, and for
 * each tree the answers (groups of N/B candidates) in a fresh order. Opaque to the label party; candidates of one answer stay together
 * within a job, which is the price of keeping the transformed matrix resident (README, "what L can link").
 */
import { permutation, type SecureRandom } from '../../../base/index.ts';
import { type MatvecLayout, type OnceOperand, type Operand, RING_DEGREE } from '../../../he/index.ts';
import { type BinnedFeature, type CandidateSplit, codeGoesLeft } from '../../../learn/trees/index.ts';

/** `order[place]` is the split at a place, −1 a dummy. Drawn once a job. */
export function jobOrder(random: SecureRandom, splits: number, padded: number): Int32Array {
  return Int32Array.from(permutation(random, padded), (at) => (at < splits ? at : -1));
}

/** Order of the answers in one tree: presented answer a is answer `order[a]` of the job. Drawn once a tree. */
export function answerOrder(random: SecureRandom, answers: number): Uint32Array {
  return permutation(random, answers);
}

/** The splits as the label party sees them in one tree. */
export function presentedOrder(job: Int32Array, answers: Uint32Array): Int32Array {
  const group = job.length / answers.length;
  return Int32Array.from({ length: job.length }, (_, place) => job[answers[Math.floor(place / group)] * group + (place % group)]);
}

/**
 * Left bits of one split over rows from..to−1, written backwards below `top`; returns nonzero when any row goes left. Billions of entries a
 * job: the rule of `codeGoesLeft` is read from a table of all codes.
 */
function placeBits({ codes }: BinnedFeature, table: Uint8Array, from: number, to: number, top: number, out: Int32Array): number {
  let any = 0;
  for (let row = from, at = top; row < to; row++, at--) {
    const bit = table[codes[row]];
    out[at] = bit;
    any |= bit;
  }
  return any;
}

/** Which codes of the feature go left. */
const leftCodes = (feature: BinnedFeature, split: CandidateSplit): Uint8Array =>
  Uint8Array.from({ length: feature.missingCode + 1 }, (_, code) => (codeGoesLeft(feature, split, code) ? 1 : 0));

/**
 * The candidate matrix as an operand (the packing of `he/matvec.ts`), read straight from the bin codes: nothing of rows × candidates is
 * ever materialised.
 */
export function candidateOperand(
  layout: MatvecLayout,
  features: readonly BinnedFeature[],
  splits: readonly CandidateSplit[],
  job: Int32Array,
): Operand {
  // The tables of one answer's splits serve all its uploads in turn.
  let tables: { readonly answer: number; readonly of: readonly (Uint8Array | undefined)[] } | undefined;
  const tablesOf = (answer: number) => {
    const first = answer * layout.outputsPerAnswer;
    const own = Array.from(job.subarray(first, first + layout.outputsPerAnswer), (at): CandidateSplit | undefined => splits[at]);
    return { answer, of: own.map((split) => split && leftCodes(features[split.feature], split)) };
  };
  return {
    answers: layout.answers,
    uploads: layout.uploads,
    maxAbs: 1,
    terms: layout.terms,
    fill(answer, upload, out) {
      const from = upload * layout.block;
      const to = Math.min(from + layout.block, layout.rows);
      if (tables?.answer !== answer) tables = tablesOf(answer);
      let any = 0;
      for (let k = 0; k < layout.outputsPerAnswer; k++) {
        const split = splits[job[answer * layout.outputsPerAnswer + k]];
        const table = tables.of[k];
        if (split && table) any |= placeBits(features[split.feature], table, from, to, (k + 1) * layout.block - 1, out);
      }
      return any !== 0;
    },
  };
}

/** Left bits of a split over the rows first·N.. of one slot-packed block; rows beyond the last are zero. */
export function blockBits(feature: BinnedFeature, split: CandidateSplit, block: number, rows: number): Uint32Array {
  const from = block * RING_DEGREE;
  const slots = new Uint32Array(RING_DEGREE);
  for (let i = 0; i < RING_DEGREE && from + i < rows; i++) slots[i] = codeGoesLeft(feature, split, feature.codes[from + i]) ? 1 : 0;
  return slots;
}

/**
 * The slot-wise product over one row block: Σ_k membership_k · (bits_k − rest). `rest` are the bits of the node that has the rows of no
 * other, where there is one: added to the answer, they give each row the bit of its own node.
 */
export function bitsOperand(t: number, bits: readonly Uint32Array[], rest: Uint32Array | undefined): OnceOperand {
  return {
    form: 'slots',
    uploads: bits.length,
    maxAbs: (t - 1) / 2,
    terms: bits.length * RING_DEGREE,
    fill(upload, out) {
      const own = bits[upload];
      for (let i = 0; i < RING_DEGREE; i++) {
        const difference = own[i] - (rest ? rest[i] : 0);
        out[i] = difference < 0 ? t - 1 : difference;
      }
    },
  };
}
