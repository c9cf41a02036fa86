/**
 * Which block size B a product uses. A larger B means fewer uploads (rows / B) and more answers (outputs · B / N); the number of products
 * rows · outputs / N does not change. Every answer costs an encryption of zero, a switch, bytes and a decryption, every upload an
 * encryption, a transform and bytes: which is dearer depends on the engine and on the link. `chooseBlock` predicts the seconds of every
 * power of two from measured unit costs and takes the least; ties go to the smaller block, so the choice is deterministic.
 */
import { InputError } from '../base/index.ts';
import { type MatvecLayout, type MatvecShape, matvecLayout } from './matvec.ts';
import { RING_DEGREE } from './parameters.ts';
import type { EngineName, HeParameters } from './types.ts';
import { answerBytes, uploadBytes } from './wire.ts';
import { hintBytes, openingBytes, partBytes, sumBytes } from './wire-series.ts';

/** Seconds of one operation on one core. */
export interface UnitCosts {
  /** L: one seeded encryption. */
  readonly encrypt: number;
  /** H: checking and expanding one upload. */
  readonly transform: number;
  /** H: transforming one operand polynomial. */
  readonly operand: number;
  /** H: one product and its addition. */
  readonly multiply: number;
  /** H: what an answer costs beside its products: `Enc_pk(0)`, blinding, switching, encoding. */
  readonly answer: number;
  /** L: one decryption. */
  readonly decrypt: number;
  /** Both: c1 of an answer of a series beside its products: its u, switching, encoding; reading and transforming it. */
  readonly hint: number;
  /** Both: c0 of an answer of a series beside its products: blinding, decryption. */
  readonly sum: number;
}

/**
 * Unit costs on one core of a busy two-core machine, Node 24, N = 8192, five primes (2026-11): orders of magnitude to start from, replaced
 * by `npm run bench -- he` on the machine that runs.
 */
export const DEFAULT_UNIT_COSTS: Readonly<Record<EngineName, UnitCosts>> = Object.freeze({
  seal: Object.freeze({
    encrypt: 8e-3,
    transform: 6e-3,
    operand: 4e-3,
    multiply: 1e-3,
    answer: 2e-2,
    decrypt: 5e-3,
    hint: 2e-2,
    sum: 2e-2,
  }),
  kernel: Object.freeze({
    encrypt: 6e-4,
    transform: 3e-4,
    operand: 1.7e-4,
    multiply: 3e-5,
    answer: 1e-3,
    decrypt: 1e-4,
    hint: 1e-3,
    sum: 1.2e-4,
  }),
});

export interface BlockQuestion {
  readonly rows: number;
  readonly outputs: number;
  readonly parameters: HeParameters;
  readonly costs: UnitCosts;
  /** Bits a second of the link. */
  readonly bandwidth: number;
  /** Vectors multiplied by the same matrix. @default 1 */
  readonly vectors?: number;
  /** How many of them share their hints, in series (`series.ts`). @default each has answers of its own */
  readonly series?: number;
  /** How often the matrix is transformed: 0 when it is already resident. @default 1 */
  readonly transforms?: number;
}

/** The predicted cost of one block size. */
export interface BlockPlan extends MatvecShape {
  readonly uploads: number;
  readonly answers: number;
  /** Both directions, all vectors. */
  readonly bytes: number;
  /** Computation of both parties, one core each way of counting: no overlap assumed. */
  readonly computeSeconds: number;
  readonly linkSeconds: number;
  readonly seconds: number;
}

const QUESTION_KEYS: ReadonlySet<string> = new Set([
  'rows',
  'outputs',
  'parameters',
  'costs',
  'bandwidth',
  'vectors',
  'series',
  'transforms',
]);

/** The plan of one block size. @throws InputError on sizes `matvecLayout` refuses. */
export function predictBlock(question: BlockQuestion, block: number): BlockPlan {
  const { rows, outputs, costs, bandwidth, series, transforms = 1 } = question;
  const layout = matvecLayout({ rows, outputs, block });
  const { uploads, answers } = layout;
  const { bytes, products, seconds } = series === undefined ? onTheirOwn(question, layout) : inSeries(question, layout, series);
  const computeSeconds = answers * uploads * (products * costs.multiply + transforms * costs.operand) + seconds;
  const linkSeconds = (bytes * 8) / bandwidth;
  return { rows, outputs, block, uploads, answers, bytes, computeSeconds, linkSeconds, seconds: computeSeconds + linkSeconds };
}

interface Traffic {
  readonly bytes: number;
  /** Passes over the matrix with two polynomials each. */
  readonly products: number;
  /** Beside products and transforms of the matrix. */
  readonly seconds: number;
}

const wantedOf = ({ outputsPerAnswer, outputs }: MatvecLayout): number => Math.min(outputsPerAnswer, outputs);

function onTheirOwn({ parameters, costs, vectors = 1 }: BlockQuestion, layout: MatvecLayout): Traffic {
  const { uploads, answers } = layout;
  return {
    products: vectors,
    bytes: vectors * (uploads * uploadBytes(parameters) + answers * answerBytes(parameters, wantedOf(layout))),
    seconds: vectors * (uploads * (costs.encrypt + costs.transform) + answers * (costs.answer + costs.decrypt)),
  };
}

function inSeries({ parameters, costs, vectors = 1 }: BlockQuestion, layout: MatvecLayout, length: number): Traffic {
  const { uploads, answers } = layout;
  const openings = Math.ceil(vectors / length);
  const opened = openingBytes(uploads) + answers * hintBytes(parameters);
  return {
    products: Math.ceil((vectors + openings) / 2),
    bytes: openings * opened + vectors * ((uploads + 1) * partBytes(parameters) + answers * sumBytes(parameters, wantedOf(layout))),
    seconds: openings * answers * costs.hint + vectors * ((uploads + 1) * (costs.encrypt + costs.transform) + answers * costs.sum),
  };
}

/** The plan with the fewest predicted seconds. @throws InputError `ERR_HE_LAYOUT` on an unknown key or a number that is not positive. */
export function chooseBlock(question: BlockQuestion): BlockPlan {
  checkQuestion(question);
  const plans = Array.from({ length: Math.log2(RING_DEGREE) + 1 }, (_, power) => predictBlock(question, 2 ** power));
  return plans.reduce((best, plan) => (plan.seconds < best.seconds ? plan : best));
}

function checkQuestion(question: BlockQuestion): void {
  for (const key of Object.keys(question)) if (!QUESTION_KEYS.has(key)) throw refused(`unknown option "${key}"`);
  if (!(question.bandwidth > 0)) throw refused('bandwidth must be positive (bits a second)');
  for (const [name, cost] of Object.entries(question.costs)) if (!(cost >= 0)) throw refused(`unit cost ${name} must not be negative`);
}

function refused(message: string): InputError {
  return new InputError('ERR_HE_LAYOUT', `block choice: ${message}`, {
    help: 'Give measured unit costs in seconds and a bandwidth in bits a second.',
  });
}
