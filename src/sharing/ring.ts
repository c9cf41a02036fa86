/**
 * Z_Q, the ring of additive shares: Q is the product of four primes of 29 bits, about 2^116, and a residue mod Q is four words (CRT lanes).
 *
 * Why four primes of 29 bits and not two of 58: a lane is a plaintext modulus of the masked product, and there the feature holder's own
 * share is a plaintext polynomial whose coefficients must stay below 2^31 (the kernel's lanes are u32). Smaller plaintexts also make
 * less noise, so a smaller ciphertext modulus does. Q is the same. The primes are ≡ 1 mod 2·8192, so that shared vectors multiply slot by
 * slot, and below 2^29, so that none is a prime of a ciphertext modulus.
 *
 * Arithmetic: a·b mod t for t < 2^30 takes the quotient from a double (error below 1) and the remainder from the low 32 bits (Math.imul):
 * no BigInt, no 64-bit product. About 3 ns on Node 24.
 */

/** Lanes of the ring. */
export const LANE_MODULI: readonly number[] = Object.freeze([536_690_689, 536_641_537, 536_608_769, 536_543_233]);
export const LANES = LANE_MODULI.length;

/** Q. */
export const RING_MODULUS: bigint = LANE_MODULI.reduce((product, t) => product * BigInt(t), 1n);

/** log2 Q. */
export const RING_BITS = LANE_MODULI.reduce((sum, t) => sum + Math.log2(t), 0);

/** a·b mod t for 0 ≤ a, b < t < 2^30. */
export function multiplyModulo(a: number, b: number, t: number): number {
  const quotient = Math.floor((a * b) / t);
  const remainder = (Math.imul(a, b) - Math.imul(quotient, t)) | 0;
  return remainder < 0 ? remainder + t : remainder >= t ? remainder - t : remainder;
}

/** a⁻¹ mod t by Fermat, t prime. */
export function invertModulo(a: number, t: number): number {
  let result = 1;
  let base = a % t;
  for (let exponent = t - 2; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = multiplyModulo(result, base, t);
    base = multiplyModulo(base, base, t);
  }
  return result;
}

/** A signed integer of at most 2^53 → its residue mod t. */
export function residueOf(value: number, t: number): number {
  const remainder = value % t;
  return remainder < 0 ? remainder + t : remainder + 0;
}

/** INVERSE[i][k] = t_i⁻¹ mod t_k for i < k: Garner's constants. */
const INVERSE = LANE_MODULI.map((ti) => LANE_MODULI.map((tk) => (ti === tk ? 0 : invertModulo(ti % tk, tk))));

/**
 * Mixed-radix digits (Garner 1959): x = d0 + d1·t0 + d2·t0·t1 + d3·t0·t1·t2, written into `digits`.
 * Unrolled: this is the inner loop of every truncation.
 */
export function mixedRadix(x0: number, x1: number, x2: number, x3: number, digits: Float64Array): void {
  const [, t1, t2, t3] = LANE_MODULI;
  const [i0, i1, i2] = INVERSE;
  const d1 = multiplyModulo(minus(x1, x0, t1), i0[1], t1);
  const d2 = multiplyModulo(minus(multiplyModulo(minus(x2, x0, t2), i0[2], t2), d1, t2), i1[2], t2);
  const a3 = minus(multiplyModulo(minus(x3, x0, t3), i0[3], t3), d1, t3);
  digits[0] = x0;
  digits[1] = d1;
  digits[2] = d2;
  digits[3] = multiplyModulo(minus(multiplyModulo(a3, i1[3], t3), d2, t3), i2[3], t3);
}

/** a − b mod t, for b below 2t (digits of a neighbouring, slightly larger modulus). */
function minus(a: number, b: number, t: number): number {
  const reduced = b >= t ? b - t : b;
  return a >= reduced ? a - reduced : a - reduced + t;
}
