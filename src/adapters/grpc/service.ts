/**
 * The gRPC service as grpc-js wants it. Messages pass through as bytes: the session decodes frames itself, strictly, so that a malformed one
 * is a typed error of ours and encoding happens before the caller's buffer is his own again.
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { fedcredit } from './gen/fedcredit.js';

const bytesIn = (bytes: Buffer): Buffer => bytes;
const bytesOut = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// The paths are literals in the generated types: a renamed method in the .proto fails to compile here.
export const DESCRIBE_PATH: fedcredit.v1.FederationService.Describe['path'] = '/fedcredit.v1.FederationService/Describe';
export const SESSION_PATH: fedcredit.v1.FederationService.Session['path'] = '/fedcredit.v1.FederationService/Session';

const passThrough = {
  requestSerialize: bytesOut,
  requestDeserialize: bytesIn,
  responseSerialize: bytesOut,
  responseDeserialize: bytesIn,
} as const;

export const federationService = {
  Describe: { path: DESCRIBE_PATH, requestStream: false, responseStream: false, ...passThrough },
  Session: { path: SESSION_PATH, requestStream: true, responseStream: true, ...passThrough },
} satisfies ServiceDefinition;

/** Receive windows of HTTP/2: the default 64 KiB holds a stream to 1 MiB/s at 40 ms round trip (measured); 8 MiB to about 60. */
export const FLOW_CONTROL_WINDOW = 8 * 1024 * 1024;

/**
 * Pings find a line that died in silence within 45 s; Node itself does not see every reset of a connection it is writing to. A node that computes on
 * its main thread may answer later than that: then a line was given up for nothing, and its sessions go on over another.
 */
export const KEEPALIVE = Object.freeze({ 'grpc.keepalive_time_ms': 15_000, 'grpc.keepalive_timeout_ms': 30_000 });
