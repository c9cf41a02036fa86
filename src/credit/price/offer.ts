/** Offer: limit, rate and term that stand until a day. An offer is a value; taking it up checks the day and the amount. */
import { InputError, RefusedError } from '../../base/index.ts';
import { addDays, dayNumber } from '../calendar/index.ts';
import type { Fen } from '../money/index.ts';
import type { Rate } from './rate.ts';
import type { RepaymentKind } from './repayment.ts';

/** Terms a bank stands by until a day. */
export interface Offer {
  readonly id: string;
  readonly product: string;
  readonly limit: Fen;
  readonly rate: Rate;
  /** Term, 1 or more. */
  readonly months: number;
  readonly repayment: RepaymentKind | 'revolving';
  readonly madeOn: string;
  /** Last day on which it may be taken up. */
  readonly validUntil: string;
}

/** @param validDays 1 to 365 calendar days. @throws InputError `ERR_CREDIT_OFFER`. */
export function makeOffer(terms: Omit<Offer, 'validUntil'>, validDays: number): Offer {
  if (!(Number.isInteger(validDays) && validDays >= 1 && validDays <= 365) || terms.limit <= 0n) {
    throw new InputError('ERR_CREDIT_OFFER', 'an offer needs a positive limit and stands 1 to 365 days');
  }
  return Object.freeze({ ...terms, validUntil: addDays(terms.madeOn, validDays) });
}

/** @throws RefusedError `ERR_CREDIT_OFFER_EXPIRED` after its last day, `ERR_CREDIT_OFFER_AMOUNT` above the limit or not positive. */
export function takeUp(offer: Offer, amount: Fen, day: string): { readonly offer: string; readonly amount: Fen; readonly day: string } {
  dayNumber(day);
  if (day > offer.validUntil || day < offer.madeOn) {
    throw new RefusedError('ERR_CREDIT_OFFER_EXPIRED', `the offer stands from ${offer.madeOn} to ${offer.validUntil}`, {
      help: 'Ask for a new quote.',
    });
  }
  if (amount <= 0n || amount > offer.limit)
    throw new RefusedError('ERR_CREDIT_OFFER_AMOUNT', 'the amount must be positive and within the limit');
  return { offer: offer.id, amount, day };
}
