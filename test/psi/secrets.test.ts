import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { inlineExecutor, type SecureRandom, seededRandom } from '../../src/base/index.ts';
import { receiver, sender } from '../../src/psi/index.ts';
import { domainSeparationTag } from '../../src/psi/session.ts';
import { blindIds } from '../../src/psi/tasks.ts';
import { hex, pointsOf } from './support.ts';

const IDS = Array.from({ length: 64 }, (_, i) => `x${i}`);

/** A generator that remembers the 32-byte arrays it filled (nonce, then scalar) and what it wrote. */
function recordingRandom(seed: number) {
  const random = seededRandom(seed);
  const filled: { array: Uint8Array; value: Uint8Array }[] = [];
  const recorder: SecureRandom = {
    fill(bytes) {
      random.fill(bytes);
      if (bytes.length === 32) filled.push({ array: bytes, value: bytes.slice() });
    },
  };
  return { recorder, filled };
}

async function recordedRun() {
  const bank = recordingRandom(1);
  const platform = recordingRandom(2);
  const points = { a: '', b: '' };
  const tap = (message: { from: 'a' | 'b'; kind: string; body: Uint8Array }) => {
    if (message.kind === 'psi/points') points[message.from] = hex(message.body);
    return message;
  };
  const pair = channelPair({ tap });
  await Promise.all([
    receiver(pair.a, { ids: IDS, context: 'job' }, { random: bank.recorder, executor: inlineExecutor }),
    sender(pair.b, { ids: IDS, context: 'job' }, { random: platform.recorder, executor: inlineExecutor }),
  ]);
  return { bank, platform, points };
}

describe('a run’s secrets', () => {
  it('are a fresh nonce and a fresh scalar, wiped when the run ends', async () => {
    const { bank, platform } = await recordedRun();
    for (const { filled } of [bank, platform]) {
      expect(filled).toHaveLength(2);
      expect(filled[1].value.some((byte) => byte !== 0)).toBe(true);
      expect(filled[1].array.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('blind every own id under the session’s tag, in a shuffled order on both sides', async () => {
    const { bank, platform, points } = await recordedRun();
    const sessionId = createHash('sha256')
      .update('fedcredit psi session\0')
      .update(createHash('sha256').update('fedcredit psi context\0job').digest())
      .update(bank.filled[0].value)
      .update(platform.filled[0].value)
      .digest();
    const dst = domainSeparationTag(sessionId);
    expect(Buffer.from(dst).toString()).toMatch(/^fedcredit-psi-v01-[0-9a-f]{64}-curve25519_XMD:SHA-512_ELL2_RO_$/);
    for (const [party, from] of [
      [bank, 'a'],
      [platform, 'b'],
    ] as const) {
      const inRowOrder = pointsOf(await blindIds.run({ ids: IDS, dst, scalar: party.filled[1].value })).map(hex);
      const onTheWire = pointsOf(Uint8Array.from(Buffer.from(points[from], 'hex'))).map(hex);
      expect([...onTheWire].sort()).toEqual([...inRowOrder].sort());
      expect(onTheWire.filter((point, i) => point === inRowOrder[i]).length).toBeLessThan(10);
    }
  });
});
