/**
 * The attack that kills the unhardened product: L knows c1 of its upload, the answer's c1' is c1·P (plus, with the fix, the c1 of a fresh
 * encryption of zero), so P = c1'/c1, value by value in the transform domain of any one prime. Flooding c0 does not help: c0 is not used.
 */
import { decodeAnswer, decodeUpload, expandSeed, type HeParameters } from '../../src/he/index.ts';
import { invmod, mulmod } from '../../src/he/modular.ts';
import { negacyclicTransform } from '../../src/he/negacyclic.ts';

const N = 8192;

/**
 * What L computes from one upload and one answer that keeps every prime: N signed coefficients that equal H's polynomial where the attack works.
 * `known` is the c1 of the encryption of zero, if L knows it.
 */
export function divideC1(
  parameters: HeParameters,
  upload: Uint8Array,
  answer: Uint8Array,
  wantedCount: number,
  known = new Uint32Array(N),
): Int32Array {
  const [q] = parameters.dataPrimes;
  const c1 = decodeAnswer(parameters, wantedCount, answer).c1.slice(0, N);
  const received = c1.map((word, i) => (word + q - known[i]) % q);
  return divideBySeed(decodeUpload(parameters, upload).seed, received, q);
}

/** c1 of the first prime, coefficient form, over the polynomial of a seed: signed coefficients. */
export function divideBySeed(seed: Uint8Array, c1: Uint32Array, q: number): Int32Array {
  const { forward, inverse } = negacyclicTransform(q);
  const own = expandSeed(seed, 'upload', [q], N);
  const received = c1.slice();
  forward(received);
  const quotient = received.map((word, i) => (own[i] === 0 ? 0 : mulmod(word, invmod(own[i], q), q)));
  inverse(quotient);
  return Int32Array.from(quotient, (word) => (word > q / 2 ? word - q : word));
}

/** How many of H's bits L guesses right when it rounds what it recovered to the nearest bit. */
export function recoveredBits(recovered: Int32Array, bits: Int32Array): { readonly exact: number; readonly guessed: number } {
  let exact = 0;
  let guessed = 0;
  recovered.forEach((value, i) => {
    if (value === bits[i]) exact++;
    if ((value > 0 ? 1 : 0) === bits[i]) guessed++;
  });
  return { exact, guessed };
}
