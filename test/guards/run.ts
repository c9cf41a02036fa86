/**
 * The mutation runner (security.md T64): copies the sources to a temporary folder, sees the named tests pass, then removes one guard after the
 * other and sees the named test fail. Prints a table; ends with 1 when a guard is gone from the sources, or when nobody misses it.
 *
 *   node test/guards/run.ts [--only TEXT,TEXT] [--jobs N] [--json FILE]
 *
 * `--only` takes guards whose id or file contains one of the texts. About 8 s a guard on one core.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { type Guard, patched } from './guard.ts';
import { GUARDS } from './table.ts';
import { type Outcome, runNamedTests, type TestRun } from './vitest-run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The copies have no `../shared` beside them. */
const ENVIRONMENT = { FEDCREDIT_DATA: process.env.FEDCREDIT_DATA ?? join(ROOT, '../shared/data') };
const COPIED = ['src', 'test', 'proto', 'examples', 'package.json', 'tsconfig.json'];

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, jobs: { type: 'string', default: '1' }, json: { type: 'string' } },
});
const chosen = GUARDS.filter(
  ({ id, patches }) => !options.only || options.only.split(',').some((text) => `${id} ${patches[0].file}`.includes(text)),
);

interface Row {
  readonly guard: Guard;
  readonly verdict: 'killed' | 'SURVIVED' | 'BROKEN';
  readonly seconds: number;
  readonly note: string;
}

function copyOfTheSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fedcredit-guards-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Applies the guard's patches, in order, and gives back what stood there. */
function remove(folder: string, { id, patches }: Guard): ReadonlyMap<string, string> {
  const originals = new Map<string, string>();
  for (const patch of patches) {
    const path = join(folder, patch.file);
    const source = readFileSync(path, 'utf8');
    if (!originals.has(path)) originals.set(path, source);
    writeFileSync(path, patched(source, id, patch));
  }
  return originals;
}

async function withoutGuard(folder: string, guard: Guard): Promise<Row> {
  const started = performance.now();
  const originals = remove(folder, guard);
  try {
    const run = await runNamedTests(folder, [guard.killer], ENVIRONMENT);
    return { guard, ...judge(guard, run), seconds: (performance.now() - started) / 1000 };
  } finally {
    for (const [path, source] of originals) writeFileSync(path, source);
  }
}

/** Only a named test that ran and failed counts: a file that no longer loads would prove nothing about the guard. */
function judge({ killer }: Guard, run: TestRun): Pick<Row, 'verdict' | 'note'> {
  const outcomes = run.of(killer);
  const failed = outcomes.find(({ status }) => status === 'failed');
  if (failed) return { verdict: 'killed', note: firstLine(failed.message) };
  if (run.hung) return { verdict: 'killed', note: 'the test never ended' };
  if (outcomes.some(({ status }) => status === 'passed')) return { verdict: 'SURVIVED', note: 'the named test passes without the guard' };
  return { verdict: 'BROKEN', note: `no test ran: ${firstLine(run.problem)}` };
}

const firstLine = (text: string): string =>
  (
    stripVTControlCharacters(text)
      .split('\n')
      .find((line) => line.trim()) ?? ''
  ).slice(0, 90);

/** Every named test must pass before anything is removed. */
async function assertGreen(folder: string): Promise<void> {
  const run = await runNamedTests(
    folder,
    chosen.map(({ killer }) => killer),
    ENVIRONMENT,
  );
  const bad = chosen.filter(({ killer }) => !run.of(killer).length || run.of(killer).some(({ status }: Outcome) => status !== 'passed'));
  if (bad.length === 0) return;
  for (const { id, killer } of bad) {
    const [first] = run.of(killer);
    console.error(
      `not green before anything was removed: ${id}\n  ${killer.file}: ${killer.name}\n  ${first ? `${first.status} ${firstLine(first.message)}` : `no such test ${firstLine(run.problem)}`}`,
    );
  }
  process.exitCode = 1;
  throw new Error(`${bad.length} named tests do not pass`);
}

function print(rows: readonly Row[]): void {
  const table = new Table({
    head: ['guard', 'what goes wrong without it', 'result', 's', 'how the test fails'],
    wordWrap: true,
    colWidths: [34, 44, 11, 6, 60],
  });
  for (const { guard, verdict, seconds, note } of rows) table.push([guard.id, guard.protects, verdict, seconds.toFixed(0), note]);
  console.log(table.toString());
  const count = (verdict: Row['verdict']): number => rows.filter((row) => row.verdict === verdict).length;
  console.log(
    `${rows.length} guards removed: ${count('killed')} missed by a test, ${count('SURVIVED')} by nobody, ${count('BROKEN')} not tried.`,
  );
}

const folders = Array.from({ length: Math.max(1, Number(options.jobs)) }, copyOfTheSources);
try {
  await assertGreen(folders[0]);
  console.error(`${chosen.length} guards, all their tests green; removing them one by one`);
  const waiting = [...chosen];
  const rows: Row[] = [];
  await Promise.all(
    folders.map(async (folder) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const row = await withoutGuard(folder, next);
        rows.push(row);
        console.error(`${rows.length}/${chosen.length} ${row.verdict} ${row.guard.id}`);
      }
    }),
  );
  rows.sort((a, b) => chosen.indexOf(a.guard) - chosen.indexOf(b.guard));
  print(rows);
  if (options.json) {
    mkdirSync(join(options.json, '..'), { recursive: true });
    writeFileSync(
      options.json,
      JSON.stringify(
        rows.map(({ guard, verdict, note }) => ({ id: guard.id, verdict, note })),
        null,
        1,
      ),
    );
  }
  if (rows.some(({ verdict }) => verdict !== 'killed')) process.exitCode = 1;
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
