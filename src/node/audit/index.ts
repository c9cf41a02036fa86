/** audit: a party's log of what happened, heads of it that peers witness, and their offline verification. */
export { type Audit, type AuditOptions, openAudit } from './audit.ts';
export { type AuditDifference, compareAudits } from './compare.ts';
export { readHeads } from './head-file.ts';
export { type AuditEvent, type AuditEventType, type AuditFacts, type AuditLog, eventHash, openAuditLog, readChain } from './log.ts';
export { type SizedRoot, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
export { leafHash, MerkleTree, type ReadableTree } from './merkle-tree.ts';
export type { SignedHead, TreeHead, WitnessedHead, WitnessSignature } from './tree-head.ts';
export { type AuditReport, type VerifyOptions, verifyAudit } from './verify.ts';
export type { HeadFile, HeadsReport, TrustedKeys, WitnessReport } from './verify-heads.ts';
