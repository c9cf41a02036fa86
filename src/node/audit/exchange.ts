/**
 * The exchange of heads at the end of a session, over the farewell of its channel, in both directions at once:
 *
 *   witness                        party of the log
 *   HeadRequest(lines seen)  ->
 *                            <-    Head(size, root, time, signature, consistency proof)
 *   Witness(counter-signature) ->
 *
 * The peer learns how many events our log holds, when, and hashes of subtrees (log.ts salts them); nothing of their content. Lost between two
 * frames: the witness may have seen what the party got no signature for; it says so in its next request, and the log goes on from there.
 */
import type { Farewell } from '../../adapters/grpc/index.ts';
import { toHex } from '../../base/index.ts';
import type { OwnHeads } from './own-heads.ts';
import { fromBase64, type Signature, toBase64 } from './tree-head.ts';
import type { PeerWitness } from './witness.ts';

/**
 * Shows our head and keeps the counter-signature. Waits for nobody but the peer: a session that waits for its turn to witness must not keep the
 * peer from its own.
 */
export async function showHead(own: OwnHeads, peer: string, pins: readonly string[], farewell: Farewell): Promise<void> {
  const { size: seen } = await farewell.receive('headRequest');
  const { signed, proof } = own.present(seen);
  const { size, root, time } = signed.head;
  await farewell.send({ type: 'head', size, root: new Uint8Array(Buffer.from(root, 'hex')), time, ...wireSignature(signed), proof });
  const witness = await farewell.receive('witness');
  await own.keep(signed, { party: peer, time: witness.time, ...textSignature(witness) }, pins);
}

/** Asks for the peer's head, and keeps and counter-signs it. */
export function witnessHead(witness: PeerWitness, peer: string, farewell: Farewell): Promise<void> {
  return witness.inTurn(async (seen, see) => {
    await farewell.send({ type: 'headRequest', size: seen });
    const shown = await farewell.receive('head');
    const head = { log: peer, size: shown.size, root: toHex(shown.root), time: shown.time };
    const { witness: ours } = await see({ head, ...textSignature(shown) }, shown.proof);
    await farewell.send({ type: 'witness', time: ours.time, ...wireSignature(ours) });
  });
}

interface WireSignature {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}
const wireSignature = ({ key, signature }: Signature): WireSignature => ({ key: fromBase64(key), signature: fromBase64(signature) });
const textSignature = ({ key, signature }: WireSignature): Signature => ({ key: toBase64(key), signature: toBase64(signature) });
