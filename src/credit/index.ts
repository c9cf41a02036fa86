/** credit: from a score to a decision a bank can sign. No cryptography, no parties: tables, scores, bands and money in 分. */
export * from './limit/index.ts';
export * from './money/index.ts';
