/**
 * 站内信 as files: one file a notice in a folder a desk reads. Its name follows from the key, and a file is only ever made, never replaced: the
 * second hand-over of a key finds the file there and changes nothing.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder, syncFolder } from '../files/index.ts';
import type { Delivery, Notice } from './notice.ts';

export interface InboxFolder {
  readonly name: string;
  deliver(notice: Notice): Promise<Delivery>;
}

/** Makes the folder when it is not there. */
export async function inboxFolder(path: string): Promise<InboxFolder> {
  await privateFolder(path);
  return Object.freeze({
    name: 'inbox',
    async deliver(notice: Notice): Promise<Delivery> {
      const name = createHash('sha256').update(notice.key).digest('hex').slice(0, 32);
      const beside = join(path, `.${randomUUID()}.tmp`);
      try {
        const file = await open(beside, 'wx', 0o600);
        try {
          await file.writeFile(`${JSON.stringify(notice, undefined, 2)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        // link, unlike rename, refuses to replace: the first delivery stands.
        await link(beside, join(path, `${name}.json`));
        await syncFolder(path);
        return { kind: 'delivered' };
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        return code === 'EEXIST' ? { kind: 'delivered' } : { kind: 'retry', why: `the inbox folder cannot be written (${code})` };
      } finally {
        await rm(beside, { force: true });
      }
    },
  });
}
