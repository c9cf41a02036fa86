/**
 * Arithmetic modulo word-sized integers with 32-bit lanes and no BigInt: what the hot paths of this room stand on.
 */
import { LocalProtocolError } from '../base/index.ts';

/**
 * a·b mod q for 0 ≤ a, b < q < 2^31. The quotient is estimated in a double: its error is far below ½ and it is rounded to the nearest
 * integer, so the remainder lies in [-q/2 - 1, q/2 + 1] and survives 32-bit wrap-around.
 */
export function mulmod(a: number, b: number, q: number): number {
  const quotient = Math.floor((a * b) / q + 0.5);
  const remainder = (Math.imul(a, b) - Math.imul(quotient, q)) | 0;
  return remainder < 0 ? remainder + q : remainder;
}

/** base^exponent mod q for q < 2^31. */
export function powmod(base: number, exponent: number, q: number): number {
  let result = 1 % q;
  let square = base % q;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mulmod(result, square, q);
    square = mulmod(square, square, q);
  }
  return result;
}

/** a^-1 modulo a prime q < 2^31. */
export function invmod(a: number, q: number): number {
  if (a % q === 0) throw new LocalProtocolError('ERR_HE_INTERNAL', 'no inverse of zero');
  return powmod(a, q - 2, q);
}

/** Deterministic Miller-Rabin for n < 2^31 (bases 2, 3, 5, 7 suffice below 3,215,031,751; Jaeschke 1993). */
export function isPrime(n: number): boolean {
  if (n < 2 || !Number.isInteger(n) || n >= 2 ** 31) return false;
  for (const p of [2, 3, 5, 7]) if (n % p === 0) return n === p;
  let odd = n - 1;
  let twos = 0;
  while (odd % 2 === 0) {
    odd /= 2;
    twos++;
  }
  return [2, 3, 5, 7].every((base) => {
    let x = powmod(base, odd, n);
    if (x === 1 || x === n - 1) return true;
    for (let i = 1; i < twos; i++) {
      x = mulmod(x, x, n);
      if (x === n - 1) return true;
    }
    return false;
  });
}

/** The least primitive `order`-th root of unity mod the prime q; `order` a power of two dividing q - 1. SEAL takes the same one. */
export function minimalPrimitiveRoot(order: number, q: number): number {
  let root = 0;
  for (let g = 2; root === 0; g++) {
    const candidate = powmod(g, (q - 1) / order, q);
    if (powmod(candidate, order / 2, q) === q - 1) root = candidate;
  }
  // All primitive roots are the odd powers of one of them.
  const square = mulmod(root, root, q);
  let least = root;
  for (let i = 0, power = root; i < order / 2; i++) {
    if (power < least) least = power;
    power = mulmod(power, square, q);
  }
  return least;
}

/** Bits of an integer below 2^32: the width of a packed word mod q is `bitLength(q - 1)`. */
export const bitLength = (n: number): number => 32 - Math.clz32(n);

/** The lowest `bits` bits of i in reverse order. */
export function reverseBits(i: number, bits: number): number {
  let reversed = 0;
  for (let b = 0; b < bits; b++) reversed |= ((i >>> b) & 1) << (bits - 1 - b);
  return reversed;
}
