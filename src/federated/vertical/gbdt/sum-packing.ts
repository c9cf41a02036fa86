/**
 * g and h of a row in one residue: v = h·M + g mod t with M = 2·n·g_max + 1, so that a sum over any rows is H·M + G with |G| ≤ (M − 1)/2
 * and splits exactly, extremes included. t is the smallest power of two that holds M·(n·h_max + 1) sums: t is also what an answer can
 * leak at most, whatever is encrypted (security.md H5).
 */
import { InputError } from '../../../base/index.ts';
import type { Residues } from '../../../he/index.ts';
import type { GradientLevels } from '../../../learn/trees/index.ts';

export interface SumPacking {
  /** t. */
  readonly plainModulus: bigint;
  /** log2 t. */
  readonly bits: number;
  /** M. */
  readonly factor: bigint;
  /** Residue of a row's (g, h). */
  pack(g: number, h: number): bigint;
  /** (G, H) of a sum, or undefined where no sum of `rows` rows has this residue. */
  unpack(sum: bigint): { readonly g: number; readonly h: number } | undefined;
}

const MAX_BITS = 59;

/** @throws InputError `ERR_GBDT_MODULUS` when the sums need a modulus of more than 59 bits. */
export function sumPacking(rows: number, levels: GradientLevels): SumPacking {
  const gMost = BigInt(rows) * BigInt(levels.g);
  const hMost = BigInt(rows) * BigInt(levels.h);
  const m = 2n * gMost + 1n;
  const bits = (m * (hMost + 1n) - 1n).toString(2).length;
  if (bits > MAX_BITS) {
    throw new InputError('ERR_GBDT_MODULUS', `sums over ${rows} rows need a plaintext modulus of ${bits} bits; ${MAX_BITS} is the most`, {
      help: 'Use fewer gradient_bits or hessian_bits.',
    });
  }
  const plainModulus = 1n << BigInt(bits);
  return {
    plainModulus,
    bits,
    factor: m,
    pack: (g, h) => (BigInt(h) * m + BigInt(g) + plainModulus) % plainModulus,
    unpack(sum) {
      const shifted = (sum + gMost) % plainModulus;
      const h = shifted / m;
      return h <= hMost ? { g: Number((shifted % m) - gMost), h: Number(h) } : undefined;
    },
  };
}

/** Residues of a vector: packed where `inside`, zero elsewhere. */
export function packRows(packing: SumPacking, g: Float64Array, h: Float64Array, inside: Uint32Array): Residues {
  const residues = new BigUint64Array(g.length);
  if (packing.bits > 53) for (const row of inside) residues[row] = packing.pack(g[row], h[row]);
  else packDoubles(packing, g, h, inside, residues);
  return residues;
}

const WORD = 2 ** 32;

/** The same in doubles, exact below 2^53, written as two words each: a tenth of the time and no garbage. */
function packDoubles(
  { plainModulus, factor }: SumPacking,
  g: Float64Array,
  h: Float64Array,
  inside: Uint32Array,
  out: BigUint64Array,
): void {
  const t = Number(plainModulus);
  const m = Number(factor);
  const view = new DataView(out.buffer);
  for (const row of inside) {
    const signed = h[row] * m + g[row];
    const value = signed < 0 ? signed + t : signed;
    const high = Math.floor(value / WORD);
    view.setUint32(8 * row + LOW, value - high * WORD, LITTLE_ENDIAN);
    view.setUint32(8 * row + 4 - LOW, high, LITTLE_ENDIAN);
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 4;
