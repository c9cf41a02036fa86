/**
 * A party's additive share of a vector over Z_Q, and what it can do with it on its own. x = x_first + x_second mod Q; each share alone is
 * uniform and says nothing. Linear maps with public factors are local; a public constant is added by the first party alone.
 *
 * Who learns what: nobody anything; no function here sends.
 */
import { InputError, LocalProtocolError, type SecureRandom } from '../base/index.ts';
import { LANE_MODULI, LANES, mixedRadix, multiplyModulo, residueOf } from './ring.ts';

/** One residue array a lane, all of one length. */
export type Share = readonly Uint32Array[];

/** The two parties of a sharing; the first is the one that adds public constants. */
export type ShareParty = 'first' | 'second';

export const shareLength = (share: Share): number => share[0].length;

export function zeroShare(length: number): Share {
  return LANE_MODULI.map(() => new Uint32Array(length));
}

/** a + b. */
export function addShares(a: Share, b: Share): Share {
  return zip(a, b, (x, y, t) => (x + y >= t ? x + y - t : x + y));
}

/** a − b. */
export function subtractShares(a: Share, b: Share): Share {
  return zip(a, b, (x, y, t) => (x >= y ? x - y : x - y + t));
}

/** −a. */
export function negateShare(a: Share): Share {
  return a.map((lane, k) => lane.map((x) => (x === 0 ? 0 : LANE_MODULI[k] - x)));
}

/** factor·a for a public integer of at most 2^53. */
export function scaleShare(a: Share, factor: number): Share {
  return a.map((lane, k) => {
    const t = LANE_MODULI[k];
    const f = residueOf(checkInteger(factor), t);
    return lane.map((x) => multiplyModulo(x, f, t));
  });
}

/** a + constant in every entry; only the first party adds it. */
export function addConstant(a: Share, constant: number, party: ShareParty): Share {
  if (party === 'second') return a;
  return a.map((lane, k) => {
    const t = LANE_MODULI[k];
    const c = residueOf(checkInteger(constant), t);
    return lane.map((x) => (x + c >= t ? x + c - t : x + c));
  });
}

/** Entry-wise a·b: this party's own part of a product of shared values. */
export function multiplyEntries(a: Share, b: Share): Share {
  return zip(a, b, multiplyModulo);
}

/** Sum of the entries, as a share of one entry. */
export function sumShare(a: Share): Share {
  return a.map((lane, k) => {
    const t = LANE_MODULI[k];
    let sum = 0;
    for (const x of lane) sum = sum + x >= t ? sum + x - t : sum + x;
    return Uint32Array.of(sum);
  });
}

export function sliceShare(a: Share, from: number, to: number): Share {
  return a.map((lane) => lane.slice(from, to));
}

export function joinShares(...parts: readonly Share[]): Share {
  const length = parts.reduce((sum, part) => sum + shareLength(part), 0);
  return LANE_MODULI.map((_, k) => {
    const lane = new Uint32Array(length);
    let at = 0;
    for (const part of parts) {
      lane.set(part[k], at);
      at += part[k].length;
    }
    return lane;
  });
}

/**
 * A matrix of signed integers times a shared vector, the matrix being this party's own: Σ_j m(i, j)·a_j. `column(j)` gives the entries of
 * column j, one an output.
 */
export function multiplyColumns(outputs: number, a: Share, column: (j: number) => Int32Array): Share {
  const result = zeroShare(outputs);
  for (let j = 0; j < shareLength(a); j++) {
    const entries = column(j);
    for (let k = 0; k < LANES; k++) accumulate(result[k], entries, a[k][j], LANE_MODULI[k]);
  }
  return result;
}

/** Rows instead of columns: Σ_i row_j(i)·a_i for each j. */
export function multiplyRows(outputs: number, a: Share, row: (j: number) => Int32Array): Share {
  const result = zeroShare(outputs);
  for (let j = 0; j < outputs; j++) {
    const entries = row(j);
    for (let k = 0; k < LANES; k++) result[k][j] = innerProduct(entries, a[k], LANE_MODULI[k]);
  }
  return result;
}

/** Integers (|v| ≤ 2^53) as residues: what a party that knows a value holds when the other's share is zero. */
export function encodeIntegers(values: ArrayLike<number>): Share {
  return LANE_MODULI.map((t) => Uint32Array.from(values, (value) => residueOf(checkInteger(value), t)));
}

/**
 * Reals at fixed point: round(v·2^bits).
 * @throws InputError `ERR_SHARING_OVERFLOW` when a value does not fit 53 bits.
 */
export function encodeFixed(values: ArrayLike<number>, bits: number): Share {
  const factor = 2 ** bits;
  return encodeIntegers(
    Float64Array.from(values, (value) => {
      const scaled = Math.round(value * factor);
      if (!(Math.abs(scaled) <= Number.MAX_SAFE_INTEGER)) throw overflow(bits);
      return scaled;
    }),
  );
}

/** Joins both shares' sum back into signed reals: x/2^bits with x in (−Q/2, Q/2). Exact to 53 bits of the value. */
export function decodeFixed(sum: Share, bits: number): Float64Array {
  const digits = new Float64Array(LANES);
  const negated = new Float64Array(LANES);
  const factor = 2 ** -bits;
  return Float64Array.from(sum[0], (_, i) => {
    const [x0, x1, x2, x3] = sum.map((lane) => lane[i]);
    mixedRadix(x0, x1, x2, x3, digits);
    mixedRadix(...(sum.map((lane, k) => (lane[i] === 0 ? 0 : LANE_MODULI[k] - lane[i])) as [number, number, number, number]), negated);
    return topHeavy(digits, negated) ? -magnitude(negated) * factor : magnitude(digits) * factor;
  });
}

/** A uniform share, by rejection on 29-bit words. */
export function randomShare(random: SecureRandom, length: number): Share {
  return LANE_MODULI.map((t) => uniformBelow(random, t, length));
}

function uniformBelow(random: SecureRandom, t: number, length: number): Uint32Array {
  const out = new Uint32Array(length);
  const pool = new Uint32Array(Math.min(Math.max(64, length), 16_384));
  let at = 0;
  while (at < length) {
    random.fill(new Uint8Array(pool.buffer));
    for (let i = 0; i < pool.length && at < length; i++) {
      const word = pool[i] & 0x1fffffff;
      if (word < t) out[at++] = word;
    }
  }
  return out;
}

const CHUNK_BITS = 15;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;

/** out += entries·factor mod t. */
function accumulate(out: Uint32Array, entries: Int32Array, factor: number, t: number): void {
  for (let i = 0; i < out.length; i++) {
    const entry = entries[i];
    const product = multiplyModulo(entry < 0 ? -entry % t : entry % t, factor, t);
    const sum = out[i] + (entry < 0 && product !== 0 ? t - product : product);
    out[i] = sum >= t ? sum - t : sum;
  }
}

/** Σ entries·residues mod t. The residue is cut at 15 bits so that up to 64 products stay exact in a double between reductions. */
function innerProduct(entries: Int32Array, residues: Uint32Array, t: number): number {
  let low = 0;
  let high = 0;
  for (let from = 0; from < entries.length; from += 64) {
    const to = Math.min(from + 64, entries.length);
    let partLow = 0;
    let partHigh = 0;
    for (let i = from; i < to; i++) {
      partLow += entries[i] * (residues[i] & CHUNK_MASK);
      partHigh += entries[i] * (residues[i] >>> CHUNK_BITS);
    }
    low = (low + partLow) % t;
    high = (high + partHigh) % t;
  }
  const sum = residueOf(low, t) + multiplyModulo(residueOf(high, t), 2 ** CHUNK_BITS, t);
  return sum % t;
}

function zip(a: Share, b: Share, combine: (x: number, y: number, t: number) => number): Share {
  if (shareLength(a) !== shareLength(b)) {
    throw new LocalProtocolError('ERR_LOCAL_SHARE_LENGTH', `shares of ${shareLength(a)} and ${shareLength(b)} entries`);
  }
  return a.map((lane, k) => {
    const other = b[k];
    const t = LANE_MODULI[k];
    const out = new Uint32Array(lane.length);
    for (let i = 0; i < out.length; i++) out[i] = combine(lane[i], other[i], t);
    return out;
  });
}

/** Is the number of these digits larger than that of the others? Compares from the top digit. */
function topHeavy(digits: Float64Array, others: Float64Array): boolean {
  for (let k = LANES - 1; k >= 0; k--) if (digits[k] !== others[k]) return digits[k] > others[k];
  return false;
}

function magnitude(digits: Float64Array): number {
  let value = 0;
  for (let k = LANES - 1; k >= 0; k--) value = value * LANE_MODULI[k] + digits[k];
  return value;
}

function checkInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw overflow(0);
  return value;
}

function overflow(bits: number): InputError {
  return new InputError('ERR_SHARING_OVERFLOW', `a value does not fit 53 bits at ${bits} fractional bits`, {
    help: 'Standardise and clip the columns; look for a value many orders of magnitude away from the rest.',
  });
}
