/** node: a party's daemon: contract, policy, budget, job state, audit. */
export {
  type Audit,
  type AuditDifference,
  type AuditEvent,
  type AuditEventType,
  type AuditFacts,
  type AuditLog,
  type AuditOptions,
  type AuditReport,
  compareAudits,
  type HeadFile,
  type HeadsReport,
  leafHash,
  MerkleTree,
  openAudit,
  openAuditLog,
  type ReadableTree,
  type SizedRoot,
  type TrustedKeys,
  type VerifyOptions,
  verifyAudit,
  verifyConsistency,
  verifyInclusion,
  type WitnessedHead,
  type WitnessReport,
} from './audit/index.ts';
export { type BudgetBook, type BudgetOptions, fileBudgets, type PeerBudget } from './budget.ts';
export { type Caller, type CallerOptions, type CallerStepContext, type StepResult, startCaller } from './caller.ts';
export { canonicalJson, type JsonValue } from './canonical-json.ts';
export {
  type AssetConfig,
  type LoadedConfig,
  loadConfig,
  type PartyConfig,
  type PeerConfig,
  readYaml,
  resolveRules,
} from './config/index.ts';
export { type Contract, type ContractTerms, makeContract, readContract } from './contract.ts';
export { type NodeOptions, type RunningNode, startNode } from './daemon.ts';
export { holdFolder } from './folder-lock.ts';
export { type JobMemory, type JobSlot, jobSlot } from './job-memory.ts';
export { fileJobStores, type JobStore, type JobStores, memoryJobStores } from './job-store.ts';
export { authorize, offersTo, type PolicyRule } from './policy.ts';
export type { StepContext, StepHandler, StepHandlers } from './steps.ts';
