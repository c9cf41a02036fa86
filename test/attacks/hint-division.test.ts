/**
 * The attack of `c1-division.ts` on a series: a hint is Σ a_i·P_i, with every a_i known to L, plus (a_z·u + e1). Without either, all of P; with e1
 * alone P is the secret of the sample, and P is no good secret: whoever can guess it sees that the guess is right.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeHint,
  decodeOpening,
  expandSeed,
  type HeEngine,
  heParameters,
  negacyclicTransform,
  seriesLength,
} from '../../src/he/index.ts';
import { mulmod } from '../../src/he/modular.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import { N, polynomialOperand, seeded } from '../he/fixtures.ts';
import { chiSquareScore, histogram } from '../he/statistics.ts';
import { loadEngine } from '../support/engines.ts';
import { divideBySeed, recoveredBits } from './c1-division.ts';

/** Every prime is kept: the strongest view L can have. */
const parameters = heParameters({ profile: 'P120', plainModulus: 1n << 26n });
const [q] = parameters.dataPrimes;
const random = seeded('hint-division');
const bits = Int32Array.from({ length: N }, () => random.u32() & 1);
const fourSigma = 4 * Math.sqrt(N / 4);
const wanted = Uint32Array.of(0, 1, 2, 3);

describe.each(['kernel', 'seal'] as const)('division of hints of the %s engine (T01)', (name) => {
  let engine: HeEngine;
  beforeAll(async () => {
    engine = name === 'seal' ? await loadSealEngine() : await loadEngine(name);
  });
  afterAll(() => engine.dispose());

  /** Hint and first part of one series, and as many vectors after it as a series has. */
  async function record(): Promise<{ seeds: Uint8Array[]; c1: Uint32Array }> {
    const operand = await engine.prepare(parameters, polynomialOperand([[bits]], 1));
    const evaluator = await engine.seriesEvaluator(parameters, operand, wanted);
    const keys = await engine.seriesKeys(parameters, { uploads: 1, answers: 1, wanted });
    const question = await keys.ask([new BigUint64Array(N).fill(5n)]);
    const [{ hints = [] }] = await evaluator.answer([question]);
    for (const object of [keys, evaluator, operand]) object.dispose();
    return { seeds: decodeOpening(parameters, 1, question.opening ?? new Uint8Array()), c1: decodeHint(parameters, hints[0]).slice(0, N) };
  }

  it('recovers nothing from a recorded hint', async () => {
    const { seeds, c1 } = await record();
    const { exact, guessed } = recoveredBits(divideBySeed(seeds[0], c1, q), bits);
    expect(exact).toBeLessThan(4);
    expect(Math.abs(guessed - N / 2)).toBeLessThan(fourSigma);
  });

  it('does not confirm a right guess: what is left of the hint is as uniform as after a wrong one', async () => {
    const { seeds, c1 } = await record();
    const { forward, inverse } = negacyclicTransform(q);
    const guess = Uint32Array.from(bits);
    forward(guess);
    const own = expandSeed(seeds[0], 'upload', [q], N);
    const product = guess.map((word, i) => mulmod(word, own[i], q));
    inverse(product);
    const rest = c1.map((word, i) => (word + q - product[i]) % q);
    expect(rest.filter((word) => word <= 21 || word >= q - 21).length).toBeLessThan(8);
    expect(Math.abs(chiSquareScore(histogram([...rest], q)))).toBeLessThan(6);
  });

  it('recovers nothing from the difference of the hints of two series over one operand: each has its own u and its own polynomials', async () => {
    const [first, second] = [await record(), await record()];
    const difference = first.c1.map((word, i) => (word + q - second.c1[i]) % q);
    for (const seed of [first.seeds[0], second.seeds[0]]) {
      const { exact, guessed } = recoveredBits(divideBySeed(seed, difference, q), bits);
      expect(exact).toBeLessThan(4);
      expect(Math.abs(guessed - N / 2)).toBeLessThan(fourSigma);
    }
  });

  it('what a dishonest z may print of u in a whole series stays within the reserve of its profile (H8)', () => {
    for (const count of [1, 4, 32]) {
      const told = seriesLength(parameters, count) * count * 27;
      expect(told).toBeLessThanOrEqual(5613);
      expect(told + count * 27).toBeGreaterThan(5613);
    }
  });
});
