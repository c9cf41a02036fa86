/**
 * ECDH private set intersection on Curve25519, sender: the platform. It learns how many rows the receiver has and which of its own rows
 * matched, never an id that it does not hold. The exchange is drawn in receiver.ts; README.md says who learns what.
 */
import { concatBytes, permutation } from '../base/index.ts';
import type { Channel } from '../protocol/index.ts';
import type { Alignment } from './alignment.ts';
import { bitmapBytes, readBitmap } from './matches.ts';
import { PointTable } from './point-table.ts';
import { openSession, type PsiInput, type PsiPorts } from './session.ts';
import { multiplyPeerPoints, runStages, sendOwnPoints } from './stages.ts';
import { BITMAP_CHUNK } from './wire.ts';

/**
 * Runs the sender's half. It cannot check that a claimed match is true, only that there are no more of them than the receiver has rows.
 * @throws InputError on bad ids or options, RefusedError above a cap, PeerProtocolError when the receiver breaks the protocol.
 */
export async function sender(channel: Channel, input: PsiInput, ports: PsiPorts): Promise<Alignment> {
  const session = await openSession(channel, 'sender', input, ports);
  const order = permutation(ports.random, input.ids.length);
  const answers: Uint8Array[] = [];
  await runStages({ channel, input, ports, session }, [
    (context) => sendOwnPoints(context, order),
    (context) => multiplyPeerPoints(context, new PointTable(session.peerRows, ports.random), (points) => answers.push(points)),
  ]);
  // Only now is the whole set known to be free of repeated points: nothing was answered before.
  for (const points of answers) await channel.send('psi/doubled', points);
  const positions = await receiveMatches(channel, input.ids.length, session.peerRows);
  return { rows: positions.map((position) => order[position]), peerRows: session.peerRows };
}

/** Positions in our shuffled order that the receiver says it holds too, ascending. */
async function receiveMatches(channel: Channel, ownRows: number, peerRows: number): Promise<Uint32Array> {
  const chunks: Uint8Array[] = [];
  for (let left = bitmapBytes(ownRows); left > 0; left -= BITMAP_CHUNK) chunks.push(await channel.receive('psi/matches'));
  return readBitmap(concatBytes(...chunks), ownRows, peerRows);
}
