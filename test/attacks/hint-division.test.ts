/**
 * The attack of `c1-division.ts` on a series: a hint is Σ a_i·P_i, with every a_i known to L, plus an encryption of zero. From a hint without one, all
 * of P; and hints and sums of many vectors are no more than one hint.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeHint, decodeOpening, type HeEngine, heParameters, seriesLength } from '../../src/he/index.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import { N, polynomialOperand, seeded } from '../he/fixtures.ts';
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
