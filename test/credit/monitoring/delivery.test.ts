import { createHmac } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inboxFolder, openFileOutbox, webhook } from '../../../src/adapters/outbox/index.ts';
import { type AlertNotice, dispatch, type NoticeChannel } from '../../../src/credit/monitoring/index.ts';
import { tempFolder } from '../../support/temp.ts';

const temp = tempFolder();
const notice = (key: string): AlertNotice => ({
  key,
  alert: 'loan/rule/2026-03-02',
  severity: 'red',
  to: 'owner',
  subject: '新增被执行',
  day: '2026-03-02',
});
const clock = (now = 0) => ({ at: now, now: () => now });
const none = new AbortController().signal;

describe('the outbox', () => {
  it('takes a key once, also across restarts and from two callers at once', async () => {
    const path = join(temp.path, 'outbox.jsonl');
    const outbox = await openFileOutbox(path);
    expect((await Promise.all([outbox.add(notice('a')), outbox.add(notice('a')), outbox.add(notice('b'))])).sort()).toEqual([
      false,
      true,
      true,
    ]);
    await outbox.record('a', { kind: 'delivered' });
    const again = await openFileOutbox(path);
    expect(await again.add(notice('a'))).toBe(false);
    expect((await again.pending()).map((entry) => entry.notice.key)).toEqual(['b']);
    await expect(again.record('c', { kind: 'delivered' })).rejects.toMatchObject({ code: 'ERR_OUTBOX_KEY' });
  });
  it('forgets half a line that a crash left, and refuses a line it did not write', async () => {
    const path = join(temp.path, 'torn.jsonl');
    const outbox = await openFileOutbox(path);
    await outbox.add(notice('a'));
    appendFileSync(path, '{"notice":{"key":"b"');
    const again = await openFileOutbox(path);
    expect((await again.pending()).map((entry) => entry.notice.key)).toEqual(['a']);
    await again.add(notice('b'));
    expect(await (await openFileOutbox(path)).pending()).toHaveLength(2);
    appendFileSync(path, '{"what":1}\n');
    await expect(openFileOutbox(path)).rejects.toMatchObject({ code: 'ERR_OUTBOX_FILE', message: 'line 3 of the outbox is no entry' });
  });
  it('waits longer after each failure, then gives up by name', async () => {
    const outbox = await openFileOutbox(join(temp.path, 'wait.jsonl'));
    await outbox.add(notice('a'));
    const away: NoticeChannel = { name: 'away', deliver: async () => ({ kind: 'retry', why: 'busy' }) };
    const run = (now: number) => dispatch(outbox, away, clock(now), { maxAttempts: 3, firstWaitMs: 100 });
    expect(await run(0)).toMatchObject({ waiting: 1, putOff: [{ key: 'a', why: 'busy' }] });
    expect((await outbox.pending())[0]).toMatchObject({ attempts: 1, due: 100 });
    expect(await run(99)).toMatchObject({ waiting: 1 });
    expect((await outbox.pending())[0].attempts).toBe(1);
    await run(100);
    expect((await outbox.pending())[0]).toMatchObject({ attempts: 2, due: 300 });
    expect(await run(300)).toEqual({ delivered: 0, waiting: 0, putOff: [], givenUp: [{ key: 'a', why: 'busy' }] });
    expect(await outbox.pending()).toEqual([]);
  });
  it('remembers what was given up across restarts, until somebody puts it back', async () => {
    const path = join(temp.path, 'dead.jsonl');
    const outbox = await openFileOutbox(path);
    for (const key of ['a', 'b']) await outbox.add(notice(key));
    await outbox.record('a', { kind: 'given-up', why: 'no such address' });
    const again = await openFileOutbox(path);
    expect(await again.givenUp()).toEqual([{ notice: notice('a'), attempts: 1, why: 'no such address' }]);
    await again.putBack('a');
    const last = await openFileOutbox(path);
    expect([await last.givenUp(), (await last.pending()).map(({ notice: { key }, attempts }) => [key, attempts])]).toEqual([
      [],
      [
        ['a', 0],
        ['b', 0],
      ],
    ]);
    for (const key of ['b', 'c']) await expect(last.putBack(key)).rejects.toMatchObject({ code: 'ERR_OUTBOX_KEY' });
  });
});

describe('delivery', () => {
  it('has one effect however often a crash comes between hand-over and record', async () => {
    const folder = join(temp.path, 'inbox');
    const inbox = await inboxFolder(folder);
    const path = join(temp.path, 'crash.jsonl');
    const keys = Array.from({ length: 12 }, (_, i) => `loan-${i}/enforced/2026-03-02/0`);
    for (let round = 0; round < 40; round++) {
      const outbox = await openFileOutbox(path);
      for (const key of keys) await outbox.add(notice(key));
      let calls = 0;
      const crashing = {
        ...outbox,
        record: async (...args: Parameters<typeof outbox.record>) => {
          if (++calls > round % 3) throw new Error('crash');
          await outbox.record(...args);
        },
      };
      await dispatch(crashing, inbox, clock()).catch(() => undefined);
    }
    const delivered = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).key);
    expect(delivered.sort()).toEqual([...keys].sort());
    expect(await (await openFileOutbox(path)).pending()).toEqual([]);
  });
});

describe('the webhook', () => {
  const seen: { url: string | undefined; headers: Record<string, unknown>; body: string }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  const ready = new Promise<string>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`)),
  );
  afterAll(() => {
    server.close();
  });
  const secret = new Uint8Array(32).fill(7);

  it('posts the notice with its key and a signature the receiver can check', async () => {
    const hook = webhook({ url: await ready, secret, clock: clock(1_700_000_000_500) });
    expect(await hook.deliver(notice('贷款/a/1'), none)).toEqual({ kind: 'delivered' });
    const [{ headers, body }] = seen;
    expect(JSON.parse(body)).toEqual(notice('贷款/a/1'));
    expect(headers['idempotency-key']).toBe(`"${encodeURIComponent('贷款/a/1')}"`);
    expect(headers['x-fedcredit-signature']).toBe(`sha256=${createHmac('sha256', secret).update(`1700000000.${body}`).digest('hex')}`);
  });
  it.each([
    [201, 'delivered'],
    [409, 'delivered'],
    [400, 'refused'],
    [404, 'refused'],
    [429, 'retry'],
    [503, 'retry'],
    [302, 'retry'],
  ])('takes %i as %s', async (code, kind) => {
    status = code;
    const hook = webhook({ url: await ready, secret, clock: clock() });
    expect(await hook.deliver(notice('b'), none)).toMatchObject({ kind });
    expect(seen.filter(({ url }) => url !== '/hook')).toEqual([]);
  });
  it('tries again when nobody is there', async () => {
    const hook = webhook({ url: 'http://127.0.0.1:9/', secret, clock: clock() });
    expect(await hook.deliver(notice('b'), none)).toEqual({ kind: 'retry', why: 'the receiver cannot be reached' });
  });
  it('refuses plain http, credentials in the address, short secrets, unknown options', () => {
    const refused = expect.objectContaining({ code: 'ERR_OUTBOX_WEBHOOK' });
    expect(() => webhook({ url: 'http://bank.example/hook', secret, clock: clock() })).toThrow(refused);
    expect(() => webhook({ url: 'https://me:pw@bank.example/hook', secret, clock: clock() })).toThrow(refused);
    expect(() => webhook({ url: 'https://bank.example/hook', secret: new Uint8Array(8), clock: clock() })).toThrow(refused);
    expect(() => webhook({ url: 'https://bank.example/hook', secret, clock: clock(), retries: 3 } as never)).toThrow(/retries/);
  });
});
