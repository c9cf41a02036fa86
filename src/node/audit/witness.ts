/**
 * Witness: what this side has seen of its peers' audit logs (`witnessed/<peer>.jsonl`). A head is counter-signed when the peer's pinned key
 * signed it and it continues the last one; it is on the disk before the counter-signature leaves, so a crash can cost the peer a signature,
 * never us the memory. Heads that contradict each other are kept as evidence, and end the work with that peer until somebody has looked.
 */
import { join } from 'node:path';
import type { IdentityKey } from '../../adapters/certificates/index.ts';
import { appendLine, lastJournalLine, privateFolder, readIfPresent, turnstile, writeFileAtomic } from '../../adapters/files/index.ts';
import { type Clock, InputError, PeerProtocolError, RefusedError, toHex } from '../../base/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { headLine, parseHeadLine } from './head-file.ts';
import { verifyConsistency } from './merkle-proof.ts';
import { counterSign, isHeadOf, type SignedHead, type WitnessedHead } from './tree-head.ts';

export interface WitnessOptions {
  readonly stateFolder: string;
  readonly party: string;
  readonly key: IdentityKey;
  readonly clock: Clock;
}

/** One peer's log as this side remembers it. Heads are examined one after the other: each must continue the one before. */
export interface PeerWitness {
  /** @param examine gets the lines seen so far and `see`, which judges a head and keeps it */
  inTurn(examine: (seen: number, see: See) => Promise<void>): Promise<void>;
  /** @throws RefusedError `ERR_REFUSED_AUDIT` while evidence against the peer lies here */
  assertNoConflict(): Promise<void>;
}

/** @throws PeerProtocolError `ERR_PEER_AUDIT_SIGNATURE` | `ERR_PEER_AUDIT_ROLLED_BACK` | `ERR_PEER_AUDIT_FORKED` */
export type See = (signed: SignedHead, proof: readonly Uint8Array[]) => Promise<WitnessedHead>;

export const WITNESSED_FOLDER = 'witnessed';

/** @param pins keys of the peer */
export function peerWitness(peer: string, pins: readonly string[], { stateFolder, party, key, clock }: WitnessOptions): PeerWitness {
  const folder = join(stateFolder, WITNESSED_FOLDER);
  const name = encodeURIComponent(peer);
  const [path, conflictPath] = [join(folder, `${name}.jsonl`), join(folder, `${name}.conflict.json`)];
  const turn = turnstile();
  const see = async (known: WitnessedHead | undefined, signed: SignedHead, proof: readonly Uint8Array[]): Promise<WitnessedHead> => {
    if (!isHeadOf(pins, signed)) throw unsigned(peer);
    const conflict = contradiction(peer, known, signed, proof);
    if (conflict) {
      await writeFileAtomic(conflictPath, evidence(known, signed, proof));
      throw conflict;
    }
    const witnessed = counterSign(signed, party, new Date(clock.now()).toISOString(), key);
    await appendLine(path, headLine(witnessed));
    return witnessed;
  };
  const assertNoConflict = async (): Promise<void> => {
    if ((await readIfPresent(conflictPath)) !== undefined) throw refused(peer, `${WITNESSED_FOLDER}/${name}.conflict.json`);
  };
  return {
    assertNoConflict,
    inTurn: (examine) =>
      turn(async () => {
        await assertNoConflict();
        await privateFolder(folder);
        // From the disk each time: what was not kept there was not seen.
        const known = readKnown(await lastJournalLine(path), peer, party);
        await examine(known?.head.size ?? 0, (signed, proof) => see(known, signed, proof));
      }),
  };
}

function readKnown(last: string | undefined, peer: string, party: string): WitnessedHead | undefined {
  if (last === undefined) return undefined;
  const where = `the last line of ${WITNESSED_FOLDER}/${encodeURIComponent(peer)}.jsonl`;
  const known = parseHeadLine(last, where);
  if (known.head.log === peer && known.witness.party === party) return known;
  throw new InputError('ERR_AUDIT_HEADS', `${where} is of the log of ${known.head.log}, witnessed by ${known.witness.party}`);
}

/** Why the shown head cannot be of the log that was witnessed, if it cannot. The first head contradicts nothing. */
function contradiction(
  peer: string,
  known: WitnessedHead | undefined,
  { head }: SignedHead,
  proof: readonly Uint8Array[],
): PeerProtocolError | undefined {
  if (!known) return undefined;
  const seen = known.head;
  const details = { peer, seen: seen.size, shown: head.size };
  const help = 'Keep both state folders as they are and ask its operator: lines of its log were removed, changed or written anew.';
  if (head.size < seen.size) {
    const message = `${peer} shows an audit log of ${head.size} lines, of which ${seen.size} were witnessed on ${known.witness.time}`;
    return new PeerProtocolError('ERR_PEER_AUDIT_ROLLED_BACK', message, { help, details });
  }
  if (verifyConsistency({ size: seen.size, root: bytes(seen.root) }, { size: head.size, root: bytes(head.root) }, proof)) return undefined;
  const message = `${peer} shows an audit log of ${head.size} lines that does not begin with the ${seen.size} witnessed before`;
  return new PeerProtocolError('ERR_PEER_AUDIT_FORKED', message, { help, details });
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Two heads under signatures of one party, which it cannot deny: unless it shows a log that holds both, it has two. */
function evidence(known: WitnessedHead | undefined, shown: SignedHead, proof: readonly Uint8Array[]): string {
  const witnessed = known && { ...known, head: { ...known.head }, witness: { ...known.witness } };
  return `${canonicalJson({ witnessed, shown: { ...shown, head: { ...shown.head } }, proof: proof.map(toHex) })}\n`;
}

function unsigned(peer: string): PeerProtocolError {
  return new PeerProtocolError('ERR_PEER_AUDIT_SIGNATURE', `the head of the audit log of ${peer} is not signed by its pinned key`, {
    help: 'Run the step again. If it comes back, ask its operator whether its certificate and key belong together.',
    details: { peer },
  });
}

function refused(peer: string, file: string): RefusedError {
  return new RefusedError('ERR_REFUSED_AUDIT', `${peer} has shown two heads of its audit log that contradict each other`, {
    help: `The evidence is in ${file} of the state folder. Settle it with the operator of ${peer}; then move away that file, and the .jsonl beside it if its log begins anew.`,
    details: { peer },
  });
}
