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
  /**
   * How long a session lives without a line, in milliseconds, until its caller is back; 0 ends it with its line. The time runs on from loss to
   * loss until the peer brings something new. One side may notice a dead line a minute later than the other: much less is too short. @default 120000
   */
  readonly reattachGraceMs: number;
  /** How often one session may be taken up again. @default 10000 */
  readonly maxReattachments: number;
  /** Frames kept by each session until the peer has acknowledged them; above it we wait. At least 2 MiB. @default 16777216 */
  readonly maxKeptBytes: number;
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
  reattachGraceMs: 120_000,
  maxReattachments: 10_000,
  maxKeptBytes: 16 * 1024 * 1024,
  maxSessions: 16,
  maxSessionsPerPeer: 4,
  maxConnections: 64,
});

/** The lengths that travel are 32 bits wide. */
const MAX_MESSAGE_BYTES = 0xffffffff;

/** Below it a session would wait for an acknowledgement that is not due yet: what is unacknowledged at most (line.ts), and room for a frame. */
const MIN_KEPT_BYTES = 2 * 1024 * 1024;

/** The least a limit may be; 1 where none is here. */
export const MIN_LIMITS: Readonly<Partial<SessionLimits>> = Object.freeze({ reattachGraceMs: 0, maxKeptBytes: MIN_KEPT_BYTES });

/**
 * Fills in defaults.
 * @throws InputError `ERR_CONFIG_LIMITS` on an unknown key or a value that is not an integer in its range.
 */
export function normalizeLimits(given: Partial<SessionLimits> = {}): SessionLimits {
  for (const [key, value] of Object.entries(given)) {
    if (!(key in DEFAULT_LIMITS)) {
      throw new InputError('ERR_CONFIG_LIMITS', `unknown limit ${key}`, {
        help: `Known limits: ${Object.keys(DEFAULT_LIMITS).join(', ')}.`,
      });
    }
    const min = MIN_LIMITS[key as keyof SessionLimits] ?? 1;
    if (!(Number.isSafeInteger(value) && value >= min && value <= MAX_MESSAGE_BYTES)) {
      throw new InputError('ERR_CONFIG_LIMITS', `limit ${key} must be an integer in ${min}..${MAX_MESSAGE_BYTES}`);
    }
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...given });
}
