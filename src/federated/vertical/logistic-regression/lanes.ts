/** Words of a lane in and out of the masked product: u32 residues ↔ BigUint64 polynomials through a shared buffer, no BigInt an element. */

import { type MatvecLayout, matvecLayout, negacyclicTransform, type Residues, RING_DEGREE } from '../../../he/index.ts';
import { LANE_MODULI } from '../../../sharing/index.ts';

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

/** A slot block as a plaintext of lane k; consumes the block. */
export function encodeSlots(k: number, block: Uint32Array): Residues {
  TRANSFORMS[k].inverse(block);
  return widen(block);
}

/** A slot block as signed coefficients of an operand; consumes the block. */
export function encodeSlotOperand(k: number, block: Uint32Array, out: Int32Array): void {
  const t = LANE_MODULI[k];
  const half = t >>> 1;
  TRANSFORMS[k].inverse(block);
  for (let i = 0; i < RING_DEGREE; i++) out[i] = block[i] > half ? block[i] - t : block[i];
}

/** Decrypted or held coefficients → slot words. Shares are linear: each party decodes its own. */
export function decodeSlots(k: number, coefficients: Residues): Uint32Array {
  const words = narrow(coefficients);
  TRANSFORMS[k].forward(words);
  return words;
}

/** The cheapest block for a vector of `rows` against `outputs`; see `moment-packing.ts` for the unit costs. */
export function vectorLayout(rows: number, outputs: number): MatvecLayout {
  let best: MatvecLayout | undefined;
  for (let block = 1; block <= RING_DEGREE; block *= 2) {
    const layout = matvecLayout({ rows, outputs, block });
    if (!best || price(layout) < price(best)) best = layout;
  }
  return best!;
}

const price = ({ uploads, answers }: MatvecLayout): number => uploads + 2 * answers + 0.03 * uploads * answers;
