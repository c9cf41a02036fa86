/**
 * Vertical logistic regression, both parties in this process:
 *
 *     npx node benchmarks/lr.ts [moments|shared|exact|all|large-moments|iteration] [--engine kernel|seal]
 *
 * `moments`, `shared` (12 iterations of degree 9) and `exact` run on default_credit (FEDCREDIT_DATA or ../shared/data); `large-moments` runs the
 * round of moments on drawn data of 100,000 × 330, `iteration` that and two shared iterations of degree 5 (minutes). Prints wall and processor
 * seconds of both parties together, bytes, and the distance to the same computation in the clear.
 */
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../src/base/index.ts';
import {
  featureHolder,
  type LogisticContract,
  labelParty,
  logisticTerms,
  sharedPlan,
} from '../src/federated/vertical/logistic-regression/index.ts';
import type { EngineName, HeEngine } from '../src/he/index.ts';
import {
  type Design,
  fitLogisticRegression,
  fitPolynomial,
  linearPredictor,
  momentsOf,
  scale,
  scalingOf,
  solveMoments,
} from '../src/learn/logistic-regression/index.ts';
import { auc } from '../src/learn/metrics.ts';
import { totalBytes } from '../src/protocol/index.ts';
import { drawn } from '../test/federated/logistic-regression/drawn.ts';
import { runPair } from '../test/federated/pair.ts';
import { readHeld } from '../test/support/credit-data.ts';
import { loadEngine } from '../test/support/engines.ts';

interface Case {
  readonly label: Design;
  readonly holder: Design;
  readonly labels: Uint8Array;
}

const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function train(name: string, data: Case, options: Partial<LogisticContract>, engine: HeEngine, compare: boolean): Promise<void> {
  const contract = { rows: data.labels.length, labelColumns: data.label.length, holderColumns: data.holder.length, ...options };
  const before = process.cpuUsage();
  const start = performance.now();
  let last = { at: start, processor: before, bytes: 0 };
  let bytes = 0;
  const progress = ({ done }: { done: number }): void => {
    const { user, system } = process.cpuUsage(last.processor);
    const processor = `${((user + system) / 1e6).toFixed(1)} s processor`;
    console.log(
      `  ${done === 1 ? 'moments and ' : ''}iteration ${done}: ${seconds(last.at)}, ${processor}, ${megabytes(bytes - last.bytes)}`,
    );
    last = { at: performance.now(), processor: process.cpuUsage(), bytes };
  };
  const { a, pair } = await runPair(
    (channel) => labelParty(channel, { contract, columns: data.label, labels: data.labels }, { engine, random: systemRandom, progress }),
    (channel) => featureHolder(channel, { contract, columns: data.holder }, { engine, random: systemRandom }),
    {
      onMessageA(entry) {
        bytes += entry.bytes;
      },
    },
  );
  const used = process.cpuUsage(before);
  const { sent, received } = pair.a.traffic();
  console.log(`${name}: ${seconds(start)} wall, ${((used.user + used.system) / 1e6).toFixed(1)} s processor, ${a.iterations} iterations`);
  console.log(`  label party sent ${megabytes(totalBytes(sent))}, received ${megabytes(totalBytes(received))}`);
  if (!compare) return;
  const weights = Float64Array.from([a.intercept, ...a.own, ...a.holder]);
  const design = [...data.label, ...data.holder].map((c) => ({ name: c.name, values: scale(c.values, scalingOf(c.values, 6)) }));
  const { degree } = logisticTerms(contract);
  const reference = {
    exact: () => fitLogisticRegression(design, data.labels).weights,
    moments: () => solveMoments(momentsOf(design, data.labels)),
    shared: () => fitPolynomial(design, data.labels, { degree, iterations: a.iterations }).weights,
  }[contract.method ?? 'shared']();
  const far = Math.max(...weights.map((w, j) => Math.abs(w - reference[j])));
  console.log(
    `  AUC ${auc({ scores: linearPredictor(weights, design), labels: data.labels }).toFixed(5)}, weights within ${far.toExponential(1)} of the clear`,
  );
  if (contract.method === 'shared')
    console.log(`  truncation failure 2^${sharedPlan(logisticTerms(contract)).truncationFailureLog2.toFixed(1)}`);
}

function defaultCredit(): Case {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = resolve(process.env.FEDCREDIT_DATA ?? join(root, '../shared/data'));
  const held = readHeld((file) => join(folder, file), 'default_credit');
  const list = (columns: ReadonlyMap<string, Float64Array>): Design => [...columns].map(([name, values]) => ({ name, values }));
  return { label: list(held.guest), holder: list(held.host), labels: held.labels };
}

const words = process.argv.slice(2);
const engineAt = words.indexOf('--engine');
const engine = await loadEngine(engineAt < 0 ? undefined : (words[engineAt + 1] as EngineName));
const what = words[0] && words[0] !== '--engine' ? words[0] : 'all';
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, engine ${engine.name}`);
if (what === 'moments' || what === 'all') await train('LR-G, default_credit', defaultCredit(), { method: 'moments' }, engine, true);
if (what === 'shared' || what === 'all') await train('LR-S degree 9, default_credit', defaultCredit(), { method: 'shared' }, engine, true);
if (what === 'exact' || what === 'all') {
  await train('LR-F, default_credit', defaultCredit(), { method: 'exact', discloseLinearPredictor: true }, engine, true);
}
if (what === 'large-moments') await train('LR-G, 100,000 × 330', drawn(100_000, 165, 165), { method: 'moments' }, engine, false);
if (what === 'iteration') {
  await train('LR-S degree 5, 100,000 × 330', drawn(100_000, 165, 165), { method: 'shared', degree: 5, iterations: 2 }, engine, false);
}
await engine.dispose();
