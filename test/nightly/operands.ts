/**
 * T09: whether the time of answers tells what H multiplied with. Operands of zeros, of monomials and of dense polynomials answer the same question in random
 * order, resident and streamed; the lower quartiles of their times must agree to 1 %. Quartiles, because other load only ever adds. Each kind is prepared several times
 * over, in turn: two operands of one kind differ by a percent and more with the memory they happen to get. Run by `repeats.ts`.
 */
import { seededRandom } from '../../src/base/index.ts';
import { chooseParameters, type HeEngine, RING_DEGREE } from '../../src/he/index.ts';
import { polynomialOperand } from '../he/fixtures.ts';

const N = RING_DEGREE;
const MOST = 0.01;
const SHAPE = { answers: 12, uploads: 20 } as const;
const PLACES = 12;

const KINDS: Readonly<Record<string, (answer: number, upload: number) => Int32Array>> = {
  zero: () => new Int32Array(N),
  monomial: (answer, upload) => Int32Array.from({ length: N }, (_, i) => (i === (answer * 61 + upload * 17) % N ? 1 : 0)),
  dense: (answer, upload) => Int32Array.from({ length: N }, (_, i) => ((i * 7919 + answer * 31 + upload) % 3) - 1),
};

/** What failed, if anything. `count` batches of answers of each kind, each way. */
export async function timesAreAlike(engine: HeEngine, count: number): Promise<string | undefined> {
  const problems: string[] = [];
  for (const [way, residentCap] of [
    ['resident', undefined],
    ['streamed', 0],
  ] as const) {
    const times = await timed(engine, count, residentCap);
    const quartiles = Object.entries(times).map(([kind, places]) => [kind, mean(places.map(quartile))] as const);
    console.log(
      `T09 ${way}: ${count} batches of each kind, µs at the quartile ${quartiles.map(([kind, t]) => `${kind} ${t.toFixed(0)}`).join(', ')}`,
    );
    const all = quartiles.map(([, t]) => t);
    const spread = Math.max(...all) / Math.min(...all) - 1;
    if (spread > MOST) problems.push(`${way} operands differ by ${(100 * spread).toFixed(1)} % in time`);
  }
  return problems.length === 0 ? undefined : problems.join('; ');
}

async function timed(engine: HeEngine, count: number, residentCap: number | undefined): Promise<Record<string, number[][]>> {
  const parameters = chooseParameters({ terms: SHAPE.uploads * N, maxAbs: 1, outputs: 2 ** 20, mode: 'reveal' }, 1n << 40n);
  const keys = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keys.publicKey);
  const question = await keys.encrypt(Array.from({ length: SHAPE.uploads }, () => new BigUint64Array(N)));
  const wanted = Uint32Array.from({ length: 4 }, (_, k) => (k + 1) * (N / 4) - 1);
  const prepare = (kind: string) => {
    const rows = Array.from({ length: SHAPE.answers }, (_, a) => Array.from({ length: SHAPE.uploads }, (_, u) => KINDS[kind](a, u)));
    return engine.prepare(parameters, polynomialOperand(rows, 1), residentCap === undefined ? {} : { residentCap });
  };
  const kinds = Object.keys(KINDS);
  const places = Array.from({ length: PLACES }, () => kinds).flat();
  const operands = [];
  for (const kind of places) operands.push(await prepare(kind));
  const times = operands.map((): number[] => []);
  const order = seededRandom(9, 'order');
  for (let i = 0; i < kinds.length * count; i++) {
    const which = order.u32() % operands.length;
    const started = process.hrtime.bigint();
    await evaluator.multiply([question], operands[which], { mode: 'reveal', wanted });
    times[which].push(Number(process.hrtime.bigint() - started) / 1000);
  }
  for (const object of [...operands, evaluator, keys]) object.dispose();
  return Object.fromEntries(kinds.map((kind) => [kind, times.filter((_, which) => places[which] === kind)]));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const quartile = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 4)];
