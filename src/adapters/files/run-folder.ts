/**
 * The folder a run leaves: models, limits, summary. It carries the ending `.partial` until `finish`, so a finished-looking folder is a
 * finished run, and a run that failed leaves nothing that could be taken for a result.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../base/index.ts';
import { syncFolder, writeFileAtomic } from './atomic.ts';

export interface RunFolder {
  /** Where the run will be found. */
  readonly path: string;
  /** Where its files are until `finish`, for writers that take a path. */
  readonly staging: string;
  /** Writes one whole file; `name` may name sub-folders. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Gives the folder its name. */
  finish(): Promise<void>;
  /** Removes what was written. Does nothing after `finish`. */
  discard(): Promise<void>;
}

/** @throws InputError `ERR_FILES_EXISTS` when a run of this name is there already. */
export async function createRunFolder(path: string): Promise<RunFolder> {
  const final = resolve(path);
  const partial = join(dirname(final), `${basename(final)}.partial`);
  if (await exists(final)) {
    throw new InputError('ERR_FILES_EXISTS', `${path} exists already`, { help: 'Choose another folder, or move the old one away.' });
  }
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  let finished = false;
  return {
    path: final,
    staging: partial,
    async write(name, content) {
      const target = resolve(partial, name);
      if (!target.startsWith(`${partial}/`)) throw new InputError('ERR_FILES_NAME', `"${name}" leads out of the run folder`);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await writeFileAtomic(target, content);
    },
    async finish() {
      await rename(partial, final);
      finished = true;
      await syncFolder(dirname(final));
    },
    async discard() {
      if (!finished) await rm(partial, { recursive: true, force: true });
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
