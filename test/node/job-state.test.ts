import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRunFolder, writeFileAtomic } from '../../src/adapters/files/index.ts';
import { fileJobStores, type JobStores, jobSlot, memoryJobStores } from '../../src/node/index.ts';
import { JobMemories } from '../../src/node/job-memory.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const stores: readonly [string, () => JobStores][] = [
  ['in files', () => fileJobStores({ folder: mkdtempSync(join(temp.path, 'jobs-')) })],
  ['in memory', memoryJobStores],
];

describe.each(stores)('a job store %s', (_, make) => {
  it('keeps bytes by peer, job and key', async () => {
    const all = make();
    await all.of('bank', 'job-1').put('alignment', new Uint8Array([1, 2]));
    expect(await all.of('bank', 'job-1').get('alignment')).toEqual(expect.objectContaining({ length: 2 }));
    expect(await all.of('bank', 'job-2').get('alignment')).toBeUndefined();
    expect(await all.of('other', 'job-1').get('alignment')).toBeUndefined();
    expect(await all.of('bank', 'job-1').keys()).toEqual(['alignment']);
    await all.of('bank', 'job-1').delete('alignment');
    expect(await all.of('bank', 'job-1').keys()).toEqual([]);
  });

  it('replaces a value as a whole', async () => {
    const store = make().of('bank', 'job-1');
    await store.put('model', new Uint8Array(1_000));
    await store.put('model', new Uint8Array([9]));
    expect([...((await store.get('model')) ?? [])]).toEqual([9]);
  });

  it('gives bytes that are the caller’s own: a copy of a part outlives the wiping of the whole', async () => {
    const store = make().of('bank', 'job-1');
    const given = Uint8Array.of(1, 2, 3);
    await store.put('key', given);
    given.fill(0);
    const whole = (await store.get('key')) as Uint8Array;
    const part = whole.slice(1);
    whole.fill(0);
    expect([...part]).toEqual([2, 3]);
    expect([...((await store.get('key')) ?? [])]).toEqual([1, 2, 3]);
  });

  it.each(['../escape', 'a/b', '', 'UPPER', '.hidden'])('refuses the key "%s"', async (key) => {
    await expect(make().of('bank', 'job-1').put(key, new Uint8Array())).rejects.toMatchObject({ code: 'ERR_LOCAL_STORE_KEY' });
  });
});

describe('the job store in files', () => {
  it('removes what a killed process had half written, before anything of the job is read or written', async () => {
    const home = mkdtempSync(join(temp.path, 'killed-'));
    for (const use of ['get', 'put'] as const) {
      const job = join(home, 'bank', `job-${use}`);
      await fileJobStores({ folder: home })
        .of('bank', `job-${use}`)
        .put('model', new Uint8Array([1]));
      writeFileSync(join(job, '.training.bin.0b1c.tmp'), 'half a secret');
      const store = fileJobStores({ folder: home }).of('bank', `job-${use}`);
      await (use === 'get' ? store.get('model') : store.put('alignment', new Uint8Array([2])));
      expect(readdirSync(job).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(await store.get('model')).toHaveLength(1);
    }
  });

  it('does not let names of peers and jobs become paths, and is closed to others', async () => {
    const folder = mkdtempSync(join(temp.path, 'jobs-'));
    await fileJobStores({ folder })
      .of('../x', 'a:b')
      .put('model', new Uint8Array([1]));
    expect(readdirSync(folder)).toEqual(['..%2Fx']);
    expect(statSync(join(folder, '..%2Fx', 'a%3Ab', 'model.bin')).mode & 0o077).toBe(0);
  });

  it('refuses a job that would keep more than its share', async () => {
    const store = fileJobStores({ folder: temp.path, maxBytesPerJob: 10 }).of('bank', 'big');
    await expect(store.put('model', new Uint8Array(11))).rejects.toMatchObject({ code: 'ERR_REFUSED_JOB_STATE' });
  });
});

describe('job memory', () => {
  const slot = jobSlot<number>('n');

  it('forgets the longest unused job of a peer, and no other peer’s', () => {
    const memories = new JobMemories(2);
    memories.of('bank', 'a', 'h').set(slot, 1);
    memories.of('bank', 'b', 'h').set(slot, 2);
    memories.of('other', 'a', 'h').set(slot, 9);
    memories.of('bank', 'a', 'h');
    memories.of('bank', 'c', 'h');
    expect(memories.of('bank', 'a', 'h').get(slot)).toBe(1);
    expect(memories.of('other', 'a', 'h').get(slot)).toBe(9);
    expect(memories.of('bank', 'b', 'h').get(slot)).toBeUndefined();
  });
});

describe('files', () => {
  it('are replaced whole and leave nothing beside', async () => {
    const folder = mkdtempSync(join(temp.path, 'atomic-'));
    await writeFileAtomic(join(folder, 'a.txt'), 'one');
    await writeFileAtomic(join(folder, 'a.txt'), 'two');
    await expect(writeFileAtomic(join(folder, 'missing', 'a.txt'), 'x')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('of a run appear together when it finishes, or not at all', async () => {
    const folder = mkdtempSync(join(temp.path, 'runs-'));
    const good = await createRunFolder(join(folder, 'good'));
    await good.write('models/joint.json', '{}');
    expect(readdirSync(folder)).toEqual(['good.partial']);
    await good.finish();
    const bad = await createRunFolder(join(folder, 'bad'));
    await bad.write('limits.csv', 'x');
    await bad.discard();
    expect(readdirSync(folder)).toEqual(['good']);
    await expect(createRunFolder(join(folder, 'good'))).rejects.toMatchObject({ code: 'ERR_FILES_EXISTS' });
    await expect((await createRunFolder(join(folder, 'x'))).write('../out', '')).rejects.toMatchObject({ code: 'ERR_FILES_NAME' });
  });
});
