/** The terms of a 风险补偿资金池: who bears which share of a loss, caps, when a claim may be made, and when a bank is stopped (熔断). */
import { z } from 'zod';
import { type DocumentSource, moneyField, nameField, ratioField, readDocument } from '../document/index.ts';
import { compareRatio, fraction, plusRatio } from '../money/index.ts';

const poolSchema = z
  .strictObject({
    name: nameField,
    version: z.int().min(1),
    /** Shares of a loss; they sum to exactly 1. The pool pays the government's. */
    shares: z.strictObject({ government: ratioField, bank: ratioField, guarantor: ratioField.default(fraction(0, 1)) }),
    /** Most that the pool pays for one loan, and to one bank in all. */
    perLoan: moneyField,
    perBank: moneyField,
    /** Days overdue from which a loss may be claimed. */
    claimAfterDays: z.int().min(1).max(3650),
    /** A bank whose bad rate on the enrolled book is above this enrols no more. */
    stopLoss: ratioField,
    /** Enrolled balances may reach this many times the pool's cash. */
    leverage: ratioField,
  })
  .superRefine(({ shares }, context) => {
    const sum = plusRatio(plusRatio(shares.government, shares.bank), shares.guarantor);
    if (compareRatio(sum, fraction(1, 1)) !== 0)
      context.addIssue({ code: 'custom', path: ['shares'], message: 'the shares must sum to exactly 1' });
  });

/** Checked terms; money in 分, shares exact. */
export type PoolPolicy = z.output<typeof poolSchema>;

/** @throws InputError `ERR_CREDIT_POOL_POLICY` with file and line. */
export function parsePoolPolicy(source: DocumentSource): PoolPolicy {
  return readDocument(poolSchema, source, 'ERR_CREDIT_POOL_POLICY');
}
