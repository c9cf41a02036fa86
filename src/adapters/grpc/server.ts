/**
 * The answering side: it listens, and gives every stream to the desk of sessions (session-desk.ts). Who calls is known from the certificate
 * before the stream exists (tls-listener.ts).
 */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { Pin } from '../certificates/pin.ts';
import { CHUNK_BYTES, FRAME_OVERHEAD_BYTES } from './frames.ts';
import { checkIdentity, pinTable } from './identity.ts';
import { normalizeLimits, type SessionLimits } from './limits.ts';
import type { ServeOptions } from './serve-options.ts';
import { FLOW_CONTROL_WINDOW, federationService, KEEPALIVE } from './service.ts';
import { type SessionCall, SessionDesk, STREAMS_PER_SESSION } from './session-desk.ts';
import { type Door, openDoor } from './tls-listener.ts';

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
    'grpc.max_concurrent_streams': limits.maxSessionsPerPeer * STREAMS_PER_SESSION,
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
