/** Large matrices are prepared once and used under the four plaintext moduli of the lanes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { channelPair } from '../../../src/adapters/memory/index.ts';
import { seededRandom, systemRandom } from '../../../src/base/index.ts';
import { Committee } from '../../../src/federated/vertical/logistic-regression/committee.ts';
import { holderSeat, labelSeat } from '../../../src/federated/vertical/logistic-regression/seats.ts';
import { type HeEngine, matvecLayout, type Usage } from '../../../src/he/index.ts';
import { addShares, LANE_MODULI, randomShare } from '../../../src/sharing/index.ts';
import { loadEngine } from '../../support/engines.ts';

const ROWS = 32;
/** 32 uploads, 16 answers: 512 polynomials. */
const OUTPUTS = 16 * 8192;

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

it('gives in every lane the product of the matrix with the other party’s half, from one prepared operand where the engine allows it', async () => {
  const random = seededRandom(8, 'shared-operand');
  const layout = matvecLayout({ rows: ROWS, outputs: OUTPUTS, block: 1 });
  const entries = Int32Array.from({ length: ROWS }, () => Math.floor(random.uniform() * 2 ** 21) - 2 ** 20);
  const odd = entries.map((x) => -x);
  // As 100,000 rows and 165 columns of 24 bits would need.
  const usages = (): readonly Usage[] => [{ terms: 200_000 * 165, maxAbs: 2 ** 24, outputs: OUTPUTS, mode: 'share' }];
  const { a, b } = channelPair();
  const ports = { engine, random: systemRandom };
  const [first, second] = await Promise.all([
    Committee.open(labelSeat([{ holder: 'holder', channel: a }]), usages, ports),
    Committee.open(holderSeat(b, 0, []), usages, ports),
  ]);
  const half = randomShare(systemRandom, ROWS);
  const matrix = await first.prepareMatrix(layout, (j) => (j % 2 === 0 ? entries : odd), 2 ** 20);
  const [mine, theirs] = await Promise.all([
    first.multiplyByLabelParty(matrix, layout, half),
    second.multiplyByLabelParty(undefined, layout, half),
  ]);
  if (engine.name === 'kernel') expect(new Set(matrix.lanes).size).toBe(1);
  const sums = addShares(mine, theirs);
  sums.forEach((lane, k) => {
    const t = BigInt(LANE_MODULI[k]);
    const product = half[k].reduce((sum, word, i) => sum + BigInt(word) * BigInt(entries[i]), 0n);
    const even = Number(((product % t) + t) % t);
    const negated = Number(((-product % t) + t) % t);
    expect(lane.every((value, j) => value === (j % 2 === 0 ? even : negated))).toBe(true);
  });
  first.dispose();
  second.dispose();
});
