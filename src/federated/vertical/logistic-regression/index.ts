/** Vertical logistic regression between a label party and feature holders, without a third party. */
export {
  type AskDesk,
  type HolderPorts,
  memoryRegistrations,
  type RegistrationPorts,
  type RegistrationStore,
} from '../registered-vector/index.ts';
export {
  type LogisticContract,
  type LogisticMethod,
  type LogisticTerms,
  logisticDisclosure,
  logisticTerms,
} from './contract.ts';
export { featureHolder, type HolderLogistic, type HolderLogisticInput } from './feature-holder.ts';
export { type Inference, type LabelLogistic, type LabelLogisticInput, type LogisticRolePorts, labelParty } from './label-party.ts';
export type { LogisticPorts } from './moment-round.ts';
export {
  acceptWeights,
  type HeldWeights,
  LINEAR_SCORE_BITS,
  LINEAR_SCORE_UNIT,
  plainParts,
  type RegisteredWeights,
  registerWeights,
} from './scoring.ts';
export { type HolderLink, linksOf } from './seats.ts';
export { type SharedPlan, sharedPlan } from './shared-plan.ts';
