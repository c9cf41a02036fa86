/**
 * Halves that belong together. Bins and cards have one half at each party, and each half is good only with the other: both are stored under the id
 * of the session they came from, and a step that goes on from them says which it means. Small messages around the protocols:
 *   bank → platform  job/half            session of the half, and how many questions follow
 *   platform → bank  job/feature-names   names in the order of the bins, where the contract allows them
 */
import { ByteReader, ByteWriter, PeerProtocolError, RefusedError } from '../base/index.ts';
import type { Channel } from '../protocol/index.ts';
import type { Paired } from './artifacts.ts';

const KIND = Object.freeze({ half: 'job/half', names: 'job/feature-names' });
const MAX_QUESTIONS = 1_024;

export async function sendHalf(channel: Channel, session: string, questions = 0): Promise<void> {
  await channel.send(KIND.half, new ByteWriter().text(session).u32(questions).finish());
}

/** How many questions follow. @throws RefusedError `ERR_REFUSED_OTHER_HALF` */
export async function receiveHalf(channel: Channel, own: Paired<unknown>, madeBy: string): Promise<number> {
  const reader = new ByteReader(await channel.receive(KIND.half), KIND.half);
  const session = reader.text('session', { max: 128 });
  const questions = reader.u32('questions', MAX_QUESTIONS);
  reader.end();
  if (session === own.session) return questions;
  throw new RefusedError('ERR_REFUSED_OTHER_HALF', `the two parties hold halves of different runs of "${madeBy}"`, {
    help: `Run "fedcredit ${madeBy}" again, and the steps behind it.`,
  });
}

export async function sendNames(channel: Channel, names: readonly string[]): Promise<void> {
  const writer = new ByteWriter().u32(names.length);
  for (const name of names) writer.text(name);
  await channel.send(KIND.names, writer.finish());
}

/** The features of the contract in another order. @throws PeerProtocolError `ERR_PEER_FEATURE_NAMES` */
export async function receiveNames(channel: Channel, features: readonly string[]): Promise<readonly string[]> {
  const reader = new ByteReader(await channel.receive(KIND.names), KIND.names);
  reader.u32('names', features.length, features.length);
  const names = features.map(() => reader.text('name', { max: 512 }));
  reader.end();
  if (new Set(names).size === names.length && names.every((name) => features.includes(name))) return names;
  throw new PeerProtocolError('ERR_PEER_FEATURE_NAMES', 'the platform names features that are not those of the contract');
}
