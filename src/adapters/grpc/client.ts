/**
 * The calling side. `connectPeer` prepares a link to one pinned party; each `open` starts one session, which is one step of one job.
 * The connection is made on first use and again after a loss.
 */
import type { Duplex } from 'node:stream';
import { type ChannelOptions, Client, credentials, Metadata } from '@grpc/grpc-js';
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
import { decodeDescription, encodeDescribeRequest, type PeerDescription } from './describe.ts';
import { streamLink } from './frame-link.ts';
import { CHUNK_BYTES, encodeFrame, FRAME_OVERHEAD_BYTES, type Frame, isName, SESSION_ID_BYTES } from './frames.ts';
import { checkIdentity, judgeCertificate, type PinnedPeer, pinTable, secureContext, type TlsIdentity } from './identity.ts';
import { normalizeLimits, type SessionLimits } from './limits.ts';
import { firstFrame } from './opening.ts';
import { reportedError } from './public-errors.ts';
import { FLOW_CONTROL_WINDOW, federationService, KEEPALIVE } from './service.ts';
import { openedSession, type Session } from './session.ts';
import { sha256 } from './transcript.ts';
import { LIBRARY_VERSION, PROTOCOL_VERSION } from './version.ts';

export interface ConnectOptions {
  /** Our own party id, as in our certificate. */
  readonly party: string;
  readonly identity: TlsIdentity;
  /** The one party that may answer. */
  readonly peer: PinnedPeer;
  /** "host:port" or "[ipv6]:port". */
  readonly address: string;
  readonly clock: Clock;
  /** Session ids. */
  readonly random: SecureRandom;
  readonly limits?: Partial<SessionLimits>;
}

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

export interface PeerLink {
  readonly peer: PinnedPeer;
  /** @throws TransportError | RefusedError | PeerProtocolError */
  describe(): Promise<PeerDescription>;
  /**
   * @throws RefusedError when the peer's policy says no; PeerProtocolError `ERR_PEER_VERSION`, `ERR_PEER_CONTRACT`; TransportError
   */
  open(options: OpenOptions): Promise<Session>;
  close(): void;
}

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/;

/** @throws InputError `ERR_CONFIG_TLS` | `ERR_CONFIG_ADDRESS` | `ERR_CONFIG_PIN` */
export function connectPeer(options: ConnectOptions): PeerLink {
  const { party, identity, peer, address, clock } = options;
  if (!ADDRESS.test(address)) {
    throw new InputError('ERR_CONFIG_ADDRESS', `"${address}" is not an address`, { help: 'Write host:port, for example 127.0.0.1:7443.' });
  }
  const limits = normalizeLimits(options.limits);
  const ownPin = checkIdentity(identity, party, clock.now());
  const facts: ConnectionFacts = { peer: peer.id, peerPin: peer.pin, ownPin, address, stage: 'connecting' };
  const client = new Client(address, pinnedCredentials(identity, peer, facts), channelOptions(limits));
  return {
    peer,
    describe: () => describe(client, facts, limits.openTimeoutMs),
    open: (open) => openSession(client, facts, options, limits, open),
    close: () => client.close(),
  };
}

/** The chain is checked by TLS against the federation's authority; pin and name here. The host name decides nothing: the key does. */
function pinnedCredentials(
  identity: TlsIdentity,
  peer: PinnedPeer,
  facts: ConnectionFacts,
): ReturnType<typeof credentials.createFromSecureContext> {
  const pins = pinTable([peer]);
  return credentials.createFromSecureContext(secureContext(identity), {
    checkServerIdentity(_host, certificate) {
      const verdict = judgeCertificate(certificate.raw, pins);
      facts.peerProblem = verdict.problem ? verdict : undefined;
      facts.stage = verdict.problem ? 'connecting' : 'peer verified';
      return verdict.problem ? new Error(verdict.sentence) : undefined;
    },
  });
}

function channelOptions(limits: SessionLimits): ChannelOptions {
  return {
    // A constant: the default would put the address, or worse a party's name, in clear into the TLS greeting.
    'grpc.ssl_target_name_override': 'fedcredit',
    'grpc.default_authority': 'fedcredit',
    // No environment variable may route the link through a proxy, no resolver may change the service.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    // A step is run again as a whole, with fresh keys; a repeated call would send it twice.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.max_receive_message_length': CHUNK_BYTES + FRAME_OVERHEAD_BYTES,
    'grpc.max_send_message_length': Math.max(CHUNK_BYTES, limits.maxContractBytes) + FRAME_OVERHEAD_BYTES,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW,
    'grpc.enable_channelz': 0,
    ...KEEPALIVE,
  };
}

function describe(client: Client, facts: ConnectionFacts, timeoutMs: number): Promise<PeerDescription> {
  const { path, requestSerialize, responseDeserialize } = federationService.Describe;
  return new Promise((resolve, reject) => {
    const deadline = { deadline: Date.now() + timeoutMs };
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      encodeDescribeRequest(),
      new Metadata(),
      deadline,
      (error, reply) => {
        if (error || !reply) {
          reject(explainFailure(error, facts));
          return;
        }
        facts.stage = 'talking';
        try {
          resolve(decodeDescription(reply));
        } catch (problem) {
          reject(problem);
        }
      },
    );
  });
}

async function openSession(
  client: Client,
  facts: ConnectionFacts,
  options: ConnectOptions,
  limits: SessionLimits,
  open: OpenOptions,
): Promise<Session> {
  checkOpen(open, limits);
  const { path, requestSerialize, responseDeserialize } = federationService.Session;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const link = streamLink(call as unknown as Duplex, { explain: (error) => explainFailure(error, facts), destroy: () => call.cancel() });
  const sessionId = randomBytes(options.random, SESSION_ID_BYTES);
  const contractHash = sha256(open.contract);
  try {
    const reply = firstFrame(link, limits.openTimeoutMs);
    const { jobId, step, contract, protocolVersion = PROTOCOL_VERSION } = open;
    const sent = link.write(
      encodeFrame({ type: 'open', protocolVersion, libraryVersion: LIBRARY_VERSION, jobId, sessionId, step, contract }),
    );
    const [{ frame, attach }] = await Promise.all([reply, sent]);
    facts.stage = 'talking';
    assertAccepted(frame, facts.peer, protocolVersion, contractHash);
    const binding = { caller: options.party, callee: facts.peer, jobId, step, sessionId, contractHash };
    const sessionLimits = { ...limits, idleTimeoutMs: open.idleTimeoutMs ?? limits.idleTimeoutMs };
    const { session, input } = openedSession(link, {
      role: 'caller',
      peer: facts.peer,
      binding,
      limits: sessionLimits,
      onMessage: open.onMessage,
    });
    attach(input);
    return session;
  } catch (error) {
    link.destroy();
    throw error;
  }
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

function assertAccepted(frame: Frame, peer: string, version: number, contractHash: Uint8Array): void {
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
}

function versionMismatch(peer: string, ours: number, theirs: { protocolVersion: number; libraryVersion: string }): PeerProtocolError {
  const message = `this side speaks protocol version ${ours} (fedcredit ${LIBRARY_VERSION}), ${peer} speaks ${theirs.protocolVersion} (fedcredit ${theirs.libraryVersion})`;
  return new PeerProtocolError('ERR_PEER_VERSION', message, {
    help: 'Install the same major version at both parties.',
    details: { peer, ownProtocolVersion: ours, peerProtocolVersion: theirs.protocolVersion, peerLibraryVersion: theirs.libraryVersion },
  });
}
