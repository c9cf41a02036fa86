/**
 * Proof of a reattachment: HMAC-SHA256 under the token that the callee drew for this session alone. The session id is in both audit logs and is no
 * secret; the token is sent once, in the acceptance, and never again. Each proof holds for one attempt and one count, in one direction.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ByteWriter } from '../../base/index.ts';

export interface ReattachClaim {
  readonly from: 'caller' | 'callee';
  readonly sessionId: Uint8Array;
  readonly attempt: number;
  readonly received: number;
}

export function reattachProof(token: Uint8Array, { from, sessionId, attempt, received }: ReattachClaim): Uint8Array {
  const claim = new ByteWriter().text('fedcredit/reattach/1').text(from).blob(sessionId).u32(attempt).u32(received).finish();
  return createHmac('sha256', token).update(claim).digest();
}

/** In constant time. */
export function provesReattach(token: Uint8Array, claim: ReattachClaim, proof: Uint8Array): boolean {
  const expected = reattachProof(token, claim);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
