/**
 * H's operand in SEAL's NTT form: kept resident in WebAssembly memory up to a cap, recomputed block by block beyond it. Every polynomial
 * is checked once, at `prepare`, against the bounds the noise analysis relies on.
 */
import type { Plaintext } from 'node-seal/throws';
import { InputError, LocalProtocolError } from '../../base/index.ts';
import type { Operand, PreparedOperand, PrepareOptions } from '../types.ts';
import type { SealContext } from './context.ts';
import { breathe } from './pace.ts';

const DEFAULT_CAP = 2 * 2 ** 30;
/** node-seal's 32-bit WebAssembly memory must also hold uploads and accumulators. */
const WASM_CAP = 768 * 2 ** 20;
const MAX_ABS = 2 ** 31;

/** A polynomial in NTT form. */
interface Resident {
  readonly plaintext: Plaintext;
  /** SEAL refuses to multiply with zero: this is 1 in its place, whose product is thrown away. */
  readonly standsForZero: boolean;
}

export class SealOperand implements PreparedOperand {
  readonly answers: number;
  readonly uploads: number;
  readonly maxAbs: number;
  readonly terms: number;
  readonly residentBytes: number;
  readonly #context: SealContext;
  readonly #source: Operand;
  readonly #scratch: Int32Array;
  /** Of the first polynomials, as many as the cap allows, zero or not: what is resident tells nothing of them. */
  readonly #resident: readonly Resident[];
  #disposed = false;

  private constructor(context: SealContext, source: Operand, resident: readonly Resident[], scratch: Int32Array) {
    this.answers = source.answers;
    this.uploads = source.uploads;
    this.maxAbs = source.maxAbs;
    this.terms = termsOf(source, context.parameters.ringDegree);
    this.#context = context;
    this.#source = source;
    this.#scratch = scratch;
    this.#resident = resident;
    this.residentBytes = resident.length * polynomialBytes(context);
  }

  /** @throws InputError `ERR_HE_OPERAND` on sizes, coefficients or terms outside what the operand declares. */
  static async prepare(context: SealContext, source: Operand, options: PrepareOptions = {}): Promise<SealOperand> {
    checkShape(source, context.parameters.plainModulus);
    const terms = termsOf(source, context.parameters.ringDegree);
    const cap = Math.min(options.residentCap ?? DEFAULT_CAP, WASM_CAP);
    const scratch = new Int32Array(context.parameters.ringDegree);
    const resident: Resident[] = [];
    for (let answer = 0; answer < source.answers; answer++) {
      let used = 0;
      for (let upload = 0; upload < source.uploads; upload++) {
        const nonzero = fillChecked(source, answer, upload, scratch);
        used += nonzero;
        if ((resident.length + 1) * polynomialBytes(context) <= cap) resident.push(made(context, scratch, nonzero));
        await breathe();
      }
      if (used > terms) throw refused(`answer ${answer} has ${used} nonzero coefficients, the operand declares at most ${terms}`);
    }
    return new SealOperand(context, source, resident, scratch);
  }

  /** P[answer][upload] in NTT form, or what stands for zero, and whether the caller must delete it. */
  polynomial(answer: number, upload: number): Resident & { readonly owned: boolean } {
    if (this.#disposed) throw new LocalProtocolError('ERR_HE_DISPOSED', 'the prepared operand was disposed');
    const resident = this.#resident.at(answer * this.uploads + upload);
    if (resident) return { ...resident, owned: false };
    const nonzero = fillChecked(this.#source, answer, upload, this.#scratch);
    return { ...made(this.#context, this.#scratch, nonzero), owned: true };
  }

  /** Whether this operand was prepared for these parameters. */
  belongsTo(context: SealContext): boolean {
    return this.#context === context;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { plaintext } of this.#resident) plaintext.delete();
    this.#scratch.fill(0);
  }
}

/** @throws LocalProtocolError `ERR_HE_OPERAND` on an operand of another engine or for other parameters. */
export function ownOperand(operand: PreparedOperand, context: SealContext): SealOperand {
  if (operand instanceof SealOperand && operand.belongsTo(context)) return operand;
  throw new LocalProtocolError('ERR_HE_OPERAND', 'the operand was prepared by another engine or for other parameters');
}

const termsOf = (operand: Operand, ringDegree: number): number => operand.terms ?? operand.uploads * ringDegree;

const polynomialBytes = (context: SealContext): number => context.parameters.dataPrimes.length * context.parameters.ringDegree * 8;

function checkShape(operand: Operand, plainModulus: bigint): void {
  for (const name of ['answers', 'uploads', 'maxAbs'] as const) {
    if (!(Number.isSafeInteger(operand[name]) && operand[name] >= 1)) throw refused(`${name} must be a positive integer`);
  }
  if (operand.maxAbs >= MAX_ABS) throw refused('maxAbs must be below 2^31');
  if (BigInt(operand.maxAbs) * 2n > plainModulus) throw refused('maxAbs must not exceed half the plaintext modulus');
}

/** Fills the scratch polynomial and counts its nonzero coefficients, whatever `fill` says about it. */
function fillChecked(operand: Operand, answer: number, upload: number, scratch: Int32Array): number {
  scratch.fill(0);
  if (!operand.fill(answer, upload, scratch)) return 0;
  let nonzero = 0;
  for (const value of scratch) {
    if (value > operand.maxAbs || value < -operand.maxAbs) throw refused(`a coefficient of P[${answer}][${upload}] is above maxAbs`);
    if (value !== 0) nonzero++;
  }
  return nonzero;
}

function made(context: SealContext, coefficients: Int32Array, nonzero: number): Resident {
  if (nonzero === 0) coefficients[0] = 1;
  return { plaintext: smallPlaintext(context, coefficients), standsForZero: nonzero === 0 };
}

/** Signed coefficients → residues mod t as (low, high) words → SEAL's NTT form at the top level. */
export function smallPlaintext(context: SealContext, coefficients: Int32Array): Plaintext {
  const t = context.parameters.plainModulus;
  const low = Number(t & 0xffff_ffffn);
  const high = Number(t >> 32n);
  const pairs = new Uint32Array(coefficients.length * 2);
  for (let i = 0; i < coefficients.length; i++) {
    const value = coefficients[i];
    if (value > 0) pairs[2 * i] = value;
    else if (value < 0) {
      const sum = low + value;
      pairs[2 * i] = sum < 0 ? sum + 2 ** 32 : sum;
      pairs[2 * i + 1] = sum < 0 ? high - 1 : high;
    }
  }
  const plaintext = context.plaintextOfPairs(pairs);
  context.evaluator.plainTransformToNttInplace(plaintext, context.topLevel.handle);
  return plaintext;
}

function refused(problem: string): InputError {
  return new InputError('ERR_HE_OPERAND', `operand: ${problem}`, { help: 'State bounds that hold for every polynomial of the operand.' });
}
