/**
 * The caller: a label party's end. It runs the steps of jobs against one node, one session a step, and writes the same audit log a node
 * does, so that each log is a witness of the other.
 */
import { join } from 'node:path';
import {
  connectPeer,
  type LastWords,
  type LineNotice,
  type PeerDescription,
  type PinnedPeer,
  type Session,
  type SessionLimits,
  type SessionReceipt,
  type TlsIdentity,
} from '../adapters/grpc/index.ts';
import { type Clock, type SecureRandom, toHex } from '../base/index.ts';
import type { MeteredChannel, Traffic, TranscriptEntry } from '../protocol/index.ts';
import { openAudit } from './audit/index.ts';
import type { Contract } from './contract.ts';
import { holdFolder } from './folder-lock.ts';
import { fileJobStores, type JobStore } from './job-store.ts';
import { bytesOf, codeOf } from './session-facts.ts';

export interface CallerOptions {
  readonly party: string;
  readonly identity: TlsIdentity;
  readonly peer: PinnedPeer;
  /** "host:port" */
  readonly address: string;
  /** Audit log and job states. One process at a time. */
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly limits?: Partial<SessionLimits>;
  /** Sees kinds and lengths of all messages, never bodies. */
  readonly onMessage?: (entry: TranscriptEntry) => void;
  /** The line of a step under way was lost, or is back. */
  readonly onLine?: (notice: LineNotice) => void;
}

export interface CallerStepContext {
  /** Hex; the peer's handler has the same. */
  readonly sessionId: string;
  readonly contract: Contract;
  readonly store: JobStore;
  readonly signal: AbortSignal;
}

export interface StepResult<T> {
  readonly result: T;
  readonly receipt: SessionReceipt;
  readonly traffic: Traffic;
  /** Bytes of all frames, both directions. */
  readonly wireBytes: number;
}

export interface Caller {
  /** @throws TransportError | RefusedError | PeerProtocolError */
  describe(): Promise<PeerDescription>;
  /**
   * Runs our half of one step. The session closes in good order or the step throws; there is nothing in between.
   * @param bits upper bound of what this step discloses to us, for the audit log
   */
  step<T>(
    step: string,
    contract: Contract,
    run: (channel: MeteredChannel, context: CallerStepContext) => Promise<T>,
    bits?: number,
  ): Promise<StepResult<T>>;
  close(): Promise<void>;
}

/** @throws InputError `ERR_CONFIG_TLS` | `ERR_CONFIG_ADDRESS` | `ERR_NODE_STATE_IN_USE` | `ERR_AUDIT_BROKEN` */
export async function startCaller(options: CallerOptions): Promise<Caller> {
  const link = connectPeer(options);
  const release = await holdFolder(options.stateFolder);
  const audit = await openAudit({ ...options, peers: [options.peer] }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const stores = fileJobStores({ folder: join(options.stateFolder, 'jobs') });
  const peer = options.peer.id;

  async function run<T>(
    session: Session,
    contract: Contract,
    work: (channel: MeteredChannel, context: CallerStepContext) => Promise<T>,
    lastWords: LastWords,
  ): Promise<StepResult<T>> {
    const store = stores.of(peer, contract.terms.jobId);
    const context = { sessionId: toHex(session.binding.sessionId), contract, store, signal: session.signal };
    const result = await work(session, context);
    const receipt = await session.close(lastWords);
    const wire = session.wireBytes();
    return { result, receipt, traffic: session.traffic(), wireBytes: wire.sent + wire.received };
  }

  return {
    describe: () => link.describe(),
    async step(step, contract, work, bits = 0) {
      const { jobId } = contract.terms;
      const base = { peer, step, job: jobId, contract: contract.hash };
      const session = await audit
        .assertTrusted(peer)
        .then(() => link.open({ jobId, step, contract: contract.bytes, onMessage: options.onMessage }))
        .catch(async (error: unknown) => {
          await audit.log.append('session-refused', { ...base, code: codeOf(error) });
          throw error;
        });
      const facts = { ...base, session: toHex(session.binding.sessionId) };
      await audit.log.append('session-opened', facts);
      let closed = false;
      try {
        return await run(session, contract, work, async (receipt, farewell) => {
          // Before the heads, so that the peer witnesses this line too.
          await audit.log.append('session-closed', { ...facts, ...receipt, ...bytesOf(session), disclosedBits: bits });
          closed = true;
          await audit.exchangeHeads(peer, farewell);
        });
      } catch (error) {
        session.abort(error);
        if (closed) await audit.log.append('witness-failed', { ...facts, code: codeOf(error) });
        else await audit.log.append('session-failed', { ...facts, ...bytesOf(session), disclosedBits: bits, code: codeOf(error) });
        throw error;
      }
    },
    async close() {
      link.close();
      await release();
    },
  };
}
