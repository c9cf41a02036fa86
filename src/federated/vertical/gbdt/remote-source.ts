/**
 * The label party's view of one feature holder: a candidate source whose sums and bits come back under encryption. Fresh keys for every
 * vector of sums, and for the bits of every tree; nothing decrypted travels back except which candidate a node splits on.
 *
 * Checks on the holder (security.md §1.5): a sum must be one that rows of the node can have; bits must be 0 or 1 inside the nodes asked
 * and 0 outside; and the rows that the bits send left must add up to the very sums the candidate was chosen by. A holder that drops,
 * doubles or invents rows of a chosen split is caught; one that lies about candidates so that they are never chosen only hurts the model.
 */
import { LocalProtocolError, PeerProtocolError } from '../../../base/index.ts';
import { type KeyHolder, packVector, RING_DEGREE, type SeriesKeys, type SeriesQuestion, unpackAnswers } from '../../../he/index.ts';
import type { CandidateSource, CandidateSums, MonotoneSign, SplitAnswer, SplitRequest, TreeGradients } from '../../../learn/trees/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { GbdtSetup } from './agreement.ts';
import type { GbdtCounts } from './disclosure.ts';
import {
  impliedRest,
  KIND,
  readBits,
  readRootBits,
  readSigns,
  readSums,
  writeCiphertexts,
  writeNodes,
  writeSplits,
  writeTree,
  writeVector,
} from './messages.ts';
import type { GbdtPorts } from './ports.ts';
import { packRows, type SumPacking, sumPacking } from './sum-packing.ts';

/** A candidate source that also keeps count of what it learned and which split ids it used up. */
export interface RemoteSource extends CandidateSource {
  readonly counts: GbdtCounts;
  /** Id of the next split asked. */
  readonly nextSplitId: number;
  /** Tells the holder that training is over and which splits the model uses. */
  finish(used: readonly number[]): Promise<void>;
  /** Wipes the keys of an unfinished tree. */
  dispose(): void;
}

/** One tree under way. */
interface TreeKeys {
  readonly gradients: TreeGradients;
  readonly histogram: SeriesKeys;
  readonly slots: KeyHolder;
  /** Levels whose sums were asked, and vectors whose sums have come. */
  levels: number;
  answered: number;
}

export function remoteSource(holder: string, channel: Channel, setup: GbdtSetup, ports: GbdtPorts, firstSplitId = 0): RemoteSource {
  return new HolderSource(holder, channel, setup, ports, firstSplitId);
}

class HolderSource implements RemoteSource {
  readonly holder: string;
  readonly candidates: number;
  readonly counts = { trees: 0, vectors: 0, splits: 0, rounds: 0 };
  nextSplitId: number;
  readonly #channel: Channel;
  readonly #setup: GbdtSetup;
  readonly #ports: GbdtPorts;
  readonly #packing: SumPacking;
  #signs: readonly MonotoneSign[] | undefined;
  #tree: TreeKeys | undefined;

  constructor(holder: string, channel: Channel, setup: GbdtSetup, ports: GbdtPorts, firstSplitId: number) {
    this.holder = holder;
    this.candidates = setup.layout.outputs;
    this.nextSplitId = firstSplitId;
    this.#channel = channel;
    this.#setup = setup;
    this.#ports = ports;
    this.#packing = sumPacking(setup.agreement.rows, setup.agreement.levels);
  }

  featureOf(candidate: number): number {
    return candidate;
  }

  sign(candidate: number): MonotoneSign {
    return this.#signs ? this.#signs[candidate] : 0;
  }

  async beginTree(_tree: number, gradients: TreeGradients): Promise<void> {
    const { engine } = this.#ports;
    const { agreement, layout, rowBlocks, wanted } = this.#setup;
    const [histogram, slots] = await Promise.all([
      engine.seriesKeys(this.#setup.histogram, { uploads: layout.uploads, answers: layout.answers, wanted }),
      engine.keyHolder(this.#setup.slots, { expected: rowBlocks * (agreement.maxDepth - 1) }),
    ]);
    this.#tree = { gradients, histogram, slots, levels: 0, answered: 0 };
    this.counts.trees++;
    await this.#channel.send(KIND.tree, writeTree({ more: true, slotKey: slots.publicKey }));
    if (this.#setup.agreement.constrained) this.#signs = readSigns(await this.#channel.receive(KIND.signs), this.candidates);
  }

  async sums(nodes: readonly Uint32Array[]): Promise<CandidateSums[]> {
    const tree = this.#current();
    tree.levels++;
    this.counts.vectors += nodes.length;
    await this.#channel.send(KIND.nodes, writeNodes(nodes.length));
    await this.#sendEach(KIND.vector, nodes, async (rows) => writeVector(await this.#askSums(tree, rows)));
    const sums: CandidateSums[] = [];
    for (const rows of nodes) sums.push(await this.#receiveSums(tree, rows));
    return sums;
  }

  #askSums({ gradients, histogram }: TreeKeys, rows: Uint32Array): Promise<SeriesQuestion> {
    const sampled = rows.filter((row) => gradients.sampled[row] === 1);
    const residues = packRows(this.#packing, gradients.g, gradients.h, sampled);
    return histogram.ask(packVector(this.#setup.layout, residues));
  }

  async #receiveSums(tree: TreeKeys, rows: Uint32Array): Promise<CandidateSums> {
    const { gradients, histogram } = tree;
    const reply = readSums(await this.#channel.receive(KIND.sums), this.#setup, tree.answered++);
    const values = unpackAnswers(this.#setup.layout, await histogram.decrypt(reply));
    const range = rangeOf(gradients, rows);
    const sums = { g: new Float64Array(values.length), h: new Float64Array(values.length) };
    values.forEach((value, c) => {
      const sum = this.#packing.unpack(value);
      if (!sum || sum.h > range.h || sum.g > range.gMost || sum.g < range.gLeast) throw impossible('a sum that no rows of the node have');
      sums.g[c] = sum.g;
      sums.h[c] = sum.h;
    });
    return sums;
  }

  async split(requests: readonly SplitRequest[]): Promise<SplitAnswer[]> {
    const { gradients, levels } = this.#current();
    this.counts.splits += requests.length;
    this.counts.rounds++;
    await this.#channel.send(KIND.splits, writeSplits(requests.map(({ candidate }) => candidate)));
    const named = impliedRest(requests.length, levels - 1) ? requests.slice(0, -1) : requests;
    const bits = named.length === 0 ? await this.#rootBits() : await this.#bitsOf(named);
    checkOutside(bits, requests);
    return requests.map((request) => {
      const goesLeft = Uint8Array.from(request.rows, (row) => bits[row]);
      checkAgainstSums(request, goesLeft, gradients);
      return { split: { kind: 'remote', holder: this.holder, splitId: this.nextSplitId++ }, goesLeft };
    });
  }

  async #rootBits(): Promise<Uint8Array> {
    return readRootBits(await this.#channel.receive(KIND.bits), this.#setup.agreement.rows);
  }

  /** Bits of the nodes whose membership is sent, and of the one that is left over, if it was asked. */
  async #bitsOf(named: readonly SplitRequest[]): Promise<Uint32Array> {
    const { slots } = this.#current();
    await this.#sendEach(KIND.membership, named, async ({ rows }) =>
      writeCiphertexts(await slots.encryptWords(membership(this.#setup, rows), 'slots')),
    );
    const answers = readBits(await this.#channel.receive(KIND.bits), this.#setup);
    return joinSlots(await slots.decryptSlots(answers));
  }

  /** Encrypts the next while the last is on its way. */
  async #sendEach<T>(kind: string, items: readonly T[], encrypt: (item: T) => Promise<Uint8Array>): Promise<void> {
    let sending: Promise<void> = Promise.resolve();
    for (const item of items) {
      this.#ports.signal?.throwIfAborted();
      const [message] = await Promise.all([encrypt(item), sending]);
      sending = this.#channel.send(kind, message);
      sending.catch(() => undefined); // awaited below; it may fail while the next is encrypted
    }
    await sending;
  }

  endLevel(): Promise<void> {
    return this.#channel.send(KIND.splits, writeSplits([]));
  }

  async endTree(): Promise<void> {
    const { levels } = this.#current();
    if (levels < this.#setup.agreement.maxDepth) await this.#channel.send(KIND.nodes, writeNodes(0));
    this.dispose();
  }

  async finish(used: readonly number[]): Promise<void> {
    await this.#channel.send(KIND.tree, writeTree({ more: false, used }));
  }

  dispose(): void {
    this.#tree?.histogram.dispose();
    this.#tree?.slots.dispose();
    this.#tree = undefined;
  }

  #current(): TreeKeys {
    if (!this.#tree) throw new LocalProtocolError('ERR_GBDT_ORDER', 'a tree must begin before its nodes are asked');
    return this.#tree;
  }
}

/** What sums over any of the node's rows can be. */
function rangeOf({ g, h, sampled }: TreeGradients, rows: Uint32Array): { gMost: number; gLeast: number; h: number } {
  const range = { gMost: 0, gLeast: 0, h: 0 };
  for (const row of rows) {
    if (sampled[row] !== 1) continue;
    if (g[row] > 0) range.gMost += g[row];
    else range.gLeast += g[row];
    range.h += h[row];
  }
  return range;
}

/** 0/1 membership of a node over all rows, as slot values. */
function membership({ rowBlocks }: GbdtSetup, rows: Uint32Array): Uint32Array[] {
  const blocks = Array.from({ length: rowBlocks }, () => new Uint32Array(RING_DEGREE));
  for (const row of rows) blocks[Math.floor(row / RING_DEGREE)][row % RING_DEGREE] = 1;
  return blocks;
}

function joinSlots(blocks: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(blocks.length * RING_DEGREE);
  blocks.forEach((block, b) => {
    joined.set(block, b * RING_DEGREE);
  });
  return joined;
}

/** Rows of the nodes have a bit, all others have none. */
function checkOutside(bits: Uint32Array | Uint8Array, requests: readonly SplitRequest[]): void {
  const allowed = new Uint8Array(bits.length);
  for (const { rows } of requests) for (const row of rows) allowed[row] = 1;
  for (let row = 0; row < bits.length; row++)
    if (bits[row] > allowed[row]) throw impossible('a split bit that is not 0 or 1, or lies outside the node');
}

function checkAgainstSums({ rows, g, h }: SplitRequest, goesLeft: Uint8Array, gradients: TreeGradients): void {
  let gLeft = 0;
  let hLeft = 0;
  for (let i = 0; i < rows.length; i++) {
    gLeft += goesLeft[i] * gradients.g[rows[i]];
    hLeft += goesLeft[i] * gradients.h[rows[i]];
  }
  if (gLeft !== g || hLeft !== h) throw impossible('split bits that do not add up to the sums it gave');
}

/** Told to the local log and caller only: the holder sees a closed session whatever was wrong. */
function impossible(what: string): PeerProtocolError {
  return new PeerProtocolError('ERR_GBDT_INCONSISTENT_ANSWER', `the feature holder answered with ${what}`, {
    help: 'Stop working with this holder until it has explained its answers: they are wrong or not honest.',
  });
}
