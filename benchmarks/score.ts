/**
 * Encrypted scoring over loopback gRPC with pinned TLS, both parties in one process: 100 trees of 16 leaves, every path crossing both
 * parties' columns, so that every leaf has a slot of its own (the most expensive ensemble of that size).
 * `npm run bench -- score [--trees 100] [--firms 4000] [--singles 100] [--engine kernel|seal] [--threads 2] [--json file]`
 */
import { parseArgs } from 'node:util';
import { seededRandom, systemRandom } from '../src/base/index.ts';
import { featureTable } from '../src/data/index.ts';
import type { GbdtHolderModel, GbdtModel, GbdtNode, HolderSplit } from '../src/learn/trees/index.ts';
import { type EngineChoice, loadEngine } from '../src/pipeline/index.ts';
import { answerScores, openScores, ownHalf, pathBits, plainUnits, registerModel } from '../src/scoring/index.ts';
import { startServer } from '../test/support/federation.ts';
import { median } from './support/measure.ts';
import { machine, printTable, writeJson } from './support/report.ts';

const { values } = parseArgs({
  options: {
    trees: { type: 'string', default: '100' },
    firms: { type: 'string', default: '4000' },
    singles: { type: 'string', default: '100' },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
/** Batches, of which the median counts, and single queries before those that count. */
const RUNS = 5;
const WARM_UP = 10;
const trees = Number(values.trees);
const firms = Number(values.firms);
const singles = Number(values.singles);

const random = seededRandom(5, 'benchmark');
const ids = Array.from({ length: firms }, (_, i) => `f${i}`);
const columns = (prefix: string, n: number) =>
  new Map(Array.from({ length: n }, (_, c) => [`${prefix}${c}`, Float64Array.from(ids, () => random.normal())] as const));
const own = featureTable(ids, columns('own', 10));
const held = featureTable(ids, columns('held', 20));
const splits: HolderSplit[] = [];

/** A full tree of depth 4; its levels are split by the bank, the platform, the bank, the platform. */
function fullTree(): GbdtNode[] {
  const inner = Array.from({ length: 15 }, (_, i): GbdtNode => {
    const level = Math.floor(Math.log2(i + 1));
    const figures = { left: 2 * i + 1, right: 2 * i + 2, gain: 1, cover: 1, count: 1 };
    const place = { threshold: random.normal() / 2, missingLeft: true };
    if (level % 2 === 0) return { kind: 'split', split: { kind: 'local', feature: `own${random.u32() % 10}`, ...place }, ...figures };
    splits.push({ splitId: splits.length, feature: `held${random.u32() % 20}`, ...place });
    return { kind: 'split', split: { kind: 'remote', holder: 'platform', splitId: splits.length - 1 }, ...figures };
  });
  const leaves = Array.from({ length: 16 }, (): GbdtNode => ({ kind: 'leaf', value: random.normal() / 50, cover: 1, count: 1 }));
  return [...inner, ...leaves];
}

const model: GbdtModel = {
  format: 'fedcredit-gbdt',
  version: 1,
  objective: 'binary:logistic',
  baseMargin: -1.2,
  features: [...own.columns.keys()],
  holders: ['platform'],
  trees: Array.from({ length: trees }, () => ({ nodes: fullTree() })),
};
const holderModel: GbdtHolderModel = { format: 'fedcredit-gbdt-holder', version: 1, splits };
const registered = registerModel(model);

const engine = await loadEngine(values.engine as EngineChoice, { threads: Number(values.threads) });
const ports = { engine, random: systemRandom };
const server = await startServer(async (incoming) => {
  const session = await incoming.accept();
  const authorise = async (rows: Uint32Array) => new Uint8Array(rows.length).fill(1);
  await answerScores(session, { model: holderModel, table: held, authorise, maxCiphertexts: 1e6, pin: async () => {} }, ports);
  await session.close();
});
const link = server.link();
type Ask = Awaited<ReturnType<typeof openScores>>['ask'];

/** One session, as the bank opens it for a service of single firms or for a batch. */
async function session<T>(size: { rows: number; calls?: number }, work: (ask: Ask) => Promise<T>): Promise<T> {
  const channel = await link.open({ jobId: 'benchmark', step: 'score', contract: new Uint8Array([1]) });
  const asker = await openScores(channel, { registered, table: own }, size, ports);
  const result = await work((rows) => asker.ask(rows));
  await asker.close();
  await channel.close();
  return result;
}

interface Timed {
  readonly milliseconds: number;
  /** Of the whole process: both parties, all threads. */
  readonly cpu: number;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; time: Timed }> {
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, time: { milliseconds: performance.now() - from, cpu: (user + system) / 1000 } };
}

const rows = Uint32Array.from(ids, (_, i) => i);
const alone = await session({ rows: singles, calls: singles }, async (ask) => {
  const units = new Map<number, number>();
  const times: Timed[] = [];
  for (let i = 0; i < singles; i++) {
    const row = i % firms;
    const { result, time } = await timed(() => ask(Uint32Array.of(row)));
    units.set(row, result.units[0]);
    times.push(time);
  }
  return { units, times: times.slice(WARM_UP) };
});
const batches: { units: Int32Array; time: Timed }[] = [];
for (let run = 0; run < RUNS; run++) {
  const { result, time } = await session({ rows: firms }, (ask) => timed(() => ask(rows)));
  batches.push({ units: result.units, time });
}
const latencies = alone.times.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
const seconds = median(batches.map(({ time }) => time.milliseconds)) / 1000;

const half = ownHalf(registered, own);
const bits = pathBits(registered.plan, holderModel, held);
const plain = Int32Array.from(rows, (row) => plainUnits(registered, half, bits, row));
const wrong =
  batches.reduce((sum, { units }) => sum + plain.filter((expected, row) => expected !== units[row]).length, 0) +
  [...alone.units].filter(([row, units]) => units !== plain[row]).length;
const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
printTable(
  `encrypted scoring: ${trees} trees × 16 leaves, ${registered.plan.paths.length} entries a firm, engine ${engine.name}, ${values.threads} threads`,
  ['what', 'figure'],
  [
    ['batch, firms a second', firms / seconds],
    ['batch, CPU ms a firm, both parties', median(batches.map(({ time }) => time.cpu)) / firms],
    ['single, p50 ms', at(0.5)],
    ['single, p95 ms', at(0.95)],
    ['single, CPU ms, both parties', median(alone.times.map(({ cpu }) => cpu))],
    ['scores that differ from the clear', wrong],
  ],
);
writeJson(values.json, {
  machine: machine(),
  trees,
  slots: registered.plan.paths.length,
  engine: engine.name,
  firms,
  seconds,
  latencies,
  wrong,
});
link.close();
await server.close();
await engine.dispose();
