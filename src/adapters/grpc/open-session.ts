/**
 * Opening a session as its caller: the first two frames, what must be true of the answer, and the lasting link that dials again after a loss.
 */
import type { Duplex } from 'node:stream';
import type { Client } from '@grpc/grpc-js';
import {
  type Clock,
  equalBytes,
  InputError,
  LocalProtocolError,
  PeerProtocolError,
  randomBytes,
  type SecureRandom,
  toHex,
} from '../../base/index.ts';
import type { TranscriptEntry } from '../../protocol/index.ts';
import { type ConnectionFacts, explainFailure } from './client-errors.ts';
import { type FrameLink, streamLink } from './frame-link.ts';
import { type AcceptedFrame, encodeFrame, type Frame, isName, SESSION_ID_BYTES } from './frames.ts';
import { LastingLink } from './lasting-link.ts';
import type { SessionLimits } from './limits.ts';
import { type LineNotice, noticing } from './line-notice.ts';
import { firstFrame } from './opening.ts';
import { reportedError } from './public-errors.ts';
import { Redialer } from './redial.ts';
import { federationService } from './service.ts';
import { openedSession, type Session } from './session.ts';
import { type SessionBinding, sha256 } from './transcript.ts';
import { LIBRARY_VERSION, PROTOCOL_VERSION } from './version.ts';

export interface OpenOptions {
  readonly jobId: string;
  readonly step: string;
  /** Canonical bytes of the contract; the peer must hold, hash and accept the same. */
  readonly contract: Uint8Array;
  /** Sees kinds and lengths of messages, never bodies. */
  readonly onMessage?: (entry: TranscriptEntry) => void;
  /** Overrides `limits.idleTimeoutMs` for this step. */
  readonly idleTimeoutMs?: number;
  /** @internal Tests claim another version with it. */
  readonly protocolVersion?: number;
}

/** One link to a peer: what its sessions share. */
export interface CallContext {
  readonly party: string;
  readonly client: Client;
  readonly facts: ConnectionFacts;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly limits: SessionLimits;
  /** Of the sessions under way. */
  readonly links: Set<LastingLink>;
  readonly onLine?: (notice: LineNotice) => void;
}

export async function openSession(context: CallContext, open: OpenOptions): Promise<Session> {
  const { facts, limits } = context;
  checkOpen(open, limits);
  let opened = false;
  const stream = dial(context, (error) => explainFailure(error, opened ? talking(facts) : facts));
  const sessionId = randomBytes(context.random, SESSION_ID_BYTES);
  const contractHash = sha256(open.contract);
  try {
    const reply = firstFrame(stream, limits.openTimeoutMs);
    const { jobId, step, contract, protocolVersion = PROTOCOL_VERSION } = open;
    const sent = stream.write(
      encodeFrame({ type: 'open', protocolVersion, libraryVersion: LIBRARY_VERSION, jobId, sessionId, step, contract }),
    );
    const [first] = await Promise.all([reply, sent]);
    facts.stage = 'talking';
    const accepted = assertAccepted(first.frame, facts.peer, protocolVersion, contractHash);
    const binding = { caller: context.party, callee: facts.peer, jobId, step, sessionId, contractHash };
    const { session, lasting } = lastingSession(context, open, binding, accepted);
    opened = true;
    lasting.attach({ link: stream, opened: first, peerHas: 0 });
    return session;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function lastingSession(
  context: CallContext,
  { idleTimeoutMs, onMessage }: OpenOptions,
  binding: SessionBinding,
  { graceMs, token }: AcceptedFrame,
): { readonly session: Session; readonly lasting: LastingLink } {
  const { facts, limits, clock, links, onLine } = context;
  const { peer } = facts;
  const { sessionId } = binding;
  const again = (): FrameLink => dial(context, () => explainFailure(undefined, talking(facts)));
  const redialer = new Redialer({ peer, sessionId, token, openTimeoutMs: limits.openTimeoutMs, dial: again });
  const notices = noticing(peer, binding, onLine);
  const lasting: LastingLink = new LastingLink({
    role: 'caller',
    peer,
    graceMs: Math.min(graceMs, limits.reattachGraceMs),
    maxKeptBytes: limits.maxKeptBytes,
    clock,
    watch: {
      lost(waitMs) {
        notices.lost(waitMs);
        void redialer.bringBack(lasting);
      },
      back() {
        facts.stage = 'talking';
        notices.back();
      },
      over: () => links.delete(lasting),
    },
  });
  links.add(lasting);
  const sessionLimits = { ...limits, idleTimeoutMs: idleTimeoutMs ?? limits.idleTimeoutMs };
  const { session, input } = openedSession(lasting, { role: 'caller', peer, binding, limits: sessionLimits, onMessage });
  lasting.listen(input);
  return { session, lasting };
}

/** What became of a session that was open: later connections to the peer, and why they fail, do not explain it. */
const talking = (facts: ConnectionFacts): ConnectionFacts => ({ ...facts, stage: 'talking', peerProblem: undefined });

function dial({ client }: CallContext, explain: (error: unknown) => Error): FrameLink {
  const { path, requestSerialize, responseDeserialize } = federationService.Session;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  return streamLink(call as unknown as Duplex, { explain, destroy: () => call.cancel() });
}

function checkOpen({ jobId, step, contract }: OpenOptions, { maxContractBytes }: SessionLimits): void {
  if (!(isName(jobId) && isName(step))) {
    throw new InputError('ERR_CONFIG_JOB', `"${jobId}" / "${step}" is not a job id and a step`, {
      help: 'Use letters, digits, ".", "_", ":" and "-", at most 64.',
    });
  }
  if (contract.length > maxContractBytes) {
    throw new LocalProtocolError('ERR_LOCAL_TOO_LARGE', `the contract has ${contract.length} bytes, the limit is ${maxContractBytes}`);
  }
}

function assertAccepted(frame: Frame, peer: string, version: number, contractHash: Uint8Array): AcceptedFrame {
  if (frame.type === 'rejected') {
    if (frame.code === 'ERR_PEER_VERSION') throw versionMismatch(peer, version, frame);
    throw reportedError(peer, frame);
  }
  if (frame.type === 'failure') throw reportedError(peer, frame);
  if (frame.type !== 'accepted') {
    throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} answered the opening with a ${frame.type} frame`);
  }
  if (frame.protocolVersion !== version) throw versionMismatch(peer, version, frame);
  if (!equalBytes(frame.contractHash, contractHash)) {
    throw new PeerProtocolError(
      'ERR_PEER_CONTRACT',
      `${peer} read another contract: ${toHex(frame.contractHash)}, not ${toHex(contractHash)}`,
      {
        help: 'Compare the contracts of both sides; what stands between the parties must not change it.',
      },
    );
  }
  return frame;
}

function versionMismatch(peer: string, ours: number, theirs: { protocolVersion: number; libraryVersion: string }): PeerProtocolError {
  const message = `this side speaks protocol version ${ours} (fedcredit ${LIBRARY_VERSION}), ${peer} speaks ${theirs.protocolVersion} (fedcredit ${theirs.libraryVersion})`;
  return new PeerProtocolError('ERR_PEER_VERSION', message, {
    help: 'Install the same major version at both parties.',
    details: { peer, ownProtocolVersion: ours, peerProtocolVersion: theirs.protocolVersion, peerLibraryVersion: theirs.libraryVersion },
  });
}
