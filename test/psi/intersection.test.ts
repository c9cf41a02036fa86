import { describe, expect, it } from 'vitest';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { inlineExecutor, systemRandom } from '../../src/base/index.ts';
import { receiver, sender } from '../../src/psi/index.ts';

describe('private set intersection', () => {
  it('aligns the common rows of both parties in the same order', async () => {
    const pair = channelPair();
    const ports = { random: systemRandom, executor: inlineExecutor };
    const bank = ['a', 'b', 'c', 'd', 'e'];
    const platform = ['x', 'c', 'y', 'a'];
    const [left, right] = await Promise.all([
      receiver(pair.a, { ids: bank, context: 'test' }, ports),
      sender(pair.b, { ids: platform, context: 'test' }, ports),
    ]);
    const common = [...left.rows].map((row) => bank[row]);
    expect(common).toEqual([...right.rows].map((row) => platform[row]));
    expect([...common].sort()).toEqual(['a', 'c']);
  });
});
