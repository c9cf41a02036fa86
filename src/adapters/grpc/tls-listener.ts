/**
 * The door. Our own TLS listener, in front of gRPC: chain, pin and name of the caller are checked before a byte of HTTP/2 is read, and
 * whoever is refused leaves a line with the exact reason. (gRPC's own listener can set neither the TLS version nor say why it refused.)
 */
import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { InputError } from '../../base/index.ts';
import type { Pin } from '../certificates/pin.ts';
import { type CertificateVerdict, chainProblem, judgeCertificate, type TlsIdentity } from './identity.ts';

/** A caller that was not let in. Holds no data of the caller but its address and its public pin. */
export interface RefusedConnection {
  readonly reason: string;
  readonly sentence: string;
  readonly remote: string;
  readonly pin?: string;
}

export interface DoorOptions {
  readonly identity: TlsIdentity;
  readonly pins: ReadonlyMap<Pin, string>;
  readonly maxConnections: number;
  readonly handshakeTimeoutMs: number;
  readonly onRefused: (refused: RefusedConnection) => void;
  /** A socket whose owner is known. */
  readonly onAccepted: (socket: TLSSocket, peer: string) => void;
}

export interface Door {
  readonly host: string;
  readonly port: number;
  /** No new connections. */
  shut(): void;
  /** Drops the connection of that remote "address:port". */
  drop(remote: string): void;
  /** Drops the connections that are left. */
  clear(): void;
}

export async function openDoor(host: string, port: number, options: DoorOptions): Promise<Door> {
  const { certificate, privateKey, authority } = options.identity;
  const sockets = new Set<TLSSocket>();
  const server = createServer({
    cert: certificate,
    key: privateKey,
    ca: authority,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ALPNProtocols: ['h2'],
    handshakeTimeout: options.handshakeTimeoutMs,
    requestCert: true,
    // Decided in `admit`, first thing, where the exact reason is still known; Node's own refusal would drop it.
    rejectUnauthorized: false,
    // No resumption: every connection shows its certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.maxConnections = options.maxConnections;
  server.on('tlsClientError', (error, socket) => options.onRefused(handshakeFailure(error, socket)));
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    admit(socket, options);
  });
  await listen(server, host, port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new InputError('ERR_CONFIG_LISTEN', `cannot listen on ${host}:${port}`);
  return {
    host: address.address,
    port: address.port,
    shut: () => void server.close(),
    drop: (remote) => {
      for (const socket of sockets) if (remoteOf(socket) === remote) socket.destroy();
    },
    clear: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function admit(socket: TLSSocket, { pins, onRefused, onAccepted }: DoorOptions): void {
  const verdict = judge(socket, pins);
  if (verdict.peer !== undefined) {
    onAccepted(socket, verdict.peer);
    return;
  }
  onRefused({ reason: verdict.problem ?? 'unknown', sentence: verdict.sentence, remote: remoteOf(socket), pin: verdict.pin });
  socket.destroy();
}

function judge(socket: TLSSocket, pins: ReadonlyMap<Pin, string>): CertificateVerdict {
  const raw: unknown = socket.getPeerCertificate().raw;
  if (!(raw instanceof Uint8Array)) return { problem: 'missing', sentence: 'it showed no certificate' };
  // Typed as an Error, in fact OpenSSL's code as a string.
  if (!socket.authorized) return chainProblem(String(socket.authorizationError));
  return judgeCertificate(raw, pins);
}

function handshakeFailure(error: Error, socket: TLSSocket): RefusedConnection {
  const code = 'code' in error ? String(error.code) : '';
  const sentence = /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS/.test(code)
    ? 'it does not speak TLS 1.3'
    : `its TLS handshake failed (${code})`;
  return { reason: 'tls', sentence, remote: remoteOf(socket) };
}

function remoteOf({ remoteAddress = 'unknown', remotePort = 0 }: TLSSocket): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new InputError('ERR_CONFIG_LISTEN', `cannot listen on ${host}:${port}`, {
          cause,
          help: 'Another process may hold the port: stop it, or change listen in the configuration.',
        }),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      // A failing accept (too many open files) costs that connection, not the node.
      server.on('error', () => {});
      resolve();
    });
  });
}
