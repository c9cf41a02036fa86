/** Names for results that are never written over. */
import type { Clock } from '../base/index.ts';

/** 20260131-235959, UTC. */
export const fileStamp = (clock: Clock): string =>
  new Date(clock.now())
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
