/** Fixed powers mod p, all from z^(2^252 - 3) by the usual chain of 250 squarings and 11 products (Bernstein's). */
import { copy } from './field';
import { mul, sqr } from './product';

const A = memory.data(192, 16);
const B = memory.data(192, 16);
const C = memory.data(192, 16);

function squarings(out: usize, a: usize, n: i32): void {
  sqr(out, a);
  for (let i = 1; i < n; i++) sqr(out, out);
}

/** out = z^((p - 5) / 8) = z^(2^252 - 3). */
export function powP58(out: usize, z: usize): void {
  squarings(A, z, 1); // 2
  squarings(B, A, 2); // 8
  mul(B, z, B); // 9
  mul(A, A, B); // 11
  sqr(A, A); // 22
  mul(A, B, A); // 2^5 - 1
  squarings(B, A, 5);
  mul(A, B, A); // 2^10 - 1
  squarings(B, A, 10);
  mul(B, B, A); // 2^20 - 1
  squarings(C, B, 20);
  mul(B, C, B); // 2^40 - 1
  squarings(B, B, 10);
  mul(A, B, A); // 2^50 - 1
  squarings(B, A, 50);
  mul(B, B, A); // 2^100 - 1
  squarings(C, B, 100);
  mul(B, C, B); // 2^200 - 1
  squarings(B, B, 50);
  mul(A, B, A); // 2^250 - 1
  squarings(A, A, 2);
  mul(out, A, z);
}

const Z = memory.data(192, 16);

/** out = 1/z, and 0 for 0: p - 2 = 8(2^252 - 3) + 3. */
export function invert(out: usize, z: usize): void {
  copy(Z, z);
  powP58(out, z);
  squarings(out, out, 3);
  mul(out, out, Z);
  sqr(Z, Z);
  mul(out, out, Z);
}

/** out = z^((p - 1) / 2), the Legendre symbol: (p - 1)/2 = 4(2^252 - 3) + 2. */
export function legendre(out: usize, z: usize): void {
  copy(Z, z);
  powP58(out, z);
  squarings(out, out, 2);
  sqr(Z, Z);
  mul(out, out, Z);
}
