/**
 * The match bitmap: one bit per row of the sender, in the sender's shuffled order. A bitmap cannot repeat a row, and its length says
 * nothing about the intersection.
 */
import { ByteReader, PeerProtocolError } from '../base/index.ts';
import { BITMAP_CHUNK } from './wire.ts';

/** Cuts a bitmap into message bodies; none for an empty set. */
export function bitmapChunks(bitmap: Uint8Array): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bitmap.length; at += BITMAP_CHUNK) chunks.push(bitmap.subarray(at, at + BITMAP_CHUNK));
  return chunks;
}

export function bitmapBytes(rows: number): number {
  return Math.ceil(rows / 8);
}

/** Sets the bits of the given positions. */
export function writeBitmap(rows: number, positions: Iterable<number>): Uint8Array {
  const bitmap = new Uint8Array(bitmapBytes(rows));
  for (const position of positions) bitmap[position >>> 3] |= 1 << (position & 7);
  return bitmap;
}

/**
 * Positions of the set bits, ascending.
 * @throws PeerProtocolError `ERR_PEER_MALFORMED_MESSAGE` on a wrong length or a bit beyond the last row; `ERR_PSI_TOO_MANY_MATCHES`
 * when the peer claims more matches than it has rows: each of its rows matches at most one of ours.
 */
export function readBitmap(bitmap: Uint8Array, rows: number, peerRows: number): Uint32Array {
  const reader = new ByteReader(bitmap, 'psi/matches');
  reader.raw('bitmap', bitmapBytes(rows));
  reader.end();
  const positions: number[] = [];
  for (let at = 0; at < bitmap.length; at++) {
    for (let bits = bitmap[at]; bits !== 0; bits &= bits - 1) positions.push(at * 8 + (31 - Math.clz32(bits & -bits)));
  }
  if (positions.length > 0 && positions[positions.length - 1] >= rows) reader.fail('bitmap', 'marks a row that does not exist');
  if (positions.length > peerRows) {
    throw new PeerProtocolError('ERR_PSI_TOO_MANY_MATCHES', `the peer claims ${positions.length} matches with ${peerRows} rows`, {
      help: 'The peer broke the protocol: end the session and report it.',
    });
  }
  return Uint32Array.from(positions);
}
