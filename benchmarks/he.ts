/**
 * The masked matrix-vector product: unit costs of both engines side by side on one core, then whole jobs with the block chooser's
 * prediction beside the measured time.
 *
 *   npx node benchmarks/he.ts [--runs 15] [--threads 2] [--rows 30000] [--outputs 128] [--json file]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import {
  chooseBlock,
  chooseParameters,
  heParameters,
  matrixOperand,
  matvecLayout,
  packVector,
  predictBlock,
  type UnitCosts,
  unpackAnswers,
  wantedCoefficients,
} from '../src/he/index.ts';
import { buildKernel } from '../src/he/kernel/build-wasm.ts';
import { loadKernelEngine } from '../src/he/kernel/index.ts';
import { kernelUnits, plainSealUnits, sealUnits, UNIT_NAMES, UNITS, type Unit } from './support/he-units.ts';
import { measureTogether, type Timing } from './support/measure.ts';
import { machine, printTable, writeJson } from './support/report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rows: { type: 'string', default: '30000' },
    outputs: { type: 'string', default: '128' },
    json: { type: 'string' },
  },
});
const runs = Number(values.runs);
const shape = { rows: Number(values.rows), outputs: Number(values.outputs) };
const GIGABIT = 1e9;
/** What the issue asks of the kernel, as a multiple of node-seal's cost. */
const TARGETS: Partial<Record<Unit, number>> = { product: 15, zero: 6, encrypt: 6, decrypt: 6 };

await buildKernel();
const where = machine();
console.log(`${where.cpu}, ${where.cores} cores, ${where.memoryGiB} GiB, Node ${where.node}, ${where.date}`);

const units = await unitCosts();
const jobs = await wholeJobs(units);
writeJson(values.json, { machine: where, runs, units, jobs });

type UnitTimings = Record<Unit, Record<string, Timing>>;

async function unitCosts(): Promise<UnitTimings> {
  const parameters = heParameters({ profile: 'P180', plainModulus: 1n << 44n, answerPrimes: 2 });
  const [kernel, seal, plain] = [await kernelUnits(parameters), await sealUnits(parameters), await plainSealUnits(1n << 44n)];
  const measured = {} as UnitTimings;
  for (const unit of UNITS) {
    const others = [seal, plain].map((subjects) => subjects[unit as keyof typeof plain]);
    const subjects = [kernel[unit], ...others.filter((subject) => subject !== undefined)];
    measured[unit] = await measureTogether(subjects, runs);
  }
  await kernel.dispose();
  await seal.dispose();
  printTable(
    `Unit costs, N = 8192, 180 bits, one core: median CPU milliseconds of ${runs} runs`,
    ['operation', 'kernel', 'node-seal 6 x 30', 'ratio', 'node-seal 3 x 60', 'ratio', 'asked'],
    UNITS.map((unit) => {
      const { kernel: k, seal: s, seal60: r } = measured[unit];
      const cells = (t: Timing | undefined): (number | string)[] => (t ? [t.cpu, t.cpu / k.cpu] : ['', '']);
      return [UNIT_NAMES[unit], k.cpu, ...cells(s), ...cells(r), TARGETS[unit] ? `≥ ${TARGETS[unit]}` : ''];
    }),
  );
  return measured;
}

/** L and H in one process; what the chooser predicts beside what the clock says. */
async function wholeJobs(measured: UnitTimings): Promise<unknown[]> {
  const parameters = chooseParameters({ terms: shape.rows * 32, maxAbs: 1, outputs: 2 ** 20, mode: 'reveal' }, 1n << 44n);
  const scale = parameters.dataPrimes.length / 6;
  const seconds = (unit: Unit): number => (measured[unit].kernel.cpu / 1000) * scale;
  const costs: UnitCosts = {
    encrypt: seconds('encrypt'),
    transform: seconds('transform'),
    operand: seconds('operand'),
    multiply: seconds('product'),
    answer: seconds('answer'),
    decrypt: seconds('decrypt'),
    hint: seconds('hint'),
    sum: seconds('sum'),
  };
  const choice = chooseBlock({ ...shape, parameters, costs, bandwidth: GIGABIT });
  const results = [];
  for (const block of [...new Set([choice.block, 1024, 4096])]) {
    for (const threads of [...new Set([1, Number(values.threads)])]) {
      results.push(await job(parameters, costs, block, threads, block === choice.block));
    }
  }
  printTable(
    `${shape.rows} rows x ${shape.outputs} outputs, profile ${parameters.profile}, one vector: everything from plaintext matrix to values`,
    ['block', 'threads', 'uploads', 'answers', 'MB', 'predicted s (1 core)', 'measured s', 'measured CPU s', 'exact'],
    results.map((r) => [
      `${r.block}${r.chosen ? ' (chosen)' : ''}`,
      String(r.threads),
      String(r.uploads),
      String(r.answers),
      r.bytes / 1e6,
      r.predicted,
      r.seconds,
      r.cpu,
      String(r.exact),
    ]),
  );
  return results;
}

async function job(
  parameters: Parameters<typeof predictBlock>[0]['parameters'],
  costs: UnitCosts,
  block: number,
  threads: number,
  chosen: boolean,
) {
  const engine = await loadKernelEngine({ threads, zeroPool: 0, uploadPool: 0 });
  const layout = matvecLayout({ ...shape, block });
  const vector = BigUint64Array.from({ length: shape.rows }, (_, i) => BigInt((i * 7919) % 100_003));
  const rows = Array.from({ length: shape.outputs }, (_, j) =>
    Uint8Array.from({ length: shape.rows }, (_, i) => ((i * 31 + j * 17) % 32 === 0 ? 1 : 0)),
  );
  const keyHolder = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
  const wanted = wantedCoefficients(layout);
  const run = async () => {
    const operand = await engine.prepare(
      parameters,
      matrixOperand(layout, (j) => rows[j], 1),
    );
    const uploads = await keyHolder.encrypt(packVector(layout, vector));
    const [{ answers }] = await evaluator.multiply([uploads], operand, { mode: 'reveal', wanted });
    operand.dispose();
    return unpackAnswers(layout, await keyHolder.decrypt(answers, wanted, 'reveal'));
  };
  await run(); // the first pass compiles
  const started = performance.now();
  const cpuStarted = process.cpuUsage();
  const got = await run();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuStarted);
  keyHolder.dispose();
  evaluator.dispose();
  await engine.dispose();
  const plan = predictBlock({ ...shape, parameters, costs, bandwidth: GIGABIT }, block);
  const exact = rows.every((row, j) => got[j] === vector.reduce((sum, value, i) => (row[i] ? sum + value : sum), 0n));
  return { ...plan, threads, chosen, predicted: plan.computeSeconds, seconds, cpu: (user + system) / 1e6, exact };
}
