/**
 * What both engines share for plaintexts that are used once (`Evaluator.multiplyOnce`): the checks, the masks, slot words. The seal engine
 * serves such a call as an ordinary product (`onceOperand`, `maskAddend`); the kernel computes the same without preparing anything.
 */
import { InputError, type SecureRandom } from '../base/index.ts';
import { isPrime } from './modular.ts';
import { residuesOf } from './residues.ts';
import { uniformResidues } from './sampling.ts';
import { type SlotCodec, slotCodec } from './slots.ts';
import type { HeParameters, Masks, OnceBlinding, OnceOperand, Operand, Residues, Wanted } from './types.ts';

const MAX_ABS = 2 ** 31;
const MOST_SLOT_MODULUS = 1n << 30n;

/** Whether the slots of t are transformed by the engines: a prime below 2^30, ≡ 1 mod 2N. */
export function hasSlots({ plainModulus, ringDegree }: HeParameters): boolean {
  return plainModulus < MOST_SLOT_MODULUS && plainModulus % BigInt(2 * ringDegree) === 1n && isPrime(Number(plainModulus));
}

/** @throws InputError `ERR_HE_SLOTS` when the plaintext modulus has no slots. */
export function assertSlots(parameters: HeParameters): void {
  if (hasSlots(parameters)) return;
  throw new InputError(
    'ERR_HE_SLOTS',
    `slots need a prime t below 2^30 with t ≡ 1 mod ${2 * parameters.ringDegree}; got ${parameters.plainModulus}`,
    {
      help: 'Use one of SLOT_PLAIN_MODULI.',
    },
  );
}

/** Words to encrypt. @throws InputError `ERR_HE_SLOTS`, `ERR_HE_PLAINTEXT`. */
export function checkWords(parameters: HeParameters, words: Uint32Array): void {
  assertSlots(parameters);
  if (words.length === parameters.ringDegree && below(words, Number(parameters.plainModulus))) return;
  throw new InputError('ERR_HE_PLAINTEXT', `a plaintext must be ${parameters.ringDegree} words below the plaintext modulus`);
}

/**
 * The operand's statements, before anything is computed: what the noise bound rests on.
 * @throws InputError `ERR_HE_OPERAND`, `ERR_HE_SLOTS`.
 */
export function checkOnce(parameters: HeParameters, operand: OnceOperand, uploads: number): void {
  const { ringDegree, plainModulus } = parameters;
  for (const name of ['uploads', 'maxAbs', 'terms'] as const) {
    if (!(Number.isSafeInteger(operand[name]) && operand[name] >= 1)) throw refused(`${name} must be a positive integer`);
  }
  if (operand.uploads !== uploads) throw refused(`the operand has ${operand.uploads} plaintexts, there are ${uploads} uploads`);
  if (operand.maxAbs >= MAX_ABS) throw refused('maxAbs must be below 2^31');
  if (BigInt(operand.maxAbs) * 2n > plainModulus) throw refused('maxAbs must not exceed half the plaintext modulus');
  if (operand.form === 'coefficients') return;
  assertSlots(parameters);
  // Encoded slot values are dense and as large as t/2.
  if (operand.terms < uploads * ringDegree || BigInt(operand.maxAbs) < plainModulus >> 1n) {
    throw refused('plaintexts given by slots need terms = uploads · N and maxAbs = (t-1)/2');
  }
}

/** What `fill` wrote, against what the operand states. Returns the nonzero words. @throws InputError `ERR_HE_OPERAND`. */
export function checkFilled(parameters: HeParameters, operand: OnceOperand, words: Int32Array): number {
  const least = operand.form === 'slots' ? 0 : -operand.maxAbs;
  const most = operand.form === 'slots' ? Number(parameters.plainModulus) - 1 : operand.maxAbs;
  let nonzero = 0;
  let beyond = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word !== 0) nonzero++;
    if (word < least || word > most) beyond++;
  }
  if (beyond > 0) throw refused(operand.form === 'slots' ? 'a slot value is not in [0, t)' : 'a coefficient is above maxAbs');
  return nonzero;
}

/** @throws InputError `ERR_HE_OPERAND` when the plaintexts have more nonzero coefficients together than the operand states. */
export function checkTerms(operand: OnceOperand, nonzero: number): void {
  if (operand.form === 'coefficients' && nonzero > operand.terms) {
    throw refused(`the plaintexts have ${nonzero} nonzero coefficients, the operand states at most ${operand.terms}`);
  }
}

/** @throws InputError `ERR_HE_LAYOUT` unless the runs lie side by side in the slots. */
export function checkMasks(parameters: HeParameters, { run, count }: Masks, wanted: Wanted): void {
  assertSlots(parameters);
  if (wanted !== 'all') throw new InputError('ERR_HE_WANTED', 'masked slots are revealed whole: wanted must be "all"');
  const fits = [run, count].every((size) => Number.isSafeInteger(size) && size >= 1) && run * count <= parameters.ringDegree;
  if (!fits) throw new InputError('ERR_HE_LAYOUT', `masks over ${count} runs of ${run} slots do not fit ${parameters.ringDegree} slots`);
}

/** H's own slot values as a message to add, if it has any. @throws InputError `ERR_HE_SLOTS`, `ERR_HE_PLAINTEXT`, `ERR_HE_WANTED`. */
export function addedMessage(parameters: HeParameters, { added, masks, wanted }: OnceBlinding): Residues | undefined {
  if (!added) return undefined;
  checkWords(parameters, added);
  if (wanted !== 'all' || masks) throw new InputError('ERR_HE_WANTED', 'slots are added to answers revealed whole, and without masks');
  return slotCodec(parameters.plainModulus).encode(residuesOf(added));
}

/** Fresh masks as N slot values. */
export function drawMasks(parameters: HeParameters, { run, count }: Masks, random: SecureRandom): Uint32Array {
  const t = Number(parameters.plainModulus);
  const masks = uniformResidues(random, t, parameters.ringDegree);
  for (let at = 0; at < run * count; at += run) closeToZero(masks, at, run, t);
  return masks;
}

/** Replaces a run's first mask so that the run sums to zero; the others stay uniform and independent. */
function closeToZero(masks: Uint32Array, at: number, run: number, t: number): void {
  let rest = 0;
  for (let i = 1; i < run; i++) rest += masks[at + i];
  masks[at] = (t - (rest % t)) % t;
}

/** The masks as a message to add, for an engine that encodes outside. */
export function maskAddend(parameters: HeParameters, masks: Masks, random: SecureRandom): Residues {
  return slotCodec(parameters.plainModulus).encode(residuesOf(drawMasks(parameters, masks, random)));
}

/** The operand as one answer of an ordinary one. */
export function onceOperand(parameters: HeParameters, operand: OnceOperand): Operand {
  const codec: SlotCodec | undefined = operand.form === 'slots' ? slotCodec(parameters.plainModulus) : undefined;
  const { uploads, maxAbs, terms } = operand;
  return {
    answers: 1,
    uploads,
    maxAbs,
    terms,
    fill(_answer, upload, out) {
      operand.fill(upload, out);
      const nonzero = checkFilled(parameters, operand, out);
      if (nonzero > 0 && codec) codec.encodeSigned(Uint32Array.from(out), out);
      return nonzero > 0;
    },
  };
}

function below(values: Uint32Array, bound: number): boolean {
  let beyond = 0;
  for (let i = 0; i < values.length; i++) if (values[i] >= bound) beyond++;
  return beyond === 0;
}

function refused(problem: string): InputError {
  return new InputError('ERR_HE_OPERAND', `operand: ${problem}`, { help: 'State bounds that hold for every plaintext of the call.' });
}
