/** Messages around the protocols, and what a party keeps of a model between steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJson, unpackJson } from '../../src/pipeline/packed-json.ts';
import { receiveHalf, receiveNames, sendHalf, sendNames } from '../../src/pipeline/pairing.ts';
import { runPair } from '../federated/pair.ts';

const own = { session: 'aa11', value: {} };

describe('halves that belong together', () => {
  it('are told by the session they came from', async () => {
    const paired = await runPair(
      (channel) => sendHalf(channel, 'aa11', 7),
      (channel) => receiveHalf(channel, own, 'bin'),
    );
    expect(paired.b).toBe(7);
    await expect(
      runPair(
        (channel) => sendHalf(channel, 'aa12'),
        (channel) => receiveHalf(channel, own, 'bin'),
      ),
    ).rejects.toMatchObject({ code: 'ERR_REFUSED_OTHER_HALF', help: expect.stringContaining('fedcredit bin') });
  });

  it('do not promise questions without end', async () => {
    await expect(
      runPair(
        (channel) => sendHalf(channel, 'aa11', 2 ** 20),
        (channel) => receiveHalf(channel, own, 'bin'),
      ),
    ).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
  });
});

describe('names of the platform’s features', () => {
  const exchange = (names: readonly string[]) =>
    runPair(
      (channel) => sendNames(channel, names),
      (channel) => receiveNames(channel, ['a', 'b', 'c']),
    );
  it('are those of the contract in another order, and no others', async () => {
    expect((await exchange(['c', 'a', 'b'])).b).toEqual(['c', 'a', 'b']);
    await expect(exchange(['c', 'a', 'x'])).rejects.toMatchObject({ code: 'ERR_PEER_FEATURE_NAMES' });
    await expect(exchange(['c', 'a', 'a'])).rejects.toMatchObject({ code: 'ERR_PEER_FEATURE_NAMES' });
    await expect(exchange(['c', 'a'])).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
  });
});

describe('a model in a store', () => {
  it('comes back as it was: arrays, maps, gaps and infinities', () => {
    const value = fc.record({
      weights: fc.float64Array(),
      points: fc.int32Array(),
      counts: fc.uint32Array(),
      cells: fc.array(fc.tuple(fc.integer(), fc.integer())).map((pairs) => new Map(pairs)),
      clip: fc.constantFrom(6, Infinity, -Infinity, Number.NaN),
      name: fc.string(),
    });
    fc.assert(
      fc.property(value, (model) => {
        expect(unpackJson(packJson(model))).toEqual(model);
      }),
      { numRuns: 100, seed: 3 },
    );
    expect(() => unpackJson('{"$packed":"constructor","values":[]}')).toThrow(expect.objectContaining({ code: 'ERR_LOCAL_STORE_VALUE' }));
  });
});
