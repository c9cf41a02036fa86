/**
 * Vertical GBDT on default_credit with FATE's settings (30 trees, depth 3, learning rate 0.3, 32 bins, lambda 0.1; train = evaluate), both
 * parties in one process over memory channels.
 *
 *   npx node benchmarks/gbdt.ts [--engine kernel|seal] [--trees 30] [--depth 3] [--bins 32] [--min-child 100] [--bits 6] [--json file]
 *
 * Data: FEDCREDIT_DATA, else ../shared/data beside the repository.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { channelPair } from '../src/adapters/memory/index.ts';
import { systemRandom } from '../src/base/index.ts';
import { featureTable } from '../src/data/index.ts';
import { featureHolder, labelParty } from '../src/federated/vertical/gbdt/index.ts';
import type { EngineName } from '../src/he/index.ts';
import { binaryMetrics } from '../src/learn/index.ts';
import { fitGbdt, type GbdtParams } from '../src/learn/trees/index.ts';
import { disclosureBits, totalBytes } from '../src/protocol/index.ts';
import { readHeld } from '../test/support/credit-data.ts';
import { loadEngine } from '../test/support/engines.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    trees: { type: 'string', default: '30' },
    depth: { type: 'string', default: '3' },
    bins: { type: 'string', default: '32' },
    'min-child': { type: 'string', default: '100' },
    bits: { type: 'string', default: '6' },
    json: { type: 'string' },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.env.FEDCREDIT_DATA ?? join(root, '../shared/data'));
const { guest, host, labels, ids } = readHeld((file) => join(folder, file), 'default_credit');
const table = (columns: ReadonlyMap<string, Float64Array>) => featureTable(Array.from(ids, String), columns);
const params: GbdtParams = {
  n_estimators: Number(values.trees),
  max_depth: Number(values.depth),
  learning_rate: 0.3,
  max_bin: Number(values.bins),
  reg_lambda: 0.1,
  min_child_samples: Number(values['min-child']),
  gradient_bits: Number(values.bits),
};

async function clear(columns: ReadonlyMap<string, Float64Array>, extra: GbdtParams = {}) {
  const { margins } = await fitGbdt({ table: table(columns), labels, params: { ...params, ...extra } });
  return binaryMetrics({ scores: margins, labels });
}

const engine = await loadEngine(values.engine as EngineName | undefined);
const channels = channelPair();
const started = performance.now();
const cpuStarted = process.cpuUsage();
const [bank, platform] = await Promise.all([
  labelParty([{ holder: 'platform', channel: channels.a }], { table: table(guest), labels, params }, { engine, random: systemRandom }),
  featureHolder(channels.b, { table: table(host) }, { engine, random: systemRandom }),
]);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpuStarted);
const cpuSeconds = (user + system) / 1e6;
const metrics = binaryMetrics({ scores: bank.margins, labels });
const pooled = new Map([...guest, ...host]);
const traffic = channels.a.traffic();
const { agreement, disclosure } = bank.holders[0];
const trees = bank.model.trees.length;
const result = {
  machine: `${cpus().length} × ${cpus()[0]?.model}`,
  node: process.version,
  engine: engine.name,
  params,
  rows: labels.length,
  candidates: agreement.candidates,
  block: agreement.block,
  profile: agreement.histogram.profile,
  plainModulusBits: agreement.histogram.plainModulus.toString(2).length - 1,
  slotProfile: agreement.slots.profile,
  seconds,
  secondsPerTree: seconds / trees,
  cpuSeconds,
  rssMB: process.resourceUsage().maxRSS / 1024,
  figures: {
    federated: metrics,
    pooledQuantised: await clear(pooled),
    pooledExact: await clear(pooled, { gradient_bits: 'exact', min_child_samples: 1 }),
    labelPartyOnly: await clear(guest, { gradient_bits: 'exact', min_child_samples: 1 }),
  },
  remoteSplits: platform.model.splits.length,
  disclosedBits: { labelParty: disclosureBits(disclosure, 'label party'), featureHolder: disclosureBits(disclosure, 'feature holder') },
  bytes: { sent: totalBytes(traffic.sent), received: totalBytes(traffic.received), kinds: { ...traffic.sent, ...traffic.received } },
};

console.log(
  `default_credit, ${labels.length} rows, ${trees} trees, engine ${engine.name}: ${seconds.toFixed(1)} s (${(seconds / trees).toFixed(2)} s a tree, ${(cpuSeconds / trees).toFixed(2)} s of processor time)`,
);
console.log(
  `candidates ${agreement.candidates}, block ${agreement.block}, ${result.profile} t=2^${result.plainModulusBits}, bits ${result.slotProfile}, peak ${result.rssMB.toFixed(0)} MB`,
);
console.table(
  Object.fromEntries(Object.entries(result.figures).map(([name, { auc, ks }]) => [name, { AUC: auc.toFixed(4), KS: ks.toFixed(4) }])),
);
console.table(
  Object.fromEntries(
    Object.entries(result.bytes.kinds).map(([kind, { messages, bytes }]) => [
      kind,
      { messages, 'bytes per tree': Math.round(bytes / trees) },
    ]),
  ),
);
console.log(`label party sent ${(result.bytes.sent / 1e6).toFixed(1)} MB, received ${(result.bytes.received / 1e6).toFixed(1)} MB`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
await engine.dispose();
