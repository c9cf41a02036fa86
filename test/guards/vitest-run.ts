/** Runs named tests of a copy of the sources and says how each ended. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Killer } from './guard.ts';

export interface Outcome {
  readonly status: string;
  readonly message: string;
}

export interface TestRun {
  /** Outcomes of the tests that a killer names; several where the name is that of a table of cases. */
  of(killer: Killer): readonly Outcome[];
  readonly hung: boolean;
  /** What the runner said when no test ran. */
  readonly problem: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Far longer than any named test takes on a busy machine; without its guard a protocol may wait for ever. */
const TEST_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 900_000;

/** A name up to the first `%`: what a table of cases is called before its values are filled in. */
const stem = (name: string): string => name.split('%')[0].trim();
const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** @param environment added to this process's, e.g. where the public data is */
export async function runNamedTests(folder: string, killers: readonly Killer[], environment: NodeJS.ProcessEnv): Promise<TestRun> {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const files = [...new Set(killers.map(({ file }) => file))];
  const names = [...new Set(killers.map(({ name }) => escaped(stem(name))))];
  const { output, hung } = await vitest(
    folder,
    [...files, '-t', `(${names.join('|')})`, '--reporter=json', `--outputFile=${report}`],
    environment,
  );
  const results = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults : [];
  return {
    hung,
    problem: results.map(({ message }) => message).join(' ') || output,
    of: ({ file, name }) =>
      results
        .filter((result) => result.name.endsWith(file))
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ fullName, status }) => fullName.includes(stem(name)) && status !== 'pending' && status !== 'skipped')
        .map(({ status, failureMessages }) => ({ status, message: failureMessages[0] ?? '' })),
  };
}

function vitest(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<{ output: string; hung: boolean }> {
  const command = [
    join(folder, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/vitest.config.ts',
    `--testTimeout=${TEST_TIMEOUT_MS}`,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...command, ...args], {
      cwd: folder,
      env: { ...process.env, CI: 'true', ...environment },
      detached: true,
    });
    let output = '';
    let hung = false;
    const keep = (chunk: Buffer): void => {
      output = (output + String(chunk)).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      hung = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, RUN_TIMEOUT_MS);
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ output, hung });
    });
  });
}
