import initialize from 'node-seal/throws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/base/index.ts';
import { drawBlinding, floodBound } from '../../src/he/blinding.ts';
import { decodeUpload, type HeEngine, heParameters } from '../../src/he/index.ts';
import { answerFrom, blindAndEncode } from '../../src/he/seal/answer.ts';
import { SealContext } from '../../src/he/seal/context.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import { N, polynomialOperand, seeded } from '../he/fixtures.ts';
import { loadEngine } from '../support/engines.ts';
import { divideC1, recoveredBits } from './c1-division.ts';

/** Every prime is kept: the strongest view L can have. */
const parameters = heParameters({ profile: 'P120', plainModulus: 1n << 26n });
const wanted = Uint32Array.of(0, 1, 2, 3);
const bits = Int32Array.from({ length: N }, () => 0);
{
  const random = seeded('c1-division');
  for (let i = 0; i < N; i++) bits[i] = random.u32() & 1;
}
const fourSigma = 4 * Math.sqrt(N / 4);

describe('c1 division (T01)', () => {
  let engine: HeEngine;
  beforeAll(async () => {
    engine = await loadSealEngine();
  });
  afterAll(() => engine.dispose());

  it.each([
    ['seal', 'reveal'],
    ['seal', 'share'],
    ['kernel', 'reveal'],
    ['kernel', 'share'],
  ] as const)('recovers nothing from a recorded answer of the %s engine in %s mode', async (name, mode) => {
    const attacked = name === 'seal' ? engine : await loadEngine(name);
    const keyHolder = await attacked.keyHolder(parameters);
    const evaluator = await attacked.evaluator(parameters, keyHolder.publicKey);
    const operand = await attacked.prepare(parameters, polynomialOperand([[bits]], 1));
    const uploads = await keyHolder.encrypt([new BigUint64Array(N).fill(5n)]);
    const [{ answers }] = await evaluator.multiply([uploads], operand, { mode, wanted });
    const { exact, guessed } = recoveredBits(divideC1(parameters, uploads[0], answers[0], wanted.length), bits);
    expect(exact).toBeLessThan(4);
    expect(Math.abs(guessed - N / 2)).toBeLessThan(fourSigma);
    for (const object of [operand, evaluator, keyHolder]) object.dispose();
    if (attacked !== engine) await attacked.dispose();
  });

  it('recovers every bit when the encryption of zero is the degenerate (0, 1) that a key with p1 = 0 gives, flood or not', async () => {
    const context = new SealContext(await initialize(), parameters);
    const keyHolder = await engine.keyHolder(parameters);
    const [five] = await keyHolder.encrypt([new BigUint64Array(N).fill(5n)]);
    const words = decodeUpload(parameters, five);
    const one = new Uint32Array(N);
    one[0] = 1;
    const degenerate = new Uint32Array(2 * parameters.dataPrimes.length * N);
    for (const limb of parameters.dataPrimes.keys()) degenerate[(parameters.dataPrimes.length + limb) * N] = 1;
    using upload = context.seededCiphertext(words.c0, words.seed);
    using operand = context.plaintext(BigUint64Array.from(bits, BigInt));
    context.evaluator.plainTransformToNttInplace(operand, context.topLevel.handle);
    using answer = answerFrom(context, context.ciphertext(degenerate, parameters.dataPrimes.length), [{ upload, operand }]);
    const flood = floodBound(parameters, { terms: N, maxAbs: 1 });
    const blinding = drawBlinding(parameters, 'reveal', flood, wanted.length, systemRandom);
    const bytes = blindAndEncode(context, answer, wanted, blinding.words);
    const recovered = divideC1(parameters, five, bytes, wanted.length, one);
    expect(recoveredBits(recovered, bits)).toEqual({ exact: N, guessed: N });
    keyHolder.dispose();
    context.dispose();
  });
});
