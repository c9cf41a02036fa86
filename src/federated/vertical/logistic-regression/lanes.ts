/** Words of a lane in and out of the masked product: u32 residues ↔ BigUint64 polynomials through a shared buffer, no BigInt an element. */

import {
  DEFAULT_UNIT_COSTS,
  type MatvecLayout,
  matvecLayout,
  negacyclicTransform,
  type Operand,
  type Residues,
  RING_DEGREE,
} from '../../../he/index.ts';
import { LANE_MODULI, type Share } from '../../../sharing/index.ts';

/** Slot values are the transform's own values, in its own order, as in `he/slots.ts`; on words, without a detour through BigInt. */
const TRANSFORMS = LANE_MODULI.map((t) => negacyclicTransform(t));

/** u32 words → residues of the engine. */
export function widen(words: Uint32Array): Residues {
  const out = new BigUint64Array(words.length);
  const halves = new Uint32Array(out.buffer);
  for (let i = 0; i < words.length; i++) halves[2 * i] = words[i];
  return out;
}

/** Residues below 2^32 → u32 words. */
export function narrow(residues: Residues): Uint32Array {
  const halves = new Uint32Array(residues.buffer, residues.byteOffset, 2 * residues.length);
  const out = new Uint32Array(residues.length);
  for (let i = 0; i < out.length; i++) out[i] = halves[2 * i];
  return out;
}

/** N-slot blocks of a lane, the last one padded with zeros. */
export function slotBlocks(lane: Uint32Array): Uint32Array[] {
  return Array.from({ length: Math.ceil(lane.length / RING_DEGREE) }, (_, b) => {
    const block = new Uint32Array(RING_DEGREE);
    block.set(lane.subarray(b * RING_DEGREE, (b + 1) * RING_DEGREE));
    return block;
  });
}

/** A share's slot blocks as polynomials by coefficients: lane → block. */
export type SlotPolynomials = readonly (readonly Uint32Array[])[];

export function slotPolynomials(share: Share): SlotPolynomials {
  return share.map((lane, k) => {
    const blocks = slotBlocks(lane);
    for (const block of blocks) TRANSFORMS[k].inverse(block);
    return blocks;
  });
}

/** times · residue mod t, as signed coefficients of an operand. */
function centre(residues: Uint32Array, times: 1 | 2, t: number, out: Int32Array): void {
  const half = t >>> 1;
  for (let i = 0; i < out.length; i++) {
    const value = times * residues[i];
    const reduced = value >= t ? value - t : value;
    out[i] = reduced > half ? reduced - t : reduced;
  }
}

/** Answer b takes block b of each upload vector times block b of its factor, the factor taken `times` times. Used for one product: streamed. */
export function diagonalOperand(k: number, factors: readonly (readonly Uint32Array[])[], times: 1 | 2): Operand {
  const t = LANE_MODULI[k];
  const blocks = factors[0].length;
  return {
    answers: blocks,
    uploads: factors.length * blocks,
    maxAbs: Math.floor(t / 2),
    terms: factors.length * RING_DEGREE,
    fill(answer, upload, out) {
      if (upload % blocks !== answer) return false;
      centre(factors[Math.floor(upload / blocks)][answer], times, t, out);
      return true;
    },
  };
}

/** Decrypted or held coefficients of a lane's blocks → its slot words. Shares are linear: each party decodes its own. */
export function joinSlots(k: number, blocks: readonly Residues[], length: number): Uint32Array {
  const lane = new Uint32Array(blocks.length * RING_DEGREE);
  blocks.forEach((block, b) => {
    const words = narrow(block);
    TRANSFORMS[k].forward(words);
    lane.set(words, b * RING_DEGREE);
  });
  return lane.subarray(0, length);
}

/** The cheapest block for a vector of `rows` against `outputs`; both parties compute the same. */
export function vectorLayout(rows: number, outputs: number): MatvecLayout {
  let best: MatvecLayout | undefined;
  for (let block = 1; block <= RING_DEGREE; block *= 2) {
    const layout = matvecLayout({ rows, outputs, block });
    if (!best || seconds(layout) < seconds(best)) best = layout;
  }
  return best!;
}

/** The operand does not count: it is made once for all iterations. */
function seconds({ uploads, answers }: MatvecLayout): number {
  const { encrypt, transform, answer, decrypt, multiply } = DEFAULT_UNIT_COSTS.kernel;
  return uploads * (encrypt + transform) + answers * (answer + decrypt) + uploads * answers * multiply;
}
