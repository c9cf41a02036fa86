/** Federated scorecard: bins, a regression whose signs hold, points, and scoring with encrypted points. */
export {
  type AskDesk,
  type HolderPorts,
  memoryRegistrations,
  type RegistrationPorts,
  type RegistrationStore,
} from '../registered-vector/index.ts';
export { SCORECARD_REFITS, type ScorecardContract } from './contract.ts';
export { featureHolder, type HolderScorecard, type HolderScorecardInput } from './feature-holder.ts';
export { type LabelScorecard, type LabelScorecardInput, labelParty } from './label-party.ts';
export { acceptCard, type HeldCard, type RegisteredCard, registerCard } from './scoring.ts';
