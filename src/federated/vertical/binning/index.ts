/** Federated binning: the optimal bins of a holder's columns, found by the label party without seeing a value. */
export { type BinningContract, type BinningTerms, binningDisclosure, binningTerms } from './contract.ts';
export type { AffineMap } from './disguise.ts';
export { disguisedColumn, featureHolder, type HolderBinning, type HolderBinningInput, type HolderFeature } from './feature-holder.ts';
export { type BinnedFeature, type BinningPorts, type LabelBinning, type LabelBinningInput, labelParty } from './label-party.ts';
export type { DisguisedScale, OpaqueFeature } from './messages.ts';
