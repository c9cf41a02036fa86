/**
 * The main job on real data: `npm run -s build:generated && npx node examples/default-credit/run.ts --data <folder> [--model gbdt|lr|scorecard] [--out <folder>]`.
 * Two processes on this machine, the platform's node and the bank, each with one of the two files. See README.md for where they come from.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runBank, setPlatformAddress, startLocalNode } from '../../src/cli/demo/local-federation.ts';
import { writeFederation } from '../../src/cli/init/write-federation.ts';
import type { RunSummary } from '../../src/pipeline/index.ts';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.FEDCREDIT_DATA ?? join(here, '../../../shared/data') },
    out: { type: 'string', default: `runs/default-credit-${Date.now()}` },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    model: { type: 'string', default: 'gbdt' },
  },
});
const files = { bank: join(values.data, 'default_credit_hetero_guest.csv'), platform: join(values.data, 'default_credit_hetero_host.csv') };
for (const file of Object.values(files)) {
  await readFile(file).catch(() => {
    process.stderr.write(
      `${file} is not there. examples/default-credit/README.md says where the public data comes from; give its folder with --data.\n`,
    );
    process.exit(2);
  });
}

const out = resolve(values.out);
await mkdir(out, { recursive: true });
const federation = await writeFederation({
  folder: join(out, 'federation'),
  platformName: 'platform',
  bankName: 'bank',
  listen: '127.0.0.1:7443',
  clock: { now: Date.now },
});
await copyFile(files.bank, federation.bankData);
await copyFile(files.platform, federation.platformData);
await writeFile(federation.job, `${await readFile(join(here, 'job.yaml'), 'utf8')}engine: ${values.engine}\n`);
const edit = async (file: string, replacements: readonly (readonly [string | RegExp, string])[]): Promise<void> => {
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    replacements.reduce((whole, [from, to]) => whole.replace(from, to), text),
  );
};
const opaqueId: [RegExp, string] = [/id: \{column: uscc, mode: warn\}.*/, 'id: {column: id, mode: any}'];
await edit(federation.platformConfig, [opaqueId, ['name: firms', 'name: clients'], ['asset: firms', 'asset: clients']]);
await edit(federation.bankConfig, [
  opaqueId,
  ['name: loans', 'name: clients'],
  ['label: bad_12m', 'label: y'],
  [/ *consent: consent.*\n/, ''],
]);

const node = await startLocalNode(federation.platformConfig, out, Number(values.threads));
try {
  await setPlatformAddress(federation.bankConfig, node.address);
  const run = join(out, 'run');
  const args = ['run', federation.job, '-o', run, '--threads', values.threads, '--model', values.model];
  const result = await runBank(args, ({ event, stage, done, total }) => {
    if (event === 'progress') process.stderr.write(`\r${String(stage)} ${String(done)}/${String(total)}        `);
  });
  const summary = result as unknown as RunSummary;
  const { evaluation } = summary;
  const train = summary.steps.find(({ step }) => step === 'train');
  const trees = Number(train?.facts.trees ?? Number.NaN);
  const megabytes = ((train?.bytesSent ?? 0) + (train?.bytesReceived ?? 0)) / 1e6;
  process.stdout.write(
    `\njoint      AUC ${evaluation?.joint.metrics.auc.toFixed(4)}  KS ${evaluation?.joint.metrics.ks.toFixed(4)}\n` +
      `bank alone AUC ${evaluation?.bankOnly?.metrics.auc.toFixed(4)}  KS ${evaluation?.bankOnly?.metrics.ks.toFixed(4)}\n` +
      `training ${train?.seconds.toFixed(1)} s, ${trees > 0 ? `${(megabytes / trees).toFixed(1)} MB a tree` : `${megabytes.toFixed(1)} MB`}\n` +
      `results: ${run}\n`,
  );
} finally {
  await node.stop();
}
