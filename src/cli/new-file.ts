/** A result file that is whole or not there, and never written over. */
import { access, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from '../adapters/files/index.ts';
import { InputError } from '../base/index.ts';

export interface NewFile {
  readonly path: string;
  write(content: string): Promise<void>;
}

/** Before the work, so that hours are not lost to a name. @throws InputError `ERR_FILES_EXISTS` */
export async function newFile(path: string): Promise<NewFile> {
  const full = resolve(path);
  const taken = await access(full).then(
    () => true,
    () => false,
  );
  if (taken) throw new InputError('ERR_FILES_EXISTS', `${path} exists already`, { help: 'Name another file, or move this one away.' });
  return {
    path: full,
    async write(content) {
      await mkdir(dirname(full), { recursive: true });
      await writeFileAtomic(full, content);
    },
  };
}
