/** Whether u-coordinates belong to the curve or to its twist: the Legendre symbol of u³ + 486662 u² + u. */
import { add, addScaled, setSmall, sub } from './field';
import { unpack, zeroMask } from './bytes';
import { legendre } from './powers';
import { mul, sqr } from './product';
import { J } from './projective';

const U = memory.data(192, 16);
const V = memory.data(192, 16);
const ONE = memory.data(192, 16);

/** How many points of `pairs` pairs are not on the curve (u = 0 counts as off). */
export function offCurve(points: usize, pairs: i32): i32 {
  setSmall(ONE, 1);
  let off = 0;
  for (let i = 0; i < pairs; i++) {
    unpack(U, points + <usize>i * 64);
    sqr(V, U);
    addScaled(V, V, J, U);
    add(V, V, ONE);
    mul(V, V, U);
    legendre(V, V);
    sub(V, V, ONE);
    off += 2 - popcnt(i64x2.bitmask(zeroMask(V)));
  }
  return off;
}
