/** What both roles need of the outside world. */
import type { Logger, Progress, SecureRandom } from '../../../base/index.ts';
import type { HeEngine } from '../../../he/index.ts';

export interface GbdtPorts {
  readonly engine: HeEngine;
  /** Stochastic rounding (label party) and secret permutations (holder): the CSPRNG, except in tests. */
  readonly random: SecureRandom;
  readonly progress?: Progress;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
  /**
   * Holder: takes the bits of an answer from the caller's budget before the answer leaves.
   * @throws RefusedError when the budget is used up.
   */
  readonly debit?: (bits: number) => Promise<void>;
}
