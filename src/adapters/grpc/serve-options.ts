/** What a server is told when it starts, and whom it tells what happens. */
import type { Clock, SecureRandom } from '../../base/index.ts';
import type { Description } from './describe.ts';
import type { PinnedPeer, TlsIdentity } from './identity.ts';
import type { IncomingSession } from './incoming.ts';
import type { SessionLimits } from './limits.ts';
import type { LineNotice } from './line-notice.ts';
import type { RefusedConnection } from './tls-listener.ts';

export interface ServeOptions {
  readonly party: string;
  readonly identity: TlsIdentity;
  readonly peers: readonly PinnedPeer[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  /** Tokens of sessions. */
  readonly random: SecureRandom;
  readonly limits?: Partial<SessionLimits>;
  /** The session is over when the promise settles; a rejection ends it with the public part of the error. */
  readonly onSession: (incoming: IncomingSession) => Promise<void>;
  readonly describe: (peer: string) => Description;
  readonly onRefused?: (refused: RefusedConnection) => void;
  /** A session that ended badly before `onSession` saw it, or a stream that may not take one up again. */
  readonly onFailedOpening?: (peer: string, error: unknown) => void;
  /** The line of a session under way was lost, or is back. */
  readonly onLine?: (notice: LineNotice) => void;
}
