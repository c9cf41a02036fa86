/**
 * T16: NIST SP 800-22 on what a peer sees of a mask (`mask-sources.ts` says what may be asked for). Every p-value of a test is collected over
 * sequences of 10^6 bits; a test fails when its p-values are not uniform (P below 10^-6, NIST §4.2.2), or one p-value is below 10^-6 divided
 * by the number of all.
 *
 *   node test/nightly/masks.ts [--megabytes 16] [--source answers] [--threads 2]
 */
import { parseArgs } from 'node:util';
import { workerExecutor } from '../../src/adapters/workers/index.ts';
import { chiSquaredTail } from '../../src/math/index.ts';
import { chiSquare } from '../he/statistics.ts';
import { testedInOrder } from './battery.ts';
import { MASK_SOURCES } from './mask-sources.ts';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '16' },
    source: { type: 'string', default: 'answers' },
    threads: { type: 'string', default: '2' },
  },
});
const SEQUENCE_BYTES = 125_000;
const source = MASK_SOURCES[options.source];
if (!source) throw new Error(`--source must be one of ${Object.keys(MASK_SOURCES).join(', ')}`);
const sequences = Math.max(10, Math.floor((Number(options.megabytes) * 1e6) / SEQUENCE_BYTES));

/** `count` sequences of `SEQUENCE_BYTES`. */
async function* sequencesOf(count: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let sequence = new Uint8Array(SEQUENCE_BYTES);
  let filled = 0;
  let made = 0;
  for await (const bytes of source()) {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + SEQUENCE_BYTES - filled);
      sequence.set(piece, filled);
      at += piece.length;
      filled += piece.length;
      if (filled < SEQUENCE_BYTES) continue;
      yield sequence;
      if (++made === count) return;
      sequence = new Uint8Array(SEQUENCE_BYTES);
      filled = 0;
    }
  }
}

/** P of ten equal bins; needs 55 p-values to mean anything. */
function uniformity(values: readonly number[]): number | undefined {
  if (values.length < 55) return undefined;
  const bins = new Float64Array(10);
  for (const p of values) bins[Math.min(9, Math.floor(p * 10))]++;
  return chiSquaredTail(chiSquare(bins), 9);
}

const started = performance.now();
const executor = workerExecutor({ threads: Number(options.threads) });
const collected = new Map<string, number[]>();
let done = 0;
for await (const values of testedInOrder(executor, sequencesOf(sequences))) {
  for (const [name, p] of values) {
    const list = collected.get(name);
    if (list) list.push(p);
    else collected.set(name, [p]);
  }
  if (++done % 80 === 0) console.error(`${done / 8}/${sequences / 8} MB, ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
await executor.dispose();

const rows = [...collected].map(([name, list]) => ({
  name,
  family: name.split(' ')[0],
  count: list.length,
  least: list.reduce((a, b) => Math.min(a, b)),
  below: list.filter((p) => p < 0.01).length / list.length,
  uniform: uniformity(list),
}));
for (const family of new Set(rows.map((row) => row.family))) {
  const members = rows.filter((row) => row.family === family);
  const { name, count, below, uniform } = members.reduce((a, b) => ((b.uniform ?? 1) < (a.uniform ?? 1) ? b : a));
  const least = members.reduce((a, b) => Math.min(a, b.least), 1);
  const title = members.length === 1 ? name : `${name} (worst of ${members.length})`;
  console.log(
    `${title.padEnd(50)} ${String(count).padStart(5)} p-values, ${(100 * below).toFixed(2)} % below 0.01, uniform ${uniform?.toFixed(6) ?? '-'}, least ${least.toExponential(1)}`,
  );
}
const all = rows.reduce((sum, { count }) => sum + count, 0);
const failed = rows.filter(({ least, uniform }) => least < 1e-6 / all || (uniform ?? 1) < 1e-6);
console.log(
  `${options.source}: ${done} sequences, ${(done / 8).toFixed(1)} MB, ${all} p-values in ${rows.length} rows, ${((performance.now() - started) / 1000).toFixed(0)} s; ${failed.length === 0 ? 'nothing below 10^-6' : `FAILED ${failed.map(({ name }) => name).join(', ')}`}`,
);
process.exit(failed.length === 0 ? 0 : 1);
