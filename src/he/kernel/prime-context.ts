/**
 * The constants and root tables of one prime, as the WASM reads them (layout in assembly/modular.ts). The root is the smallest primitive
 * 2N-th root of unity and the order is bit-reversed, as in SEAL, so that transformed polynomials are the same words in both.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { invmod, minimalPrimitiveRoot, mulmod, reverseBits } from '../modular.ts';

const HEADER_WORDS = 16;
const TABLES = 5;
const POINTS = 4;
const cache = new Map<string, Uint32Array>();

/** Shoup's quotient floor(w 2^32 / q): w 2^32 < 2^62 is split so that doubles stay exact. */
export function shoup(w: number, q: number): number {
  const high = w * 65_536;
  const top = Math.floor(high / q);
  return top * 65_536 + Math.floor(((high - top * q) * 65_536) / q);
}

/**
 * The context as words; computed once per (N, q). Not secret.
 * @throws LocalProtocolError when q is not below 2^30 or not ≡ 1 mod 2N.
 */
export function primeContext(ringDegree: number, q: number): Uint32Array {
  const key = `${ringDegree}/${q}`;
  const known = cache.get(key);
  if (known) return known;
  const words = makeContext(ringDegree, q);
  cache.set(key, words);
  return words;
}

/** Where the last table of a context is: x in NTT form, Montgomery. */
export const pointsAt = (context: number, ringDegree: number): number => context + 4 * (HEADER_WORDS + POINTS * ringDegree);

function makeContext(ringDegree: number, q: number): Uint32Array {
  if ((q - 1) % (2 * ringDegree) !== 0 || q >= 2 ** 30) {
    throw new LocalProtocolError('ERR_HE_KERNEL_PRIME', `prime ${q} is not below 2^30 and 1 mod ${2 * ringDegree}`);
  }
  const logN = Math.log2(ringDegree);
  const root = minimalPrimitiveRoot(2 * ringDegree, q);
  const words = new Uint32Array(HEADER_WORDS + TABLES * ringDegree);
  const table = (index: number): Uint32Array => words.subarray(HEADER_WORDS + index * ringDegree, HEADER_WORDS + (index + 1) * ringDegree);
  fillRoots(table(0), table(1), root, logN, q);
  fillRoots(table(2), table(3), invmod(root, q), logN, q);
  const r = 2 ** 32 % q;
  for (let i = 0, point = mulmod(root, r, q), square = mulmod(root, root, q); i < ringDegree; i++) {
    table(POINTS)[reverseBits(i, logN)] = point;
    point = mulmod(point, square, q);
  }
  const nInverse = invmod(ringDegree, q);
  const last = mulmod(nInverse, table(2)[1], q);
  words.set([q, 2 * q, inverse32(q), Math.floor(2 ** 32 / q), r, shoup(r, q), nInverse, shoup(nInverse, q), last, shoup(last, q)]);
  return words;
}

function fillRoots(roots: Uint32Array, quotients: Uint32Array, root: number, logN: number, q: number): void {
  for (let i = 0, power = 1; i < roots.length; i++) {
    const at = reverseBits(i, logN);
    roots[at] = power;
    quotients[at] = shoup(power, q);
    power = mulmod(power, root, q);
  }
}

/** q^-1 mod 2^32 for odd q, by Newton's iteration. */
function inverse32(q: number): number {
  let x = q;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(q, x));
  return x >>> 0;
}
