/** federated/vertical/gbdt: gradient-boosted trees across parties; see README.md for who learns what. */
export {
  DEFAULT_LIMITS,
  type GbdtAgreement,
  type GbdtLimits,
  type GbdtOffer,
  type GbdtProposal,
  type GbdtSetup,
} from './agreement.ts';
export { answerOrder, jobOrder, presentedOrder } from './candidates.ts';
export type { GbdtCheckpoint, GbdtHolderCheckpoint } from './checkpoint.ts';
export { type GbdtCounts, gbdtDisclosure } from './disclosure.ts';
export { type FeatureHolderInput, type FeatureHolderResult, featureHolder } from './feature-holder.ts';
export { type HolderLink, type LabelPartyInput, type LabelPartyResult, labelParty } from './label-party.ts';
export type { GbdtHolderOptions } from './options.ts';
export type { GbdtPorts } from './ports.ts';
