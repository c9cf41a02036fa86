/** matching: product catalogue, hard filter, two-sided scores, menu, stable and optimal assignment, escalation. */
export { type Assignment, blockingPairs, deferredAcceptance } from './deferred-acceptance.ts';
export { type Applicant, coveringProducts, eligibilityMask, regionSpecificity, type WhyNot, whyNot } from './eligibility.ts';
export {
  acceptCase,
  advanceCase,
  type EscalationLevel,
  type EscalationPolicy,
  type Handover,
  levels,
  type MatchCase,
  openCase,
  poolSpecificity,
  refuseCase,
} from './escalation.ts';
export { type BankView, buildMarket, defaultBankView, defaultFirmWeights, type FirmWeights, type Market, menu, ranked } from './market.ts';
export { type OptimumOptions, optimalAssignment } from './optimum.ts';
export { type Catalogue, type Eligibility, lintCatalogue, type Product, parseCatalogue } from './product.ts';
