/** The end of an engine: whatever is under way, `dispose` settles, every call settles, and the process may go. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Crew } from '../../../src/he/kernel/crew.ts';
import type { SitePlan } from '../../../src/he/kernel/sites.ts';
import { ensureBuilt } from './lab.ts';

beforeAll(ensureBuilt);

/** Rejects unless the process ends by itself with code 0: 13 says that the event loop was empty before a promise was settled. */
async function run(how: string): Promise<string> {
  const script = join(import.meta.dirname, 'processes', 'disposing.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, how], { timeout: 110_000 });
  return stdout.trim();
}

describe('the end of an engine', () => {
  it('comes fifty times in one process, with work under way or not, and leaves no call unsettled', async () => {
    expect(await run('often')).toBe('ended 0');
  });

  it('is not kept off by what could not be sent to a thread', async () => {
    expect(await run('unsendable')).toBe('DataCloneError\nended 0');
  });

  it('is not needed for the process to go: threads without work do not keep it', async () => {
    expect(await run('unused')).toBe('ended 0');
  });

  it('of its threads ends every call, the next ones too, with a typed error', async () => {
    const crew = new Crew(2);
    // A plan that no thread can read ends it.
    const site = crew.attach({ kind: 'blinding', ring: {} } as unknown as SitePlan);
    for (let call = 0; call < 5; call++) {
      const work = crew.run('fillZero', { site, entry: 0, key: new Uint8Array(32) });
      await expect(work).rejects.toMatchObject({ code: 'ERR_HE_KERNEL_THREAD', message: 'a thread of the kernel engine ended' });
    }
    await crew.close();
  });
});
