import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelPair, type InFlight } from '../../src/adapters/memory/index.ts';
import { ByteWriter, type Executor, inlineExecutor, seededRandom } from '../../src/base/index.ts';
import { LOW_ORDER_U } from '../../src/psi/curve25519/points.ts';
import { x25519Batch } from '../../src/psi/curve25519/x25519.ts';
import { receiver } from '../../src/psi/index.ts';
import { writeHello } from '../../src/psi/wire.ts';
import { align, curveClass, errorOf, P, toBytes, toInt } from './support.ts';

const BANK = ['a', 'b', 'c', 'd', 'e'];
const PLATFORM = ['c', 'd', 'x', 'y'];

/** Alters one kind of message of one party, and returns the error of the other. */
function whatTheVictimSays(from: 'a' | 'b', kind: string, alter: (body: Uint8Array) => Uint8Array): Promise<unknown> {
  const tap = (message: InFlight) =>
    message.from === from && message.kind === kind ? { kind, body: alter(message.body.slice()) } : message;
  return errorOf(from === 'a' ? 'b' : 'a', BANK, PLATFORM, { channel: { tap } });
}

const withPoint = (point: Uint8Array) => (body: Uint8Array) => {
  body.set(point, 32);
  return body;
};
const twistPoint = toBytes([2n, 3n, 5n, 7n, 11n].find((u) => curveClass(u) === P - 1n) ?? 0n);

const BAD: readonly (readonly [string, (body: Uint8Array) => Uint8Array])[] = [
  ...LOW_ORDER_U.map((u) => [`a point of low order, u = ${u.toString(16).slice(0, 8)}…`, withPoint(toBytes(u))] as const),
  ['low order spelled p', withPoint(toBytes(P))],
  ['low order spelled p + 1', withPoint(toBytes(P + 1n))],
  ['a non-canonical point, u = p + 9', withPoint(toBytes(P + 9n))],
  ['the largest non-canonical u, 2^255 - 1', withPoint(toBytes(2n ** 255n - 1n))],
  [
    'a set top bit',
    (body) => {
      body[63] |= 0x80;
      return body;
    },
  ],
  ['a point of the twist', withPoint(twistPoint)],
  ['a repeated point', (body) => body.copyWithin(32, 0, 32)],
  ['31 bytes in place of the last point', (body) => body.slice(0, -1)],
  ['33 bytes in place of the last point', (body) => Buffer.concat([body, Buffer.of(0)])],
  ['one point fewer than announced', (body) => body.slice(0, -32)],
  ['one point more than announced', (body) => Buffer.concat([body, toBytes(9n)])],
  ['an empty message', () => new Uint8Array(0)],
];

const REFUSAL = { name: 'PeerProtocolError', code: 'ERR_PSI_BAD_POINT', message: 'the peer sent a point that the protocol does not allow' };

describe.each([
  ['the bank’s points, seen by the platform', 'a', 'psi/points'],
  ['the platform’s points, seen by the bank', 'b', 'psi/points'],
  ['the platform’s answers, seen by the bank', 'b', 'psi/doubled'],
] as const)('bad points among %s', (_, from, kind) => {
  it.each(BAD)('are refused with one and the same error: %s', async (_name, alter) => {
    expect(await whatTheVictimSays(from, kind, alter)).toMatchObject(REFUSAL);
  });
});

describe('points that differ by one of low order', () => {
  it('are the same element: either party refuses the pair', async () => {
    // u(Q + T) = 1/u(Q) for the point T = (0, 0) of order 2 on a Montgomery curve with B = 1.
    const inverse = (u: bigint): bigint => {
      let result = 1n;
      for (let e = P - 2n, square = u; e > 0n; e >>= 1n, square = (square * square) % P) if (e & 1n) result = (result * square) % P;
      return result;
    };
    const pair = (body: Uint8Array): Uint8Array => withPoint(toBytes(inverse(toInt(body.subarray(0, 32)))))(body);
    const scalar = new Uint8Array(32).fill(3);
    const q = x25519Batch(toBytes(9n), scalar) ?? new Uint8Array();
    expect(x25519Batch(toBytes(inverse(toInt(q))), scalar)).toEqual(x25519Batch(q, scalar));
    expect(await whatTheVictimSays('b', 'psi/points', pair)).toMatchObject(REFUSAL);
    expect(await whatTheVictimSays('a', 'psi/points', pair)).toMatchObject(REFUSAL);
  });
});

describe('nothing is answered', () => {
  it('before the last point of the set was found good', async () => {
    const bank = Array.from({ length: 4_100 }, (_, i) => `b${i}`);
    const kinds: string[] = [];
    const tap = (message: InFlight) => {
      if (message.from === 'b') kinds.push(message.kind);
      if (message.from === 'a' && message.kind === 'psi/points' && message.body.length < 4_096 * 32) message.body.fill(0);
      return message;
    };
    expect(await errorOf('b', bank, [...PLATFORM, 'z'], { channel: { tap } })).toMatchObject(REFUSAL);
    expect(kinds).toEqual(['psi/hello', 'psi/points']);
  });
});

describe('the opening', () => {
  const hello = (body: Uint8Array, at: number, value: number): Uint8Array => {
    body[at] = value;
    return body;
  };
  it('refuses another version', async () => {
    expect(await whatTheVictimSays('b', 'psi/hello', (body) => hello(body, 0, 2))).toMatchObject({ code: 'ERR_PSI_VERSION' });
  });
  it('refuses two receivers', async () => {
    expect(await whatTheVictimSays('b', 'psi/hello', (body) => hello(body, 1, 1))).toMatchObject({ code: 'ERR_PSI_ROLE' });
  });
  it('refuses another contract or job', async () => {
    await expect(align(BANK, PLATFORM, { context: ['job 1', 'job 2'] })).rejects.toMatchObject({ code: 'ERR_PSI_CONTEXT' });
  });
  it('refuses a hello that is cut short or too long', async () => {
    for (const alter of [(body: Uint8Array) => body.slice(0, -1), (body: Uint8Array) => Buffer.concat([body, Buffer.of(0)])]) {
      expect(await whatTheVictimSays('b', 'psi/hello', alter)).toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
    }
  });
});

describe('the match bitmap', () => {
  it('must have one bit a row and none beyond the last', async () => {
    for (const alter of [(body: Uint8Array) => Buffer.concat([body, Buffer.of(0)]), () => new Uint8Array(0), () => Uint8Array.of(0x10)]) {
      expect(await whatTheVictimSays('a', 'psi/matches', alter)).toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
    }
  });
  it('may not claim more matches than the bank has rows', async () => {
    const tap = (message: InFlight) => (message.kind === 'psi/matches' ? { ...message, body: Uint8Array.of(0x0f) } : message);
    await expect(align(['a'], PLATFORM, { channel: { tap } })).rejects.toMatchObject({ code: 'ERR_PSI_TOO_MANY_MATCHES' });
  });
});

describe('messages out of order', () => {
  it.each([
    ['a', 'psi/points', 'psi/matches'],
    ['b', 'psi/points', 'psi/doubled'],
    ['b', 'psi/doubled', 'psi/points'],
    ['b', 'psi/hello', 'psi/points'],
    ['a', 'psi/matches', 'psi/points'],
  ] as const)('are refused: %s sends %s as %s', async (from, kind, as) => {
    const tap = (message: InFlight) => (message.from === from && message.kind === kind ? { ...message, kind: as } : message);
    await expect(align(BANK, PLATFORM, { channel: { tap } })).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
  });
});

describe('an announced size', () => {
  it('that no peer can have costs no memory: the cap is checked first', async () => {
    const huge = (body: Uint8Array): Uint8Array => {
      body.set(new ByteWriter(4).u32(0xffffffff).finish(), body.length - 4);
      return body;
    };
    expect(await whatTheVictimSays('a', 'psi/hello', huge)).toMatchObject({ code: 'ERR_PSI_PEER_SET_ABOVE_CAP' });
  });
});

describe('a party that was wronged', () => {
  it('stops its own work too', async () => {
    const blinded: string[] = [];
    const counting: Executor = {
      concurrency: 1,
      run: async (task, input, options) => {
        if (task.name === 'blindIds') await new Promise((resolve) => setTimeout(resolve, 5));
        options?.signal?.throwIfAborted();
        blinded.push(task.name);
        return inlineExecutor.run(task, input, options);
      },
    };
    const bank = Array.from({ length: 6 * 4_096 }, (_, i) => `b${i}`);
    const pair = channelPair();
    const running = receiver(pair.a, { ids: bank, context: 'c', options: {} }, { random: seededRandom(1), executor: counting });
    await pair.b.receive('psi/hello');
    const context = createHash('sha256').update('fedcredit psi context\0c').digest();
    await pair.b.send('psi/hello', writeHello({ role: 'sender', contextHash: context, nonce: new Uint8Array(32), rows: 1 }));
    await pair.b.send('psi/points', new Uint8Array(32));
    await expect(running).rejects.toMatchObject(REFUSAL);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = blinded.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(blinded.length).toBe(before);
    expect(blinded.filter((name) => name === 'blindIds').length).toBeLessThan(6);
    pair.close();
  });
});
