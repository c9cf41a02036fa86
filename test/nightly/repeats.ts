/**
 * What the design asks to be done many times, at its own numbers times `--scale`:
 *
 *   T06  10^5 answers to one question and 10^5 uploads: no c0, no c1 and no seed comes twice
 *   T07  10^5 random products in each mode at the limit of what the parameters were chosen for, each decrypted and compared: no failure
 *   T08  10^4 answers of each kind that a peer may send, in each mode: the same outcome and the same times (`oracle.ts`)
 *   T09  500 batches of answers of zero, monomial and dense operands, resident and streamed: the same times to 1 % (`operands.ts`)
 *
 *   node test/nightly/repeats.ts [--test T06|T07|T08|T09] [--scale 1] [--engine kernel|seal]
 */
import { parseArgs } from 'node:util';
import { type SeededRandom, seededRandom, systemRandom, uniformInt } from '../../src/base/index.ts';
import { chooseParameters, decodeAnswer, decodeUpload, type Residues, RING_DEGREE } from '../../src/he/index.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import { addShares, polynomialOperand } from '../he/fixtures.ts';
import { timesAreAlike } from './operands.ts';
import { tellsNothing } from './oracle.ts';

const { values: options } = parseArgs({
  options: { test: { type: 'string' }, scale: { type: 'string', default: '1' }, engine: { type: 'string', default: 'kernel' } },
});
const scaled = (count: number): number => Math.max(200, Math.round(count * Number(options.scale)));
const N = RING_DEGREE;
const engine = options.engine === 'seal' ? await loadSealEngine() : await loadKernelEngine({ threads: 1 });
const TERMS = 16;
const MAX_ABS = 2 ** 10;
/** Where a layout of `matvec.ts` has its sums, and eight others, which the kernel reads in another way: batch by batch in turn. */
const WANTED = [Uint32Array.from({ length: 8 }, (_, k) => (k + 1) * (N / 8) - 1), Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7)] as const;

/** Parties whose parameters were chosen for `TERMS` and `MAX_ABS`, and for no more. */
async function parties(mode: 'reveal' | 'share', t: bigint) {
  const parameters = chooseParameters({ terms: TERMS, maxAbs: MAX_ABS, outputs: 2 ** 20, mode }, t);
  const keys = await engine.keyHolder(parameters);
  return { mode, t, parameters, keys, evaluator: await engine.evaluator(parameters, keys.publicKey) };
}
type Parties = Awaited<ReturnType<typeof parties>>;

const print = (bytes: Uint8Array | Uint32Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** T06. */
async function neverTwice(): Promise<string | undefined> {
  const count = scaled(1e5);
  const { mode, parameters, keys, evaluator } = await parties('reveal', 1n << 26n);
  const nothing = polynomialOperand(
    Array.from({ length: 100 }, () => [undefined]),
    1,
  );
  const operand = await engine.prepare(parameters, nothing);
  const [question] = await keys.encrypt([new BigUint64Array(N)]);
  const c0 = new Set<string>();
  const c1 = new Set<string>();
  let answered = 0;
  for (; answered < count; answered += 100) {
    const wanted = WANTED[(answered / 100) % 2];
    const [{ answers }] = await evaluator.multiply([[question]], operand, { mode, wanted });
    for (const bytes of answers) {
      const words = decodeAnswer(parameters, wanted.length, bytes);
      c0.add(print(words.c0));
      c1.add(print(words.c1.slice(0, 8)));
    }
  }
  operand.dispose();
  const seeds = new Set<string>();
  let asked = 0;
  for (; asked < count; asked += 50) {
    for (const bytes of await keys.encrypt(Array.from({ length: 50 }, () => new BigUint64Array(N))))
      seeds.add(print(decodeUpload(parameters, bytes).seed));
  }
  console.log(
    `T06: ${answered} answers, ${c0.size} different c0, ${c1.size} different c1; ${asked} uploads, ${seeds.size} different seeds`,
  );
  return Math.min(c0.size, c1.size) < answered || seeds.size < asked ? 'something came twice' : undefined;
}

/** T07. */
async function neverFails(): Promise<string | undefined> {
  const wrong = [await wrongOf(await parties('reveal', 1n << 26n)), await wrongOf(await parties('share', 1n << 40n))];
  return wrong.some((count) => count > 0) ? `${wrong.join(' and ')} coefficients decrypted wrongly` : undefined;
}

const POLYNOMIALS = 50;

/** Every other question is at the edges of t in every coefficient; the rest are uniform. */
async function wrongOf({ mode, t, parameters, keys, evaluator }: Parties): Promise<number> {
  const count = scaled(1e5);
  const random = seededRandom(uniformInt(systemRandom, 2 ** 32), 'repeats');
  let wrong = 0;
  let done = 0;
  for (; done < count; done += POLYNOMIALS) {
    const polynomials = Array.from({ length: POLYNOMIALS }, () => sparsePolynomial(random));
    const extreme = (done / POLYNOMIALS) % 2 === 0;
    const wanted = WANTED[Math.floor(done / POLYNOMIALS / 2) % 2];
    const vector = BigUint64Array.from({ length: N }, () =>
      extreme ? (random.u32() % 2 ? t / 2n - 1n : t / 2n + 1n) : uniform(random, t),
    );
    const operands = polynomialOperand(
      polynomials.map((p) => [p]),
      MAX_ABS,
    );
    const operand = await engine.prepare(parameters, { ...operands, terms: TERMS });
    const [{ answers, shares }] = await evaluator.multiply([await keys.encrypt([vector])], operand, { mode, wanted });
    operand.dispose();
    const opened = await keys.decrypt(answers, wanted, mode);
    polynomials.forEach((polynomial, a) => {
      const values: ArrayLike<bigint> = shares ? addShares(opened[a], shares[a], t) : opened[a];
      for (const [i, at] of wanted.entries()) if (values[i] !== coefficientOf(vector, polynomial, t, at)) wrong++;
    });
  }
  console.log(`T07 ${mode}: ${done} products at the limit, ${8 * done} coefficients compared, ${wrong} wrong`);
  return wrong;
}

/** As many terms as declared, each at the bound or within two of it. */
function sparsePolynomial(random: SeededRandom): Int32Array {
  const polynomial = new Int32Array(N);
  for (let k = 0; k < TERMS; k++) polynomial[random.u32() % N] = random.u32() % 2 ? MAX_ABS : -MAX_ABS + (random.u32() % 3);
  return polynomial;
}

/** t a power of two. */
const uniform = (random: SeededRandom, t: bigint): bigint => ((BigInt(random.u32()) << 32n) | BigInt(random.u32())) % t;

/** Coefficient `at` of vector · polynomial in Z_t[X]/(X^N + 1), over the polynomial's few terms. */
function coefficientOf(vector: Residues, polynomial: Int32Array, t: bigint, at: number): bigint {
  let sum = 0n;
  for (let j = 0; j < N; j++) {
    if (polynomial[j] === 0) continue;
    const i = at - j;
    sum += BigInt(polynomial[j]) * (i >= 0 ? vector[i] : -vector[i + N]);
  }
  return ((sum % t) + t) % t;
}

const tests: Readonly<Record<string, () => Promise<string | undefined>>> = {
  T06: neverTwice,
  T07: neverFails,
  T08: () => tellsNothing(engine, scaled(1e4)),
  T09: () => timesAreAlike(engine, scaled(500)),
};
let failed = 0;
for (const name of options.test ? [options.test] : Object.keys(tests)) {
  const problem = await tests[name]();
  if (problem === undefined) continue;
  failed++;
  console.error(`FAILED ${name}: ${problem}`);
}
process.exit(failed === 0 ? 0 : 1);
