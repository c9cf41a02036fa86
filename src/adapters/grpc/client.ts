/**
 * The calling side. `connectPeer` prepares a link to one pinned party; each `open` starts one session, which is one step of one job.
 * The connection is made on first use and again after a loss, and sessions under way go on over the new one.
 */
import { type ChannelOptions, Client, credentials, Metadata } from '@grpc/grpc-js';
import { type Clock, InputError, type SecureRandom } from '../../base/index.ts';
import { type ConnectionFacts, explainFailure } from './client-errors.ts';
import { decodeDescription, encodeDescribeRequest, type PeerDescription } from './describe.ts';
import { CHUNK_BYTES, FRAME_OVERHEAD_BYTES } from './frames.ts';
import { checkIdentity, judgeCertificate, type PinnedPeer, pinTable, secureContext, type TlsIdentity } from './identity.ts';
import type { LastingLink } from './lasting-link.ts';
import { normalizeLimits, type SessionLimits } from './limits.ts';
import type { LineNotice } from './line-notice.ts';
import { type CallContext, type OpenOptions, openSession } from './open-session.ts';
import { FLOW_CONTROL_WINDOW, federationService, KEEPALIVE } from './service.ts';
import type { Session } from './session.ts';

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
  /** The line of a session under way was lost, or is back. */
  readonly onLine?: (notice: LineNotice) => void;
}

export interface PeerLink {
  readonly peer: PinnedPeer;
  /** @throws TransportError | RefusedError | PeerProtocolError */
  describe(): Promise<PeerDescription>;
  /**
   * @throws RefusedError when the peer's policy says no; PeerProtocolError `ERR_PEER_VERSION`, `ERR_PEER_CONTRACT`; TransportError
   */
  open(options: OpenOptions): Promise<Session>;
  /** Makes no new connections; sessions under way live as long as theirs. */
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
  const links = new Set<LastingLink>();
  const context: CallContext = { ...options, client, facts, limits, links };
  return {
    peer,
    describe: () => describe(client, facts, limits.openTimeoutMs),
    open: (open) => openSession(context, open),
    close: () => {
      client.close();
      for (const link of links) if (link.wantsLine) link.giveUp();
    },
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
    // A lost line is dialled again by the session, which knows what has arrived; a repeated call would send it twice.
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
