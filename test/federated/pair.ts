/** Runs the two roles of a protocol over an in-memory pair: when one side fails the link is cut, and the first failure is what the test sees. */
import { type ChannelPair, type ChannelPairOptions, channelPair } from '../../src/adapters/memory/index.ts';
import type { Channel } from '../../src/protocol/index.ts';

export async function runPair<A, B>(
  first: (channel: Channel) => Promise<A>,
  second: (channel: Channel) => Promise<B>,
  options: ChannelPairOptions = {},
): Promise<{ a: A; b: B; pair: ChannelPair }> {
  const pair = channelPair(options);
  const failures: unknown[] = [];
  const guard = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      failures.push(error);
      pair.close();
      return undefined;
    });
  const [a, b] = await Promise.all([guard(first(pair.a)), guard(second(pair.b))]);
  if (failures.length > 0) throw failures[0];
  return { a: a as A, b: b as B, pair };
}
