/**
 * Messages of the protocol, in the order in which a party sends them:
 *
 * | kind | from | body |
 * |---|---|---|
 * | psi/hello | both | version, role, hash of the context, nonce, number of rows |
 * | psi/points | both | up to 4096 blinded points, 32 bytes each |
 * | psi/doubled | sender | the receiver's points, blinded a second time, in the order in which they came |
 * | psi/matches | receiver | one bit per row of the sender, in the sender's shuffled order |
 *
 * Every length follows from the announced row counts, so message sizes depend on nothing else.
 */
import { ByteReader, ByteWriter, PeerProtocolError } from '../base/index.ts';

export const PSI_VERSION = 1;
/** Points in a message: 128 KiB, under every transport's limit, and 0.1-0.5 s of work for a thread. */
export const BATCH_POINTS = 4096;
export const POINT_BYTES = 32;
export const NONCE_BYTES = 32;
/** Bytes of the match bitmap in a message: 2^20 bytes speak for 8.4 million rows. */
export const BITMAP_CHUNK = 2 ** 20;

export type PsiRole = 'receiver' | 'sender';
const ROLE_CODE: Readonly<Record<PsiRole, number>> = { receiver: 1, sender: 2 };

export interface Hello {
  readonly role: PsiRole;
  readonly contextHash: Uint8Array;
  readonly nonce: Uint8Array;
  readonly rows: number;
}

export function writeHello(hello: Hello): Uint8Array {
  return new ByteWriter(80).u8(PSI_VERSION).u8(ROLE_CODE[hello.role]).raw(hello.contextHash).raw(hello.nonce).u32(hello.rows).finish();
}

/**
 * @throws PeerProtocolError `ERR_PSI_VERSION` on another version, `ERR_PSI_ROLE` when both parties took the same role,
 * `ERR_PEER_MALFORMED_MESSAGE` on a bad length.
 */
export function readHello(body: Uint8Array, expected: PsiRole): Hello {
  const reader = new ByteReader(body, 'psi/hello');
  const version = reader.u8('version');
  if (version !== PSI_VERSION) {
    throw new PeerProtocolError(
      'ERR_PSI_VERSION',
      `the peer speaks version ${version} of private set intersection, we speak ${PSI_VERSION}`,
      {
        help: 'Bring both parties to the same release.',
      },
    );
  }
  if (reader.u8('role') !== ROLE_CODE[expected]) {
    throw new PeerProtocolError('ERR_PSI_ROLE', `the peer did not take the role of the ${expected}`, {
      help: 'One party must be the receiver (the bank), the other the sender (the platform).',
    });
  }
  const contextHash = reader.raw('context', NONCE_BYTES);
  const nonce = reader.raw('nonce', NONCE_BYTES);
  const rows = reader.u32('rows');
  reader.end();
  return { role: expected, contextHash, nonce, rows };
}

/** Start and number of points of each batch of `rows` points. */
export function batches(rows: number): readonly { readonly from: number; readonly count: number }[] {
  const list: { from: number; count: number }[] = [];
  for (let from = 0; from < rows; from += BATCH_POINTS) list.push({ from, count: Math.min(BATCH_POINTS, rows - from) });
  return list;
}

/**
 * The one answer to every point that is not allowed: wrong length or count, not canonical, low order, off the curve, repeated. One code
 * and one sentence, so that a peer learns nothing from which check it failed.
 */
export function badPoint(): PeerProtocolError {
  return new PeerProtocolError('ERR_PSI_BAD_POINT', 'the peer sent a point that the protocol does not allow', {
    help: 'Check that both parties run the same version; if they do, the peer is not honest.',
  });
}

/** @throws PeerProtocolError `ERR_PSI_BAD_POINT` when the body does not hold exactly `count` points. */
export function checkPointCount(body: Uint8Array, count: number): Uint8Array {
  if (body.length !== count * POINT_BYTES) throw badPoint();
  return body;
}
