/**
 * Death 3 in the arithmetic of LR-S: no party ever decrypts a product, a partial score or a gradient, only a share of one. Seen by asking the
 * same question twice: a share is drawn anew each time, the product would be the same; and by adding the halves up, which gives the product.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../../src/adapters/memory/index.ts';
import { seededRandom, systemRandom } from '../../../src/base/index.ts';
import { Committee } from '../../../src/federated/vertical/logistic-regression/committee.ts';
import { vectorLayout } from '../../../src/federated/vertical/logistic-regression/lanes.ts';
import { holderSeat, labelSeat } from '../../../src/federated/vertical/logistic-regression/seats.ts';
import type { HeEngine, Usage } from '../../../src/he/index.ts';
import {
  addShares,
  decodeFixed,
  encodeIntegers,
  LANE_MODULI,
  maskedSum,
  randomShare,
  type Share,
  subtractShares,
} from '../../../src/sharing/index.ts';
import { chiSquareScore } from '../../he/statistics.ts';
import { loadEngine } from '../../support/engines.ts';

let engine: HeEngine;
let first: Committee;
let second: Committee;

const ROWS = 64;
const LENGTH = 300;
const layout = vectorLayout(LENGTH, ROWS);
const random = seededRandom(3, 'shares-guard');
const matrix = Array.from({ length: ROWS }, () => Int32Array.from({ length: LENGTH }, () => Math.floor(random.uniform() * 200) - 100));
const whole = Array.from({ length: LENGTH }, () => Math.floor(random.uniform() * 2000) - 1000);
const half = randomShare(random, LENGTH);
const otherHalf = subtractShares(encodeIntegers(whole), half);
const usages = (t: number): readonly Usage[] => [
  { terms: layout.terms, maxAbs: 128, outputs: 1_000, mode: 'share' },
  { terms: 2 * 8192, maxAbs: Math.floor(t / 2), outputs: 20 * 8192, mode: 'share' },
];

beforeAll(async () => {
  engine = await loadEngine();
  const { a, b } = channelPair();
  const ports = { engine, random: systemRandom };
  [first, second] = await Promise.all([
    Committee.open(labelSeat([{ holder: 'holder', channel: a }]), usages, ports),
    Committee.open(holderSeat(b, 0, []), usages, ports),
  ]);
});
afterAll(async () => {
  first.dispose();
  second.dispose();
  await engine.dispose();
});

/** Entries of two shares that are equal in every lane. */
const equalEntries = (a: Share, b: Share): number => a[0].reduce((n, _, i) => n + (a.every((lane, k) => lane[i] === b[k][i]) ? 1 : 0), 0);

/** 0 or 1 for a constant, thousands for a uniform word in each of four lanes: the words fall into all sixteenths of their modulus. */
const spread = (share: Share): number =>
  Math.max(
    ...share.map((lane, k) => {
      const counts = new Float64Array(16);
      for (const word of lane) counts[Math.floor((16 * word) / LANE_MODULI[k])]++;
      return Math.abs(chiSquareScore(counts));
    }),
  );

describe('shares of products', () => {
  it('no product is decrypted, only a share of it: asked twice every word differs, and the halves add up (D3)', async () => {
    const own = await first.prepareMatrix(layout, (j) => matrix[j], 128);
    const products: { mine: Share; theirs: Share }[] = [];
    for (let again = 0; again < 2; again++) {
      const [mine, theirs] = await Promise.all([
        first.multiplyByLabelParty(own, layout, otherHalf),
        second.multiplyByLabelParty(undefined, layout, half),
      ]);
      products.push({ mine, theirs });
    }
    const expected = decodeFixed(encodeIntegers(matrix.map((row) => row.reduce((sum, x, i) => sum + x * whole[i], 0))), 0);
    for (const { mine, theirs } of products) {
      const local = joined(matrix.map((row) => rowTimesShare(row, otherHalf)));
      const total = addShares(addShares(mine, theirs), local);
      expect([...decodeFixed(total, 0)]).toEqual([...expected]);
    }
    expect(equalEntries(products[0].mine, products[1].mine)).toBe(0);
    expect(equalEntries(products[0].theirs, products[1].theirs)).toBe(0);

    const slots: Share[] = [];
    for (let again = 0; again < 2; again++) {
      const [x1, x2] = await Promise.all([first.factor(half), second.factor(otherHalf)]);
      const [mine, theirs] = await Promise.all([first.multiply(x1, x1), second.multiply(x2, x2)]);
      slots.push(mine);
      expect([...decodeFixed(addShares(mine, theirs), 0)]).toEqual(whole.map((x) => x * x));
      expect(spread(mine)).toBeLessThan(8);
      expect(spread(theirs)).toBeLessThan(8);
    }
    expect(equalEntries(slots[0], slots[1])).toBe(0);
  });

  it('the range check shows a number hidden by 40 bits', () => {
    const share = encodeIntegers(Array.from({ length: 100 }, () => 5));
    const sums = Array.from({ length: 400 }, () => decodeFixed(maskedSum(share, 20, systemRandom), 0)[0]);
    expect(new Set(sums).size).toBeGreaterThan(399);
    expect(sums.every((sum) => sum >= 500 && sum < 500 + 2 ** 60)).toBe(true);
    // Below half of the mask's range about every second time: the mask fills its 60 bits.
    const low = sums.filter((sum) => sum < 500 + 2 ** 59).length;
    expect(Math.abs(low - 200)).toBeLessThan(60);
  });
});

/** One entry of matrix times share, in every lane. */
function rowTimesShare(row: Int32Array, share: Share): bigint[] {
  return share.map((lane, k) => {
    const t = BigInt(LANE_MODULI[k]);
    const sum = lane.reduce((total, word, i) => total + BigInt(word) * BigInt(row[i]), 0n);
    return ((sum % t) + t) % t;
  });
}

const joined = (entries: readonly bigint[][]): Share => LANE_MODULI.map((_, k) => Uint32Array.from(entries, (lanes) => Number(lanes[k])));
