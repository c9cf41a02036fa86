/** Parties of audit tests: their keys from the test federation, their state in a folder, their clock standing still. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IdentityKey, identityKey } from '../../../src/adapters/certificates/index.ts';
import { type Audit, openAudit } from '../../../src/node/index.ts';
import { type TestParty, testFederation } from '../../support/federation.ts';

export const CLOCK = { now: () => Date.UTC(2026, 0, 1) };
export type Who = 'platform' | 'bank';
const OTHER: Readonly<Record<Who, Who>> = { platform: 'bank', bank: 'platform' };

export async function partyOf(who: Who): Promise<TestParty> {
  return (await testFederation())[who];
}

export async function keyOf(who: Who | 'stranger'): Promise<IdentityKey> {
  return identityKey((await testFederation())[who].identity);
}

/** Opens what is in the folder, as after a restart. */
export async function auditOf(who: Who, stateFolder: string): Promise<Audit> {
  const [party, peer] = [await partyOf(who), await partyOf(OTHER[who])];
  return openAudit({ stateFolder, party: who, identity: party.identity, peers: [{ id: peer.id, pin: peer.pin }], clock: CLOCK });
}

export async function trustedKeys(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { platform, bank } = await testFederation();
  return new Map([platform, bank].map(({ id, pin }) => [id, [pin]]));
}

export const logOf = (stateFolder: string): string => readFileSync(join(stateFolder, 'audit.jsonl'), 'utf8');
export const witnessedBy = (stateFolder: string, whose: Who): string => readFileSync(join(stateFolder, `witnessed/${whose}.jsonl`), 'utf8');
export const ownHeadsIn = (stateFolder: string): string => readFileSync(join(stateFolder, 'audit-heads.jsonl'), 'utf8');
export const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
