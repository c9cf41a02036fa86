/**
 * The constants and root tables of one prime, as the WASM reads them (layout in assembly/modular.ts). The root is the smallest primitive
 * 2N-th root of unity and the order is bit-reversed, as in SEAL, so that transformed polynomials are the same words in both.
 */
import { LocalProtocolError } from '../../base/index.ts';

const HEADER_WORDS = 16;
const TABLES = 4;
const cache = new Map<string, Uint32Array>();

/** a b mod q for a, b < q < 2^31, exact in doubles: no intermediate reaches 2^48. */
export function mulMod(a: number, b: number, q: number): number {
  const high = (a * Math.floor(b / 65_536)) % q;
  return (high * 65_536 + a * (b % 65_536)) % q;
}

/** a^e mod q. */
export function powMod(a: number, e: number, q: number): number {
  let result = 1;
  let base = a % q;
  for (let rest = e; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = mulMod(result, base, q);
    base = mulMod(base, base, q);
  }
  return result;
}

/** a^-1 mod the prime q. */
export const invMod = (a: number, q: number): number => powMod(a, q - 2, q);

/** Shoup's quotient floor(w 2^32 / q): w 2^32 < 2^62 is split so that doubles stay exact. */
export function shoup(w: number, q: number): number {
  const high = w * 65_536;
  const top = Math.floor(high / q);
  return top * 65_536 + Math.floor(((high - top * q) * 65_536) / q);
}

/** The smallest primitive 2N-th root of unity mod q. @throws LocalProtocolError when q is not ≡ 1 mod 2N. */
export function minimalRoot(ringDegree: number, q: number): number {
  if ((q - 1) % (2 * ringDegree) !== 0 || q >= 2 ** 30) {
    throw new LocalProtocolError('ERR_HE_KERNEL_PRIME', `prime ${q} is not below 2^30 and 1 mod ${2 * ringDegree}`);
  }
  let root = 0;
  for (let base = 2; powMod(root, ringDegree, q) !== q - 1; base++) root = powMod(base, (q - 1) / (2 * ringDegree), q);
  const square = mulMod(root, root, q);
  let smallest = root;
  for (let i = 1, power = root; i < ringDegree; i++) {
    power = mulMod(power, square, q);
    smallest = Math.min(smallest, power);
  }
  return smallest;
}

function bitReverse(i: number, bits: number): number {
  let reversed = 0;
  for (let b = 0; b < bits; b++) reversed |= ((i >>> b) & 1) << (bits - 1 - b);
  return reversed;
}

/** The context as words; computed once per (N, q). Not secret. */
export function primeContext(ringDegree: number, q: number): Uint32Array {
  const key = `${ringDegree}/${q}`;
  const known = cache.get(key);
  if (known) return known;
  const words = makeContext(ringDegree, q);
  cache.set(key, words);
  return words;
}

function makeContext(ringDegree: number, q: number): Uint32Array {
  const logN = Math.log2(ringDegree);
  const root = minimalRoot(ringDegree, q);
  const words = new Uint32Array(HEADER_WORDS + TABLES * ringDegree);
  const table = (index: number): Uint32Array => words.subarray(HEADER_WORDS + index * ringDegree, HEADER_WORDS + (index + 1) * ringDegree);
  fillRoots(table(0), table(1), root, logN, q);
  fillRoots(table(2), table(3), invMod(root, q), logN, q);
  const r = 2 ** 32 % q;
  const nInverse = invMod(ringDegree, q);
  const last = mulMod(nInverse, table(2)[1], q);
  words.set([q, 2 * q, inverse32(q), Math.floor(2 ** 32 / q), r, shoup(r, q), nInverse, shoup(nInverse, q), last, shoup(last, q)]);
  return words;
}

function fillRoots(roots: Uint32Array, quotients: Uint32Array, root: number, logN: number, q: number): void {
  for (let i = 0, power = 1; i < roots.length; i++) {
    const at = bitReverse(i, logN);
    roots[at] = power;
    quotients[at] = shoup(power, q);
    power = mulMod(power, root, q);
  }
}

/** q^-1 mod 2^32 for odd q, by Newton's iteration. */
function inverse32(q: number): number {
  let x = q;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(q, x));
  return x >>> 0;
}
