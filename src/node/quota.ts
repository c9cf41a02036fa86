/** At most so many in a while: keeps a stranger who knocks without end from filling our disk with lines about it. */
import type { Clock } from '../base/index.ts';

export interface Quota {
  /** How many were dropped since the last one that passed, when this one may pass; else undefined. */
  take(): number | undefined;
}

/** @param most passes per `windowMs`, counted in fixed windows */
export function quota(clock: Clock, most: number, windowMs: number): Quota {
  let start = Number.NEGATIVE_INFINITY;
  let passed = 0;
  let dropped = 0;
  return {
    take() {
      const now = clock.now();
      if (now - start >= windowMs || now < start) {
        start = now;
        passed = 0;
      }
      if (passed >= most) {
        dropped += 1;
        return undefined;
      }
      passed += 1;
      const before = dropped;
      dropped = 0;
      return before;
    },
  };
}
