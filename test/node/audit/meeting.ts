/** A bank and a platform that end a session over frames a test may change, with their logs and heads on the disk. */

import type { Session } from '../../../src/adapters/grpc/session.ts';
import { toHex } from '../../../src/base/index.ts';
import type { Audit } from '../../../src/node/index.ts';
import { sessionPair, type Tap } from '../../adapters/grpc/link-pair.ts';
import { auditOf, type Who } from './party.ts';

export interface States {
  readonly bank: string;
  readonly platform: string;
}

/** What each side's ending threw, if it did. */
export interface Endings {
  readonly bank?: unknown;
  readonly platform?: unknown;
}

/** Where frames may be lost: long enough for a busy disk, short enough to wait for. */
export const QUICK = { idleTimeoutMs: 1_000 };

export async function end(audit: Audit, session: Session, peer: Who): Promise<unknown> {
  try {
    await session.close(async (receipt, farewell) => {
      await audit.log.append('session-closed', { session: toHex(session.binding.sessionId), contract: 'c', ...receipt });
      await audit.exchangeHeads(peer, farewell);
    });
    return undefined;
  } catch (error) {
    session.abort(error);
    return error;
  }
}

/** One session's end between two parties that have just started. */
export async function meet(states: States, tap?: Tap): Promise<Endings> {
  const { caller, callee } = sessionPair(tap, tap && QUICK);
  const [bankAudit, platformAudit] = [await auditOf('bank', states.bank), await auditOf('platform', states.platform)];
  const [bank, platform] = await Promise.all([end(bankAudit, caller, 'platform'), end(platformAudit, callee, 'bank')]);
  return { bank, platform };
}
