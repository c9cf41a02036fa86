/** `npm run bench` runs every benchmark; `npm run bench -- gbdt --trees 5` runs one with its own options. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NAMES = ['he', 'psi', 'gbdt', 'lr', 'score', 'credit', 'credit-warnings'] as const;
const [first, ...rest] = process.argv.slice(2);
const chosen = NAMES.filter((name) => first === undefined || first === name);
if (chosen.length === 0) {
  console.error(`No benchmark "${first}". There are: ${NAMES.join(', ')}.`);
  process.exit(2);
}
for (const name of chosen) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.ts`, import.meta.url)), ...rest], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
