/**
 * Arithmetic of all parties of a training on shared vectors: x = Σ x_p over every party p, so that no coalition which leaves one party out
 * learns a value. Products are sums over pairs of parties (`pair-arithmetic.ts`); what a party multiplies with its own share is local.
 *
 * Two parties truncate locally. More open the value to the label party under a mask of every holder (`sharing/masked-truncation.ts`).
 *
 * Who learns what: nobody anything, but for numbers hidden statistically: the label party sees a masked sum at every range check, and with several
 * holders every truncated value under masks of about 114 bits (`truncationLeakLog2`).
 */
import { InputError } from '../../../base/index.ts';
import {
  chooseParameters,
  type HeParameters,
  type MatrixRow,
  type MatvecLayout,
  matrixOperand,
  type PreparedOperand,
  type Usage,
} from '../../../he/index.ts';
import {
  addShares,
  joinShares,
  LANE_MODULI,
  MAX_CHECK_BITS,
  maskedSum,
  maskForTruncation,
  multiplyEntries,
  randomShare,
  type Share,
  type ShareParty,
  shareLength,
  sliceShare,
  subtractShares,
  sumInRange,
  truncateMasked,
  truncateShare,
} from '../../../sharing/index.ts';
import { type SlotPolynomials, slotPolynomials } from './lanes.ts';
import { KIND, receiveNumber, sendNumber } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';
import { type Factor, type OwnMatrix, PairArithmetic } from './pair-arithmetic.ts';
import { otherPlaces, type Seat } from './seats.ts';

/** A shared vector that products may use: this party's half, and what each pair needs of it. */
export interface FactorShare {
  readonly share: Share;
  readonly pairs: ReadonlyMap<number, Factor>;
}

/** Rows of one range check: 2^16 values below 2^4 at 24 bits stay below 2^44. */
const CHECK_ROWS = 65_536;
/** Polynomials from which on the lanes share one prepared operand: below, each lane has its own and they are multiplied at the same time. */
const SHARED_OPERAND = 512;

export class Committee {
  readonly place: number;
  /** Places of the others, ascending. */
  readonly others: readonly number[];
  readonly #seat: Seat;
  readonly #ports: LogisticPorts;
  readonly #parameters: readonly HeParameters[];
  readonly #pairs: ReadonlyMap<number, PairArithmetic>;
  readonly #prepared: PreparedOperand[] = [];

  private constructor(seat: Seat, ports: LogisticPorts, parameters: readonly HeParameters[], pairs: ReadonlyMap<number, PairArithmetic>) {
    this.place = seat.place;
    this.others = otherPlaces(seat);
    this.#seat = seat;
    this.#ports = ports;
    this.#parameters = parameters;
    this.#pairs = pairs;
  }

  /** Fresh keys for one training, exchanged by every two parties. `usages` is every use of a key, from the contract. */
  static async open(seat: Seat, usages: (t: number) => readonly Usage[], ports: LogisticPorts): Promise<Committee> {
    const parameters = LANE_MODULI.map((t) => chooseParameters(usages(t), BigInt(t)));
    const opened = await Promise.all(
      otherPlaces(seat).map(async (place) => {
        const channel = seat.channels.get(place)!;
        return [place, await PairArithmetic.open(seat.place < place, channel, parameters, ports)] as const;
      }),
    );
    return new Committee(seat, ports, parameters, new Map(opened));
  }

  /** The label party is the one that adds public constants. */
  get party(): ShareParty {
    return this.place === 0 ? 'first' : 'second';
  }

  dispose(): void {
    for (const pair of this.#pairs.values()) pair.dispose();
    for (const operand of new Set(this.#prepared)) operand.dispose();
  }

  /**
   * Prepares a matrix of this party: `row(j)` are the signed entries that output j takes from the vector. Large ones are prepared once and
   * used in all lanes: an operand in the engine's form does not depend on the plaintext modulus.
   */
  async prepareMatrix(layout: MatvecLayout, row: (j: number) => MatrixRow, maxAbs: number): Promise<OwnMatrix> {
    const lanes: PreparedOperand[] = [];
    const large = layout.uploads * layout.answers >= SHARED_OPERAND;
    for (const parameters of this.#parameters) {
      const common = large ? lanes.find((operand) => operand.fits?.(parameters)) : undefined;
      lanes.push(common ?? (await this.#ports.engine.prepare(parameters, matrixOperand(layout, row, maxAbs))));
    }
    this.#prepared.push(...lanes);
    return { layout, lanes };
  }

  /**
   * Every party holds a matrix X_p, and all share vectors v_p. This party's shares of X_p·v_p for its own p, the part it computes alone left out,
   * and of every other.
   * @param half this party's half of v_p
   */
  async exchange(matrix: OwnMatrix, half: (place: number) => Share, layout: (place: number) => MatvecLayout) {
    const results = await this.#eachPair(async (pair, place) => pair.exchange(matrix, half(place), layout(place)));
    const own = results.map(([, result]) => result.own).reduce(addShares);
    return { own, others: new Map(results.map(([place, { other }]) => [place, other])) };
  }

  /** The label party's matrix meets every holder's half of a vector; the label party's own part is not in it. */
  async multiplyByLabelParty(matrix: OwnMatrix | undefined, layout: MatvecLayout, half: Share): Promise<Share> {
    if (!matrix) return this.#pairs.get(0)!.meet(layout, half);
    const served = await this.#eachPair((pair) => pair.serve(matrix));
    return served.map(([, share]) => share).reduce(addShares);
  }

  /** Makes a shared vector a factor of products. */
  async factor(share: Share): Promise<FactorShare> {
    let made: SlotPolynomials | undefined;
    const polynomials = (): SlotPolynomials => {
      made ??= slotPolynomials(share);
      return made;
    };
    const pairs = await this.#eachPair(async (pair) => ({ polynomials, ...(await pair.upload(share)) }));
    return { share, pairs: new Map(pairs) };
  }

  /** Entry-wise product of two factors, as shares. */
  async multiply(x: FactorShare, y: FactorShare): Promise<Share> {
    const cross = this.#eachPair((pair, place) => pair.crossTerms(x.pairs.get(place)!, y.pairs.get(place)!, shareLength(x.share)));
    const local = multiplyEntries(x.share, y.share);
    return (await cross).map(([, share]) => share).reduce(addShares, local);
  }

  /** Product, then division by 2^bits, then the range check. Products are below 2^valueBits. */
  async multiplyFixed(x: FactorShare, y: FactorShare, bits: number, valueBits: number): Promise<Share> {
    const product = await this.truncate(await this.multiply(x, y), bits, valueBits);
    await this.checkRange(product);
    return product;
  }

  /** Shares of x/2^bits, |x| < 2^valueBits. */
  async truncate(share: Share, bits: number, valueBits: number): Promise<Share> {
    if (this.#seat.holders === 1 || bits === 0) return truncateShare(share, bits, this.party);
    if (this.place === 0) return truncateMasked(addShares(share, await this.#gather(KIND.open, shareLength(share))), bits, valueBits);
    const { mask, rest } = maskForTruncation(this.#ports.random, shareLength(share), bits, this.#seat.holders);
    await this.#sendShare(KIND.open, await this.#blind(addShares(share, mask)));
    return rest;
  }

  /** @throws InputError `ERR_LR_RANGE` at the label party when a batch is out of range; the holders see their link end. */
  async checkRange(share: Share): Promise<void> {
    const batches = Math.ceil(shareLength(share) / CHECK_ROWS);
    const parts = Array.from({ length: batches }, (_, b) =>
      sliceShare(share, b * CHECK_ROWS, Math.min((b + 1) * CHECK_ROWS, shareLength(share))),
    );
    if (this.place > 0) {
      await this.#sendShare(KIND.check, joinShares(...parts.map((part) => maskedSum(part, MAX_CHECK_BITS, this.#ports.random))));
      return;
    }
    const sums = await this.#gather(KIND.check, batches);
    const { holders } = this.#seat;
    if (!parts.every((part, b) => sumInRange(part, sliceShare(sums, b, b + 1), MAX_CHECK_BITS, holders))) throw outOfRange();
  }

  /** Opens a shared vector to the label party: the sum of all shares there, undefined elsewhere. */
  async open(kind: string, share: Share): Promise<Share | undefined> {
    if (this.place === 0) return addShares(share, await this.#gather(kind, shareLength(share)));
    await this.#sendShare(kind, this.#seat.holders === 1 ? share : await this.#blind(share));
    return undefined;
  }

  /** A vector only the label party knows, shared: every holder gets a uniform share. Both halves must be uniform where truncation is local. */
  async deal(length: number, vector: Share | undefined): Promise<Share> {
    if (!vector) return this.#pairs.get(0)!.receiveShare(KIND.share, length);
    let rest = vector;
    for (const place of this.others) {
      const mask = randomShare(this.#ports.random, length);
      await this.#pairs.get(place)!.sendShare(KIND.share, mask);
      rest = subtractShares(rest, mask);
    }
    return rest;
  }

  /** Label party to all holders. */
  async tell(value: number): Promise<void> {
    for (const channel of this.#seat.channels.values()) await sendNumber(channel, value);
  }

  told(max: number): Promise<number> {
    return receiveNumber(this.#seat.channels.get(0)!, max);
  }

  /** To the label party. */
  async #sendShare(kind: string, share: Share): Promise<void> {
    await this.#pairs.get(0)!.sendShare(kind, share);
  }

  async #gather(kind: string, length: number): Promise<Share> {
    const sent = await this.#eachPair((pair) => pair.receiveShare(kind, length));
    return sent.map(([, share]) => share).reduce(addShares);
  }

  /** Adds shares of zero among the holders, fresh: each summand becomes uniform, the sum stays. */
  async #blind(share: Share): Promise<Share> {
    const length = shareLength(share);
    const zeros = await Promise.all(
      this.others
        .filter((place) => place > 0)
        .map(async (place) => {
          const pair = this.#pairs.get(place)!;
          if (place < this.place) return pair.receiveShare(KIND.zero, length);
          const mask = randomShare(this.#ports.random, length);
          await pair.sendShare(KIND.zero, mask);
          return subtractShares(
            share.map(() => new Uint32Array(length)),
            mask,
          );
        }),
    );
    return zeros.reduce(addShares, share);
  }

  #eachPair<T>(run: (pair: PairArithmetic, place: number) => Promise<T>): Promise<(readonly [number, T])[]> {
    return Promise.all(this.others.map(async (place) => [place, await run(this.#pairs.get(place)!, place)] as const));
  }
}

function outOfRange(): InputError {
  return new InputError('ERR_LR_RANGE', 'a batch of shared values left its range: the iteration diverges, or the arithmetic failed', {
    help: 'Run again; if it happens again, set clip (6 is usual), add a ridge penalty, or use degree 5.',
  });
}
