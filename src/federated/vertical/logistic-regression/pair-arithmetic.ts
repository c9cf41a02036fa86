/**
 * What two parties compute on shares with each other, built on the masked product in share mode alone. Each holds a key for every lane of
 * the ring and evaluates under the other's: a matrix of one meets a share of the other, or two shares meet slot by slot; both end with additive
 * shares of the product. With more than two parties every two of them run this; `committee.ts` adds up.
 *
 * Who learns what: nobody anything. An upload is encrypted under a key its receiver does not have; an answer is masked with a uniform r in R_q,
 * so what its receiver decrypts is a uniform share.
 */
import { ByteReader, ByteWriter, LocalProtocolError } from '../../../base/index.ts';
import {
  type Evaluator,
  type HeParameters,
  type KeyHolder,
  type MatvecLayout,
  type PreparedOperand,
  packVector,
  type Residues,
  RING_DEGREE,
  unpackAnswers,
  wantedCoefficients,
} from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { LANES, readShare, type Share, writeShare } from '../../../sharing/index.ts';
import { diagonalOperand, joinSlots, narrow, type SlotPolynomials, slotBlocks, widen } from './lanes.ts';
import { KIND, receiveAnswers, receiveKeys, receiveUploads, sendBlobs, sendKeys } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';

/** A matrix of one party, ready to meet another's shares: one prepared operand a lane, possibly the same one. */
export interface OwnMatrix {
  readonly layout: MatvecLayout;
  readonly lanes: readonly PreparedOperand[];
}

/** A shared vector as one pair uses it in products: lane → ciphertexts of the first's half at the second, nothing at the first. */
export type PairUpload = Promise<readonly (readonly Uint8Array[])[]> | undefined;

/** One party's half of a product's factor, and the other's half if it has that. */
export interface Factor {
  /** Its slots as polynomials, made once, when first asked for: the party that only uploads does without. */
  readonly polynomials: () => SlotPolynomials;
  readonly upload: PairUpload;
}

export class PairArithmetic {
  readonly #first: boolean;
  readonly #channel: Channel;
  readonly #ports: LogisticPorts;
  readonly #parameters: readonly HeParameters[];
  readonly #keys: readonly KeyHolder[];
  readonly #evaluators: readonly Evaluator[];
  #lastReceipt: Promise<unknown> = Promise.resolve();

  private constructor(
    first: boolean,
    channel: Channel,
    ports: LogisticPorts,
    parameters: readonly HeParameters[],
    keys: readonly KeyHolder[],
    evaluators: readonly Evaluator[],
  ) {
    this.#first = first;
    this.#channel = channel;
    this.#ports = ports;
    this.#parameters = parameters;
    this.#keys = keys;
    this.#evaluators = evaluators;
  }

  /** Fresh keys for one training, exchanged. @param first whether this party is the one of the two that uploads its half of factors */
  static async open(first: boolean, channel: Channel, parameters: readonly HeParameters[], ports: LogisticPorts): Promise<PairArithmetic> {
    const keys: KeyHolder[] = [];
    for (const lane of parameters) keys.push(await ports.engine.keyHolder(lane));
    const own = keys.map((key) => key.publicKey);
    if (first) await sendKeys(channel, own);
    const theirs = await receiveKeys(channel, parameters);
    if (!first) await sendKeys(channel, own);
    const evaluators: Evaluator[] = [];
    for (let k = 0; k < LANES; k++) evaluators.push(await ports.engine.evaluator(parameters[k], theirs[k]));
    return new PairArithmetic(first, channel, ports, parameters, keys, evaluators);
  }

  dispose(): void {
    for (const key of this.#keys) key.dispose();
    for (const evaluator of this.#evaluators) evaluator.dispose();
  }

  /**
   * Both hold a matrix; each gets shares of (own matrix × the other's half of its vector) and of the mirror image.
   * @param half this party's half of the vector that the other's matrix multiplies.
   */
  async exchange(matrix: OwnMatrix, half: Share, theirs: MatvecLayout): Promise<{ own: Share; other: Share }> {
    const first = this.#first;
    const uploads = await this.#encrypt(theirs, half);
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
  async meet(theirs: MatvecLayout, half: Share): Promise<Share> {
    await this.#sendLanes(KIND.uploads, await this.#encrypt(theirs, half));
    return this.#receiveProduct(theirs);
  }

  /** The mirror image of `meet`: this party's matrix, the other's half. */
  async serve(matrix: OwnMatrix): Promise<Share> {
    const { answers, shares } = await this.#evaluate(matrix, await this.#receiveUploads(matrix.layout.uploads));
    await this.#sendLanes(KIND.answers, answers);
    return shares;
  }

  /** Puts the first's half of a vector into the second's hands, encrypted; it may serve several products. The second does not wait for it. */
  async upload(half: Share): Promise<{ readonly upload: PairUpload }> {
    if (!this.#first) {
      const upload = this.#receiveUploads(Math.ceil(half[0].length / RING_DEGREE));
      upload.catch(() => undefined); // whoever needs it meets the failure
      return { upload };
    }
    await this.#sendLanes(KIND.uploads, await eachLane((k) => this.#keys[k].encryptWords(slotBlocks(half[k]), 'slots')));
    return { upload: undefined };
  }

  /** Shares of x₁y₂ + y₁x₂, entry by entry: one answer a block and lane. */
  async crossTerms(x: Factor, y: Factor, length: number): Promise<Share> {
    if (!this.#first) return this.#answerSlots(x, y, length);
    const blocks = Math.ceil(length / RING_DEGREE);
    const answers = await this.#receiveLanes(blocks, RING_DEGREE);
    return eachLane(async (k) => joinSlots(k, await this.#keys[k].decrypt(answers[k], 'all', 'share'), length));
  }

  async sendShare(kind: string, share: Share): Promise<void> {
    await this.#channel.send(kind, writeShare(new ByteWriter(16 * share[0].length), share).finish());
  }

  async receiveShare(kind: string, length: number): Promise<Share> {
    const reader = new ByteReader(await this.#inOrder(() => this.#channel.receive(kind)), kind);
    const share = readShare(reader, 'share', length);
    reader.end();
    return share;
  }

  async #answerSlots(x: Factor, y: Factor, length: number): Promise<Share> {
    const square = x === y;
    const [xs, ys] = [x.polynomials(), y.polynomials()];
    const uploads = square ? [x.upload] : [x.upload, y.upload];
    const blinded = await eachLane(async (k) => {
      const operand = square ? diagonalOperand(k, [xs[k]], 2) : diagonalOperand(k, [ys[k], xs[k]], 1);
      const [prepared, ...arrived] = await Promise.all([
        this.#ports.engine.prepare(this.#parameters[k], operand, { residentCap: 0 }),
        ...uploads,
      ]);
      try {
        const vector = arrived.flatMap((lanes) => held(lanes)[k]);
        const [lane] = await this.#evaluators[k].multiply([vector], prepared, { mode: 'share', wanted: 'all' });
        return { answers: [...lane.answers], share: joinSlots(k, sharesOf(lane.shares), length) };
      } finally {
        prepared.dispose();
      }
    });
    await this.#sendLanes(
      KIND.answers,
      blinded.map(({ answers }) => answers),
    );
    return blinded.map(({ share }) => share);
  }

  async #encrypt(layout: MatvecLayout, half: Share): Promise<Uint8Array[][]> {
    return eachLane((k) => this.#keys[k].encrypt(packVector(layout, widen(half[k]))));
  }

  async #sendLanes(kind: string, lanes: readonly (readonly Uint8Array[])[]): Promise<void> {
    for (const blobs of lanes) await sendBlobs(this.#channel, kind, blobs);
  }

  #receiveUploads(count: number): Promise<Uint8Array[][]> {
    return this.#inOrder(async () => {
      const lanes: Uint8Array[][] = [];
      for (const parameters of this.#parameters) lanes.push(await receiveUploads(this.#channel, parameters, count));
      return lanes;
    });
  }

  #receiveLanes(count: number, wanted: number): Promise<Uint8Array[][]> {
    return this.#inOrder(async () => {
      const lanes: Uint8Array[][] = [];
      for (const parameters of this.#parameters) lanes.push(await receiveAnswers(this.#channel, parameters, count, wanted));
      return lanes;
    });
  }

  /** What is received later is waited for later, even where an earlier receipt is still under way. */
  #inOrder<T>(receive: () => Promise<T>): Promise<T> {
    const receipt = this.#lastReceipt.then(receive);
    this.#lastReceipt = receipt;
    receipt.catch(() => undefined);
    return receipt;
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
}

/** The lanes are independent: an engine with threads works on one while this thread packs the next. */
function eachLane<T>(run: (lane: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: LANES }, (_, k) => run(k)));
}

function held(lanes: readonly (readonly Uint8Array[])[] | undefined): readonly (readonly Uint8Array[])[] {
  if (lanes) return lanes;
  throw new LocalProtocolError('ERR_LR_SHARE_MODE', 'the other half of a factor was never uploaded');
}

function sharesOf(shares: readonly Residues[] | undefined): readonly Residues[] {
  if (shares) return shares;
  throw new LocalProtocolError('ERR_LR_SHARE_MODE', 'the engine gave no shares in share mode');
}
