/** One node at a time in a state folder: two would spend the same budget twice and write one log in turns. */
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../adapters/files/index.ts';
import { InputError } from '../base/index.ts';

/**
 * Takes the folder; the returned function gives it back. A lock whose process is gone (killed) is taken over.
 * @throws InputError `ERR_NODE_STATE_IN_USE`
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  await privateFolder(folder);
  const path = join(folder, 'node.lock');
  if (!(await tryLock(path))) {
    const owner = await ownerOf(path);
    if (owner !== undefined && isAlive(owner)) throw inUse(folder, owner);
    await rm(path, { force: true });
    if (!(await tryLock(path))) throw inUse(folder, owner ?? 0);
  }
  return () => rm(path, { force: true });
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function ownerOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function inUse(folder: string, pid: number): InputError {
  return new InputError('ERR_NODE_STATE_IN_USE', `the state folder ${folder} is used by process ${pid}`, {
    help: 'Stop that node first, or give this one a state folder of its own.',
  });
}
