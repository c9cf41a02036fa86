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

/** Left bits of one split over rows from..to−1, written backwards below `top`; returns nonzero when any row goes left. */
function placeBits(feature: BinnedFeature, split: CandidateSplit, from: number, to: number, top: number, out: Int32Array): number {
  let any = 0;
  for (let row = from; row < to; row++) {
    const bit = codeGoesLeft(feature, split, feature.codes[row]) ? 1 : 0;
    out[top - (row - from)] = bit;
    any |= bit;
  }
  return any;
}

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
  return {
    answers: layout.answers,
    uploads: layout.uploads,
    maxAbs: 1,
    terms: layout.terms,
    fill(answer, upload, out) {
      const from = upload * layout.block;
      const to = Math.min(from + layout.block, layout.rows);
      let any = 0;
      for (let k = 0; k < layout.outputsPerAnswer; k++) {
        const split = splits[job[answer * layout.outputsPerAnswer + k]];
        if (split) any |= placeBits(features[split.feature], split, from, to, (k + 1) * layout.block - 1, out);
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
