/**
 * Who sits where in a training. The label party has place 0, the feature holders 1 to k; every two of them have a channel of their own. What two
 * holders say to each other (halves of products of their columns, zero-shares) must stay unread by the label party: their channel is
 * a link of its own between them, authenticated at both ends, never relayed in the clear.
 */
import { InputError } from '../../../base/index.ts';
import type { Channel } from '../../../protocol/index.ts';

/** A feature holder and the label party's channel to it. */
export interface HolderLink {
  /** Name of the holder in the model, unique. */
  readonly holder: string;
  readonly channel: Channel;
}

export interface Seat {
  /** 0 for the label party. */
  readonly place: number;
  /** Number of feature holders. */
  readonly holders: number;
  /** The channel to each other place. */
  readonly channels: ReadonlyMap<number, Channel>;
}

export function labelSeat(links: readonly HolderLink[]): Seat {
  if (links.length === 0) throw wrong('no feature holder');
  if (new Set(links.map(({ holder }) => holder)).size !== links.length) throw wrong('two holders have the same name');
  return { place: 0, holders: links.length, channels: new Map(links.map(({ channel }, i) => [1 + i, channel])) };
}

/**
 * @param holder this holder's number among the holders, from 0
 * @param peers channels to the other holders, in their order
 */
export function holderSeat(labelParty: Channel, holder: number, peers: readonly Channel[]): Seat {
  const others = peers.map((channel, i) => [1 + (i < holder ? i : i + 1), channel] as const);
  return { place: 1 + holder, holders: peers.length + 1, channels: new Map([[0, labelParty], ...others]) };
}

/** One channel is one holder, called "holder". */
export const linksOf = (to: Channel | readonly HolderLink[]): readonly HolderLink[] =>
  Array.isArray(to) ? (to as readonly HolderLink[]) : [{ holder: 'holder', channel: to as Channel }];

/** Places other than this one, ascending: the order in which everybody deals with pairs. */
export const otherPlaces = ({ channels }: Seat): number[] => [...channels.keys()].sort((a, b) => a - b);

function wrong(message: string): InputError {
  return new InputError('ERR_LR_OPTION', `logistic regression: ${message}`);
}
