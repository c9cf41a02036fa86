/** pool: sharing the loss, on a double-entry ledger. */
export { type Entry, Ledger, type Posting } from './ledger.ts';
export { type PoolPolicy, parsePoolPolicy } from './policy.ts';
export { type BankStanding, CompensationPool, type EnrolledLoan, type LossShares } from './pool.ts';
