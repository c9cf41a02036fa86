/** Answers multiplied together (operand-pass.ts): every value is in its place, where groups end at answers, slabs and the resident cap. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/index.ts';
import { chooseParameters, decodeHint, type Operand, type Residues } from '../../../src/he/index.ts';
import { Crew } from '../../../src/he/kernel/crew.ts';
import { KernelEvaluator } from '../../../src/he/kernel/evaluator.ts';
import { KernelKeyHolder } from '../../../src/he/kernel/key-holder.ts';
import { KernelOperand } from '../../../src/he/kernel/operand.ts';
import { ANSWERS_TOGETHER } from '../../../src/he/kernel/operand-site.ts';
import { KernelSeriesEvaluator } from '../../../src/he/kernel/series-evaluator.ts';
import { KernelSeriesKeys } from '../../../src/he/kernel/series-keys.ts';
import { N, randomResidues, seeded } from '../fixtures.ts';
import { ensureBuilt } from './lab.ts';

const T = 1n << 36n;
const ANSWERS = 21;
const UPLOADS = 18;
const parameters = chooseParameters({ terms: UPLOADS, maxAbs: 64, outputs: 2 ** 20, mode: 'reveal', series: true }, T);
const perAnswer = UPLOADS * parameters.dataPrimes.length * 4 * N;
const wanted = Uint32Array.from({ length: 8 }, (_, k) => ((k + 1) * N) / 8 - 1);
const POOL = { entries: 1, most: 100 };

/** P[a][u] is one term, or nothing where a + u is a multiple of 4. */
const term = (a: number, u: number) => ({ at: (a * 389 + u * 97) % N, value: (a + u) % 4 === 0 ? 0 : ((a * 7 + u * 13) % 127) - 63 });
const operand: Operand = {
  answers: ANSWERS,
  uploads: UPLOADS,
  maxAbs: 64,
  terms: UPLOADS,
  fill: (a, u, out) => {
    const { at, value } = term(a, u);
    out[at] = value;
    return value !== 0;
  },
};
const vectors = [0, 1, 2].map((v) => Array.from({ length: UPLOADS }, (_, u) => randomResidues(seeded(`together/${v}/${u}`), T, N)));

const expected = (vector: readonly Residues[], a: number): bigint[] =>
  Array.from(wanted, (w) => {
    const sum = vector.reduce((total, residues, u) => {
      const { at, value } = term(a, u);
      const i = w - at;
      return total + BigInt(value) * (i >= 0 ? residues[i] : -residues[i + N]);
    }, 0n);
    return ((sum % T) + T) % T;
  });

let crew: Crew;
beforeAll(ensureBuilt);
afterEach(() => crew.close());

const cases = [
  ['all resident', Infinity, Infinity],
  ['ten resident, the others streamed', 10 * perAnswer, Infinity],
  ['six in a memory', Infinity, 6 * perAnswer],
] as const;
const prepare = (threads: number, residentCap: number, slabLimit: number): Promise<KernelOperand> => {
  crew = new Crew(threads);
  const limits = { residentCap: Math.min(residentCap, 2 ** 31), memoryCap: 2 ** 32, ...(slabLimit === Infinity ? {} : { slabLimit }) };
  return KernelOperand.prepare(parameters, operand, crew, limits);
};

it('there are several groups, and the last is smaller', () => {
  expect([Math.floor(ANSWERS / 4) >= ANSWERS_TOGETHER, ANSWERS % ANSWERS_TOGETHER]).toEqual([true, 1]);
  crew = new Crew(1);
});

it.each(cases)('answers of their own, %s', async (_, residentCap, slabLimit) => {
  const prepared = await prepare(1, residentCap, slabLimit);
  const keys = await KernelKeyHolder.create(parameters, crew, systemRandom, POOL);
  const evaluator = await KernelEvaluator.create(parameters, keys.publicKey, crew, systemRandom, POOL);
  const uploads = await Promise.all(vectors.map((vector) => keys.encrypt(vector)));
  const answered = await evaluator.multiply(uploads, prepared, { mode: 'reveal', wanted });
  for (const [v, { answers }] of answered.entries()) {
    const values = await keys.decrypt(answers, wanted, 'reveal');
    expect(values.map((value) => [...value])).toEqual(Array.from({ length: ANSWERS }, (_unused, a) => expected(vectors[v], a)));
  }
});

it.each(cases)('answers of a series, %s', async (_, residentCap, slabLimit) => {
  const prepared = await prepare(2, residentCap, slabLimit);
  const evaluator = new KernelSeriesEvaluator(parameters, prepared, wanted, crew, systemRandom);
  const keys = new KernelSeriesKeys(parameters, { uploads: UPLOADS, answers: ANSWERS, wanted }, crew, systemRandom);
  const questions = [];
  for (const vector of vectors) questions.push(await keys.ask(vector));
  for (const [v, reply] of (await evaluator.answer(questions)).entries()) {
    const values = await keys.decrypt(reply);
    expect(values.map((value) => [...value])).toEqual(Array.from({ length: ANSWERS }, (_unused, a) => expected(vectors[v], a)));
  }
});

it('answers of a series have each a u of their own: hints of a zero operand differ by uniform words, not by errors', async () => {
  crew = new Crew(1);
  const nothing: Operand = { ...operand, terms: 1, fill: () => false };
  const prepared = await KernelOperand.prepare(parameters, nothing, crew, { residentCap: 2 ** 31, memoryCap: 2 ** 32 });
  const evaluator = new KernelSeriesEvaluator(parameters, prepared, wanted, crew, systemRandom);
  const keys = new KernelSeriesKeys(parameters, { uploads: UPLOADS, answers: ANSWERS, wanted }, crew, systemRandom);
  const [{ hints = [] }] = await evaluator.answer([await keys.ask(vectors[0])]);
  const [q] = parameters.dataPrimes;
  const words = hints.map((hint) => decodeHint(parameters, hint).subarray(0, N));
  for (let a = 1; a < ANSWERS; a++) {
    const near = words[a].filter((word, i) => {
      const distance = Math.abs(word - words[a - 1][i]);
      return Math.min(distance, q - distance) < q / 64;
    });
    // A thirty-second of uniform differences, within six standard deviations.
    expect(Math.abs(near.length - N / 32)).toBeLessThan(6 * Math.sqrt(N / 32));
  }
});
