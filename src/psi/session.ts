/**
 * The opening of a session, the same for both roles: caps, hello, session id, fresh scalar.
 */
import { createHash } from 'node:crypto';
import { type Executor, equalBytes, noProgress, PeerProtocolError, type Progress, randomBytes, type SecureRandom } from '../base/index.ts';
import type { Channel } from '../protocol/index.ts';
import { checkIds } from './ids.ts';
import { checkOwnRows, checkPeerRows, type PsiOptions, psiLimits } from './options.ts';
import { NONCE_BYTES, type PsiRole, readHello, writeHello } from './wire.ts';

/** What a party brings. */
export interface PsiInput {
  /** Normalised record ids, one a row, unique. They leave this process only blinded. */
  readonly ids: readonly string[];
  /** What both parties agreed to align for, e.g. contract and job id; must be equal on both sides. */
  readonly context: string;
  readonly options?: PsiOptions;
}

/** What the protocol takes of the outside world. */
export interface PsiPorts {
  /** For scalars, nonces and shuffles: `systemRandom` outside tests. */
  readonly random: SecureRandom;
  readonly executor: Executor;
  readonly progress?: Progress;
  /** Ends the run at the next batch. */
  readonly signal?: AbortSignal;
}

export interface Session {
  readonly peerRows: number;
  /** RFC 9380 domain separation tag, with version and session id. */
  readonly dst: Uint8Array;
  /** This run's secret X25519 scalar. */
  readonly scalar: Uint8Array;
  readonly progress: Progress;
}

/**
 * Checks our own input, says hello, and checks the peer's.
 * @throws InputError on bad ids or options; RefusedError above a cap; PeerProtocolError on another version, role or context.
 */
export async function openSession(channel: Channel, role: PsiRole, input: PsiInput, ports: PsiPorts): Promise<Session> {
  const limits = psiLimits(input.options);
  checkOwnRows(input.ids.length, limits);
  checkIds(input.ids);
  ports.signal?.throwIfAborted();

  const contextHash = sha256('fedcredit psi context', input.context);
  const nonce = randomBytes(ports.random, NONCE_BYTES);
  await channel.send('psi/hello', writeHello({ role, contextHash, nonce, rows: input.ids.length }));
  const peer = readHello(await channel.receive('psi/hello'), role === 'receiver' ? 'sender' : 'receiver');
  if (!equalBytes(peer.contextHash, contextHash)) {
    throw new PeerProtocolError('ERR_PSI_CONTEXT', 'the peer aligns for another contract or job', {
      help: 'Start the same job on both sides.',
    });
  }
  checkPeerRows(input.ids.length, peer.rows, limits);

  const nonces = role === 'receiver' ? [nonce, peer.nonce] : [peer.nonce, nonce];
  return {
    peerRows: peer.rows,
    dst: domainSeparationTag(sha256('fedcredit psi session', contextHash, ...nonces)),
    scalar: randomBytes(ports.random, 32),
    progress: ports.progress ?? noProgress,
  };
}

/** RFC 9380 §3.1: application name, version, session, and the suite the tag is for. */
export function domainSeparationTag(sessionId: Uint8Array): Uint8Array {
  return Buffer.from(`fedcredit-psi-v01-${Buffer.from(sessionId).toString('hex')}-curve25519_XMD:SHA-512_ELL2_RO_`, 'latin1');
}

function sha256(label: string, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash('sha256').update(label).update('\0');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
