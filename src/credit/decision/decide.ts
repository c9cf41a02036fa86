/**
 * A decision: rules → rating → limit → price, in that order, each step written down with what it used and what it gave. The record holds the
 * hashes of inputs and documents, not the inputs; it names the record before it; replaying it gives the same bytes or says which step differs.
 */
import { InputError } from '../../base/index.ts';
import { dayNumber } from '../calendar/index.ts';
import { assessLimit } from '../limit/index.ts';
import { type Fen, formatYuan, yuan } from '../money/index.ts';
import { formatRate, priceLoan, rate } from '../price/index.ts';
import { assignRating, type HardDowngrade, type Override } from '../rating/index.ts';
import { applyRules, type FirmFields } from '../rules/index.ts';
import { canonicalJson, contentHash } from './canonical.ts';
import type { Desk } from './desk.ts';

/** Everything that goes into a decision; plain values, so that it can be kept as JSON. */
export interface Application {
  readonly id: string;
  readonly day: string;
  /** Fields for the rules and, where numbers, for the caps of the limit. */
  readonly fields: FirmFields;
  /** Calibrated PD in [0, 1]. */
  readonly pd: number;
  /** Decimal 元. */
  readonly exposure: string;
  /** Months asked for, 1 or more. */
  readonly months: number;
  readonly product: string;
  /** Reduction by a voucher, e.g. "1%". */
  readonly voucher?: string;
  readonly downgrades?: readonly HardDowngrade[];
  readonly override?: Override;
}
/** `refer`: a person decides. */
export type Outcome = 'approve' | 'refer' | 'decline';
/** One step with what it gave. */
export interface DecisionStep {
  readonly step: 'rules' | 'rating' | 'limit' | 'price';
  /** What came out, as plain values. */
  readonly result: Readonly<Record<string, unknown>>;
}
/** A decision as it is stored. */
export interface DecisionRecord {
  readonly format: 'fedcredit/decision/1';
  readonly id: string;
  readonly day: string;
  /** SHA-256 of the application. */
  readonly inputs: string;
  /** SHA-256 of the desk's documents. */
  readonly desk: string;
  readonly steps: readonly DecisionStep[];
  readonly outcome: Outcome;
  /** Decimal 元; absent unless approved or referred with a limit. */
  readonly limit?: string;
  readonly rate?: string;
  /** Sentences for the file, strongest first. */
  readonly reasons: readonly string[];
  /** Hash of the record before; 64 zeros for the first. */
  readonly previous: string;
}
/** What the first record of a chain names as the one before it. */
export const firstRecord = '0'.repeat(64);

/**
 * Decides one application.
 * @param previous hash of the last record of this desk's chain (`recordHash`).
 * @throws InputError when an input cannot be used, and nothing is decided then: `ERR_CREDIT_APPLICATION`, `ERR_CREDIT_FIELD_VALUE`, `ERR_CREDIT_DESK`,
 *   `ERR_CREDIT_LPR_RANGE`, `ERR_CREDIT_PRICE_INPUT`, as the rooms it passes through.
 */
export function decide(desk: Desk, application: Application, previous: string = firstRecord): DecisionRecord {
  dayNumber(application.day);
  const rules = applyRules(desk.rules, application.fields);
  const rating = assignRating(desk.scale, application);
  const steps: DecisionStep[] = [
    { step: 'rules', result: { effect: rules.effect, hits: rules.hits } },
    { step: 'rating', result: { grade: rating.grade.name, pd: rating.grade.pd, steps: rating.steps } },
  ];
  const reasons = rules.hits.map((hit) => `${hit.rule}: ${hit.reason}`);
  const finish = (outcome: Outcome, terms: { limit?: string; rate?: string } = {}): DecisionRecord => {
    return Object.freeze({
      format: 'fedcredit/decision/1',
      id: application.id,
      day: application.day,
      inputs: contentHash(application),
      desk: desk.hash,
      steps,
      outcome,
      ...terms,
      reasons,
      previous,
    });
  };
  if (rules.effect === 'decline' || rating.grade.pd >= 1) return finish('decline');
  const limit = limitStep(desk, application, rating.grade.pd, steps);
  reasons.push(limit.explanation);
  if (limit.amount === 0n) return finish('decline');
  const price = priceStep(desk, application, rating.grade.name, rating.grade.pd, steps);
  reasons.push(...price.reasons);
  if (price.rate === undefined) return finish('refer', { limit: formatYuan(limit.amount) });
  return finish(rules.effect === 'refer' ? 'refer' : 'approve', { limit: formatYuan(limit.amount), rate: price.rate });
}

function limitStep(
  desk: Desk,
  application: Application,
  pd: number,
  steps: DecisionStep[],
): { readonly amount: Fen; readonly explanation: string } {
  if (desk.limit.score.on !== 'pd')
    throw new InputError('ERR_CREDIT_DESK', 'the limit policy of a desk must be on pd', { help: 'Set score.on to pd.' });
  const read = (name: string): number => {
    const value = application.fields[name];
    return typeof value === 'number' ? value : Number.NaN;
  };
  const { capacity, ...limit } = assessLimit(desk.limit, { read, score: pd, exposure: yuan(application.exposure) });
  steps.push({ step: 'limit', result: { ...limit, policy: desk.limit.version, capacity: capacity.amount, caps: capacity.caps } });
  return limit;
}

/** A price the policy cannot give is a matter for a person, not a fault of the firm. */
function priceStep(
  desk: Desk,
  application: Application,
  grade: string,
  pd: number,
  steps: DecisionStep[],
): { readonly rate?: string; readonly reasons: readonly string[] } {
  const { day, months, product, voucher } = application;
  try {
    const price = priceLoan(desk.price, desk.lpr, {
      day,
      grade,
      pd,
      months,
      product,
      ...(voucher === undefined ? {} : { voucher: rate(voucher) }),
    });
    steps.push({ step: 'price', result: { ...price, policy: desk.price.version } });
    return { rate: formatRate(price.rate), reasons: price.bound === 'policy' ? [] : [`the price is bound by the ${price.bound}`] };
  } catch (error) {
    if (!(error instanceof InputError && PERSON.has(error.code))) throw error;
    steps.push({ step: 'price', result: { refused: error.code, policy: desk.price.version } });
    return { reasons: [error.message] };
  }
}

const PERSON: ReadonlySet<string> = new Set(['ERR_CREDIT_PRICE_GRADE', 'ERR_CREDIT_PRICE_FLOOR']);

/** The record's bytes: what is stored, hashed and compared. */
export const recordText = (record: DecisionRecord): string => canonicalJson(record);
/** Hash of a record, which the next one names. */
export const recordHash = (record: DecisionRecord): string => contentHash(record);
