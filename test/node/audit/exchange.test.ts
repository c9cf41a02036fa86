/** The exchange of heads: both witness each other, a crash between any two frames costs nothing, and a log that was changed is found out. */
import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type Frame } from '../../../src/adapters/grpc/frames.ts';
import { PeerProtocolError, RefusedError, TransportError } from '../../../src/base/index.ts';
import { openAuditLog } from '../../../src/node/audit/log.ts';
import { openOwnHeads } from '../../../src/node/audit/own-heads.ts';
import { peerWitness } from '../../../src/node/audit/witness.ts';
import { verifyAudit } from '../../../src/node/index.ts';
import { sessionPair, type Tap } from '../../adapters/grpc/link-pair.ts';
import { tempFolder } from '../../support/temp.ts';
import { end, meet, type States } from './meeting.ts';
import { auditOf, CLOCK, keyOf, linesOf, logOf, ownHeadsIn, partyOf, textOf, trustedKeys, witnessedBy } from './party.ts';

const temp = tempFolder();
let count = 0;
function states(): States {
  count += 1;
  return { bank: join(temp.path, `${count}/bank`), platform: join(temp.path, `${count}/platform`) };
}

/** Both logs against what the other side witnessed; returns how many heads stand. */
async function verifyBoth({ bank, platform }: States): Promise<{ platform: number; bank: number }> {
  const keys = await trustedKeys();
  const heads = (witness: string, whose: 'bank' | 'platform', log: string) =>
    verifyAudit(logOf(log), { heads: [{ name: 'heads', text: witnessedBy(witness, whose) }], keys }).heads?.witnesses[0].heads ?? 0;
  return { platform: heads(bank, 'platform', platform), bank: heads(platform, 'bank', bank) };
}

const change = (from: 'caller' | 'callee', type: Frame['type'], to: (frame: Frame) => Frame): Tap => {
  return (bytes, side) => {
    const frame = decodeFrame(bytes);
    return [side === from && frame.type === type ? encodeFrame(to(frame)) : bytes];
  };
};

describe('the end of a session', () => {
  it('leaves each party witnessed by the other, with the session’s own line under the head', async () => {
    const here = states();
    for (let i = 1; i <= 3; i++) {
      expect(await meet(here)).toEqual({});
      expect(await verifyBoth(here)).toEqual({ platform: i, bank: i });
    }
    const { heads } = verifyAudit(logOf(here.platform), {
      heads: [{ name: 'heads', text: witnessedBy(here.bank, 'platform') }],
      keys: await trustedKeys(),
    });
    expect(heads).toMatchObject({ witnessed: 3, unwitnessed: 0 });
    // The party and its witness hold the same lines.
    expect(ownHeadsIn(here.platform)).toBe(witnessedBy(here.bank, 'platform'));
    expect(ownHeadsIn(here.bank)).toBe(witnessedBy(here.platform, 'bank'));
  });

  it('waits for no other session: four at once, each head continues the one before', async () => {
    const here = states();
    const [bank, platform] = [await auditOf('bank', here.bank), await auditOf('platform', here.platform)];
    const pairs = Array.from({ length: 4 }, () => sessionPair());
    const endings = await Promise.all(
      pairs.flatMap(({ caller, callee }, i) => {
        const both = [() => end(bank, caller, 'platform'), () => end(platform, callee, 'bank')];
        return (i % 2 === 0 ? both : both.toReversed()).map((go) => go());
      }),
    );
    expect(endings).toEqual(Array.from({ length: 8 }, () => undefined));
    expect(await verifyBoth(here)).toEqual({ platform: 4, bank: 4 });
  });

  it('examines one head of a peer after the other, each from where the one before ended', async () => {
    const here = states();
    const platform = await auditOf('platform', here.platform);
    const key = await keyOf('platform');
    const own = await openOwnHeads({ stateFolder: here.platform, party: 'platform', key, tree: platform.log.tree, clock: CLOCK });
    const options = { stateFolder: here.bank, party: 'bank', key: await keyOf('bank'), clock: CLOCK };
    const witness = peerWitness('platform', [(await partyOf('platform')).pin], options);
    const began: number[] = [];
    const look = (): Promise<void> =>
      witness.inTurn(async (seen, see) => {
        began.push(seen);
        await platform.log.append('session-closed');
        const { signed, proof } = own.present(seen);
        await see(signed, proof);
      });
    await Promise.all([look(), look(), look()]);
    expect(began).toEqual([0, 1, 2]);
  });

  it('shows a peer sizes, roots, times and hashes, and no byte of a line', async () => {
    const here = states();
    await meet(here);
    const platform = await auditOf('platform', here.platform);
    await platform.log.append('session-refused', { peer: 'another-bank', code: 'ERR_REFUSED_POLICY' });
    const seen: string[] = [];
    await meet(here, (bytes, side) => {
      if (side === 'callee') seen.push(Buffer.from(bytes).toString('latin1'));
      return [bytes];
    });
    expect(seen.join()).not.toMatch(/another|refused|session/);
    expect(seen).toHaveLength(4);
  });
});

describe('a crash in the exchange', () => {
  const CUTS = (['caller', 'callee'] as const).flatMap((from) => [0, 1, 2, 3].map((at) => [from, at] as const));

  it.each(CUTS)('is recovered from: the link dies at frame %s %i, both start anew', async (from, at) => {
    const here = states();
    await meet(here);
    let dead = false;
    const { bank, platform } = await meet(here, (frame, side, i) => {
      dead ||= side === from && i === at;
      return dead ? [] : [frame];
    });
    expect([bank, platform].some((error) => error instanceof TransportError)).toBe(true);
    for (const error of [bank, platform]) if (error !== undefined) expect(error).toBeInstanceOf(TransportError);
    expect(await meet(here)).toEqual({});
    expect(await meet(here)).toEqual({});
    const heads = await verifyBoth(here);
    expect(Math.min(heads.bank, heads.platform)).toBeGreaterThanOrEqual(3);
  });

  it('or a write that failed half-way leaves no damaged line behind', async () => {
    const here = states();
    const [bank, platform] = [await auditOf('bank', here.bank), await auditOf('platform', here.platform)];
    for (let i = 0; i < 2; i++) {
      const { caller, callee } = sessionPair();
      expect(await Promise.all([end(bank, caller, 'platform'), end(platform, callee, 'bank')])).toEqual([undefined, undefined]);
      for (const file of ['audit-heads.jsonl', 'witnessed/platform.jsonl']) appendFileSync(join(here.bank, file), '{"half":');
    }
    expect(await meet(here)).toEqual({});
    expect(await verifyBoth(here)).toEqual({ platform: 3, bank: 3 });
    expect(linesOf(ownHeadsIn(here.bank))).toHaveLength(3);
  });

  it('that cut a line short in any of the files is recovered from', async () => {
    const here = states();
    await meet(here);
    for (const file of ['audit.jsonl', 'audit-heads.jsonl', 'witnessed/platform.jsonl']) appendFileSync(join(here.bank, file), '{"half":');
    appendFileSync(join(here.platform, 'witnessed/bank.jsonl'), '{"head":{"log":"bank"');
    expect(await meet(here)).toEqual({});
    expect(await verifyBoth(here)).toEqual({ platform: 2, bank: 2 });
  });

  it('after the witness kept a head and before its party heard of it: the next head continues the newer one', async () => {
    const here = states();
    // The platform's counter-signature of the bank's head is lost.
    await meet(here, (frame, side) => (side === 'callee' && decodeFrame(frame).type === 'witness' ? [] : [frame]));
    expect(linesOf(witnessedBy(here.platform, 'bank'))).toHaveLength(1);
    expect(existsSync(join(here.bank, 'audit-heads.jsonl'))).toBe(false);
    expect(await meet(here)).toEqual({});
    expect(linesOf(ownHeadsIn(here.bank))).toHaveLength(1);
  });

  it('of a peer that hangs up without a word on its log is a TransportError', async () => {
    const here = states();
    const { caller, callee } = sessionPair();
    const [ending] = await Promise.all([end(await auditOf('bank', here.bank), caller, 'platform'), callee.close()]);
    expect(ending).toBeInstanceOf(TransportError);
    expect(ending).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED', message: expect.stringContaining('witnessed') });
  });
});

describe('a log that is not the one witnessed', () => {
  const saved = (file: string): string => `${file}.saved`;
  const log = ({ bank }: States): string => join(bank, 'audit.jsonl');
  /** The bank forgets what binds it, as a dishonest one would. */
  const forget = ({ bank }: States): void => rmSync(join(bank, 'audit-heads.jsonl'), { force: true });
  const conflict = ({ platform }: States): string => join(platform, 'witnessed/bank.conflict.json');

  async function cheated(here: States, code: string): Promise<void> {
    const { bank, platform } = await meet(here);
    expect(platform).toBeInstanceOf(PeerProtocolError);
    expect(platform).toMatchObject({ code, details: { peer: 'bank' } });
    expect(bank).toBeInstanceOf(PeerProtocolError);
    expect(bank).toMatchObject({ code, message: expect.stringContaining('platform reports') });
    const evidence = JSON.parse(readFileSync(conflict(here), 'utf8'));
    expect(evidence).toMatchObject({ witnessed: { head: { log: 'bank' } }, shown: { head: { log: 'bank' } } });
    const audit = await auditOf('platform', here.platform);
    await expect(audit.assertTrusted('bank')).rejects.toBeInstanceOf(RefusedError);
    // Not even at the end of a session that was under way.
    expect((await meet(here)).platform).toMatchObject({ code: 'ERR_REFUSED_AUDIT' });
  }

  it('because it was set back is found out, kept as evidence, and ends the work with its party', async () => {
    const here = states();
    await meet(here);
    copyFileSync(log(here), saved(log(here)));
    for (let i = 0; i < 3; i++) await meet(here);
    copyFileSync(saved(log(here)), log(here));
    forget(here);
    await cheated(here, 'ERR_PEER_AUDIT_ROLLED_BACK');
  });

  it('because it was written anew, as long as it was or longer, is found out', async () => {
    for (const more of [2, 9]) {
      const here = states();
      for (let i = 0; i < 3; i++) await meet(here);
      rmSync(log(here));
      forget(here);
      const forged = await openAuditLog(log(here), CLOCK);
      for (let i = 0; i < more; i++) await forged.append('session-closed', { session: `s${i}` });
      await cheated(here, 'ERR_PEER_AUDIT_FORKED');
    }
  });

  it('is shown by a platform to a bank with the same end', async () => {
    const here = states();
    for (let i = 0; i < 3; i++) await meet(here);
    rmSync(join(here.platform, 'audit.jsonl'));
    rmSync(join(here.platform, 'audit-heads.jsonl'));
    const { bank, platform } = await meet(here);
    expect(bank).toMatchObject({ code: 'ERR_PEER_AUDIT_ROLLED_BACK', details: { seen: 3, shown: 1 } });
    expect(platform).toMatchObject({ code: 'ERR_PEER_AUDIT_ROLLED_BACK' });
  });

  it('is not continued by its own party, which holds the counter-signatures', async () => {
    const here = states();
    for (let i = 0; i < 3; i++) await meet(here);
    const whole = logOf(here.bank);
    writeFileSync(log(here), textOf(linesOf(whole).slice(0, 2)));
    await expect(auditOf('bank', here.bank)).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN', details: { lines: 2, witnessed: 3 } });
    writeFileSync(log(here), whole);
    expect(await meet(here)).toEqual({});
  });

  it('begins anew when both operators have settled it', async () => {
    const here = states();
    for (let i = 0; i < 3; i++) await meet(here);
    rmSync(log(here));
    forget(here);
    await cheated(here, 'ERR_PEER_AUDIT_ROLLED_BACK');
    rmSync(conflict(here));
    rmSync(join(here.platform, 'witnessed/bank.jsonl'));
    expect(await meet(here)).toEqual({});
  });
});

describe('a peer that sends something else', () => {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte));
  const later = '2026-06-01T00:00:00.000Z';
  type Head = Extract<Frame, { type: 'head' }>;
  type Witness = Extract<Frame, { type: 'witness' }>;
  const head = (to: (frame: Head) => Partial<Head>): Tap =>
    change('caller', 'head', (frame) => ({ ...(frame as Head), ...to(frame as Head) }));
  const witness = (to: (frame: Witness) => Partial<Witness>): Tap =>
    change('caller', 'witness', (frame) => ({ ...(frame as Witness), ...to(frame as Witness) }));

  it.each([
    ['a head with a wrong signature', head(({ signature }) => ({ signature: flip(signature) }))],
    ['a head with another root', head(({ root }) => ({ root: flip(root) }))],
    ['a head with another size', head(({ size }) => ({ size: size + 1 }))],
    ['a head with another time', head(() => ({ time: later }))],
    ['a counter-signature that is none', witness(({ signature }) => ({ signature: flip(signature) }))],
    ['a counter-signature of another time', witness(() => ({ time: later }))],
  ])('is refused for %s, and nothing of it is kept', async (_, tap) => {
    const here = states();
    const { platform } = await meet(here, tap);
    expect(platform).toBeInstanceOf(PeerProtocolError);
    expect(platform).toMatchObject({ code: 'ERR_PEER_AUDIT_SIGNATURE' });
    const kept = _.startsWith('a head') ? 'witnessed/bank.jsonl' : 'audit-heads.jsonl';
    expect(existsSync(join(here.platform, kept))).toBe(false);
    expect(existsSync(join(here.platform, 'witnessed/bank.conflict.json'))).toBe(false);
    expect(await meet(here)).toEqual({});
  });

  it('is refused for a counter-signature of another head', async () => {
    const here = states();
    const sent: Witness[] = [];
    const replay = witness((frame) => {
      sent.push(frame);
      return { time: sent[0].time, signature: sent[0].signature };
    });
    expect(await meet(here, replay)).toEqual({});
    expect((await meet(here, replay)).platform).toMatchObject({ code: 'ERR_PEER_AUDIT_SIGNATURE' });
  });

  it('is refused for a key nobody pinned', async () => {
    const here = states();
    const stranger = await keyOf('stranger');
    const tap = head(() => ({ key: stranger.spki, signature: stranger.sign(new Uint8Array([1])) }));
    expect((await meet(here, tap)).platform).toMatchObject({ code: 'ERR_PEER_AUDIT_SIGNATURE' });
  });

  it.each([
    ['none', () => []],
    ['another', ({ proof }: Head) => proof.map(flip)],
    ['a longer one', ({ proof, root }: Head) => [...proof, root]],
  ])('is refused for a proof that is %s', async (_, proof) => {
    const here = states();
    for (let i = 0; i < 3; i++) await meet(here);
    const { platform } = await meet(
      here,
      head((frame) => ({ proof: proof(frame) })),
    );
    expect(platform).toMatchObject({ code: 'ERR_PEER_AUDIT_FORKED' });
  });

  it('ends the session with a word on its log before it closed, were it the right one', async () => {
    const here = states();
    const early: Tap = (frame, side, i) => {
      if (side !== 'caller' || i > 1) return [frame];
      return i === 0 ? [encodeFrame({ type: 'headRequest', size: 0 }), frame] : [];
    };
    expect((await meet(here, early)).platform).toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
  });

  it.each([
    ['the same word twice', 1, (frame: Uint8Array) => [frame, frame]],
    ['a message after its close', 1, (frame: Uint8Array) => [encodeFrame({ type: 'chunk', sequence: 0, offset: 0, body: frame }), frame]],
  ])('ends the session with %s', async (_, at, inject) => {
    const here = states();
    const { platform } = await meet(here, (frame, side, i) => (side === 'caller' && i === at ? inject(frame) : [frame]));
    expect(platform).toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
  });
});
