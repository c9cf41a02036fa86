/**
 * Scoring with a scorecard: the label party's points for the holder's bins are registered once, encrypted; for each batch of rows the holder
 * multiplies them with the rows' one-hot bins and answers one integer a row: the holder's part of the score.
 *
 * | | label party | feature holder |
 * |---|---|---|
 * | learns | the holder's part of the score of each asked row, at most log2(t) bits | how many rows, how many features |
 * | does not learn | any bin of the holder | points, weights, scores |
 *
 * The holder answers under its registration only: another vector needs another registration, which it counts.
 */
import { ByteReader, ByteWriter, InputError, PeerProtocolError, type SecureRandom } from '../../../base/index.ts';
import {
  answerBytes,
  chooseParameters,
  type HeEngine,
  type HeParameters,
  type KeyHolder,
  type MatvecLayout,
  matrixOperand,
  matvecLayout,
  packVector,
  publicKeyBytes,
  unpackAnswers,
  uploadBytes,
  wantedCoefficients,
} from '../../../he/index.ts';
import { binOf, NEUTRAL } from '../../../learn/binning/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { HolderScorecard } from './feature-holder.ts';
import type { LabelScorecard } from './label-party.ts';

export interface ScoringPorts {
  readonly engine: HeEngine;
  readonly random: SecureRandom;
}

const KIND = Object.freeze({ register: 'scorecard/register', ask: 'scorecard/ask', scores: 'scorecard/scores' });
/** Points are integers of at most 2^19 in size: t = 2^20. */
const PLAIN_BITS = 20;
const POINT_LIMIT = 2 ** (PLAIN_BITS - 1);
const MAX_ROWS_ASKED = 65_536;
/** Rows the flooding bound of one registration is sized for. */
const MAX_ROWS_EVER = 2 ** 24;

/** Entries of the registered vector: each feature's bins, then its neutral place. */
interface Width {
  readonly entries: number;
  readonly block: number;
}

function widthOf(bins: readonly number[]): Width {
  const entries = bins.reduce((sum, count) => sum + count + 1, 0);
  return { entries, block: 2 ** Math.ceil(Math.log2(entries)) };
}

function parametersFor({ entries, block }: Width): HeParameters {
  const { terms } = layoutFor({ entries, block }, 1);
  return chooseParameters({ terms, maxAbs: 1, outputs: MAX_ROWS_EVER, mode: 'reveal' }, 1n << BigInt(PLAIN_BITS));
}

const layoutFor = ({ entries, block }: Width, rows: number): MatvecLayout =>
  matvecLayout({ rows: entries, outputs: rows, block: Math.min(block, 8192) });

/** Label party's end of a registration; `dispose()` wipes the key. */
export interface RegisteredCard {
  /** The holder's part of the score of rows `rows` (row numbers both sides agree on), in points. */
  ask(channel: Channel, rows: Uint32Array): Promise<Int32Array>;
  dispose(): void;
}

/**
 * Registers a holder's points, encrypted under a fresh key.
 * @param place which holder, from 0
 * @throws InputError `ERR_SCORECARD_POINTS` beyond ±2^19 points, `ERR_SCORECARD_EMPTY` when none of its features is on the card.
 */
export async function registerCard(channel: Channel, card: LabelScorecard, ports: ScoringPorts, place = 0): Promise<RegisteredCard> {
  const holder = card.holder.filter((feature) => feature.holder === place);
  if (holder.length === 0) throw new InputError('ERR_SCORECARD_EMPTY', 'no feature of this holder is on the card');
  const width = widthOf(holder.map(({ points }) => points.points.length));
  const entries = holder.flatMap(({ points }) => [...points.points, points.neutralPoints]);
  const bound = holder.reduce((sum, { points }) => sum + Math.max(Math.abs(points.neutralPoints), ...points.points.map(Math.abs)), 0);
  if (bound >= POINT_LIMIT) throw new InputError('ERR_SCORECARD_POINTS', `the card's points exceed ±${POINT_LIMIT}`);
  const parameters = parametersFor(width);
  const key = await ports.engine.keyHolder(parameters);
  const vector = BigUint64Array.from(entries, (points) => BigInt.asUintN(PLAIN_BITS, BigInt(points)));
  const [upload] = await key.encrypt(packVector(layoutFor(width, 1), vector));
  await channel.send(KIND.register, new ByteWriter(upload.length).blob(key.publicKey).blob(upload).finish());
  return { ask: (to, rows) => askScores(to, rows, width, key), dispose: () => key.dispose() };
}

async function askScores(channel: Channel, rows: Uint32Array, width: Width, key: KeyHolder): Promise<Int32Array> {
  if (rows.length === 0 || rows.length > MAX_ROWS_ASKED)
    throw new InputError('ERR_SCORECARD_ROWS', `ask for 1 to ${MAX_ROWS_ASKED} rows at a time`);
  await channel.send(KIND.ask, new ByteWriter(4 * rows.length).u32s(rows).finish());
  const layout = layoutFor(width, rows.length);
  const wanted = wantedCoefficients(layout);
  const reader = new ByteReader(await channel.receive(KIND.scores), KIND.scores);
  const size = answerBytes(key.parameters, wanted.length);
  const answers = reader.blobs('answers', { min: layout.answers, max: layout.answers }, { min: size, max: size });
  reader.end();
  const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
  return Int32Array.from(opened, (value) => Number(BigInt.asIntN(PLAIN_BITS, value)));
}

/** Holder's end of a registration. */
export interface HeldCard {
  /**
   * Answers one `ask`; `columns` are the holder's values of the rows that may be asked for.
   * @param authorise sees the rows before anything is computed; throws to refuse
   */
  answer(channel: Channel, columns: ReadonlyMap<string, Float64Array>, authorise?: (rows: Uint32Array) => Promise<unknown>): Promise<void>;
  dispose(): void;
}

/**
 * Accepts one registration.
 * @param admit sees the registration's bytes (key and encrypted points) before anything is computed; throws to refuse: each registration is a
 * functional of the columns that the label party may have chosen
 * @throws PeerProtocolError on malformed bytes.
 */
export async function acceptCard(
  channel: Channel,
  { features }: HolderScorecard,
  ports: ScoringPorts,
  admit?: (registration: Uint8Array) => Promise<unknown>,
): Promise<HeldCard> {
  const width = widthOf(features.map((feature) => feature.bins));
  const parameters = parametersFor(width);
  const registration = await channel.receive(KIND.register);
  const reader = new ByteReader(registration, KIND.register);
  const keySize = publicKeyBytes(parameters);
  const publicKey = reader.blob('public key', { min: keySize, max: keySize }).slice();
  const size = uploadBytes(parameters);
  const upload = reader.blob('points', { min: size, max: size }).slice();
  reader.end();
  await admit?.(registration);
  const evaluator = await ports.engine.evaluator(parameters, publicKey);
  return {
    dispose: () => evaluator.dispose(),
    async answer(to, columns, authorise) {
      const rows = readRows(await to.receive(KIND.ask), columns);
      await authorise?.(rows);
      const layout = layoutFor(width, rows.length);
      const hot = oneHot(features, columns, rows, width.entries);
      const operand = await ports.engine.prepare(parameters, matrixOperand(layout, hot, 1));
      const [{ answers }] = await evaluator.multiply([[upload]], operand, { mode: 'reveal', wanted: wantedCoefficients(layout) });
      operand.dispose();
      await to.send(KIND.scores, new ByteWriter(1024).blobs(answers).finish());
    },
  };
}

function readRows(bytes: Uint8Array, columns: ReadonlyMap<string, Float64Array>): Uint32Array {
  const reader = new ByteReader(bytes, KIND.ask);
  const [first] = columns.values();
  const rows = reader.u32s('rows', { min: 1, max: MAX_ROWS_ASKED }, first.length - 1);
  reader.end();
  if (new Set(rows).size === rows.length) return rows;
  throw new PeerProtocolError('ERR_SCORECARD_REPEATED_ROW', 'a row is asked for twice in one batch');
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
