/**
 * The negacyclic number-theoretic transform mod a word-sized prime (Longa and Naehrig 2016, algorithms 1 and 2): values at the odd powers
 * of the least primitive 2n-th root of unity, in bit-reversed order. Products in Z_t[X]/(X^n + 1) become products of values.
 */
import { invmod, minimalPrimitiveRoot, mulmod, reverseBits } from './modular.ts';
import { RING_DEGREE } from './parameters.ts';

/** In-place forward (coefficients → values) and inverse transform of N residues. */
export interface NegacyclicTransform {
  forward(words: Uint32Array): void;
  inverse(words: Uint32Array): void;
}

/** @param t a prime below 2^31 with t ≡ 1 mod 2n  @param n a power of two */
export function negacyclicTransform(t: number, n: number = RING_DEGREE): NegacyclicTransform {
  const bits = Math.log2(n);
  const psi = minimalPrimitiveRoot(2 * n, t);
  const roots = bitReversedPowers(psi, bits, t);
  const inverseRoots = bitReversedPowers(invmod(psi, t), bits, t);
  const inverseN = invmod(n, t);
  return {
    forward(a) {
      for (let m = 1, gap = n >>> 1; m < n; m <<= 1, gap >>>= 1) {
        for (let i = 0; i < m; i++) {
          const w = roots[m + i];
          const start = 2 * i * gap;
          for (let j = start; j < start + gap; j++) {
            const u = a[j];
            const v = mulmod(a[j + gap], w, t);
            const sum = u + v;
            a[j] = sum >= t ? sum - t : sum;
            a[j + gap] = u >= v ? u - v : u + t - v;
          }
        }
      }
    },
    inverse(a) {
      for (let m = n >>> 1, gap = 1; m >= 1; m >>>= 1, gap <<= 1) {
        for (let i = 0; i < m; i++) {
          const w = inverseRoots[m + i];
          const start = 2 * i * gap;
          for (let j = start; j < start + gap; j++) {
            const u = a[j];
            const v = a[j + gap];
            const sum = u + v;
            a[j] = sum >= t ? sum - t : sum;
            a[j + gap] = mulmod(u >= v ? u - v : u + t - v, w, t);
          }
        }
      }
      for (let i = 0; i < n; i++) a[i] = mulmod(a[i], inverseN, t);
    },
  };
}

function bitReversedPowers(base: number, bits: number, t: number): Uint32Array {
  const powers = new Uint32Array(1 << bits);
  for (let i = 0, power = 1; i < powers.length; i++, power = mulmod(power, base, t)) powers[reverseBits(i, bits)] = power;
  return powers;
}
