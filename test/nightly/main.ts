/**
 * The nightly tests, one after the other: repeats (T06 to T09), SP 800-22 on masks (T16), fuzz (T48, T49, T52). Ends with one line, and with 1 if
 * anything failed.
 *
 *   npm run nightly -- [--scale 1] [--megabytes 1000] [--seconds 600] [--threads 2]
 *
 * `--scale` is of the repeats' counts, `--megabytes` of answers (a tenth of it of each other source of masks), `--seconds` of each target of the
 * fuzzer. What they take and what they found: README.md.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    megabytes: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '600' },
    threads: { type: 'string', default: '2' },
  },
});
const masks = (source: string, megabytes: number): string[] => [
  'masks.ts',
  ...['--source', source, '--megabytes', String(megabytes), '--threads', options.threads],
];
const tenth = Number(options.megabytes) / 10;
const STEPS: readonly (readonly string[])[] = [
  ['repeats.ts', '--scale', options.scale],
  masks('answers', Number(options.megabytes)),
  ...['shares', 'floods', 'seal-floods', 'system'].map((source) => masks(source, tenth)),
  ['fuzz.ts', '--seconds', options.seconds],
];

const failed: string[] = [];
const started = performance.now();
for (const [file, ...args] of STEPS) {
  const name = [file, ...args].join(' ');
  console.log(`\n— ${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], { stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
const minutes = ((performance.now() - started) / 60_000).toFixed(0);
console.log(
  `\nnightly: ${STEPS.length - failed.length} of ${STEPS.length} passed in ${minutes} min${failed.length > 0 ? `; FAILED ${failed.join('; ')}` : ''}`,
);
process.exit(failed.length === 0 ? 0 : 1);
