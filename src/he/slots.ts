/**
 * Slot packing (Smart and Vercauteren 2014): for a prime t ≡ 1 mod 2N the plaintext ring splits into N copies of Z_t, and ring products act
 * slot by slot. `decode` is the negacyclic number-theoretic transform mod t, `encode` its inverse; the order of slots is the transform's
 * own (bit-reversed), the same for key holder and evaluator, and differs from SEAL's BatchEncoder, which also numbers rotations.
 *
 * Encoded coefficients are dense and as large as t/2: the noise of a slot-wise product is bounded with terms = uploads · N and
 * maxAbs = (t-1)/2. A small t is therefore both cheaper and more private.
 */
import { InputError } from '../base/index.ts';
import { isPrime } from './modular.ts';
import { negacyclicTransform } from './negacyclic.ts';
import { RING_DEGREE } from './parameters.ts';
import { residuesOf, wordsBelow } from './residues.ts';
import type { Operand, Residues } from './types.ts';

/**
 * Primes t ≡ 1 mod 16384, smallest first, for values of 16, 20, 23, 26 and 30 bits. 65537 moves the special prime to 114689; 1032193 serves
 * everything below 2^20 - 16384 (points, banded limits).
 */
export const SLOT_PLAIN_MODULI = Object.freeze([65_537n, 1_032_193n, 8_273_921n, 67_043_329n, 1_073_184_769n] as const);

/** The smallest slot modulus: bits, counts and small scores. */
export const SLOT_PLAIN_MODULUS = SLOT_PLAIN_MODULI[0];

export interface SlotCodec {
  /** t. */
  readonly plainModulus: bigint;
  /** N. */
  readonly slots: number;
  /** N slot values below t → N coefficients. */
  encode(values: Residues): Residues;
  /** N coefficients → N slot values. */
  decode(coefficients: Residues): Residues;
  /** N slot values below t (consumed) → N centred coefficients in [-(t-1)/2, (t-1)/2], for an `Operand`. */
  encodeSigned(values: Uint32Array, out: Int32Array): void;
}

const codecs = new Map<bigint, SlotCodec>();

/**
 * The codec of a slot modulus; tables are made once.
 * @throws InputError `ERR_HE_SLOTS` unless t is a prime below 2^31 with t ≡ 1 mod 2N.
 */
export function slotCodec(plainModulus: bigint): SlotCodec {
  const t = Number(plainModulus);
  if (!(t % (2 * RING_DEGREE) === 1 && isPrime(t))) {
    throw new InputError('ERR_HE_SLOTS', `slot packing needs a prime t below 2^31 with t ≡ 1 mod ${2 * RING_DEGREE}; got ${plainModulus}`, {
      help: `Use one of SLOT_PLAIN_MODULI.`,
    });
  }
  const found = codecs.get(plainModulus) ?? makeCodec(t);
  codecs.set(plainModulus, found);
  return found;
}

/** Slot-wise products as an operand: `slots(a, u)` gives N slot values below t, or undefined where H's plaintext is zero. */
export function slotOperand(
  codec: SlotCodec,
  shape: {
    readonly answers: number;
    readonly uploads: number;
    readonly slots: (answer: number, upload: number) => Uint32Array | undefined;
  },
): Operand {
  return {
    answers: shape.answers,
    uploads: shape.uploads,
    maxAbs: Number(codec.plainModulus >> 1n),
    terms: shape.uploads * codec.slots,
    fill(answer, upload, out) {
      const values = shape.slots(answer, upload);
      if (!values?.some((value) => value !== 0)) return false;
      codec.encodeSigned(values.slice(), out);
      return true;
    },
  };
}

function makeCodec(t: number): SlotCodec {
  const transform = negacyclicTransform(t);
  const half = t >>> 1;
  const encodeWords = (words: Uint32Array): Uint32Array => {
    if (words.length !== RING_DEGREE) throw new InputError('ERR_HE_SLOTS', `expected ${RING_DEGREE} slot values, got ${words.length}`);
    transform.inverse(words);
    return words;
  };
  return Object.freeze({
    plainModulus: BigInt(t),
    slots: RING_DEGREE,
    encode: (values: Residues) => residuesOf(encodeWords(checkedWords(values, t))),
    decode(coefficients: Residues) {
      const words = checkedWords(coefficients, t);
      transform.forward(words);
      return residuesOf(words);
    },
    encodeSigned(values: Uint32Array, out: Int32Array) {
      const words = encodeWords(values);
      for (let i = 0; i < RING_DEGREE; i++) out[i] = words[i] > half ? words[i] - t : words[i];
    },
  });
}

function checkedWords(values: Residues, t: number): Uint32Array {
  const words = values.length === RING_DEGREE ? wordsBelow(values, t) : undefined;
  if (words) return words;
  throw new InputError('ERR_HE_SLOTS', `expected ${RING_DEGREE} residues below ${t}`);
}
