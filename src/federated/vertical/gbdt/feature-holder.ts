/**
 * Vertical gradient-boosted trees, feature holder (protocols.md §3). It multiplies encrypted vectors by its private left bits, and never
 * sees a gradient, a label or which rows are in a node.
 *
 * Learns: how many nodes are asked at a level and which of its candidate splits are chosen. Tells: per node, sums over the left side of its
 * candidates, permuted, padded and with merged bins; left/right bits of the chosen ones for the rows the label party encrypted a 1 for.
 *
 * It cannot see whether a node is large enough to be asked (`min_child_samples` is the label party's to keep): quantised gradients, merged
 * bins, the smallest possible plaintext modulus and the limits below are what protects it (README, "what a cheating label party gets").
 */
import { PeerProtocolError, RefusedError } from '../../../base/index.ts';
import type { FeatureTable } from '../../../data/index.ts';
import type { Evaluator, PreparedOperand, SeriesEvaluator, SeriesQuestion } from '../../../he/index.ts';
import {
  type BinnedFeature,
  binFeatures,
  type CandidateSplit,
  candidateSplits,
  checkConstraints,
  codeGoesLeft,
  type GbdtHolderModel,
  type MonotoneSign,
  SPLIT_ATTEMPTS,
  safeSupport,
  signsOf,
  thresholdOf,
} from '../../../learn/trees/index.ts';
import type { Channel, Disclosure } from '../../../protocol/index.ts';
import {
  acceptAgreement,
  CANDIDATE_PADDING,
  checkLimits,
  type GbdtAgreement,
  type GbdtLimits,
  type GbdtProposal,
  type GbdtSetup,
  gbdtLimits,
} from './agreement.ts';
import { answerOrder, bitsOperand, blockBits, candidateOperand, jobOrder, presentedOrder } from './candidates.ts';
import { type AskedSplit, checkpointOf, type GbdtHolderCheckpoint, resumeSplits } from './checkpoint.ts';
import { gbdtDisclosure } from './disclosure.ts';
import {
  impliedRest,
  KIND,
  readMembership,
  readNodes,
  readParameters,
  readProposal,
  readSplits,
  readTree,
  readVector,
  type TreeMessage,
  writeCiphertexts,
  writeOffer,
  writeRootBits,
  writeSigns,
  writeSums,
} from './messages.ts';
import { type GbdtHolderOptions, holderOptions } from './options.ts';
import type { GbdtPorts } from './ports.ts';
import { sumPacking } from './sum-packing.ts';

export interface FeatureHolderInput {
  /** This party's aligned columns. */
  readonly table: FeatureTable;
  readonly options?: GbdtHolderOptions;
  readonly limits?: Partial<GbdtLimits>;
  /** Go on after the trees the label party has. */
  readonly resume?: GbdtHolderCheckpoint;
  /** Called when training begins, before the bits of a split leave and after each tree; awaited each time. */
  readonly checkpoint?: (state: GbdtHolderCheckpoint) => void | Promise<void>;
}

export interface FeatureHolderResult {
  readonly model: GbdtHolderModel;
  readonly agreement: GbdtAgreement;
  readonly disclosure: Disclosure;
}

/** All that a tree is answered from. */
interface Job {
  readonly channel: Channel;
  readonly ports: GbdtPorts;
  /** Keeps what was asked so far. */
  readonly remember: () => Promise<void>;
  readonly setup: GbdtSetup;
  readonly features: readonly BinnedFeature[];
  readonly splits: readonly CandidateSplit[];
  readonly signs: readonly MonotoneSign[];
  /** Secret places of the splits, for the whole job. */
  readonly places: Int32Array;
  readonly operand: PreparedOperand;
  readonly asked: AskedSplit[];
  readonly counts: { trees: number; vectors: number; splits: number; rounds: number };
}

/**
 * @throws RefusedError when the proposal passes this holder's limits, its encryption is weak or there are too few rows; PeerProtocolError
 * when the label party breaks the protocol; TransportError when the link fails.
 */
export async function featureHolder(channel: Channel, input: FeatureHolderInput, ports: GbdtPorts): Promise<FeatureHolderResult> {
  const options = holderOptions(input.options);
  checkConstraints(options, input.table.columns.keys());
  const proposal = readProposal(await channel.receive(KIND.proposal));
  checkProposal(proposal, input, options.minSupport);
  const minSupport = options.minSupport ?? safeSupport(proposal.rows);
  const features = binFeatures(input.table, { maxBin: proposal.maxBin, minSupport });
  const splits = candidateSplits(features);
  const asked = resumeSplits(input.resume, proposal);
  const signs = signsOf(features, options.monotone_constraints);
  const setup = await agree(channel, proposal, { splits: splits.length, minSupport, constrained: signs.some((sign) => sign !== 0) });
  const places = jobOrder(ports.random, splits.length, setup.layout.outputs);
  const operand = await ports.engine.prepare(setup.histogram, candidateOperand(setup.layout, features, splits, places));
  const counts = { trees: 0, vectors: 0, splits: 0, rounds: 0 };
  try {
    const remember = async (): Promise<void> => input.checkpoint?.(checkpointOf(asked));
    await remember();
    const used = await answerTrees({ channel, ports, remember, setup, features, splits, signs, places, operand, asked, counts });
    const kept = asked.filter(({ splitId }) => used.includes(splitId));
    const model: GbdtHolderModel = { format: 'fedcredit-gbdt-holder', version: 1, splits: kept.map(({ tree: _, ...split }) => split) };
    return { model, agreement: setup.agreement, disclosure: gbdtDisclosure(setup.agreement, counts) };
  } finally {
    operand.dispose();
  }
}

function checkProposal(proposal: GbdtProposal, { table, limits }: FeatureHolderInput, minSupport: number | undefined): void {
  if (proposal.rows !== table.rows) {
    throw new PeerProtocolError('ERR_GBDT_ROWS', `the label party has ${proposal.rows} aligned rows, this holder has ${table.rows}`, {
      help: 'Both parties must use the same alignment; align again.',
    });
  }
  const support = minSupport ?? safeSupport(table.rows);
  if (table.rows < 2 * support) {
    throw new RefusedError('ERR_GBDT_TOO_FEW_ROWS', `${table.rows} rows allow no split with ${support} rows on each side`, {
      help: 'Align more rows, or agree on a smaller minimum support knowing that sums over few rows can be solved for them.',
    });
  }
  checkLimits(proposal, gbdtLimits(limits));
}

async function agree(
  channel: Channel,
  proposal: GbdtProposal,
  own: { readonly splits: number; readonly minSupport: number; readonly constrained: boolean },
): Promise<GbdtSetup> {
  const candidates = Math.max(1, Math.ceil(own.splits / CANDIDATE_PADDING)) * CANDIDATE_PADDING;
  const offer = { candidates, minSupport: own.minSupport, constrained: own.constrained };
  await channel.send(KIND.offer, writeOffer(offer));
  const parameters = readParameters(await channel.receive(KIND.parameters));
  return acceptAgreement({ ...proposal, ...offer, ...parameters, attempts: SPLIT_ATTEMPTS });
}

/** Trees until the label party ends; returns the ids of the splits its model uses. */
async function answerTrees(job: Job): Promise<readonly number[]> {
  const { channel, setup, ports } = job;
  const { trees, startTree } = setup.agreement;
  for (let tree = startTree; ; tree++) {
    ports.signal?.throwIfAborted();
    const message = readTree(await channel.receive(KIND.tree), setup, job.asked.length);
    if (!message.more) return message.used;
    if (tree >= trees)
      throw new PeerProtocolError('ERR_GBDT_TOO_MANY_TREES', `the label party asks for more than the ${trees} agreed trees`);
    await answerTree(job, tree, message);
    await job.remember();
    ports.progress?.({ stage: 'gbdt', done: tree + 1, total: trees, unit: 'trees' });
  }
}

async function answerTree(job: Job, tree: number, keys: TreeMessage & { more: true }): Promise<void> {
  const { channel, setup, ports, counts } = job;
  counts.trees++;
  const answers = answerOrder(ports.random, setup.layout.answers);
  const presented = presentedOrder(job.places, answers);
  const histogram = await ports.engine.seriesEvaluator(setup.histogram, job.operand, setup.wanted);
  const slots = await ports.engine.evaluator(setup.slots, keys.slotKey, {
    expected: setup.rowBlocks * (setup.agreement.maxDepth - 1),
  });
  try {
    if (setup.agreement.constrained) await channel.send(KIND.signs, writeSigns(presentedSigns(job, presented)));
    for (let level = 0, asked = 0; level < setup.agreement.maxDepth; level++) {
      const nodes = readNodes(await channel.receive(KIND.nodes), level === 0 ? 1 : 2 ** (level - 1));
      if (nodes === 0) return;
      await answerSums(job, histogram, answers, { asked, nodes });
      asked += nodes;
      await answerSplits(job, slots, presented, { tree, depth: level });
    }
  } finally {
    histogram.dispose();
    slots.dispose();
  }
}

function presentedSigns({ splits, signs }: Job, presented: Int32Array): MonotoneSign[] {
  return Array.from(presented, (at) => (at < 0 ? 0 : signs[splits[at].feature]));
}

/** One pass over the candidate matrix for all vectors of a level; `asked` came before them in this tree. */
async function answerSums(
  job: Job,
  evaluator: SeriesEvaluator,
  order: Uint32Array,
  { asked, nodes }: { readonly asked: number; readonly nodes: number },
): Promise<void> {
  const { channel, ports, setup, counts } = job;
  counts.vectors += nodes;
  const questions: SeriesQuestion[] = [];
  for (let i = 0; i < nodes; i++) questions.push(readVector(await channel.receive(KIND.vector), setup, asked + i));
  const bits = nodes * setup.layout.outputs * sumPacking(setup.agreement.rows, setup.agreement.levels).bits;
  const replies = await debitedWork(ports, bits, () => evaluator.answer(questions));
  const inOrder = (list: readonly Uint8Array[]) => Array.from(order, (at) => list[at]);
  for (const { hints, sums } of replies) await channel.send(KIND.sums, writeSums({ hints: hints && inOrder(hints), sums: inOrder(sums) }));
}

/** The debit of all answers of a question is on its way to the disk while they are computed; both must be done before the first leaves. */
async function debitedWork<T>({ debit }: GbdtPorts, bits: number, work: () => Promise<T>): Promise<T> {
  const [result] = await Promise.all([work(), debit?.(bits)]);
  return result;
}

/** Where in the model the splits asked belong. */
interface AskedAt {
  readonly tree: number;
  readonly depth: number;
}

/** Rounds of chosen splits until the label party ends the level; the agreement bounds them. */
async function answerSplits(job: Job, evaluator: Evaluator, presented: Int32Array, { tree, depth }: AskedAt): Promise<void> {
  const { channel, setup, counts } = job;
  for (let round = 0; ; round++) {
    const candidates = readSplits(await channel.receive(KIND.splits), setup);
    if (candidates.length === 0) return;
    if (round === setup.agreement.attempts || candidates.length > 2 ** depth) {
      throw new PeerProtocolError('ERR_GBDT_TOO_MANY_SPLITS', 'the label party asks for more splits than were agreed');
    }
    const chosen = Array.from(candidates, (candidate) => realSplit(job, presented[candidate]));
    const memberships: Uint8Array[][] = [];
    const sent = chosen.length - (impliedRest(chosen.length, depth) ? 1 : 0);
    for (let i = 0; i < sent; i++) memberships.push(readMembership(await channel.receive(KIND.membership), setup));
    const bits = await debitedWork(job.ports, chosen.length * setup.agreement.rows, () => answerBits(job, evaluator, chosen, memberships));
    counts.rounds++;
    counts.splits += chosen.length;
    for (const split of chosen) job.asked.push(askedSplit(job, split, tree));
    // On the disk before the label party can have it in a finished tree: else a crash could leave its model with a split nobody knows.
    await job.remember();
    await channel.send(KIND.bits, bits);
  }
}

/** The root has every row: its bits need no encryption, since the label party is told all of them anyway. */
async function answerBits(
  job: Job,
  evaluator: Evaluator,
  chosen: readonly CandidateSplit[],
  memberships: readonly (readonly Uint8Array[])[],
): Promise<Uint8Array> {
  if (memberships.length > 0) return writeCiphertexts(await multiplyBits(job, evaluator, chosen, memberships));
  const feature = job.features[chosen[0].feature];
  return writeRootBits(Uint8Array.from(feature.codes, (code) => (codeGoesLeft(feature, chosen[0], code) ? 1 : 0)));
}

/** The sums of a dummy are zero: nobody who follows the protocol splits on one. */
function realSplit({ splits }: Job, index: number): CandidateSplit {
  if (index < 0) throw new PeerProtocolError('ERR_GBDT_DUMMY_CHOSEN', 'the label party chose a candidate that cannot gain anything');
  return splits[index];
}

/** One answer a row block. The split beyond the last membership, where there is one, is that of the node left over. */
function multiplyBits(
  { setup, features }: Job,
  evaluator: Evaluator,
  chosen: readonly CandidateSplit[],
  memberships: readonly (readonly Uint8Array[])[],
): Promise<Uint8Array[]> {
  const t = Number(setup.slots.plainModulus);
  const bitsOf = (split: CandidateSplit, block: number) => blockBits(features[split.feature], split, block, setup.agreement.rows);
  const blocks = Array.from({ length: setup.rowBlocks }, (_, block) => block);
  return Promise.all(
    blocks.map((block) => {
      const uploads = memberships.map((membership) => membership[block]);
      const rest = chosen.length > uploads.length ? bitsOf(chosen[uploads.length], block) : undefined;
      const bits = uploads.map((_, k) => bitsOf(chosen[k], block));
      return evaluator.multiplyOnce(uploads, bitsOperand(t, bits, rest), { wanted: 'all', added: rest });
    }),
  );
}

function askedSplit({ features, asked }: Job, split: CandidateSplit, tree: number): AskedSplit {
  return { splitId: asked.length, tree, ...thresholdOf(features[split.feature], split) };
}
