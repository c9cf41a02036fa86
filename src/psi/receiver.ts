/**
 * ECDH private set intersection (Meadows 1986; Huberman, Franklin and Hogg 1999) on Curve25519, receiver: the bank. It learns which of its
 * rows the sender also holds, and how many rows the sender has. See README.md for who learns what.
 *
 *   receiver                                   sender
 *   [a]·H(x), shuffled       -- psi/points -->
 *                           <-- psi/points --  [b]·H(y), shuffled
 *                          <-- psi/doubled --  [b]·[a]·H(x), in the receiver's order
 *   x = y where [a]·[b]·H(y) = [b]·[a]·H(x)
 *   one bit per y           -- psi/matches -->
 */
import { permutation } from '../base/index.ts';
import type { Channel } from '../protocol/index.ts';
import type { Alignment } from './alignment.ts';
import { bitmapChunks, writeBitmap } from './matches.ts';
import { inOrder } from './pipeline.ts';
import { PointTable } from './point-table.ts';
import { openSession, type PsiInput, type PsiPorts } from './session.ts';
import { batchReceiver, multiplyPeerPoints, runStages, type StageContext, sendOwnPoints, width } from './stages.ts';
import { checkPoints } from './tasks.ts';
import { badPoint, batches } from './wire.ts';

/**
 * Runs the receiver's half. An empty intersection is a result, not an error.
 * @throws InputError on bad ids or options, RefusedError above a cap, PeerProtocolError when the sender breaks the protocol.
 */
export async function receiver(channel: Channel, input: PsiInput, ports: PsiPorts): Promise<Alignment> {
  const session = await openSession(channel, 'receiver', input, ports);
  const order = permutation(ports.random, input.ids.length);
  let ownRowOf = new Int32Array();
  await runStages({ channel, input, ports, session }, [
    (context) => sendOwnPoints(context, order),
    async (context) => {
      const doubledPeer = new PointTable(session.peerRows, ports.random);
      await multiplyPeerPoints(context, doubledPeer, () => {});
      ownRowOf = await matchDoubledOwn(context, doubledPeer, order);
    },
  ]);
  const matched = positionsOfMatches(ownRowOf);
  for (const chunk of bitmapChunks(writeBitmap(session.peerRows, matched))) await channel.send('psi/matches', chunk);
  return { rows: matched.map((position) => ownRowOf[position]), peerRows: session.peerRows };
}

/** Own row that equals each of the sender's rows, or -1. */
async function matchDoubledOwn(context: StageContext, doubledPeer: PointTable, order: Uint32Array): Promise<Int32Array<ArrayBuffer>> {
  const { session, ports, signal } = context;
  const ownRowOf = new Int32Array(session.peerRows).fill(-1);
  const seen = new PointTable(order.length, ports.random);
  const plan = batches(order.length);
  const receive = batchReceiver(context, 'psi/doubled');
  const start = async (i: number): Promise<{ points: Uint8Array; allowed: boolean }> => {
    const points = await receive(plan[i].count);
    return { points, allowed: await ports.executor.run(checkPoints, points, { signal }) };
  };
  await inOrder(plan.length, width(context), start, (i, { points, allowed }) => {
    if (!allowed || !seen.addAll(points)) throw badPoint();
    const positions = doubledPeer.findAll(points);
    for (let k = 0; k < positions.length; k++) if (positions[k] >= 0) ownRowOf[positions[k]] = order[plan[i].from + k];
    session.progress({ stage: 'psi: match', done: plan[i].from + plan[i].count, total: order.length, unit: 'ids' });
  });
  return ownRowOf;
}

/** The sender's positions that match, ascending: the common order of both parties, shuffled by the sender. */
function positionsOfMatches(ownRowOf: Int32Array): Uint32Array {
  const positions = new Uint32Array(ownRowOf.length);
  let count = 0;
  for (let position = 0; position < ownRowOf.length; position++) if (ownRowOf[position] >= 0) positions[count++] = position;
  return positions.slice(0, count);
}
