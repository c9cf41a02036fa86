/**
 * Private inner products: item f has a vector v_f at the key holder L and p_f at the evaluator H, both of width W; L learns
 * Σ_i v_f,i · p_f,i mod t for every item and nothing else, H learns how many items there are. One answer at a time, in one of two packings.
 *
 * - `slots`, for many items: an item is cut into `pieces` runs of ceil(W / pieces) entries, one run in each of `pieces` uploads; floor(N / run)
 *   items lie side by side. H multiplies slot-wise, sums over the uploads, and the engine adds masks, uniform mod t subject to summing to
 *   zero inside each item, so that the slots L decrypts are uniform given the sums: a perfect mask of the single products. An answer costs
 *   as much as an upload, so many pieces make one answer serve many items.
 * - `coefficients`, for one item (Huang et al., USENIX Security 2022): Σ v_i X^i times Σ p_i X^(W-1-i) carries the sum in coefficient W - 1, the
 *   only one that is sent. Nothing to mask, and the noise is that of W entries of p instead of N coefficients as large as t/2.
 *
 * This carries the encrypted tree ensemble (v: leaf values the caller's conditions allow, p: leaf bits the holder's conditions allow) and
 * the limit table (v: policy cells, p: a one-hot band).
 *
 * | | L | H |
 * |---|---|---|
 * | learns | one sum mod t an item | number of items, width |
 * | does not learn | any single product, p_f | v_f, the sum |
 */
import { InputError } from '../base/index.ts';
import { RING_DEGREE } from './parameters.ts';
import type { Masks, OnceOperand, Wanted } from './types.ts';

/** Most uploads that one answer sums over. */
export const MOST_PIECES = 16;

export type InnerProductsPacking = 'slots' | 'coefficients';

/** One answer's worth of items. */
export interface InnerProductsLayout {
  readonly packing: InnerProductsPacking;
  readonly items: number;
  /** W. */
  readonly width: number;
  /** Uploads the answer sums over. */
  readonly pieces: number;
  /** Entries of an item in one upload. */
  readonly run: number;
}

/** Items that one answer of `pieces` uploads serves at most. */
export function itemsPerAnswer(width: number, packing: InnerProductsPacking, pieces: number = mostPieces(width, packing)): number {
  return packing === 'coefficients' ? 1 : Math.floor(RING_DEGREE / Math.ceil(width / pieces));
}

/** Uploads that an answer of this width sums over at most: what the noise bound counts. */
export function mostPieces(width: number, packing: InnerProductsPacking): number {
  return packing === 'coefficients' ? 1 : Math.min(MOST_PIECES, width);
}

/**
 * The layout with the fewest uploads that hold the items.
 * @throws InputError `ERR_HE_LAYOUT` unless 1 ≤ width ≤ N and 1 ≤ items ≤ `itemsPerAnswer`.
 */
export function innerProductsLayout(
  packing: InnerProductsPacking,
  shape: { readonly items: number; readonly width: number },
): InnerProductsLayout {
  const { items, width } = shape;
  if (!(Number.isInteger(width) && width >= 1 && width <= RING_DEGREE)) throw refused(`width must be an integer from 1 to ${RING_DEGREE}`);
  if (!(Number.isSafeInteger(items) && items >= 1 && items <= itemsPerAnswer(width, packing))) {
    throw refused(`items must be an integer from 1 to ${itemsPerAnswer(width, packing)}, one answer's worth`);
  }
  let pieces = 1;
  while (itemsPerAnswer(width, packing, pieces) < items) pieces++;
  return Object.freeze({ packing, items, width, pieces, run: Math.ceil(width / pieces) });
}

/** What a key is used for under this packing, for `chooseParameters`: `answers` over its life. */
export function innerProductsUsage(
  packing: InnerProductsPacking,
  shape: { readonly width: number; readonly answers: number; readonly plainModulus: bigint },
): { readonly terms: number; readonly maxAbs: number; readonly outputs: number; readonly mode: 'reveal' } {
  const { width, answers, plainModulus } = shape;
  if (packing === 'coefficients') return { terms: width, maxAbs: 1, outputs: answers, mode: 'reveal' };
  const terms = mostPieces(width, packing) * RING_DEGREE;
  return { terms, maxAbs: Number(plainModulus >> 1n), outputs: answers * RING_DEGREE, mode: 'reveal' };
}

/** Which coefficients of the answer are sent. */
export const wantedSums = (layout: InnerProductsLayout): Wanted => (layout.packing === 'slots' ? 'all' : Uint32Array.of(layout.width - 1));

/** The masks that hide single products: none where nothing but the sums is sent. */
export const sumMasks = (layout: InnerProductsLayout): Masks | undefined =>
  layout.packing === 'slots' ? { run: layout.run, count: layout.items } : undefined;

/**
 * L: what to encrypt, N words (slot values or coefficients) an upload. `vector(f)` gives item f's W residues mod t, and may give the same
 * array again with the next item.
 */
export function packItems(layout: InnerProductsLayout, vector: (item: number) => Uint32Array): Uint32Array[] {
  const uploads = Array.from({ length: layout.pieces }, () => new Uint32Array(RING_DEGREE));
  for (let item = 0; item < layout.items; item++) layItem(layout, exactWidth(layout, vector(item)), item, uploads);
  return uploads;
}

/** H: its vectors as factors. `vector(f)` gives item f's W bits, likewise; called once an item. @throws InputError `ERR_HE_LAYOUT` */
export function itemFactors(layout: InnerProductsLayout, plainModulus: bigint, vector: (item: number) => Uint8Array): OnceOperand {
  const { terms, maxAbs } = innerProductsUsage(layout.packing, { width: layout.width, answers: 1, plainModulus });
  const plains = Array.from({ length: layout.pieces }, () => new Uint8Array(RING_DEGREE));
  for (let item = 0; item < layout.items; item++) layItem(layout, exactWidth(layout, vector(item)), item, plains);
  if (layout.packing === 'coefficients') plains[0].subarray(0, layout.width).reverse();
  return { form: layout.packing, uploads: layout.pieces, terms, maxAbs, fill: (upload, out) => out.set(plains[upload]) };
}

/** L: what was decrypted (slot values, or the wanted coefficient) → one sum mod t an item. */
export function sumItems(layout: InnerProductsLayout, plainModulus: bigint, words: Uint32Array): Uint32Array {
  const run = layout.packing === 'slots' ? layout.run : 1;
  if (words.length < layout.items * run) throw refused(`${words.length} decrypted words, the layout has ${layout.items * run}`);
  const t = Number(plainModulus);
  return Uint32Array.from({ length: layout.items }, (_, item) => {
    let sum = 0;
    for (let i = 0; i < run; i++) sum += words[item * run + i];
    return sum % t;
  });
}

/** The runs of one item into its place in every upload; the last run may be shorter. Loops: a window a run would cost ten times as much. */
function layItem(
  layout: InnerProductsLayout,
  entries: Uint8Array | Uint32Array,
  item: number,
  uploads: readonly (Uint8Array | Uint32Array)[],
): void {
  const { run, width } = layout;
  const at = item * run;
  for (let piece = 0; piece < uploads.length; piece++) {
    const words = uploads[piece];
    const from = piece * run;
    const length = Math.min(run, width - from);
    for (let i = 0; i < length; i++) words[at + i] = entries[from + i];
  }
}

function exactWidth<V extends { readonly length: number }>(layout: InnerProductsLayout, vector: V): V {
  if (vector.length !== layout.width) throw refused(`an item has ${vector.length} entries, the layout ${layout.width}`);
  return vector;
}

function refused(message: string): InputError {
  return new InputError('ERR_HE_LAYOUT', `inner products: ${message}`, { help: 'Check the number of items and their width.' });
}
