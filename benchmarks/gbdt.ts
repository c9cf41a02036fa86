/**
 * Vertical GBDT, both parties on this machine.
 *
 *   npx node benchmarks/gbdt.ts [--tls] [--bandwidth 1e8]       default_credit with FATE's settings (30 trees, depth 3, learning rate
 *                                                               0.3, 32 bins, lambda 0.1; train = evaluate)
 *   npx node benchmarks/gbdt.ts --large [--rows 100000] [--trees 2]     synthetic rows x (30 + 300), FATE 2.0's speed benchmark
 *   npx node benchmarks/gbdt.ts --growth [--trees 2]            synthetic 10k, 30k, 100k and 300k rows x (10 + 10)
 *
 * --tls: two processes over mutual TLS and gRPC instead of one process over memory channels.
 * Common: [--engine kernel|seal] [--trees n] [--depth n] [--bins n] [--min-child n] [--bits n] [--hessian-bits n] [--threads n] [--json file]
 *
 * Data: FEDCREDIT_DATA, else ../shared/data beside the repository.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { binaryMetrics } from '../src/learn/index.ts';
import { fitGbdt, type GbdtParams } from '../src/learn/trees/index.ts';
import { loadEngine } from '../src/pipeline/engine.ts';
import { disclosureBits } from '../src/protocol/index.ts';
import { type DataSpec, dataOf, tableOf } from './support/gbdt-data.ts';
import { predictTraining } from './support/gbdt-prediction.ts';
import { type GbdtJob, type GbdtRun, runInProcess, runOverTls } from './support/gbdt-run.ts';
import { machine, printTable, writeJson } from './support/report.ts';

const { values } = parseArgs({
  options: {
    tls: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    rows: { type: 'string', default: '100000' },
    engine: { type: 'string', default: 'kernel' },
    trees: { type: 'string' },
    depth: { type: 'string', default: '3' },
    bins: { type: 'string', default: '32' },
    'min-child': { type: 'string', default: '100' },
    bits: { type: 'string' },
    'hessian-bits': { type: 'string' },
    bandwidth: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
});

const params: GbdtParams = {
  n_estimators: Number(values.trees ?? (values.large || values.growth ? 2 : 30)),
  max_depth: Number(values.depth),
  learning_rate: 0.3,
  max_bin: Number(values.bins),
  reg_lambda: 0.1,
  min_child_samples: Number(values['min-child']),
  ...(values.bits !== undefined && { gradient_bits: Number(values.bits) }),
  ...(values['hessian-bits'] !== undefined && { hessian_bits: Number(values['hessian-bits']) }),
};
const threads = Number(values.threads);
const engine = await loadEngine(values.engine as 'kernel' | 'seal', { threads });
const results: Record<string, unknown>[] = [];

async function measure(data: DataSpec): Promise<GbdtRun> {
  const job: GbdtJob = {
    data,
    params,
    engine: engine.name,
    bandwidth: values.bandwidth === undefined ? undefined : Number(values.bandwidth),
    threads,
  };
  const run = await (values.tls ? runOverTls(job, engine) : runInProcess(job, engine));
  const { bank, usage } = run;
  const { agreement, disclosure } = bank.holders[0];
  const trees = bank.model.trees.length;
  const figures = {
    data: dataOf(data).name,
    processes: usage.length,
    seconds: run.seconds,
    secondsPerTree: run.seconds / trees,
    laterTreeSeconds: trees > 1 ? (run.treeSeconds[trees - 1] - run.treeSeconds[0]) / (trees - 1) : undefined,
    firstTreeSeconds: run.treeSeconds[0],
    processorSeconds: usage.map(({ user, system }) => user + system),
    systemSeconds: usage.map(({ system }) => system),
    pageFaults: usage.map(({ pageFaults }) => pageFaults),
    peakMB: usage.map(({ peakBytes }) => peakBytes / 1e6),
    megabytesPerTree: run.bytesATree / 1e6,
    bytesPerTree: Object.fromEntries(
      Object.entries({ ...run.traffic.sent, ...run.traffic.received }).map(([kind, { bytes }]) => [kind, Math.round(bytes / trees)]),
    ),
    candidates: agreement.candidates,
    block: agreement.block,
    profile: agreement.histogram.profile,
    plainModulusBits: agreement.histogram.plainModulus.toString(2).length - 1,
    prediction: predictTraining(agreement, engine.name, threads),
    disclosedBits: { labelParty: disclosureBits(disclosure, 'label party'), featureHolder: disclosureBits(disclosure, 'feature holder') },
  };
  results.push(figures);
  const { prediction } = figures;
  printTable(
    `${figures.data}, ${trees} trees of depth ${params.max_depth}, ${usage.length} process(es), engine ${engine.name}`,
    ['', 'measured', 'predicted'],
    [
      ['seconds in all', figures.seconds, prediction.prepareSeconds + trees * prediction.secondsPerTree],
      ['seconds to the end of the first tree', figures.firstTreeSeconds, prediction.prepareSeconds + prediction.secondsPerTree],
      ['seconds of a later tree', figures.laterTreeSeconds ?? '', prediction.secondsPerTree],
      [
        'processor seconds a tree',
        figures.processorSeconds.map((s) => (s / trees).toFixed(2)).join(' + '),
        prediction.processorSecondsPerTree,
      ],
      ['of them in the system', figures.systemSeconds.map((s) => (s / trees).toFixed(2)).join(' + '), ''],
      ['MB a tree', figures.megabytesPerTree, prediction.megabytesPerTree],
      ['peak MB', figures.peakMB.map((mb) => mb.toFixed(0)).join(' + '), prediction.residentMB],
      ['page faults', figures.pageFaults.join(' + '), ''],
      ['candidates, block, parameters', `${figures.candidates}, ${figures.block}, ${figures.profile} t=2^${figures.plainModulusBits}`, ''],
    ],
  );
  console.log(prediction.bound);
  return run;
}

async function defaultCredit(): Promise<void> {
  const { bank } = await measure({ kind: 'default_credit' });
  const data = dataOf({ kind: 'default_credit' });
  const clear = async (columns: ReadonlyMap<string, Float64Array>, extra: GbdtParams = {}) => {
    const { margins } = await fitGbdt({ table: tableOf(data, columns), labels: data.labels, params: { ...params, ...extra } });
    return binaryMetrics({ scores: margins, labels: data.labels });
  };
  const pooled = new Map([...data.own, ...data.held]);
  const exact: GbdtParams = { gradient_bits: 'exact', min_child_samples: 1 };
  const figures = {
    federated: binaryMetrics({ scores: bank.margins, labels: data.labels }),
    'pooled, quantised': await clear(pooled),
    'pooled, exact': await clear(pooled, exact),
    'label party alone': await clear(data.own, exact),
  };
  Object.assign(results[0], { figures });
  printTable(
    'quality on the training rows',
    ['', 'AUC', 'KS'],
    Object.entries(figures).map(([name, { auc, ks }]) => [name, auc.toFixed(4), ks.toFixed(4)]),
  );
  printTable('bytes a tree', ['message', 'bytes'], Object.entries(results[0].bytesPerTree as Record<string, number>));
}

async function growth(): Promise<void> {
  const rows = [10_000, 30_000, 100_000, 300_000];
  const times: (readonly [string, string, string, string])[] = [];
  let first: number | undefined;
  for (const count of rows) {
    const run = await measure({ kind: 'synthetic', rows: count, own: 10, held: 10, seed: 7 });
    const processor = run.usage.reduce((sum, { user, system }) => sum + user + system, 0) / run.treeSeconds.length;
    const each = processor / (count * run.bank.holders[0].agreement.candidates);
    first ??= each;
    times.push([String(count), processor.toFixed(2), `${(each * 1e9).toFixed(1)} ns`, (each / first).toFixed(2)]);
  }
  printTable('growth', ['rows', 'processor seconds a tree', 'per row and candidate', 'relative to the first'], times);
}

if (values.growth) await growth();
else if (values.large) await measure({ kind: 'synthetic', rows: Number(values.rows), own: 30, held: 300, seed: 7 });
else await defaultCredit();
writeJson(values.json, { machine: machine(), params, runs: results });
await engine.dispose();
