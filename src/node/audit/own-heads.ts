/**
 * OwnHeads: the heads of our own audit log that peers have counter-signed (`audit-heads.jsonl`). They are what we show to prove that we have
 * kept everything, and they bind us: a log that no longer holds all of them is not continued.
 */
import { join } from 'node:path';
import type { IdentityKey } from '../../adapters/certificates/index.ts';
import { appendLine, lastJournalLine, readJournalLines, turnstile } from '../../adapters/files/index.ts';
import { type Clock, InputError, PeerProtocolError, toHex } from '../../base/index.ts';
import { headLine, parseHeadLine } from './head-file.ts';
import type { ReadableTree } from './merkle-tree.ts';
import { isWitnessedBy, type SignedHead, signHead, type WitnessedHead, type WitnessSignature } from './tree-head.ts';

export const OWN_HEADS_FILE = 'audit-heads.jsonl';

export interface OwnHeadsOptions {
  readonly stateFolder: string;
  readonly party: string;
  readonly key: IdentityKey;
  readonly tree: ReadableTree;
  readonly clock: Clock;
}

export interface PresentedHead {
  readonly signed: SignedHead;
  /** From the size asked with; empty when our log is not that long, which the reader will find out. */
  readonly proof: readonly Uint8Array[];
}

export interface OwnHeads {
  /** Our head now, for a witness that has seen `from` lines. */
  present(from: number): PresentedHead;
  /** Checks the counter-signature and keeps it. @throws PeerProtocolError `ERR_PEER_AUDIT_SIGNATURE` */
  keep(signed: SignedHead, witness: WitnessSignature, pins: readonly string[]): Promise<void>;
}

/** @throws InputError `ERR_AUDIT_BROKEN` when the log is not the one that was witnessed, `ERR_AUDIT_HEADS` when the file is damaged */
export async function openOwnHeads({ stateFolder, party, key, tree, clock }: OwnHeadsOptions): Promise<OwnHeads> {
  const path = join(stateFolder, OWN_HEADS_FILE);
  for (const [i, line] of (await readJournalLines(path)).entries()) {
    assertHolds(tree, parseHeadLine(line, `line ${i + 1} of ${OWN_HEADS_FILE}`));
  }
  const turn = turnstile();
  return {
    present(from) {
      const { size } = tree;
      const head = { log: party, size, root: toHex(tree.root(size)), time: new Date(clock.now()).toISOString() };
      return { signed: signHead(head, key), proof: from <= size ? tree.consistencyProof(from, size) : [] };
    },
    async keep(signed, witness, pins) {
      const witnessed = { ...signed, witness };
      if (!isWitnessedBy(pins, witnessed)) {
        throw new PeerProtocolError('ERR_PEER_AUDIT_SIGNATURE', `${witness.party} did not counter-sign the head it was shown`, {
          help: 'Run the step again. If it comes back, ask its operator whether its certificate and key belong together.',
          details: { peer: witness.party },
        });
      }
      await turn(async () => {
        // A write that failed may have left half a line: reading the end mends it.
        await lastJournalLine(path);
        await appendLine(path, headLine(witnessed));
      });
    },
  };
}

function assertHolds(tree: ReadableTree, { head, witness }: WitnessedHead): void {
  if (head.size <= tree.size && toHex(tree.root(head.size)) === head.root) return;
  const problem = head.size > tree.size ? `it has ${tree.size} lines` : 'its first lines are others';
  throw new InputError(
    'ERR_AUDIT_BROKEN',
    `the audit log is not the one that ${witness.party} witnessed with ${head.size} lines: ${problem}`,
    {
      help: 'Restore the newest audit.jsonl; find out who could write to it. Every peer that witnessed it would refuse this one.',
      details: { lines: tree.size, witnessed: head.size, witness: witness.party },
    },
  );
}
