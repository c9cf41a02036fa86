/**
 * Scoring with a scorecard: the label party's points for the holder's bins are registered once, encrypted; for each batch of rows the holder
 * multiplies them with the rows' one-hot bins and answers one integer a row: the holder's part of the score.
 *
 * | | label party | feature holder |
 * |---|---|---|
 * | learns | the holder's part of the score of each asked row, at most 20 bits | which rows were asked for, how many features |
 * | does not learn | any bin of the holder | points, weights, scores |
 *
 * The holder answers under its one registration only, whoever asks how often (`registered-vector/`).
 */
import { InputError } from '../../../base/index.ts';
import { binOf, NEUTRAL } from '../../../learn/binning/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import {
  type AskDesk,
  acceptVector,
  type HolderPorts,
  type RegisteredVector,
  type RegistrationPorts,
  type RegistrationTerms,
  registerVector,
} from '../registered-vector/index.ts';
import type { HolderScorecard } from './feature-holder.ts';
import type { LabelScorecard } from './label-party.ts';

/** Points are integers of at most 2^19 in size: t = 2^20. */
const PLAIN_BITS = 20;
const POINT_LIMIT = 2 ** (PLAIN_BITS - 1);

/** The registered vector: each feature's bins, then its neutral place. */
function termsFor(bins: readonly number[]): RegistrationTerms {
  const entries = bins.reduce((sum, count) => sum + count + 1, 0);
  return { kind: 'scorecard', errors: 'ERR_SCORECARD', entries, maxAbs: 1, bits: PLAIN_BITS };
}

/** Label party's end: `ask` gives the holder's part of the score of each row, in points. */
export type RegisteredCard = RegisteredVector;

/**
 * Registers a holder's points, or goes on with their registration.
 * @param place which holder, from 0; each has a registration, and a store, of its own
 * @throws InputError `ERR_SCORECARD_POINTS` beyond ±2^19 points, `ERR_SCORECARD_EMPTY` when none of its features is on the card, and as
 * `registerVector`
 */
export async function registerCard(channel: Channel, card: LabelScorecard, ports: RegistrationPorts, place = 0): Promise<RegisteredCard> {
  const holder = card.holder.filter((feature) => feature.holder === place);
  if (holder.length === 0) throw new InputError('ERR_SCORECARD_EMPTY', 'no feature of this holder is on the card');
  const entries = holder.flatMap(({ points }) => [...points.points, points.neutralPoints]);
  const bound = holder.reduce((sum, { points }) => sum + Math.max(Math.abs(points.neutralPoints), ...points.points.map(Math.abs)), 0);
  if (bound >= POINT_LIMIT) throw new InputError('ERR_SCORECARD_POINTS', `the card's points exceed ±${POINT_LIMIT}`);
  return registerVector(channel, termsFor(holder.map(({ points }) => points.points.length)), entries, ports);
}

/** Holder's end of a registration. */
export interface HeldCard {
  /** Answers one `ask`; `columns` are the holder's values of the rows that may be asked for. */
  answer(channel: Channel, columns: ReadonlyMap<string, Float64Array>, desk?: AskDesk): Promise<void>;
  dispose(): void;
}

/** Pins the points' registration, or goes on with the pinned one. @throws as `acceptVector` */
export async function acceptCard(channel: Channel, { features }: HolderScorecard, ports: HolderPorts): Promise<HeldCard> {
  const terms = termsFor(features.map((feature) => feature.bins));
  const held = await acceptVector(channel, terms, ports);
  return {
    dispose: () => held.dispose(),
    answer(to, columns, desk) {
      const [{ length }] = columns.values();
      return held.answer(to, length, (rows) => oneHot(features, columns, rows, terms.entries), desk);
    },
  };
}

/** Row i's one-hot bins over all features. */
function oneHot(
  features: HolderScorecard['features'],
  columns: ReadonlyMap<string, Float64Array>,
  rows: Uint32Array,
  entries: number,
): (i: number) => Uint8Array {
  return (i) => {
    const bits = new Uint8Array(entries);
    let at = 0;
    for (const { name, cells, binOfCell, bins } of features) {
      const bin = binOf(cells, binOfCell, columns.get(name)![rows[i]]);
      bits[at + (bin === NEUTRAL ? bins : bin)] = 1;
      at += bins + 1;
    }
    return bits;
  };
}
