/** Runs a label party and several holders, every two joined by an in-memory channel: when one fails all links are cut, the first failure shows. */
import { type ChannelPair, channelPair, type InFlight } from '../../src/adapters/memory/index.ts';
import type { Channel, TranscriptEntry } from '../../src/protocol/index.ts';

export interface MeshOptions {
  /** Every message on its way. `from` and `to` are places: 0 the label party, then the holders. */
  readonly tap?: (message: InFlight, from: number, to: number) => InFlight | undefined;
  readonly onMessage?: (place: number, other: number, entry: TranscriptEntry) => void;
}

/** @param roles one a place; a role gets its channels to the other places, in their order */
export async function runMesh<T>(
  roles: readonly ((channels: readonly Channel[]) => Promise<T>)[],
  options: MeshOptions = {},
): Promise<T[]> {
  const ends: Channel[][] = roles.map(() => []);
  const pairs: ChannelPair[] = [];
  for (let i = 0; i < roles.length; i++) {
    for (let j = i + 1; j < roles.length; j++) {
      const pair = channelPair({
        tap: (message) => (options.tap ? options.tap(message, message.from === 'a' ? i : j, message.from === 'a' ? j : i) : message),
        onMessageA: (entry) => options.onMessage?.(i, j, entry),
        onMessageB: (entry) => options.onMessage?.(j, i, entry),
      });
      pairs.push(pair);
      ends[i].push(pair.a);
      ends[j].push(pair.b);
    }
  }
  const failures: unknown[] = [];
  const results = await Promise.all(
    roles.map((role, place) =>
      role(ends[place]).catch((error: unknown) => {
        failures.push(error);
        for (const pair of pairs) pair.close();
        return undefined;
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return results as T[];
}
