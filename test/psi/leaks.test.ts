import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { disclosureBits } from '../../src/protocol/index.ts';
import { psiDisclosure } from '../../src/psi/index.ts';
import { align, curveClass, hex, pointsOf, toInt } from './support.ts';

interface Sent {
  readonly from: 'a' | 'b';
  readonly kind: string;
  readonly body: Uint8Array;
}

async function wireOf(bank: readonly string[], platform: readonly string[], seed = 1): Promise<Sent[]> {
  const sent: Sent[] = [];
  await align(bank, platform, {
    seed,
    channel: {
      tap: (message) => {
        sent.push({ ...message, body: message.body.slice() });
        return message;
      },
    },
  });
  return sent;
}

const pointsSent = (sent: readonly Sent[]): Uint8Array[] =>
  sent.filter((m) => m.kind === 'psi/points' || m.kind === 'psi/doubled').flatMap((m) => pointsOf(m.body));

describe('what crosses the wire', () => {
  const bank = Array.from({ length: 60 }, (_, i) => `91330000CANARY${1000 + i}`);
  const platform = Array.from({ length: 50 }, (_, i) => `91330000CANARY${1030 + i}`);

  it('holds no id, raw, hexadecimal, base64 or hashed', async () => {
    const all = Buffer.concat((await wireOf(bank, platform)).map((message) => message.body));
    const haystacks = [all.toString('latin1'), all.toString('utf16le')];
    for (const id of new Set([...bank, ...platform])) {
      const digests = ['sha256', 'sha512', 'sm3'].map((name) => createHash(name).update(id).digest());
      const needles = [Buffer.from(id), Buffer.from(id, 'utf16le'), Buffer.from(Buffer.from(id).toString('hex'))];
      needles.push(Buffer.from(Buffer.from(id).toString('base64')), ...digests.flatMap((d) => [d, Buffer.from(d.toString('hex'))]));
      expect(needles.some((needle) => all.includes(needle))).toBe(false);
      expect(haystacks.some((text) => text.includes(id))).toBe(false);
    }
  });

  it('has no value in common between two runs on the same sets', async () => {
    const first = new Set(pointsSent(await wireOf(bank, platform, 1)).map(hex));
    expect(pointsSent(await wireOf(bank, platform, 2)).some((point) => first.has(hex(point)))).toBe(false);
  });

  it('holds points of the curve only: no twist class to tell ids apart by (T27)', async () => {
    const points = pointsSent(await wireOf(bank, platform));
    expect(points).toHaveLength(60 + 50 + 60);
    expect(points.every((point) => curveClass(toInt(point)) === 1n)).toBe(true);
  });

  it('has kinds and lengths that depend on the set sizes only', async () => {
    const shape = (sent: readonly Sent[], from: 'a' | 'b') => sent.filter((m) => m.from === from).map((m) => `${m.kind} ${m.body.length}`);
    const some = await wireOf(bank, platform);
    const none = await wireOf(
      bank,
      platform.map((id) => `P${id}`),
      3,
    );
    for (const from of ['a', 'b'] as const) expect(shape(none, from)).toEqual(shape(some, from));
  });

  it('is shuffled on both sides: the same row does not go first every time', async () => {
    // With one scalar for a whole run, equal positions in two runs would be the only link: count matches that fall on their own row.
    const [left, right] = await align(bank, bank, { seed: 5 });
    const fixed = [...right.rows].filter((row, k) => row === k).length;
    expect(left.rows).toEqual(right.rows);
    expect(fixed).toBeLessThan(10);
  });
});

describe('disclosure', () => {
  it('states sizes and membership of both parties, in bits', () => {
    const disclosure = psiDisclosure(1_000, 500);
    expect(disclosureBits(disclosure, 'label party')).toBe(32 + 1_000);
    expect(disclosureBits(disclosure, 'feature holder')).toBe(32 + 500);
  });
});
