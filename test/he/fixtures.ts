/** What the tests of this room share: plain products to compare with, operands from dense polynomials, damaged bytes. */
import { type SeededRandom, seededRandom } from '../../src/base/index.ts';
import type { Operand, Residues } from '../../src/he/index.ts';

export const N = 8192;

/** value mod t in [0, t). */
export const mod = (value: bigint, t: bigint): bigint => ((value % t) + t) % t;

export function randomResidues(random: SeededRandom, t: bigint, count: number): Residues {
  return BigUint64Array.from({ length: count }, () => ((BigInt(random.u32()) << 32n) | BigInt(random.u32())) % t);
}

export function randomRow(random: SeededRandom, maxAbs: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, () => Math.floor(random.uniform() * (2 * maxAbs + 1)) - maxAbs);
}

/** M·v mod t. */
export function plainProduct(matrix: readonly ArrayLike<number>[], vector: Residues, t: bigint): bigint[] {
  return matrix.map((row) =>
    mod(
      vector.reduce((sum, value, i) => (row[i] === 0 ? sum : sum + value * BigInt(row[i])), 0n),
      t,
    ),
  );
}

/** Sum of shares mod t. */
export function addShares(a: Residues, b: Residues, t: bigint): bigint[] {
  return Array.from(a, (value, i) => (value + b[i]) % t);
}

/** An operand of given polynomials, `polynomials[answer][upload]`; undefined is zero. */
export function polynomialOperand(polynomials: readonly (readonly (Int32Array | undefined)[])[], maxAbs: number): Operand {
  return {
    answers: polynomials.length,
    uploads: polynomials[0].length,
    maxAbs,
    fill(answer, upload, out) {
      const polynomial = polynomials[answer][upload];
      if (polynomial) out.set(polynomial);
      return polynomial !== undefined;
    },
  };
}

/** a·b in Z_t[X]/(X^N + 1) for a sparse b, the schoolbook way. */
export function negacyclicProduct(a: Residues, b: ArrayLike<number>, t: bigint): bigint[] {
  const out = new Array<bigint>(N).fill(0n);
  for (let j = 0; j < N; j++) {
    if (b[j] === 0) continue;
    for (let i = 0; i < N; i++) {
      const at = (i + j) % N;
      out[at] += (i + j >= N ? -1n : 1n) * a[i] * BigInt(b[j]);
    }
  }
  return out.map((value) => mod(value, t));
}

export const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};

export const withRange = (bytes: Uint8Array, from: number, to: number, value: number): Uint8Array => bytes.slice().fill(value, from, to);

export const seeded = (label: string): SeededRandom => seededRandom(20_261_122, label);
