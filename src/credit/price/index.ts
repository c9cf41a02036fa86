/** price: LPR, spread, floor, repayment plans, offers. */
export { corporateCapital, type RiskInput, retailCapital } from './capital.ts';
export { extendLprTable, type LprTable, type LprTenor, lprOn, lprTable, parseLprTable } from './lpr.ts';
export { makeOffer, type Offer, takeUp } from './offer.ts';
export { type Price, type PriceInput, type PricePart, type PricePolicy, parsePricePolicy, priceLoan } from './policy.ts';
export { formatRate, type Rate, rate, rateNumber, ratePpm, rateRatio, sumRates } from './rate.ts';
export { bestRate, dailyInterest, disclosedRate, type Loan, type Payment, type RepaymentKind, repaymentPlan } from './repayment.ts';
