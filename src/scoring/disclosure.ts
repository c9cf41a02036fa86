/** What scoring discloses, for the contract (upper bound) and the run summary (what happened). */
import type { Disclosure } from '../protocol/index.ts';
import { SCORE_PLAIN_MODULUS, type ScoringPlan } from './registration.ts';

const SCORE_BITS = Math.ceil(Math.log2(Number(SCORE_PLAIN_MODULUS)));

/** @param rows rows answered; @param plan the registered plan. */
export function scoreDisclosure(rows: number, plan: ScoringPlan): Disclosure {
  const conditions = plan.paths.reduce((sum, path) => sum + path.length, 0);
  return [
    { party: 'label party', protocol: 'scoring', what: 'one integer score per firm asked', count: rows, bitsEach: SCORE_BITS },
    { party: 'feature holder', protocol: 'scoring', what: 'which aligned rows were asked about', count: rows, bitsEach: 1 },
    {
      party: 'feature holder',
      protocol: 'scoring',
      what: 'side taken at one of its own splits on a path that leads to leaves',
      count: conditions,
      bitsEach: 1,
    },
  ];
}

/** @param rows firms answered; @param bitsEach log2 of the number of different amounts in the table. */
export function limitDisclosure(rows: number, bitsEach: number): Disclosure {
  return [
    { party: 'label party', protocol: 'limit', what: 'one banded amount per consenting firm', count: rows, bitsEach },
    { party: 'feature holder', protocol: 'limit', what: 'which aligned rows were asked about', count: rows, bitsEach: 1 },
  ];
}
