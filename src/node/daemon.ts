/**
 * The node: a feature holder's daemon. It listens, knows who calls from the certificate, checks the contract against the policy, hands the
 * channel to the step's handler, and writes down what happened. A session that fails costs that session only.
 */
import { join } from 'node:path';
import {
  type FederationServer,
  type IncomingSession,
  type LineNotice,
  lineSentence,
  type PinnedPeer,
  type Session,
  type SessionLimits,
  serveFederation,
  type TlsIdentity,
} from '../adapters/grpc/index.ts';
import { type Clock, type Logger, RefusedError, type SecureRandom } from '../base/index.ts';
import { type Audit, type AuditFacts, openAudit } from './audit/index.ts';
import { type BudgetBook, fileBudgets } from './budget.ts';
import { type Contract, readContract } from './contract.ts';
import { holdFolder } from './folder-lock.ts';
import { anotherContract, JobMemories } from './job-memory.ts';
import { fileJobStores, type JobStores } from './job-store.ts';
import { authorize, offersTo, type PolicyRule } from './policy.ts';
import { quota } from './quota.ts';
import { bytesOf, codeOf, messageOf } from './session-facts.ts';
import type { StepContext, StepHandler, StepHandlers } from './steps.ts';

export interface NodeOptions {
  readonly party: { readonly id: string; readonly name: string };
  readonly identity: TlsIdentity;
  readonly peers: readonly PinnedPeer[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly rules: readonly PolicyRule[];
  /** Bits a month by peer; none without an entry. */
  readonly budgets: ReadonlyMap<string, number>;
  /** Audit log, budgets, job states. One node at a time. */
  readonly stateFolder: string;
  readonly handlers: StepHandlers;
  readonly clock: Clock;
  /** Tokens of sessions. */
  readonly random: SecureRandom;
  readonly logger: Logger;
  readonly limits?: Partial<SessionLimits>;
}

export interface RunningNode {
  readonly host: string;
  readonly port: number;
  readonly pin: string;
  /** Sessions under way. */
  sessions(): number;
  /** Takes no new sessions, waits for those under way, writes the last line of the log. @param graceMs default 5000 */
  close(graceMs?: number): Promise<void>;
}

/** Lines about strangers in a minute, and about cut connections; a port scan makes thousands of them, and so may a bad link. */
const MAX_KNOCKS = 30;
const KNOCK_WINDOW_MS = 60_000;

/** @throws InputError `ERR_CONFIG_TLS` | `ERR_CONFIG_LISTEN` | `ERR_NODE_STATE_IN_USE` | `ERR_AUDIT_BROKEN` */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const release = await holdFolder(options.stateFolder);
  try {
    const audit = await openAudit({ ...options, party: options.party.id });
    const desk = new StepDesk(options, audit);
    const server = await serve(options, desk, audit);
    await audit.log.append('node-started', { party: options.party.id, pin: server.pin });
    return {
      host: server.host,
      port: server.port,
      pin: server.pin,
      sessions: () => server.sessions(),
      async close(graceMs) {
        await server.close(graceMs);
        await audit.log.append('node-stopped');
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function serve(options: NodeOptions, desk: StepDesk, audit: Audit): Promise<FederationServer> {
  const { party, identity, peers, host, port, clock, random, limits, rules, logger } = options;
  const note = (type: 'connection-refused' | 'session-refused', facts: AuditFacts): void => {
    audit.log.append(type, facts).catch((error: unknown) => logger.error('the audit log cannot be written', { problem: String(error) }));
  };
  const knocks = quota(clock, MAX_KNOCKS, KNOCK_WINDOW_MS);
  return serveFederation({
    party: party.id,
    identity,
    peers,
    host,
    port,
    clock,
    random,
    limits,
    describe: (peer) => ({ partyId: party.id, partyName: party.name, ...offersTo(rules, peer) }),
    onSession: (incoming) => desk.serve(incoming),
    onRefused: ({ reason, sentence, remote, pin }) => {
      const unwritten = knocks.take();
      if (unwritten === undefined) return;
      logger.warn(`refused a connection from ${remote}: ${sentence}`, { reason, pin });
      note('connection-refused', { reason, remote, pin, unwritten: unwritten || undefined });
    },
    onFailedOpening: (peer, error) => {
      logger.warn(`refused a session of ${peer}`, { code: codeOf(error), problem: messageOf(error) });
      note('session-refused', { peer, code: codeOf(error) });
    },
    onLine: lineLog(clock, logger),
  });
}

function lineLog(clock: Clock, logger: Logger): (notice: LineNotice) => void {
  const lines = quota(clock, MAX_KNOCKS, KNOCK_WINDOW_MS);
  return (notice) => {
    const unwritten = lines.take();
    if (unwritten === undefined) return;
    const fields = { job: notice.jobId, session: notice.sessionId, unwritten: unwritten || undefined };
    if (notice.state === 'lost') logger.warn(lineSentence(notice), fields);
    else logger.info(lineSentence(notice), fields);
  };
}

/** Where a job's store keeps the hash of its contract: a restart must not open the job to another one. */
const CONTRACT_KEY = 'contract';

/** Checks, dispatches and writes down. */
class StepDesk {
  readonly #options: NodeOptions;
  readonly #audit: Audit;
  readonly #memories = new JobMemories();
  readonly #stores: JobStores;
  readonly #budgets: BudgetBook;

  constructor(options: NodeOptions, audit: Audit) {
    this.#options = options;
    this.#audit = audit;
    this.#stores = fileJobStores({ folder: join(options.stateFolder, 'jobs') });
    this.#budgets = fileBudgets({ folder: join(options.stateFolder, 'budgets'), clock: options.clock, bitsPerMonth: options.budgets });
  }

  async serve(incoming: IncomingSession): Promise<void> {
    const { peer, step, jobId: job, sessionId: session, contractHash: contract } = incoming;
    const facts = { peer, step, job, session, contract };
    const store = this.#stores.of(peer, job);
    const begunUnder = await store.get(CONTRACT_KEY);
    const admitted = await this.#admit(incoming, begunUnder && new TextDecoder().decode(begunUnder));
    if ('refusal' in admitted) {
      this.#options.logger.warn(`refused step ${step} of ${peer}`, {
        job,
        code: codeOf(admitted.refusal),
        problem: messageOf(admitted.refusal),
      });
      await this.#audit.log.append('session-refused', { ...facts, code: codeOf(admitted.refusal) });
      incoming.reject(admitted.refusal);
      return;
    }
    const release = this.#memories.hold(peer, job);
    try {
      // On the disk before anything is answered: a session nobody wrote down does not happen.
      await this.#audit.log.append('session-opened', facts);
      if (!begunUnder) await store.put(CONTRACT_KEY, new TextEncoder().encode(admitted.contract.hash));
      await this.#run(await incoming.accept(), admitted, facts);
    } finally {
      release();
    }
  }

  /** @param begunUnder hash of the contract the job was begun under, if it was */
  async #admit(incoming: IncomingSession, begunUnder: string | undefined): Promise<Admitted | { readonly refusal: unknown }> {
    const { party, rules, handlers, clock } = this.#options;
    const { peer, step, jobId } = incoming;
    try {
      await this.#audit.assertTrusted(peer);
      const contract = readContract(incoming.contract);
      if (begunUnder !== undefined && begunUnder !== contract.hash) throw anotherContract(peer, jobId);
      authorize(rules, { party: party.id, peer, jobId, step, terms: contract.terms, now: clock.now() });
      if (!Object.hasOwn(handlers, step)) throw new RefusedError('ERR_REFUSED_UNKNOWN_STEP', `this node does not serve the step "${step}"`);
      return { contract, handler: handlers[step], memory: this.#memories.of(peer, jobId, contract.hash) };
    } catch (refusal) {
      return { refusal };
    }
  }

  async #run(session: Session, admitted: Admitted, facts: Record<string, string>): Promise<void> {
    const spent = { bits: 0 };
    let closed = false;
    try {
      await admitted.handler(session, this.#contextOf(session, admitted, facts, spent));
      await session.close(async (receipt, farewell) => {
        // Before the heads, so that the peer witnesses this line too.
        await this.#audit.log.append('session-closed', { ...facts, ...receipt, ...bytesOf(session), disclosedBits: spent.bits });
        closed = true;
        await this.#audit.exchangeHeads(facts.peer, farewell);
      });
      this.#options.logger.info(`${facts.peer} finished ${facts.step}`, { job: facts.job, bits: spent.bits, ...bytesOf(session) });
    } catch (error) {
      session.abort(error);
      this.#options.logger.error(`${facts.peer}: ${facts.step} failed`, { job: facts.job, code: codeOf(error), problem: messageOf(error) });
      if (closed) await this.#audit.log.append('witness-failed', { ...facts, code: codeOf(error) });
      else
        await this.#audit.log.append('session-failed', { ...facts, ...bytesOf(session), disclosedBits: spent.bits, code: codeOf(error) });
    }
  }

  #contextOf(
    session: Session,
    { contract, memory }: Admitted,
    { peer, job, step, session: sessionId }: Record<string, string>,
    spent: { bits: number },
  ): StepContext {
    const budget = this.#budgets.of(peer);
    return {
      party: this.#options.party.id,
      peer,
      jobId: job,
      step,
      sessionId,
      contract,
      asset: contract.terms.asset,
      columns: contract.terms.columns,
      memory,
      store: this.#stores.of(peer, job),
      async debit(bits) {
        await budget.debit(bits);
        spent.bits += bits;
      },
      signal: session.signal,
      logger: this.#options.logger,
    };
  }
}

interface Admitted {
  readonly contract: Contract;
  readonly handler: StepHandler;
  readonly memory: StepContext['memory'];
}
