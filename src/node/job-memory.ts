/**
 * Job memory: typed values that live between the steps of a job (an alignment, the holder's half of a model), and the contract the job was
 * begun with. Bounded: the longest unused job of a peer makes room; what must survive that, or a restart, goes into the job store.
 */
import { PeerProtocolError } from '../base/index.ts';

/** Names a value and its type: `const ALIGNMENT = jobSlot<Alignment>('alignment')`. */
export interface JobSlot<T> {
  readonly name: string;
  /** Only for the compiler. */
  readonly type?: T;
}
export const jobSlot = <T>(name: string): JobSlot<T> => Object.freeze({ name });

export interface JobMemory {
  get<T>(slot: JobSlot<T>): T | undefined;
  set<T>(slot: JobSlot<T>, value: T): void;
  clear(): void;
}

interface Job {
  readonly contractHash: string;
  readonly values: Map<string, unknown>;
  /** Sessions under way. */
  sessions: number;
}

/** Jobs held per peer at once. A bank trains a few models at a time; each holds the aligned columns of one asset. */
export const MAX_JOBS_PER_PEER = 8;

export class JobMemories {
  readonly #peers = new Map<string, Map<string, Job>>();
  readonly #maxJobs: number;

  constructor(maxJobsPerPeer = MAX_JOBS_PER_PEER) {
    this.#maxJobs = maxJobsPerPeer;
  }

  /**
   * @throws PeerProtocolError `ERR_PEER_CONTRACT` when the job was begun under another contract.
   */
  of(peer: string, jobId: string, contractHash: string): JobMemory {
    const jobs = this.#peers.get(peer) ?? new Map<string, Job>();
    this.#peers.set(peer, jobs);
    const job = jobs.get(jobId) ?? { contractHash, values: new Map<string, unknown>(), sessions: 0 };
    if (job.contractHash !== contractHash) {
      throw anotherContract(peer, jobId);
    }
    // Map order is insertion order: re-inserting makes this the most recently used.
    jobs.delete(jobId);
    jobs.set(jobId, job);
    for (const [oldest, { sessions }] of jobs) {
      if (jobs.size <= this.#maxJobs) break;
      if (sessions === 0 && oldest !== jobId) jobs.delete(oldest);
    }
    const { values } = job;
    return {
      get: <T>(slot: JobSlot<T>) => values.get(slot.name) as T | undefined,
      set: (slot, value) => void values.set(slot.name, value),
      clear: () => values.clear(),
    };
  }

  /**
   * A session of the job is under way until the returned function is called: the job is not forgotten meanwhile. Else a peer could begin other
   * jobs until this one's turns were forgotten, open a second session of it, and have both count the same answers.
   */
  hold(peer: string, jobId: string): () => void {
    const job = this.#peers.get(peer)?.get(jobId);
    if (!job) return () => {};
    job.sessions += 1;
    return () => {
      job.sessions -= 1;
    };
  }
}

/** One job, one contract: its counters and its state belong to that. */
export function anotherContract(peer: string, jobId: string): PeerProtocolError {
  return new PeerProtocolError('ERR_PEER_CONTRACT', `job ${jobId} of ${peer} was begun under another contract`, {
    help: 'Give the changed job a new id.',
  });
}
