/**
 * Arithmetic of two parties on shared vectors, built on the masked product in share mode alone. Each holds a key for every lane of the ring and
 * evaluates under the other's. What is local (own matrix times own share, products of own shares) is computed in the clear; the cross terms
 * go through the masked product, which leaves additive shares of them.
 *
 * Who learns what: nobody anything. An upload is encrypted under a key its receiver does not have; an answer is masked with a uniform r in R_q,
 * so what its receiver decrypts is a uniform share. The range check shows the first party a number hidden by 40 bits.
 */
import { ByteReader, ByteWriter, InputError, LocalProtocolError } from '../../../base/index.ts';
import {
  chooseParameters,
  type Evaluator,
  type HeParameters,
  type KeyHolder,
  type MatvecLayout,
  matrixOperand,
  type Operand,
  type PreparedOperand,
  packVector,
  type Residues,
  RING_DEGREE,
  type Usage,
  unpackAnswers,
  wantedCoefficients,
} from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import {
  addShares,
  joinShares,
  LANE_MODULI,
  LANES,
  MAX_CHECK_BITS,
  maskedSum,
  multiplyEntries,
  readShare,
  type Share,
  type ShareParty,
  shareLength,
  sliceShare,
  sumInRange,
  truncateShare,
  writeShare,
} from '../../../sharing/index.ts';
import { decodeSlots, encodeSlotOperand, encodeSlots, narrow, slotBlocks, widen } from './lanes.ts';
import { KIND, receiveAnswers, receiveKeys, receiveUploads, sendBlobs, sendKeys } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';

/** A matrix of one party, ready to meet the other's shares: one prepared operand a lane. */
export interface OwnMatrix {
  readonly layout: MatvecLayout;
  readonly lanes: readonly PreparedOperand[];
}

/** A shared vector whose first-party half lies encrypted at the second party. */
export interface Uploaded {
  readonly share: Share;
  /** Second party: lane → ciphertexts. */
  readonly ciphertexts: readonly (readonly Uint8Array[])[] | undefined;
}

/** Rows of one range check: 2^16 values below 2^4 at 24 bits stay below 2^44. */
const CHECK_ROWS = 65_536;

export class SharedArithmetic {
  readonly party: ShareParty;
  readonly #channel: Channel;
  readonly #ports: LogisticPorts;
  readonly #parameters: readonly HeParameters[];
  readonly #keys: readonly KeyHolder[];
  readonly #evaluators: readonly Evaluator[];
  readonly #prepared: PreparedOperand[] = [];

  private constructor(
    party: ShareParty,
    channel: Channel,
    ports: LogisticPorts,
    parameters: readonly HeParameters[],
    keys: readonly KeyHolder[],
    evaluators: readonly Evaluator[],
  ) {
    this.party = party;
    this.#channel = channel;
    this.#ports = ports;
    this.#parameters = parameters;
    this.#keys = keys;
    this.#evaluators = evaluators;
  }

  /** Fresh keys for one training, exchanged. `usages` is every use of a key, from the contract; both parties state the same. */
  static async open(
    party: ShareParty,
    channel: Channel,
    usages: (t: number) => readonly Usage[],
    ports: LogisticPorts,
  ): Promise<SharedArithmetic> {
    const parameters = LANE_MODULI.map((t) => chooseParameters(usages(t), BigInt(t)));
    const keys: KeyHolder[] = [];
    for (const lane of parameters) keys.push(await ports.engine.keyHolder(lane));
    const own = keys.map((key) => key.publicKey);
    if (party === 'first') await sendKeys(channel, own);
    const theirs = await receiveKeys(channel, parameters);
    if (party === 'second') await sendKeys(channel, own);
    const evaluators: Evaluator[] = [];
    for (let k = 0; k < LANES; k++) evaluators.push(await ports.engine.evaluator(parameters[k], theirs[k]));
    return new SharedArithmetic(party, channel, ports, parameters, keys, evaluators);
  }

  dispose(): void {
    for (const key of this.#keys) key.dispose();
    for (const evaluator of this.#evaluators) evaluator.dispose();
    for (const operand of this.#prepared) operand.dispose();
  }

  /** Prepares a matrix of this party: `row(j)` are the signed entries that output j takes from the vector. */
  async prepareMatrix(layout: MatvecLayout, row: (j: number) => Int32Array, maxAbs: number): Promise<OwnMatrix> {
    const lanes: PreparedOperand[] = [];
    for (const parameters of this.#parameters) {
      const operand = await this.#ports.engine.prepare(parameters, matrixOperand(layout, row, maxAbs));
      this.#prepared.push(operand);
      lanes.push(operand);
    }
    return { layout, lanes };
  }

  /**
   * Both parties hold a matrix; each gets shares of (own matrix × the other's half `share` of own vector) and of the mirror image.
   * @param share this party's half of the vector that the other's matrix multiplies.
   */
  async exchange(matrix: OwnMatrix, share: Share, theirs: MatvecLayout): Promise<{ own: Share; other: Share }> {
    const first = this.party === 'first';
    const uploads = await this.#encrypt(theirs, share);
    if (first) await this.#sendLanes(KIND.uploads, uploads);
    const received = await this.#receiveUploads(matrix.layout.uploads);
    if (!first) await this.#sendLanes(KIND.uploads, uploads);
    const { answers, shares: own } = await this.#evaluate(matrix, received);
    if (first) await this.#sendLanes(KIND.answers, answers);
    const other = await this.#receiveProduct(theirs);
    if (!first) await this.#sendLanes(KIND.answers, answers);
    return { own, other };
  }

  /** This party's half of a vector meets the other's matrix; the result's share. */
  async meet(theirs: MatvecLayout, share: Share): Promise<Share> {
    await this.#sendLanes(KIND.uploads, await this.#encrypt(theirs, share));
    return this.#receiveProduct(theirs);
  }

  /** The mirror image of `meet`: this party's matrix, the other's half. */
  async serve(matrix: OwnMatrix): Promise<Share> {
    const { answers, shares } = await this.#evaluate(matrix, await this.#receiveUploads(matrix.layout.uploads));
    await this.#sendLanes(KIND.answers, answers);
    return shares;
  }

  /** Puts the first party's half of a vector, encrypted in slots, into the second party's hands; it may serve several products. */
  async upload(share: Share): Promise<Uploaded> {
    const blocks = Math.ceil(shareLength(share) / RING_DEGREE);
    if (this.party === 'second') return { share, ciphertexts: await this.#receiveUploads(blocks) };
    const lanes = await eachLane((k) => this.#keys[k].encrypt(slotBlocks(share[k]).map((block) => encodeSlots(k, block))));
    await this.#sendLanes(KIND.uploads, lanes);
    return { share, ciphertexts: undefined };
  }

  /** Entry-wise product of two uploaded vectors, as shares: x₁y₁ and x₂y₂ locally, x₁y₂ + y₁x₂ by one answer a block and lane. */
  async multiply(x: Uploaded, y: Uploaded): Promise<Share> {
    const cross = this.party === 'first' ? await this.#receiveSlots(shareLength(x.share)) : await this.#crossSlots(x, y);
    return addShares(multiplyEntries(x.share, y.share), cross);
  }

  /** Product, then division by 2^bits, then the range check. */
  async multiplyFixed(x: Uploaded, y: Uploaded, bits: number): Promise<Share> {
    const product = truncateShare(await this.multiply(x, y), bits, this.party);
    await this.checkRange(product);
    return product;
  }

  /** @throws InputError `ERR_LR_RANGE` at the first party when a batch is out of range; the second sees its link end. */
  async checkRange(share: Share): Promise<void> {
    const batches = Math.ceil(shareLength(share) / CHECK_ROWS);
    const parts = Array.from({ length: batches }, (_, b) =>
      sliceShare(share, b * CHECK_ROWS, Math.min((b + 1) * CHECK_ROWS, shareLength(share))),
    );
    if (this.party === 'second') {
      await this.sendShare(KIND.check, joinShares(...parts.map((part) => maskedSum(part, MAX_CHECK_BITS, this.#ports.random))));
      return;
    }
    const sums = await this.receiveShare(KIND.check, batches);
    if (!parts.every((part, b) => sumInRange(part, sliceShare(sums, b, b + 1), MAX_CHECK_BITS))) throw outOfRange();
  }

  async sendShare(kind: string, share: Share): Promise<void> {
    await this.#channel.send(kind, writeShare(new ByteWriter(16 * shareLength(share)), share).finish());
  }

  async receiveShare(kind: string, length: number): Promise<Share> {
    const reader = new ByteReader(await this.#channel.receive(kind), kind);
    const share = readShare(reader, 'share', length);
    reader.end();
    return share;
  }

  async #encrypt(layout: MatvecLayout, share: Share): Promise<Uint8Array[][]> {
    return eachLane((k) => this.#keys[k].encrypt(packVector(layout, widen(share[k]))));
  }

  async #sendLanes(kind: string, lanes: readonly (readonly Uint8Array[])[]): Promise<void> {
    for (const blobs of lanes) await sendBlobs(this.#channel, kind, blobs);
  }

  async #receiveUploads(count: number): Promise<Uint8Array[][]> {
    const lanes: Uint8Array[][] = [];
    for (const parameters of this.#parameters) lanes.push(await receiveUploads(this.#channel, parameters, count));
    return lanes;
  }

  async #evaluate(
    { layout, lanes }: OwnMatrix,
    uploads: readonly (readonly Uint8Array[])[],
  ): Promise<{ answers: Uint8Array[][]; shares: Share }> {
    const wanted = wantedCoefficients(layout);
    const blinded = await eachLane(async (k) => {
      const [lane] = await this.#evaluators[k].multiply([uploads[k]], lanes[k], { mode: 'share', wanted });
      return { answers: [...lane.answers], share: narrow(unpackAnswers(layout, sharesOf(lane.shares))) };
    });
    return { answers: blinded.map(({ answers }) => answers), shares: blinded.map(({ share }) => share) };
  }

  async #receiveProduct(layout: MatvecLayout): Promise<Share> {
    const wanted = wantedCoefficients(layout);
    const answers = await this.#receiveLanes(layout.answers, wanted.length);
    return eachLane(async (k) => narrow(unpackAnswers(layout, await this.#keys[k].decrypt(answers[k], wanted, 'share'))));
  }

  async #receiveSlots(length: number): Promise<Share> {
    const answers = await this.#receiveLanes(Math.ceil(length / RING_DEGREE), RING_DEGREE);
    return eachLane(async (k) => joinBlocks(k, await this.#keys[k].decrypt(answers[k], 'all', 'share'), length));
  }

  async #receiveLanes(count: number, wanted: number): Promise<Uint8Array[][]> {
    const lanes: Uint8Array[][] = [];
    for (const parameters of this.#parameters) lanes.push(await receiveAnswers(this.#channel, parameters, count, wanted));
    return lanes;
  }

  async #crossSlots(x: Uploaded, y: Uploaded): Promise<Share> {
    const length = shareLength(x.share);
    const square = x === y;
    const blinded = await eachLane(async (k) => {
      const uploads = square ? x.ciphertexts![k] : [...x.ciphertexts![k], ...y.ciphertexts![k]];
      const factors = square ? slotBlocks(doubled(x.share[k], k)) : [...slotBlocks(y.share[k]), ...slotBlocks(x.share[k])];
      const prepared = await this.#ports.engine.prepare(this.#parameters[k], diagonalOperand(k, factors, square ? 1 : 2));
      const [lane] = await this.#evaluators[k].multiply([uploads], prepared, { mode: 'share', wanted: 'all' });
      prepared.dispose();
      return lane;
    });
    for (const { answers } of blinded) await sendBlobs(this.#channel, KIND.answers, answers);
    return blinded.map(({ shares }, k) => joinBlocks(k, sharesOf(shares), length));
  }
}

/** The lanes are independent: an engine with threads works on one while this thread packs the next. */
function eachLane<T>(run: (lane: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: LANES }, (_, k) => run(k)));
}

/** Answer b takes upload b, and b + blocks where two vectors meet. */
function diagonalOperand(k: number, factors: readonly Uint32Array[], vectors: 1 | 2): Operand {
  const blocks = factors.length / vectors;
  return {
    answers: blocks,
    uploads: factors.length,
    maxAbs: Math.floor(LANE_MODULI[k] / 2),
    terms: vectors * RING_DEGREE,
    fill(answer, upload, out) {
      if (upload % blocks !== answer) return false;
      encodeSlotOperand(k, factors[upload].slice(), out);
      return out.some((c) => c !== 0);
    },
  };
}

function doubled(lane: Uint32Array, k: number): Uint32Array {
  const t = LANE_MODULI[k];
  return lane.map((x) => (2 * x >= t ? 2 * x - t : 2 * x));
}

function joinBlocks(k: number, blocks: readonly Residues[], length: number): Uint32Array {
  const lane = new Uint32Array(blocks.length * RING_DEGREE);
  blocks.forEach((block, b) => {
    lane.set(decodeSlots(k, block), b * RING_DEGREE);
  });
  return lane.subarray(0, length);
}

function sharesOf(shares: readonly Residues[] | undefined): readonly Residues[] {
  if (shares) return shares;
  throw new LocalProtocolError('ERR_LR_SHARE_MODE', 'the engine gave no shares in share mode');
}

function outOfRange(): InputError {
  return new InputError('ERR_LR_RANGE', 'a batch of shared values left its range: the iteration diverges, or the arithmetic failed', {
    help: 'Run again; if it happens again, set clip (6 is usual), add a ridge penalty, or use degree 5.',
  });
}
