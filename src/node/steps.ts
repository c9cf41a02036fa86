/** Steps: what a node can do for a peer, as functions over a channel. The registry is an argument of the node; protocols plug in here. */
import type { Logger } from '../base/index.ts';
import type { MeteredChannel } from '../protocol/index.ts';
import type { Contract } from './contract.ts';
import type { JobMemory } from './job-memory.ts';
import type { JobStore } from './job-store.ts';

export interface StepContext {
  readonly party: string;
  readonly peer: string;
  readonly jobId: string;
  readonly step: string;
  /** Hex, fresh for each session: what keys, masks and PSI tags of this step are bound to. */
  readonly sessionId: string;
  readonly contract: Contract;
  /** The asset of the contract and the columns of it that this job may read: nothing else may be read. */
  readonly asset: string;
  readonly columns: readonly string[];
  /** Values that later steps of the same job find again, while the node runs. */
  readonly memory: JobMemory;
  /** Bytes that outlive the node. */
  readonly store: JobStore;
  /**
   * Takes bits from the peer's budget; call it before the answer that discloses them leaves.
   * @throws RefusedError `ERR_REFUSED_BUDGET`
   */
  debit(bits: number): Promise<void>;
  /** Aborted when the session fails or the node stops. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** One party's half of one step. It returns when the step is done; the node closes the session. */
export type StepHandler = (channel: MeteredChannel, context: StepContext) => Promise<void>;

/** Step name ("align", "train", …) to handler. */
export type StepHandlers = Readonly<Record<string, StepHandler>>;
