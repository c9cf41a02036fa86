/**
 * What the design asks to be done many times, at its own numbers times `--scale`:
 *
 *   T06  10^5 answers to one question: no c0, no c1 and no seed comes twice
 *   T07  10^5 random products at the limit of what the parameters were chosen for, each decrypted and compared: no failure
 *   T08  10^4 well-formed answers of garbage against 10^4 honest ones at the key holder: same outcome, and times that a Kolmogorov-Smirnov test
 *        cannot tell apart at p = 0.01; the same for 10^4 malformed uploads of several kinds at the holder: one code
 *
 *   node test/nightly/repeats.ts [--test T06|T07|T08] [--scale 1]
 */
import { parseArgs } from 'node:util';
import { randomBytes, seededRandom, systemRandom } from '../../src/base/index.ts';
import { chooseParameters, decodeAnswer, decodeUpload, encodeAnswer, encodeUpload, RING_DEGREE, uploadBytes } from '../../src/he/index.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { uniformRns } from '../../src/he/sampling.ts';
import { polynomialOperand } from '../he/fixtures.ts';

const { values: options } = parseArgs({ options: { test: { type: 'string' }, scale: { type: 'string', default: '1' } } });
const scaled = (count: number): number => Math.max(200, Math.round(count * Number(options.scale)));
const N = RING_DEGREE;
const engine = await loadKernelEngine({ threads: 1 });
const t = 1n << 26n;
const TERMS = 16;
const MAX_ABS = 2 ** 10;
const parameters = chooseParameters({ terms: TERMS, maxAbs: MAX_ABS, outputs: 2 ** 20, mode: 'reveal' }, t);
const keys = await engine.keyHolder(parameters);
const evaluator = await engine.evaluator(parameters, keys.publicKey);
const wanted = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);

const print = (bytes: Uint8Array | Uint32Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** T06. */
async function neverTwice(): Promise<string | undefined> {
  const count = scaled(1e5);
  const operand = await engine.prepare(
    parameters,
    polynomialOperand(
      Array.from({ length: 100 }, () => [undefined]),
      1,
    ),
  );
  const [question] = await keys.encrypt([new BigUint64Array(N)]);
  const c0 = new Set<string>();
  const c1 = new Set<string>();
  for (let done = 0; done < count; done += 100) {
    const [{ answers }] = await evaluator.multiply([[question]], operand, { mode: 'reveal', wanted });
    for (const bytes of answers) {
      const words = decodeAnswer(parameters, wanted.length, bytes);
      c0.add(print(words.c0));
      c1.add(print(words.c1.slice(0, 8)));
    }
  }
  operand.dispose();
  const seeds = new Set<string>();
  for (let done = 0; done < count / 10; done += 50) {
    for (const bytes of await keys.encrypt(Array.from({ length: 50 }, () => new BigUint64Array(N))))
      seeds.add(print(decodeUpload(parameters, bytes).seed));
  }
  console.log(`T06: ${c0.size} c0, ${c1.size} c1, ${seeds.size} seeds, all different`);
  return Math.min(c0.size, c1.size) < count || seeds.size < count / 10 ? 'something came twice' : undefined;
}

/** T07: sparse polynomials with as many terms as declared, every coefficient at its bound or random, uploads at the edges of t. */
async function neverFails(): Promise<string | undefined> {
  const count = scaled(1e5);
  const random = seededRandom(Number(systemSeed()), 'repeats');
  let wrong = 0;
  for (let done = 0; done < count; ) {
    const polynomials = Array.from({ length: 50 }, () => {
      const polynomial = new Int32Array(N);
      for (let k = 0; k < TERMS; k++) polynomial[random.u32() % N] = random.u32() % 2 ? MAX_ABS : -MAX_ABS + (random.u32() % 3);
      return polynomial;
    });
    const extreme = done % 100 === 0;
    const vector = BigUint64Array.from({ length: N }, () =>
      extreme ? (random.u32() % 2 ? t / 2n - 1n : t / 2n + 1n) : BigInt(random.u32()) % t,
    );
    const operand = await engine.prepare(parameters, {
      ...polynomialOperand(
        polynomials.map((p) => [p]),
        MAX_ABS,
      ),
      terms: TERMS,
    });
    const [{ answers }] = await evaluator.multiply([await keys.encrypt([vector])], operand, { mode: 'reveal', wanted });
    operand.dispose();
    const opened = await keys.decrypt(answers, wanted, 'reveal');
    polynomials.forEach((polynomial, a) => {
      for (const [i, at] of wanted.entries()) if (opened[a][i] !== coefficientOf(vector, polynomial, at)) wrong++;
    });
    done += polynomials.length;
  }
  console.log(`T07: ${count} products at the limit, ${count * wanted.length} coefficients compared, ${wrong} wrong`);
  return wrong > 0 ? `${wrong} coefficients decrypted wrongly` : undefined;
}

const systemSeed = (): number => new DataView(randomBytes(systemRandom, 4).buffer).getUint32(0);

/** Coefficient `at` of vector · polynomial in Z_t[X]/(X^N + 1), over the polynomial's few terms. */
function coefficientOf(vector: BigUint64Array, polynomial: Int32Array, at: number): bigint {
  let sum = 0n;
  for (let j = 0; j < N; j++) {
    if (polynomial[j] === 0) continue;
    const i = at - j;
    sum += BigInt(polynomial[j]) * (i >= 0 ? vector[i] : -vector[i + N]);
  }
  return ((sum % t) + t) % t;
}

/** T08. */
async function tellsNothing(): Promise<string | undefined> {
  const count = scaled(1e4);
  const operand = await engine.prepare(parameters, polynomialOperand([[undefined]], 1));
  const [question] = await keys.encrypt([new BigUint64Array(N)]);
  const [{ answers }] = await evaluator.multiply([[question]], operand, { mode: 'reveal', wanted });
  const moduli = parameters.dataPrimes.slice(0, parameters.answerPrimes);
  const garbage = encodeAnswer(parameters, {
    c0: uniformRns(systemRandom, moduli, wanted.length),
    c1: uniformRns(systemRandom, moduli, N),
  });
  const times: readonly [number[], number[]] = [[], []];
  const order = seededRandom(8, 'order');
  for (let i = 0; i < 2 * count; i++) {
    const which = order.u32() % 2 === 0 ? 0 : 1;
    const started = process.hrtime.bigint();
    await keys.decrypt([which === 0 ? answers[0] : garbage], wanted, 'reveal');
    times[which].push(Number(process.hrtime.bigint() - started));
  }
  const p = kolmogorovSmirnovP(times[0], times[1]);
  const codes = new Set<string>();
  const { c0, seed } = decodeUpload(parameters, question);
  const bad = [
    question.slice(1),
    new Uint8Array(uploadBytes(parameters)),
    encodeUpload(parameters, { c0, seed: seed.map(() => 7) }),
    question.map((byte, i) => (i === 2 ? byte ^ 1 : byte)),
    question.map((byte, i) => (i >= 4 && i < 12 ? 0xff : byte)),
  ];
  for (let i = 0; i < count / 10; i++) {
    const error: unknown = await evaluator
      .multiply([[bad[i % bad.length]]], operand, { mode: 'reveal', wanted })
      .catch((thrown: unknown) => thrown);
    codes.add(error instanceof Error && 'code' in error ? String(error.code) : 'no error');
  }
  operand.dispose();
  console.log(
    `T08: ${times[0].length} honest and ${times[1].length} garbage answers decrypted without a word, times p = ${p.toFixed(3)}; malformed uploads: ${[...codes].join(', ')}`,
  );
  if (codes.size !== 1) return 'malformed uploads are told apart';
  return p < 0.01 ? `times of honest and garbage answers differ (p = ${p.toExponential(1)})` : undefined;
}

/** Two samples, Kolmogorov's limit distribution. */
function kolmogorovSmirnovP(a: readonly number[], b: readonly number[]): number {
  const merged = [...a.map((x) => [x, 0] as const), ...b.map((x) => [x, 1] as const)].sort((x, y) => x[0] - y[0]);
  const seen = [0, 0];
  let distance = 0;
  for (let i = 0; i < merged.length; i++) {
    seen[merged[i][1]]++;
    if (i + 1 < merged.length && merged[i + 1][0] === merged[i][0]) continue;
    distance = Math.max(distance, Math.abs(seen[0] / a.length - seen[1] / b.length));
  }
  const lambda = distance * Math.sqrt((a.length * b.length) / (a.length + b.length));
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda);
  return lambda < 0.2 ? 1 : Math.min(1, Math.max(0, p));
}

const tests: Readonly<Record<string, () => Promise<string | undefined>>> = { T06: neverTwice, T07: neverFails, T08: tellsNothing };
let failed = 0;
for (const name of options.test ? [options.test] : Object.keys(tests)) {
  const problem = await tests[name]();
  if (problem === undefined) continue;
  failed++;
  console.error(`FAILED ${name}: ${problem}`);
}
process.exit(failed === 0 ? 0 : 1);
