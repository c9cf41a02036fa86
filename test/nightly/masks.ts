/**
 * T16: NIST SP 800-22 on what a peer sees of a mask. Bits are the low bytes of c0 of share-mode answers (`--source answers`: the key holder's view,
 * of the kernel engine), of the holder's shares (`--source shares`) or of floods (`--source floods`): residues mod a 30-bit prime, whose low byte is within 2^-22
 * of uniform. Every p-value of a test is collected over sequences of 10^6 bits; a test fails when its p-values are not uniform (P below 10^-6, NIST §4.2.2),
 * or one p-value is below 10^-6 divided by their number.
 *
 *   node test/nightly/masks.ts [--megabytes 16] [--source answers]
 *
 * 1 GB takes about three hours on one core; 16 MB three minutes.
 */
import { parseArgs } from 'node:util';
import { systemRandom } from '../../src/base/index.ts';
import { chooseParameters, decodeAnswer, RING_DEGREE } from '../../src/he/index.ts';
import { uniformFlood } from '../../src/he/sampling.ts';
import { gammaQ } from '../../src/math/index.ts';
import { polynomialOperand } from '../he/fixtures.ts';
import { loadEngine } from '../support/engines.ts';
import { BIT_TESTS } from './bit-tests-long.ts';

const { values: options } = parseArgs({
  options: { megabytes: { type: 'string', default: '16' }, source: { type: 'string', default: 'answers' } },
});
const SEQUENCE_BITS = 1_000_000;
const sequences = Math.max(10, Math.floor((Number(options.megabytes) * 1e6 * 8) / SEQUENCE_BITS));

/** Bytes without end. */
async function* bytesOf(source: string): AsyncGenerator<Uint8Array> {
  const parameters = chooseParameters({ terms: 2 ** 17, maxAbs: 2 ** 12, outputs: 2 ** 20, mode: 'share' }, 1n << 40n);
  if (source === 'floods') {
    for (;;)
      yield Uint8Array.from(uniformFlood(systemRandom, (1n << 100n) + 12345n, parameters.dataPrimes, RING_DEGREE), (word) => word & 255);
  }
  const engine = await loadEngine('kernel');
  const keyHolder = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
  const nothing = polynomialOperand(
    Array.from({ length: 32 }, () => [undefined]),
    1,
  );
  const prepared = await engine.prepare(parameters, nothing);
  const uploads = await keyHolder.encrypt([new BigUint64Array(RING_DEGREE)]);
  for (;;) {
    const [{ answers, shares }] = await evaluator.multiply([uploads], prepared, { mode: 'share', wanted: 'all' });
    if (source === 'shares') for (const share of shares ?? []) yield Uint8Array.from(share, (value) => Number(value & 255n));
    else for (const bytes of answers) yield Uint8Array.from(decodeAnswer(parameters, RING_DEGREE, bytes).c0, (word) => word & 255);
  }
}

async function* sequencesOf(source: string, count: number): AsyncGenerator<Uint8Array> {
  let bits = new Uint8Array(SEQUENCE_BITS);
  let filled = 0;
  let made = 0;
  for await (const bytes of bytesOf(source)) {
    for (const byte of bytes) {
      for (let k = 0; k < 8; k++) bits[filled++] = (byte >> k) & 1;
      if (filled < SEQUENCE_BITS) continue;
      yield bits;
      if (++made === count) return;
      bits = new Uint8Array(SEQUENCE_BITS);
      filled = 0;
    }
  }
}

/** P of ten equal bins; needs 55 p-values to mean anything. */
function uniformity(values: readonly number[]): number | undefined {
  if (values.length < 55) return undefined;
  const bins = new Float64Array(10);
  for (const p of values) bins[Math.min(9, Math.floor(p * 10))]++;
  const expected = values.length / 10;
  return gammaQ(4.5, bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0) / 2);
}

const collected = new Map<string, number[]>();
let done = 0;
for await (const bits of sequencesOf(options.source, sequences)) {
  for (const [name, test] of BIT_TESTS) {
    const list = collected.get(name) ?? [];
    list.push(...test(bits));
    collected.set(name, list);
  }
  if (++done % 10 === 0) console.error(`${done}/${sequences} sequences of 10^6 bits`);
}

const all = [...collected.values()].reduce((sum, list) => sum + list.length, 0);
const rows = [...collected].map(([name, list]) => ({
  name,
  count: list.length,
  least: Math.min(...list),
  below: list.filter((p) => p < 0.01).length / list.length,
  uniform: uniformity(list),
}));
const shown = rows.filter(({ name }) => !name.startsWith('NonOverlapping'));
const templates = rows.filter(({ name }) => name.startsWith('NonOverlapping'));
const worst = templates.reduce((a, b) => ((b.uniform ?? 1) < (a.uniform ?? 1) ? b : a));
for (const { name, count, least, below, uniform } of [...shown, { ...worst, name: `${worst.name} (worst of ${templates.length})` }]) {
  console.log(
    `${name.padEnd(52)} ${String(count).padStart(6)} p-values, least ${least.toExponential(1)}, ${(100 * below).toFixed(2)} % below 0.01, uniform ${uniform?.toFixed(4) ?? '-'}`,
  );
}
const failed = rows.filter(({ least, uniform }) => least < 1e-6 / all || (uniform ?? 1) < 1e-6);
console.log(
  `${options.source}: ${done} sequences, ${(done / 8).toFixed(1)} MB, ${all} p-values; ${failed.length === 0 ? 'nothing below 10^-6' : `FAILED ${failed.map(({ name }) => name).join(', ')}`}`,
);
process.exit(failed.length === 0 ? 0 : 1);
