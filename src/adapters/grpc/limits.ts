/**
 * What one peer may cost us. Every cap is checked before the memory it would take is taken; each has its reason beside it.
 */
import { InputError } from '../../base/index.ts';

export interface SessionLimits {
  /** Longest message body in bytes, either direction. The largest real one is a PSI batch or a block of ciphertexts. @default 268435456 */
  readonly maxMessageBytes: number;
  /** Complete messages waiting to be received; above it we stop reading and HTTP/2 flow control holds the peer. @default 67108864 */
  readonly maxBufferedBytes: number;
  /** Longest contract in the opening frame. @default 262144 */
  readonly maxContractBytes: number;
  /** The opening frame, and the answer to it, must come within this time. @default 10000 */
  readonly openTimeoutMs: number;
  /** How long the peer may compute between two frames we wait for, or refuse to take what we send. @default 600000 */
  readonly idleTimeoutMs: number;
  /** Sessions under way at once, over all peers. @default 16 */
  readonly maxSessions: number;
  /** Sessions under way at once with one peer. @default 4 */
  readonly maxSessionsPerPeer: number;
  /** TCP connections at once. @default 64 */
  readonly maxConnections: number;
}

export const DEFAULT_LIMITS: SessionLimits = Object.freeze({
  maxMessageBytes: 256 * 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxContractBytes: 256 * 1024,
  openTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  maxSessions: 16,
  maxSessionsPerPeer: 4,
  maxConnections: 64,
});

/** The lengths that travel are 32 bits wide. */
const MAX_MESSAGE_BYTES = 0xffffffff;

/**
 * Fills in defaults.
 * @throws InputError `ERR_CONFIG_LIMITS` on an unknown key or a value that is not a positive integer.
 */
export function normalizeLimits(given: Partial<SessionLimits> = {}): SessionLimits {
  for (const [key, value] of Object.entries(given)) {
    if (!(key in DEFAULT_LIMITS)) {
      throw new InputError('ERR_CONFIG_LIMITS', `unknown limit ${key}`, {
        help: `Known limits: ${Object.keys(DEFAULT_LIMITS).join(', ')}.`,
      });
    }
    if (!(Number.isSafeInteger(value) && value > 0 && value <= MAX_MESSAGE_BYTES)) {
      throw new InputError('ERR_CONFIG_LIMITS', `limit ${key} must be an integer in 1..${MAX_MESSAGE_BYTES}`);
    }
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...given });
}
