/**
 * Private set intersection, both parties in one process over an in-memory channel, one pool of worker threads for both.
 *
 *   npx node benchmarks/psi.ts --size 100000 [--threads 2] [--overlap 0.3] [--json file]
 *
 * A unit is a scalar multiplication; a run of n × n has 4n of them, 2n hashes to the curve and 3n point checks.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { channelPair } from '../src/adapters/memory/index.ts';
import { workerExecutor } from '../src/adapters/workers/index.ts';
import { systemRandom } from '../src/base/index.ts';
import { totalBytes } from '../src/protocol/index.ts';
import { receiver, sender } from '../src/psi/index.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100000' },
    threads: { type: 'string', default: String(availableParallelism()) },
    overlap: { type: 'string', default: '0.3' },
    json: { type: 'string' },
  },
});
const size = Number(values.size);
const threads = Number(values.threads);
const common = Math.round(size * Number(values.overlap));

/** 18 characters, like a 统一社会信用代码. */
const id = (kind: string, i: number): string => `91${kind}${String(i).padStart(15, '0')}`;
const bank = Array.from({ length: size }, (_, i) => (i < common ? id('C', i) : id('B', i)));
const platform = Array.from({ length: size }, (_, i) => (i < common ? id('C', common - 1 - i) : id('P', i)));

let peakRss = 0;
const watch = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 200);

const executor = workerExecutor({ threads });
const pair = channelPair();
const ports = { random: systemRandom, executor };
const before = process.memoryUsage.rss();
const cpuBefore = process.cpuUsage();
const started = performance.now();
const [left, right] = await Promise.all([
  receiver(pair.a, { ids: bank, context: 'benchmark' }, ports),
  sender(pair.b, { ids: platform, context: 'benchmark' }, ports),
]);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);
clearInterval(watch);
await executor.dispose();

const exact =
  left.rows.length === common &&
  right.rows.length === common &&
  left.rows.every((row, k) => bank[row] === platform[right.rows[k]]) &&
  new Set(left.rows).size === common;
if (!exact) throw new Error('the alignment is wrong');

const result = {
  size,
  common,
  threads,
  seconds: round(seconds),
  cpuSeconds: round((cpu.user + cpu.system) / 1e6),
  multiplicationsPerSecond: Math.round((4 * size) / seconds),
  rssBothPartiesMiB: Math.round(peakRss / 2 ** 20),
  rssBeforeMiB: Math.round(before / 2 ** 20),
  sentByReceiverMiB: round(totalBytes(pair.a.traffic().sent) / 2 ** 20),
  sentBySenderMiB: round(totalBytes(pair.b.traffic().sent) / 2 ** 20),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
};
console.table(Object.fromEntries(Object.entries(result).map(([name, value]) => [name, { value }])));
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
