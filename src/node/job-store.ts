/**
 * JobStore: what a party must remember between the steps of a job, as bytes under short keys. One store a (peer, job): no peer can name
 * another's job, whatever it calls its own.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, privateFolder, readIfPresent, writeFileAtomic } from '../adapters/files/index.ts';
import { LocalProtocolError, RefusedError } from '../base/index.ts';

export interface JobStore {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Durable and whole once it resolves. */
  put(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
}

export interface JobStores {
  of(peer: string, jobId: string): JobStore;
}

const KEY = /^[a-z0-9][a-z0-9-]{0,63}$/;

function assertKey(key: string): void {
  if (!KEY.test(key)) throw new LocalProtocolError('ERR_LOCAL_STORE_KEY', `"${key}" is not a key of a job store`);
}

export interface FileJobStoresOptions {
  readonly folder: string;
  /** Bytes one job may keep. @default 1073741824 */
  readonly maxBytesPerJob?: number;
}

/**
 * One folder a job, one file a key. Names are checked before they become paths. What a killed process had half written beside a file is removed
 * when a job is first touched: one process at a time holds the folder.
 */
export function fileJobStores({ folder, maxBytesPerJob = 2 ** 30 }: FileJobStoresOptions): JobStores {
  const swept = new Map<string, Promise<void>>();
  const clean = (home: string): Promise<void> => {
    const sweeping = swept.get(home) ?? sweep(home);
    swept.set(home, sweeping);
    return sweeping;
  };
  return {
    of(peer, jobId) {
      const home = join(folder, encodeURIComponent(peer), encodeURIComponent(jobId));
      const fileOf = (key: string): string => {
        assertKey(key);
        return join(home, `${key}.bin`);
      };
      return {
        async get(key) {
          const file = fileOf(key);
          await clean(home);
          return readIfPresent(file);
        },
        async put(key, value) {
          if (value.length > maxBytesPerJob) {
            throw new RefusedError(
              'ERR_REFUSED_JOB_STATE',
              `job ${jobId} would keep ${value.length} bytes, the limit is ${maxBytesPerJob}`,
            );
          }
          const file = fileOf(key);
          await clean(home);
          await privateFolder(home);
          await writeFileAtomic(file, value);
        },
        delete: (key) => rm(fileOf(key), { force: true }),
        keys: () => listKeys(home),
      };
    },
  };
}

/** Half-written files (`writeFileAtomic`) of a process that was killed: they may hold what should have been deleted. */
async function sweep(home: string): Promise<void> {
  const names = await readdir(home).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  await Promise.all(
    names.filter((name) => name.startsWith('.') && name.endsWith('.tmp')).map((name) => rm(join(home, name), { force: true })),
  );
}

async function listKeys(home: string): Promise<readonly string[]> {
  try {
    const names = await readdir(home);
    return names
      .filter((file) => file.endsWith('.bin') && !file.startsWith('.'))
      .map((file) => file.slice(0, -4))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Forgets at exit: for tests and for nodes that must not keep anything. */
export function memoryJobStores(): JobStores {
  const jobs = new Map<string, Map<string, Uint8Array>>();
  return {
    of(peer, jobId) {
      const name = JSON.stringify([peer, jobId]);
      const values = (): Map<string, Uint8Array> => {
        const found = jobs.get(name) ?? new Map<string, Uint8Array>();
        jobs.set(name, found);
        return found;
      };
      return {
        async get(key) {
          assertKey(key);
          return values().get(key)?.slice();
        },
        async put(key, value) {
          assertKey(key);
          values().set(key, value.slice());
        },
        async delete(key) {
          values().delete(key);
        },
        keys: async () => [...values().keys()].sort(),
      };
    },
  };
}
