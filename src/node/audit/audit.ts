/** Audit: a party's own log, the heads its peers have counter-signed, and what it has witnessed of theirs. */
import { join } from 'node:path';
import { identityKey } from '../../adapters/certificates/index.ts';
import type { Farewell, PinnedPeer, TlsIdentity } from '../../adapters/grpc/index.ts';
import { type Clock, LocalProtocolError } from '../../base/index.ts';
import { showHead, witnessHead } from './exchange.ts';
import { type AuditLog, openAuditLog } from './log.ts';
import { openOwnHeads } from './own-heads.ts';
import { type PeerWitness, peerWitness } from './witness.ts';

export interface AuditOptions {
  readonly stateFolder: string;
  readonly party: string;
  readonly identity: TlsIdentity;
  readonly peers: readonly PinnedPeer[];
  readonly clock: Clock;
}

/** A party's audit log and its place among witnesses. */
export interface Audit {
  readonly log: AuditLog;
  /** @throws RefusedError `ERR_REFUSED_AUDIT` when the peer's log has been found to contradict itself */
  assertTrusted(peer: string): Promise<void>;
  /** Each side witnesses the other's log. @throws PeerProtocolError | TransportError */
  exchangeHeads(peer: string, farewell: Farewell): Promise<void>;
}

/** @throws InputError `ERR_AUDIT_BROKEN` | `ERR_AUDIT_HEADS` | `ERR_CONFIG_TLS` */
export async function openAudit({ stateFolder, party, identity, peers, clock }: AuditOptions): Promise<Audit> {
  const key = identityKey(identity);
  const log = await openAuditLog(join(stateFolder, 'audit.jsonl'), clock);
  const own = await openOwnHeads({ stateFolder, party, key, tree: log.tree, clock });
  const pinsOf = (peer: string): string[] => peers.filter(({ id }) => id === peer).map(({ pin }) => pin);
  const witnesses = new Map(peers.map(({ id }) => [id, peerWitness(id, pinsOf(id), { stateFolder, party, key, clock })]));
  const witnessOf = (peer: string): PeerWitness => {
    const witness = witnesses.get(peer);
    if (!witness) throw new LocalProtocolError('ERR_INTERNAL', `${peer} is not a peer of this node`);
    return witness;
  };
  return {
    log,
    assertTrusted: (peer) => witnessOf(peer).assertNoConflict(),
    async exchangeHeads(peer, farewell) {
      await Promise.all([showHead(own, peer, pinsOf(peer), farewell), witnessHead(witnessOf(peer), peer, farewell)]);
    },
  };
}
