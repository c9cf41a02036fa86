#!/usr/bin/env node
/**
 * The command's first lines: refuse a Node that cannot load the encryption, before anything of ours or of others is loaded. This file and
 * node-version.ts keep to syntax that old releases parse and types that need no annotation; everything else is behind the import.
 */
import { versionProblem } from './node-version.ts';

const problem = versionProblem(process.versions.node);
if (problem) {
  process.stderr.write(`fedcredit: ${problem}\n`);
  process.exitCode = 2;
} else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv.slice(2));
}
