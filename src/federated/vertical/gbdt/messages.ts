/**
 * Messages of vertical GBDT, in the order they are sent. Every count is bounded by the agreement, every ciphertext has its exact length.
 *
 * | kind | from | body |
 * |---|---|---|
 * | gbdt/proposal | L | rows, trees, first tree and splits before it, depth, bins, gradient levels |
 * | gbdt/offer | H | padded candidates, minimum support, whether monotone signs follow |
 * | gbdt/parameters | L | profiles, plaintext moduli, answer primes, block |
 * | gbdt/tree | L | more = 1 and the public key of the bits; or more = 0 and the ids of the splits the model uses |
 * | gbdt/signs | H | per presented candidate, only when constrained |
 * | gbdt/nodes | L | how many vectors follow; 0 ends the tree |
 * | gbdt/vector, gbdt/sums | L, H | one node's question in a series (`he/series.ts`), with the opening where one begins; its reply, with the hints there |
 * | gbdt/splits | L | chosen candidates, one a node; none ends the level |
 * | gbdt/membership, gbdt/bits | L, H | slot-packed rows of one node; one answer per row block for all nodes |
 *
 * Where every node of a level is asked, the last one's membership is not sent: its rows are those of no other (`impliedRest`). At the root
 * that leaves no membership at all: gbdt/bits is then one plain bit a row.
 */
import { ByteReader, ByteWriter } from '../../../base/index.ts';
import {
  answerBytes,
  hintBytes,
  openingBytes,
  PROFILES,
  partBytes,
  publicKeyBytes,
  RING_DEGREE,
  type SeriesQuestion,
  type SeriesReply,
  sumBytes,
  uploadBytes,
} from '../../../he/index.ts';
import { type MonotoneSign, SPLIT_ATTEMPTS } from '../../../learn/trees/index.ts';
import {
  type GbdtAgreement,
  type GbdtOffer,
  type GbdtProposal,
  type GbdtSetup,
  MAX_BIN,
  MAX_CANDIDATES,
  MAX_DEPTH,
  MAX_ROWS,
  MAX_TREES,
  PROTOCOL_VERSION,
} from './agreement.ts';

export const KIND = Object.freeze({
  proposal: 'gbdt/proposal',
  offer: 'gbdt/offer',
  parameters: 'gbdt/parameters',
  tree: 'gbdt/tree',
  signs: 'gbdt/signs',
  nodes: 'gbdt/nodes',
  vector: 'gbdt/vector',
  sums: 'gbdt/sums',
  splits: 'gbdt/splits',
  membership: 'gbdt/membership',
  bits: 'gbdt/bits',
});

const MAX_LEVEL = 2 ** 16 - 1;

export function writeProposal({ rows, trees, startTree, startSplits, maxDepth, maxBin, levels }: GbdtProposal): Uint8Array {
  return new ByteWriter()
    .u8(PROTOCOL_VERSION)
    .u32(rows)
    .u32(trees)
    .u32(startTree)
    .u32(startSplits)
    .u8(maxDepth)
    .u32(maxBin)
    .u32(levels.g)
    .u32(levels.h)
    .finish();
}

export function readProposal(body: Uint8Array): GbdtProposal {
  const reader = new ByteReader(body, KIND.proposal);
  if (reader.u8('version') !== PROTOCOL_VERSION) reader.fail('version', `is not ${PROTOCOL_VERSION}`);
  const proposal = {
    rows: reader.u32('rows', MAX_ROWS, 1),
    trees: reader.u32('trees', MAX_TREES, 1),
    startTree: reader.u32('start tree', MAX_TREES),
    startSplits: reader.u32('start splits', MAX_TREES * SPLIT_ATTEMPTS * 2 ** MAX_DEPTH),
    maxDepth: reader.u8('depth', MAX_DEPTH),
    maxBin: reader.u32('bins', MAX_BIN, 2),
    levels: { g: reader.u32('levels of g', MAX_LEVEL, 1), h: reader.u32('levels of h', MAX_LEVEL, 1) },
  };
  reader.end();
  if (proposal.maxDepth < 1) reader.fail('depth', 'is 0');
  if (proposal.startTree > proposal.trees) reader.fail('start tree', 'lies behind the last tree');
  if (proposal.startTree === 0 && proposal.startSplits > 0) reader.fail('start splits', 'are none before the first tree');
  return proposal;
}

export function writeOffer({ candidates, minSupport, constrained }: GbdtOffer): Uint8Array {
  return new ByteWriter()
    .u32(candidates)
    .u32(minSupport)
    .u8(constrained ? 1 : 0)
    .finish();
}

export function readOffer(body: Uint8Array): GbdtOffer {
  const reader = new ByteReader(body, KIND.offer);
  const offer = {
    candidates: reader.u32('candidates', MAX_CANDIDATES, 1),
    minSupport: reader.u32('minimum support', MAX_ROWS, 1),
    constrained: reader.bool('constrained'),
  };
  reader.end();
  return offer;
}

type Parameters = Pick<GbdtAgreement, 'histogram' | 'slots' | 'block'>;

export function writeParameters({ histogram, slots, block }: Parameters): Uint8Array {
  const writer = new ByteWriter().u32(block);
  for (const { profile, plainModulus, answerPrimes } of [histogram, slots]) {
    writer
      .u8(PROFILES.find(({ name }) => name === profile)?.id ?? 0)
      .u64(plainModulus)
      .u8(answerPrimes);
  }
  return writer.finish();
}

export function readParameters(body: Uint8Array): Parameters {
  const reader = new ByteReader(body, KIND.parameters);
  const block = reader.u32('block', RING_DEGREE, 1);
  if (!Number.isInteger(Math.log2(block))) reader.fail('block', 'is not a power of two');
  const histogram = readLiteral(reader);
  const slots = readLiteral(reader);
  reader.end();
  return { histogram, slots, block };
}

function readLiteral(reader: ByteReader): GbdtAgreement['histogram'] {
  const id = reader.u8('profile');
  const profile = PROFILES.find((known) => known.id === id) ?? reader.fail('profile', 'is not known');
  const plainModulus = reader.u64('plaintext modulus', (1n << 60n) - 1n);
  const answerPrimes = reader.u8('answer primes', profile.dataPrimes.length);
  return { profile: profile.name, plainModulus, answerPrimes };
}

/** The next tree's keys, or the end of training with the ids of the splits in the model. */
export type TreeMessage =
  | { readonly more: true; readonly slotKey: Uint8Array }
  | { readonly more: false; readonly used: readonly number[] };

export function writeTree(message: TreeMessage): Uint8Array {
  const writer = new ByteWriter().u8(message.more ? 1 : 0);
  return message.more ? writer.raw(message.slotKey).finish() : writer.u32s(message.used).finish();
}

/** @param asked how many splits the holder has answered: ids are below it. */
export function readTree(body: Uint8Array, { slots }: GbdtSetup, asked: number): TreeMessage {
  const reader = new ByteReader(body, KIND.tree);
  const message: TreeMessage = reader.bool('more')
    ? { more: true, slotKey: reader.raw('slot key', publicKeyBytes(slots)) }
    : { more: false, used: ascending(reader, reader.u32s('used splits', { max: asked }, Math.max(0, asked - 1))) };
  reader.end();
  return message;
}

function ascending(reader: ByteReader, ids: Uint32Array): number[] {
  for (let i = 1; i < ids.length; i++) if (ids[i] <= ids[i - 1]) reader.fail('used splits', 'are not ascending');
  return [...ids];
}

export function writeSigns(signs: readonly MonotoneSign[]): Uint8Array {
  const writer = new ByteWriter(signs.length);
  for (const sign of signs) writer.u8(sign + 1);
  return writer.finish();
}

export function readSigns(body: Uint8Array, candidates: number): MonotoneSign[] {
  const reader = new ByteReader(body, KIND.signs);
  const signs = Array.from({ length: candidates }, () => (reader.u8('sign', 2) - 1) as MonotoneSign);
  reader.end();
  return signs;
}

export function writeNodes(count: number): Uint8Array {
  return new ByteWriter(4).u32(count).finish();
}

export function readNodes(body: Uint8Array, max: number): number {
  const reader = new ByteReader(body, KIND.nodes);
  const count = reader.u32('count', max);
  reader.end();
  return count;
}

export function writeSplits(candidates: readonly number[]): Uint8Array {
  return new ByteWriter().u32s(candidates).finish();
}

export function readSplits(body: Uint8Array, { maxNodes, layout }: GbdtSetup): Uint32Array {
  const reader = new ByteReader(body, KIND.splits);
  const candidates = reader.u32s('candidates', { max: maxNodes }, layout.outputs - 1);
  reader.end();
  return candidates;
}

/** Whether so many splits at level `depth` are those of all its nodes, so that the rows of the last one follow from the others'. */
export const impliedRest = (splits: number, depth: number): boolean => splits === 2 ** depth;

/** The left bits of a split of the root, a bit a row. */
export function writeRootBits(goesLeft: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(goesLeft.length / 8));
  for (let row = 0; row < goesLeft.length; row++) packed[row >> 3] |= goesLeft[row] << (row & 7);
  return packed;
}

export function readRootBits(body: Uint8Array, rows: number): Uint8Array {
  const reader = new ByteReader(body, KIND.bits);
  const packed = reader.raw('bits of the root', Math.ceil(rows / 8));
  reader.end();
  const bitOf = (row: number): number => (packed[row >> 3] >> (row & 7)) & 1;
  for (let row = rows; row < 8 * packed.length; row++)
    if (bitOf(row) !== 0) reader.fail('bits of the root', 'have padding that is not zero');
  return Uint8Array.from({ length: rows }, (_, row) => bitOf(row));
}

/** Whether a series begins with vector `vector` of a tree. */
export const beginsSeries = ({ seriesLength }: GbdtSetup, vector: number): boolean => vector % seriesLength === 0;

export const writeVector = ({ opening, parts }: SeriesQuestion): Uint8Array => writeCiphertexts(opening ? [opening, ...parts] : parts);

/** @param vector which of the tree's vectors, from 0. */
export function readVector(body: Uint8Array, setup: GbdtSetup, vector: number): SeriesQuestion {
  const { histogram, layout } = setup;
  const reader = new ByteReader(body, KIND.vector);
  const opening = beginsSeries(setup, vector) ? reader.raw('opening', openingBytes(layout.uploads)) : undefined;
  const parts = rawList(reader, layout.uploads + 1, partBytes(histogram));
  reader.end();
  return { opening, parts };
}

export const writeSums = ({ hints, sums }: SeriesReply): Uint8Array => writeCiphertexts(hints ? [...hints, ...sums] : sums);

/** @param vector which of the tree's vectors, from 0. */
export function readSums(body: Uint8Array, setup: GbdtSetup, vector: number): SeriesReply {
  const { histogram, layout, wanted } = setup;
  const reader = new ByteReader(body, KIND.sums);
  const hints = beginsSeries(setup, vector) ? rawList(reader, layout.answers, hintBytes(histogram)) : undefined;
  const sums = rawList(reader, layout.answers, sumBytes(histogram, wanted.length));
  reader.end();
  return { hints, sums };
}

/** Ciphertexts of known number and length, back to back. */
export function writeCiphertexts(ciphertexts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(ciphertexts.reduce((sum, bytes) => sum + bytes.length, 0));
  for (const bytes of ciphertexts) writer.raw(bytes);
  return writer.finish();
}

function readCiphertexts(body: Uint8Array, kind: string, count: number, length: number): Uint8Array[] {
  const reader = new ByteReader(body, kind);
  const ciphertexts = rawList(reader, count, length);
  reader.end();
  return ciphertexts;
}

const rawList = (reader: ByteReader, count: number, length: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => reader.raw(`ciphertext ${i}`, length));

export const readMembership = (body: Uint8Array, { slots, rowBlocks }: GbdtSetup): Uint8Array[] =>
  readCiphertexts(body, KIND.membership, rowBlocks, uploadBytes(slots));

export const readBits = (body: Uint8Array, { slots, rowBlocks }: GbdtSetup): Uint8Array[] =>
  readCiphertexts(body, KIND.bits, rowBlocks, answerBytes(slots, RING_DEGREE));
