/**
 * The folder of real data: FEDCREDIT_DATA, else ../shared/data beside the repository. Tests that need it are skipped, loudly, where
 * it is absent.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder, or `undefined` when it is not there. */
export function dataFolder(): string | undefined {
  const folder = resolve(process.env.FEDCREDIT_DATA ?? join(root, '../shared/data'));
  return existsSync(folder) ? folder : undefined;
}

/** `describe` for tests on real files: `path(name)` gives a file's path. Skips with a warning when the folder is absent. */
export function describeWithData(name: string, tests: (path: (file: string) => string) => void): void {
  const folder = dataFolder();
  if (folder === undefined) {
    console.warn(`SKIPPED: "${name}" needs the real data; set FEDCREDIT_DATA to its folder.`);
    describe.skip(name, () => it('needs the real data', () => undefined)); // not the tests themselves: some read files as they are declared
    return;
  }
  describe(name, () => tests((file) => join(folder, file)));
}
