/**
 * How an answer is made, in the one order that is safe. An answer starts from a fresh `Enc_pk(0)`: `answerFrom` cannot be called without
 * one, and `evaluator.ts` is its only caller outside tests. Without it L, who knows every c1_u, reads P = c1'/c1 from a single answer
 * (`test/attacks/c1-division.test.ts`).
 *
 *   c ← Enc_pk(0)                  fresh, full level
 *   c ← c + Σ_u upload_u ⊙ P_u     NTT form; of a zero P_u a stand-in is multiplied and thrown away
 *   c0 ← c0 + round(q·m/t)         H's addend, exact
 *   c0 ← c0 + f   or   c0 - r      full level (`blinding.ts`)
 *   c ← switched down              to the answer's primes
 *   send c1, and the wanted words of c0
 */
import type { Ciphertext, Plaintext } from 'node-seal/throws';
import type { HeParameters, Residues } from '../types.ts';
import { type AnswerWords, encodeAnswer } from '../wire.ts';
import type { SealContext } from './context.ts';

/** One product of the sum: both in NTT form at the top level. */
export interface Product {
  readonly upload: Ciphertext;
  readonly operand: Plaintext;
  /** The operand stands in for zero, which SEAL refuses to multiply with: the product takes its time and does not count. */
  readonly standsForZero?: boolean;
}

/**
 * Enc_pk(0) + Σ upload·operand, in coefficient form. Starting from the encryption of zero also keeps the sum from ever being transparent,
 * which SEAL would report by an exception that depends on H's data.
 * @param zero a fresh encryption of zero under L's public key, coefficient form, top level; consumed.
 */
export function answerFrom(context: SealContext, zero: Ciphertext, products: Iterable<Product>): Ciphertext {
  const { evaluator, seal } = context;
  evaluator.cipherTransformToNttInplace(zero);
  using product = new seal.Ciphertext();
  for (const { upload, operand, standsForZero } of products) {
    evaluator.multiplyPlain(upload, operand, product);
    evaluator.addInplace(standsForZero ? product : zero, product);
  }
  evaluator.cipherTransformFromNttInplace(zero);
  return zero;
}

/** Adds round(q·m/t) to c0. */
export function addMessage(context: SealContext, answer: Ciphertext, addend: Residues): void {
  using message = context.plaintext(addend);
  context.evaluator.addPlainInplace(answer, message);
}

/** Adds the blinding words to the wanted coefficients of c0, switches down, and writes what is sent. */
export function blindAndEncode(context: SealContext, answer: Ciphertext, wanted: Uint32Array, blinding: Uint32Array): Uint8Array {
  return encodeAnswer(context.parameters, blindedWords(context, answer, wanted, blinding));
}

/** The same, as words. */
export function blindedWords(context: SealContext, answer: Ciphertext, wanted: Uint32Array, blinding: Uint32Array): AnswerWords {
  const { parameters, evaluator } = context;
  const words = context.words(answer);
  addToWanted(parameters, words, wanted, blinding);
  using blinded = context.ciphertext(words, parameters.dataPrimes.length);
  words.fill(0);
  if (parameters.answerPrimes < parameters.dataPrimes.length) {
    evaluator.cipherModSwitchToInplace(blinded, context.level(parameters.answerPrimes).handle);
  }
  const switched = context.words(blinded);
  const half = parameters.answerPrimes * parameters.ringDegree;
  return { c0: gather(parameters, switched, wanted), c1: switched.subarray(half) };
}

function addToWanted(parameters: HeParameters, words: Uint32Array, wanted: Uint32Array, blinding: Uint32Array): void {
  const n = parameters.ringDegree;
  for (const [limb, q] of parameters.dataPrimes.entries()) {
    for (let i = 0; i < wanted.length; i++) {
      const at = limb * n + wanted[i];
      const sum = words[at] + blinding[limb * wanted.length + i];
      words[at] = sum >= q ? sum - q : sum;
    }
  }
}

function gather(parameters: HeParameters, words: Uint32Array, wanted: Uint32Array): Uint32Array {
  const c0 = new Uint32Array(parameters.answerPrimes * wanted.length);
  for (let limb = 0; limb < parameters.answerPrimes; limb++) {
    for (let i = 0; i < wanted.length; i++) c0[limb * wanted.length + i] = words[limb * parameters.ringDegree + wanted[i]];
  }
  return c0;
}
