/** grpc: sessions between nodes over TLS 1.3 with pinned certificates. README.md has the frames and what each guard is for. */
export { type ConnectOptions, connectPeer, type PeerLink } from './client.ts';
export type { Description, PeerDescription } from './describe.ts';
export type { Farewell } from './farewell.ts';
export type { FarewellFrame, HeadFrame, WitnessFrame } from './frame-types.ts';
export { isName } from './frames.ts';
export { checkIdentity, type PinnedPeer, type TlsIdentity } from './identity.ts';
export type { AcceptOptions, IncomingSession } from './incoming.ts';
export { DEFAULT_LIMITS, MIN_LIMITS, normalizeLimits, type SessionLimits } from './limits.ts';
export { type LineNotice, lineSentence } from './line-notice.ts';
export type { OpenOptions } from './open-session.ts';
export { PUBLIC_ERRORS, type PublicCode, type PublicError, publicError } from './public-errors.ts';
export type { ServeOptions } from './serve-options.ts';
export { type FederationServer, serveFederation } from './server.ts';
export type { LastWords, Session, SessionReceipt } from './session.ts';
export type { RefusedConnection } from './tls-listener.ts';
export { LIBRARY_VERSION, PROTOCOL_VERSION } from './version.ts';
