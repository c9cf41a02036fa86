/** audit: a party's log of what happened, heads of it that peers witness, and their offline verification. */
export { type Audit, type AuditOptions, openAudit } from './audit.ts';
export { type AuditDifference, compareAudits } from './compare.ts';
export { type AuditEvent, type AuditEventType, type AuditFacts, type AuditLog, eventHash, openAuditLog, readChain } from './log.ts';
export { type AuditReport, type VerifyOptions, verifyAudit } from './verify.ts';
