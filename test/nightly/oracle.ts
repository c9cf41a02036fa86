/**
 * T08: whether a key holder is an oracle. Answers that its peer may send, in both modes, decrypted in random order:
 *
 *   honest   of a real product
 *   garbage  uniform words
 *   brink    c1 = 1, so that coefficient j of what is rounded is c0_j + s_j, and c0_j put next to a half, where one more of the secret's -1, 0, 1
 *            rounds otherwise: the peer chooses how near, and what takes longer there tells bits of the key
 *
 * All decrypt without a word. Times of garbage and of brink are held against honest ones by a Kolmogorov-Smirnov test at p = 0.01. Labels are random,
 * so p is exact under any load; a p below 0.01 comes by chance in one run of a hundred, so the comparison is made once more with new answers, and
 * twice below is a failure. Malformed uploads of several kinds get one code at the holder. Run by `repeats.ts`.
 */
import { seededRandom, systemRandom, uniformInt } from '../../src/base/index.ts';
import {
  chooseParameters,
  decodeUpload,
  encodeAnswer,
  encodeUpload,
  type HeEngine,
  type HeParameters,
  type KeyHolder,
  RING_DEGREE,
  uploadBytes,
  type Wanted,
} from '../../src/he/index.ts';
import { uniformRns } from '../../src/he/sampling.ts';
import { polynomialOperand } from '../he/fixtures.ts';

const N = RING_DEGREE;
/** Answers of each kind: one alone would train the branch predictor. */
const DIFFERENT = 32;
const KINDS = ['honest', 'garbage', 'brink'] as const;
type Kind = (typeof KINDS)[number];
type Answers = Readonly<Record<Kind, readonly Uint8Array[]>>;
type Times = Readonly<Record<Kind, number[]>>;

const MODES = [
  { mode: 'reveal', t: 1n << 26n, wanted: Uint32Array.from({ length: 8 }, (_, k) => (k + 1) * (N / 8) - 1) },
  { mode: 'share', t: 1n << 40n, wanted: 'all' },
] as const;

/** What failed, if anything. `count` answers of each kind in each mode, and as many malformed uploads. */
export async function tellsNothing(engine: HeEngine, count: number): Promise<string | undefined> {
  const problems: (string | undefined)[] = [];
  for (const { mode, t, wanted } of MODES) {
    const parameters = chooseParameters({ terms: 16, maxAbs: 2 ** 10, outputs: 2 ** 20, mode }, t);
    const keys = await engine.keyHolder(parameters);
    const compared = async (): Promise<Differing> => {
      const answers = await answersFor(engine, parameters, keys, mode, wanted);
      return differing(mode, await timed(keys, answers, mode, wanted, count));
    };
    const first = await compared();
    const again = first.size === 0 ? first : await compared();
    for (const [kind, p] of again)
      if (first.has(kind)) problems.push(`times of ${kind} and honest ${mode} answers differ (p = ${p.toExponential(1)})`);
    keys.dispose();
  }
  problems.push(await oneCode(engine, count));
  const found = problems.filter((problem) => problem !== undefined);
  return found.length === 0 ? undefined : found.join('; ');
}

async function answersFor(
  engine: HeEngine,
  parameters: HeParameters,
  keys: KeyHolder,
  mode: 'reveal' | 'share',
  wanted: Wanted,
): Promise<Answers> {
  const evaluator = await engine.evaluator(parameters, keys.publicKey);
  const nothing = polynomialOperand(
    Array.from({ length: DIFFERENT }, () => [undefined]),
    1,
  );
  const operand = await engine.prepare(parameters, nothing);
  const [{ answers: honest }] = await evaluator.multiply([await keys.encrypt([new BigUint64Array(N)])], operand, { mode, wanted });
  operand.dispose();
  evaluator.dispose();
  const moduli = parameters.dataPrimes.slice(0, parameters.answerPrimes);
  const picked = wanted === 'all' ? N : wanted.length;
  const different = (make: () => Uint8Array): Uint8Array[] => Array.from({ length: DIFFERENT }, make);
  return {
    honest,
    garbage: different(() =>
      encodeAnswer(parameters, { c0: uniformRns(systemRandom, moduli, picked), c1: uniformRns(systemRandom, moduli, N) }),
    ),
    brink: different(() => brinkAnswer(parameters, moduli, picked)),
  };
}

/** Every wanted coefficient is the last x that rounds down to some k: t x / q just below k + 1/2. */
function brinkAnswer(parameters: HeParameters, moduli: readonly number[], picked: number): Uint8Array {
  const q = moduli.reduce((product, p) => product * BigInt(p), 1n);
  const t = parameters.plainModulus;
  const c0 = new Uint32Array(moduli.length * picked);
  const c1 = new Uint32Array(moduli.length * N);
  for (let j = 0; j < picked; j++) {
    const k = BigInt(uniformInt(systemRandom, Number(t < 2n ** 32n ? t : 2n ** 32n)));
    const x = ((2n * k + 1n) * q) / (2n * t);
    for (const [i, p] of moduli.entries()) c0[i * picked + j] = Number(x % BigInt(p));
  }
  for (const i of moduli.keys()) c1[i * N] = 1;
  return encodeAnswer(parameters, { c0, c1 });
}

async function timed(keys: KeyHolder, answers: Answers, mode: 'reveal' | 'share', wanted: Wanted, count: number): Promise<Times> {
  const times: Times = { honest: [], garbage: [], brink: [] };
  const order = seededRandom(uniformInt(systemRandom, 2 ** 32), 'order');
  for (let i = 0; i < KINDS.length * count; i++) {
    const kind = KINDS[order.u32() % KINDS.length];
    const answer = [answers[kind][order.u32() % DIFFERENT]];
    const started = process.hrtime.bigint();
    await keys.decrypt(answer, wanted, mode);
    times[kind].push(Number(process.hrtime.bigint() - started));
  }
  return times;
}

/** p of the kinds whose times differ from honest ones below 0.01. */
type Differing = ReadonlyMap<Kind, number>;

function differing(mode: string, times: Times): Differing {
  const found = new Map<Kind, number>();
  const quantile = (kind: Kind, part: number): number =>
    times[kind].toSorted((a, b) => a - b)[Math.floor(part * times[kind].length)] / 1000;
  for (const kind of ['garbage', 'brink'] as const) {
    const p = kolmogorovSmirnovP(times.honest, times[kind]);
    if (p < 0.01) found.set(kind, p);
    const [at25, at50] = [0.25, 0.5].map((part) => `${quantile('honest', part).toFixed(1)} / ${quantile(kind, part).toFixed(1)}`);
    console.log(
      `T08 ${mode}: ${times.honest.length} honest, ${times[kind].length} ${kind} answers decrypted without a word; µs at the quartile ${at25}, the median ${at50}; p = ${p.toPrecision(2)}`,
    );
  }
  return found;
}

/** Two samples, Kolmogorov's limit distribution. */
export function kolmogorovSmirnovP(a: readonly number[], b: readonly number[]): number {
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

async function oneCode(engine: HeEngine, count: number): Promise<string | undefined> {
  const { mode, t, wanted } = MODES[0];
  const parameters = chooseParameters({ terms: 16, maxAbs: 2 ** 10, outputs: 2 ** 20, mode }, t);
  const keys = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keys.publicKey);
  const operand = await engine.prepare(parameters, polynomialOperand([[undefined]], 1));
  const [question] = await keys.encrypt([new BigUint64Array(N)]);
  const { c0, seed } = decodeUpload(parameters, question);
  const bad = [
    question.slice(1),
    new Uint8Array(uploadBytes(parameters)),
    encodeUpload(parameters, { c0, seed: seed.map(() => 7) }),
    question.map((byte, i) => (i === 2 ? byte ^ 1 : byte)),
    question.map((byte, i) => (i >= 4 && i < 12 ? 0xff : byte)),
  ];
  const codes = new Set<string>();
  for (let i = 0; i < count; i++) {
    const refused = evaluator.multiply([[bad[i % bad.length]]], operand, { mode, wanted });
    codes.add(
      await refused.then(
        () => 'no error',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'no code'),
      ),
    );
  }
  operand.dispose();
  evaluator.dispose();
  keys.dispose();
  console.log(`T08: ${count} malformed uploads of ${bad.length} kinds: ${[...codes].join(', ')}`);
  return codes.size === 1 && !codes.has('no error') && !codes.has('no code') ? undefined : 'malformed uploads are told apart';
}
