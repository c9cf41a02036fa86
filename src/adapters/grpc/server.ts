/**
 * The answering side: every stream is one session, which is one step of one job. Who calls is known from the certificate before the stream
 * exists (tls-listener.ts). One session's trouble ends that session and nothing else.
 */
import type { Duplex } from 'node:stream';
import { Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { type Clock, LocalProtocolError, PeerProtocolError, RefusedError } from '../../base/index.ts';
import { certificatePin, type Pin } from '../certificates/pin.ts';
import { type Description, encodeDescription } from './describe.ts';
import { type FrameLink, linkLost, streamLink } from './frame-link.ts';
import { CHUNK_BYTES, FRAME_OVERHEAD_BYTES } from './frames.ts';
import { checkIdentity, type PinnedPeer, pinTable, type TlsIdentity } from './identity.ts';
import { Incoming, type IncomingSession, refuse } from './incoming.ts';
import { normalizeLimits, type SessionLimits } from './limits.ts';
import { firstFrame, type Opened } from './opening.ts';
import { grpcStatusOf, publicError } from './public-errors.ts';
import { FLOW_CONTROL_WINDOW, federationService, KEEPALIVE } from './service.ts';
import { type Door, openDoor, type RefusedConnection } from './tls-listener.ts';
import { PROTOCOL_VERSION } from './version.ts';

export interface ServeOptions {
  readonly party: string;
  readonly identity: TlsIdentity;
  readonly peers: readonly PinnedPeer[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<SessionLimits>;
  /** The session is over when the promise settles; a rejection ends it with the public part of the error. */
  readonly onSession: (incoming: IncomingSession) => Promise<void>;
  readonly describe: (peer: string) => Description;
  readonly onRefused?: (refused: RefusedConnection) => void;
  /** A session that ended badly before `onSession` saw it. */
  readonly onFailedOpening?: (peer: string, error: unknown) => void;
}

export interface FederationServer {
  readonly host: string;
  readonly port: number;
  readonly pin: Pin;
  /** Sessions under way. */
  sessions(): number;
  /** Takes no new sessions, gives those under way `graceMs`, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** @throws InputError `ERR_CONFIG_TLS` | `ERR_CONFIG_PIN` | `ERR_CONFIG_LISTEN` */
export async function serveFederation(options: ServeOptions): Promise<FederationServer> {
  const limits = normalizeLimits(options.limits);
  const pin = checkIdentity(options.identity, options.party, options.clock.now());
  const pins = pinTable(options.peers);
  const desk = new SessionDesk(options, limits, pins);
  let door: Door | undefined;
  const server = new Server(serverOptions(limits));
  server.addService(federationService, {
    Describe: (call: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>) => desk.describe(call, reply),
    Session: (call: SessionCall) => desk.take(call, (remote) => door?.drop(remote)),
  });
  // The sockets are already TLS: to gRPC they look like plain connections.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  widenWindows(server);
  door = await openDoor(options.host, options.port, {
    identity: options.identity,
    pins,
    maxConnections: limits.maxConnections,
    handshakeTimeoutMs: limits.openTimeoutMs,
    onRefused: (refused) => options.onRefused?.(refused),
    onAccepted: (socket) => injector.injectConnection(socket),
  });
  const { host, port, shut, clear } = door;
  return {
    host,
    port,
    pin,
    sessions: () => desk.count,
    async close(graceMs = 5_000) {
      shut();
      await desk.close(graceMs);
      injector.destroy();
      server.forceShutdown();
      clear();
    },
  };
}

function serverOptions(limits: SessionLimits): ConstructorParameters<typeof Server>[0] {
  return {
    'grpc.max_receive_message_length': Math.max(CHUNK_BYTES, limits.maxContractBytes) + FRAME_OVERHEAD_BYTES,
    'grpc.max_send_message_length': CHUNK_BYTES + FRAME_OVERHEAD_BYTES,
    // Streams beyond our own caps are answered with a sentence; far beyond, HTTP/2 itself refuses.
    'grpc.max_concurrent_streams': limits.maxSessionsPerPeer * 4,
    'grpc.enable_channelz': 0,
    ...KEEPALIVE,
  };
}

/**
 * grpc-js lets only clients set their receive window. The HTTP/2 servers it made are reachable, though not officially: if they ever are not,
 * uploads are slower over long links and nothing else changes.
 */
function widenWindows(server: Server): void {
  const http2Servers: unknown = Reflect.get(server, 'http2Servers');
  if (!(http2Servers instanceof Map)) return;
  for (const http2Server of http2Servers.keys()) {
    http2Server.on?.('session', (session: { settings?(s: object): void; setLocalWindowSize?(bytes: number): void }) => {
      session.settings?.({ initialWindowSize: FLOW_CONTROL_WINDOW });
      session.setLocalWindowSize?.(FLOW_CONTROL_WINDOW);
    });
  }
}

type SessionCall = ServerDuplexStream<Buffer, Uint8Array>;

interface Entry {
  readonly link: FrameLink;
  incoming?: Incoming;
  done: Promise<void>;
}

/** Counts, opens and ends sessions. */
class SessionDesk {
  readonly #options: ServeOptions;
  readonly #limits: SessionLimits;
  readonly #pins: ReadonlyMap<Pin, string>;
  readonly #perPeer = new Map<string, number>();
  readonly #running = new Set<Entry>();
  #closing = false;

  constructor(options: ServeOptions, limits: SessionLimits, pins: ReadonlyMap<Pin, string>) {
    this.#options = options;
    this.#limits = limits;
    this.#pins = pins;
  }

  get count(): number {
    return this.#running.size;
  }

  describe(call: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>): void {
    try {
      reply(null, encodeDescription(this.#options.describe(this.#peerOf(call))));
    } catch (error) {
      reply({ code: grpcStatusOf(error), details: publicError(error).sentence });
    }
  }

  take(call: SessionCall, drop: (remote: string) => void): void {
    const link = streamLink(call as unknown as Duplex, { explain: () => linkLost(), destroy: () => drop(call.getPeer()) });
    const entry: Entry = { link, done: Promise.resolve() };
    this.#running.add(entry);
    entry.done = this.#serve(call, entry).finally(() => this.#running.delete(entry));
  }

  async #serve(call: SessionCall, entry: Entry): Promise<void> {
    let peer = 'unknown';
    let entered = false;
    try {
      peer = this.#peerOf(call);
      this.#enter(peer);
      entered = true;
      entry.incoming = this.#readOpen(peer, entry.link, await firstFrame(entry.link, this.#limits.openTimeoutMs));
      await this.#hand(entry.incoming);
    } catch (error) {
      refuse(entry.link, error);
      this.#options.onFailedOpening?.(peer, error);
    } finally {
      if (entered) this.#leave(peer);
    }
  }

  async #hand(incoming: Incoming): Promise<void> {
    try {
      await this.#options.onSession(incoming);
      // Closed in good order this does nothing; forgotten, the peer is not left waiting.
      incoming.end(new LocalProtocolError('ERR_INTERNAL', 'the step ended without closing its session'));
    } catch (error) {
      incoming.end(error);
    }
  }

  #enter(peer: string): void {
    if (this.#closing) throw new RefusedError('ERR_REFUSED_SHUTDOWN', 'the node is shutting down');
    const own = this.#perPeer.get(peer) ?? 0;
    if (this.#running.size > this.#limits.maxSessions || own >= this.#limits.maxSessionsPerPeer) {
      throw new RefusedError('ERR_REFUSED_BUSY', `${peer} has ${own} sessions under way, the node ${this.#running.size - 1}`);
    }
    this.#perPeer.set(peer, own + 1);
  }

  #leave(peer: string): void {
    this.#perPeer.set(peer, (this.#perPeer.get(peer) ?? 1) - 1);
  }

  #readOpen(peer: string, link: FrameLink, opened: Opened): Incoming {
    const { frame } = opened;
    const { party } = this.#options;
    if (frame.type !== 'open') throw new PeerProtocolError('ERR_PEER_UNEXPECTED_MESSAGE', `${peer} began with a ${frame.type} frame`);
    if (frame.protocolVersion !== PROTOCOL_VERSION) {
      const theirs = `${frame.protocolVersion} (fedcredit ${frame.libraryVersion})`;
      throw new PeerProtocolError('ERR_PEER_VERSION', `this node speaks protocol version ${PROTOCOL_VERSION}, ${peer} speaks ${theirs}`, {
        help: 'Install the same major version at both parties.',
      });
    }
    const max = this.#limits.maxContractBytes;
    if (frame.contract.length > max)
      throw new PeerProtocolError('ERR_PEER_TOO_LARGE', `the contract of ${peer} is longer than ${max} bytes`);
    return new Incoming({ party, peer, link, limits: this.#limits }, opened, frame);
  }

  #peerOf(call: Pick<SessionCall, 'getAuthContext'>): string {
    const certificate = call.getAuthContext()?.sslPeerCertificate;
    const peer = certificate && this.#pins.get(certificatePin(certificate.raw));
    // Cannot happen behind the door; should it ever, nobody gets further than here.
    if (peer === undefined) throw new RefusedError('ERR_REFUSED_OWN_CERTIFICATE', 'a stream came without a pinned certificate');
    return peer;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await settledWithin(
      [...this.#running].map(({ done }) => done),
      graceMs,
    );
    const shutdown = new RefusedError('ERR_REFUSED_SHUTDOWN', 'the node is shutting down');
    for (const { incoming, link } of this.#running) {
      if (incoming) incoming.end(shutdown);
      else link.destroy();
    }
    await settledWithin(
      [...this.#running].map(({ done }) => done),
      FAREWELL_MS,
    );
  }
}

/** What a session that was told to stop may take to do so. */
const FAREWELL_MS = 500;

async function settledWithin(promises: readonly Promise<void>[], ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(promises), late]);
  clearTimeout(timer);
}
