/**
 * fedcredit: privacy-preserving federated credit modelling. The front door; each wing has a door of its own (`fedcredit/credit`,
 * `fedcredit/learn`, `fedcredit/psi`, `fedcredit/gbdt`, `fedcredit/scoring`, `fedcredit/he`, `fedcredit/data`, `fedcredit/node`,
 * `fedcredit/pipeline`, `fedcredit/testing`).
 */
export {
  FedcreditError,
  InputError,
  LocalProtocolError,
  PeerProtocolError,
  RefusedError,
  systemRandom,
  TransportError,
} from './base/index.ts';
export { compileLimitTable, parseLimitPolicy, plainLimit } from './credit/index.ts';
export { type FeatureTable, featureTable, parseRecordId, syntheticCity } from './data/index.ts';
export type { HeEngine } from './he/index.ts';
export { auc, binaryMetrics, ks } from './learn/index.ts';
export { fitGbdt, type GbdtModel, type GbdtParams, parseGbdtModel, predict } from './learn/trees/index.ts';
export { loadConfig, startNode, verifyAudit } from './node/index.ts';
export { loadEngine, openDesk, platformHandlers, type RunSummary, runJob } from './pipeline/index.ts';
export { type Channel, type Disclosure, disclosureBits } from './protocol/index.ts';
