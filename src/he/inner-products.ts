/**
 * A batch of private inner products by slots: item f has a vector v_f at the key holder L and p_f at the evaluator H, both of width W;
 * L learns Σ_i v_f,i · p_f,i mod t for every item and nothing else, H learns how many items there are.
 *
 * One ciphertext holds floor(N / W) items side by side. H multiplies slot-wise and adds a mask, uniform mod t subject to summing to zero
 * inside each item, so that the slots L decrypts are uniform given the sums: a perfect mask of the single products. This carries the
 * encrypted tree ensemble (v: leaf values the caller's conditions allow, p: leaf bits the holder's conditions allow) and the limit table
 * (v: policy cells, p: a one-hot band).
 *
 * | | L | H |
 * |---|---|---|
 * | learns | one sum mod t an item | number of items, width |
 * | does not learn | any single product, p_f | v_f, the sum |
 */
import { InputError, type SecureRandom } from '../base/index.ts';
import { residuesOf, wordsBelow } from './residues.ts';
import { uniformResidues } from './sampling.ts';
import { type SlotCodec, slotOperand } from './slots.ts';
import type { Blinding, Operand, Residues } from './types.ts';

export interface InnerProductsLayout {
  readonly items: number;
  /** W. */
  readonly width: number;
  /** N. */
  readonly slots: number;
  readonly itemsPerCiphertext: number;
  /** Uploads, and answers: answer c belongs to upload c. */
  readonly ciphertexts: number;
  /** Most nonzero products in one coefficient of an answer: N, one dense slot-wise product. */
  readonly terms: number;
}

/** @throws InputError `ERR_HE_LAYOUT` unless 1 ≤ width ≤ N and items ≥ 1. */
export function innerProductsLayout(codec: SlotCodec, shape: { readonly items: number; readonly width: number }): InnerProductsLayout {
  const { items, width } = shape;
  if (!(Number.isSafeInteger(items) && items >= 1)) throw refused('items must be a positive integer');
  if (!(Number.isInteger(width) && width >= 1 && width <= codec.slots)) throw refused(`width must be an integer from 1 to ${codec.slots}`);
  const itemsPerCiphertext = Math.floor(codec.slots / width);
  const ciphertexts = Math.ceil(items / itemsPerCiphertext);
  return Object.freeze({ items, width, slots: codec.slots, itemsPerCiphertext, ciphertexts, terms: codec.slots });
}

/** L: the plaintexts to encrypt, one a ciphertext. `vector(f)` gives item f's W residues mod t. */
export function packItems(layout: InnerProductsLayout, codec: SlotCodec, vector: (item: number) => Residues): Residues[] {
  return Array.from({ length: layout.ciphertexts }, (_, c) => {
    const slots = new BigUint64Array(layout.slots);
    forEachItem(layout, c, (item, at) => slots.set(exactWidth(layout, vector(item)), at));
    return codec.encode(slots);
  });
}

/** H: its vectors as a diagonal operand. `vector(f)` gives item f's W residues mod t. */
export function innerProductsOperand(
  layout: InnerProductsLayout,
  codec: SlotCodec,
  vector: (item: number) => Uint32Array | Uint8Array,
): Operand {
  const operand = slotOperand(codec, {
    answers: layout.ciphertexts,
    uploads: layout.ciphertexts,
    slots(answer, upload) {
      if (answer !== upload) return undefined;
      const slots = new Uint32Array(layout.slots);
      forEachItem(layout, answer, (item, at) => slots.set(exactWidth(layout, vector(item)), at));
      return slots;
    },
  });
  return { ...operand, terms: layout.terms };
}

/** H: the masks, as `Blinding.addend`. Fresh at every call; never used twice. */
export function zeroSumMasks(layout: InnerProductsLayout, codec: SlotCodec, random: SecureRandom): NonNullable<Blinding['addend']> {
  const t = Number(codec.plainModulus);
  return (_vector, answer) => {
    const masks = uniformResidues(random, t, layout.slots);
    forEachItem(layout, answer, (_item, at) => closeToZero(masks, at, layout.width, t));
    return codec.encode(residuesOf(masks));
  };
}

/** L: decrypted answers (all coefficients) → one sum mod t an item. */
export function sumItems(layout: InnerProductsLayout, codec: SlotCodec, answers: readonly Residues[]): Residues {
  if (answers.length !== layout.ciphertexts) throw refused(`${answers.length} answers, the layout has ${layout.ciphertexts}`);
  const t = Number(codec.plainModulus);
  const sums = new BigUint64Array(layout.items);
  answers.forEach((answer, c) => {
    const slots = wordsBelow(codec.decode(answer), t) as Uint32Array;
    forEachItem(layout, c, (item, at) => {
      let sum = 0;
      for (let i = 0; i < layout.width; i++) sum += slots[at + i];
      sums[item] = BigInt(sum) % codec.plainModulus;
    });
  });
  return sums;
}

function forEachItem(layout: InnerProductsLayout, ciphertext: number, visit: (item: number, at: number) => void): void {
  const first = ciphertext * layout.itemsPerCiphertext;
  const last = Math.min(first + layout.itemsPerCiphertext, layout.items);
  for (let item = first; item < last; item++) visit(item, (item - first) * layout.width);
}

/** Replaces an item's first mask so that its masks sum to zero; the others stay uniform and independent. */
function closeToZero(masks: Uint32Array, at: number, width: number, t: number): void {
  let rest = 0;
  for (let i = 1; i < width; i++) rest += masks[at + i];
  masks[at] = (t - (rest % t)) % t;
}

function exactWidth<V extends { readonly length: number }>(layout: InnerProductsLayout, vector: V): V {
  if (vector.length !== layout.width) throw refused(`an item has ${vector.length} entries, the layout ${layout.width}`);
  return vector;
}

function refused(message: string): InputError {
  return new InputError('ERR_HE_LAYOUT', `inner products: ${message}`, { help: 'Check the number of items and their width.' });
}
