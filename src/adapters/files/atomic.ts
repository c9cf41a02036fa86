/**
 * Files that are whole or not there: write beside, flush, rename, flush the folder. A crash at any point leaves the old file or the new one.
 */

import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface AtomicWriteOptions {
  /** @default 0o600: what a node keeps concerns nobody else on the machine */
  readonly mode?: number;
}

/** Replaces `path` with `content`; its folder must exist. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { mode = 0o600 }: AtomicWriteOptions = {},
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await withFile(beside, 'wx', mode, async (file) => {
      await file.writeFile(content);
      await file.sync();
    });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Appends one line and waits until it is on the disk, and the file in its folder. The caller keeps appends in order. */
export async function appendLine(path: string, line: string): Promise<void> {
  const begun = await withFile(path, 'a', 0o600, async (file) => {
    const { size } = await file.stat();
    await file.appendFile(`${line}\n`);
    await file.sync();
    return size === 0;
  });
  if (begun) await syncFolder(dirname(path));
}

/** The content, or undefined when there is no such file. Not a Buffer, whose `slice` does not copy: what is wiped here would be wiped there. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    const { buffer, byteOffset, length } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the folder and those above it, closed to others. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

export const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** The rename itself must survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, 'r', 0, (folder) => folder.sync());
}

async function withFile<T>(path: string, flags: string, mode: number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
