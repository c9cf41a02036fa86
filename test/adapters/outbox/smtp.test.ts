/** Mail of warnings against a real mail server over loopback with TLS. */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileOutbox, openSentJournal, type SmtpOptions, smtp } from '../../../src/adapters/outbox/index.ts';
import { type AlertNotice, dispatch, type NoticeChannel } from '../../../src/credit/monitoring/index.ts';
import { tempFolder } from '../../support/temp.ts';
import { type MailServer, mailServer, PASSWORD } from './mail-server.ts';

const temp = tempFolder();
const servers: MailServer[] = [];
const started = async (...options: Parameters<typeof mailServer>): Promise<MailServer> => {
  const server = await mailServer(...options);
  servers.push(server);
  return server;
};
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const server = await started();
const notice = (key: string, changes: Partial<AlertNotice> = {}): AlertNotice => ({
  key,
  alert: 'loan-7/enforced/2026-03-02',
  severity: 'red',
  to: 'owner',
  subject: '新增被执行',
  day: '2026-03-02',
  ...changes,
});
const NOW = Date.UTC(2026, 2, 2, 1);
const clock = (now = NOW) => ({ now: () => now });
const none = new AbortController().signal;
let journals = 0;
const journalPath = () => join(temp.path, `sent-${journals++}.log`);
async function channel(changes: Partial<SmtpOptions> = {}, path = journalPath()) {
  const base = { host: 'localhost', port: server.port, ca: server.ca, from: 'warnings@bank.example', clock: clock(), timeoutMs: 4000 };
  return smtp({ ...base, recipient: () => 'owner@bank.example', sent: await openSentJournal(path), ...changes });
}
const header = (raw: string, name: string) => new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'im').exec(raw)?.[1];
const bodyOf = (raw: string) => Buffer.from(raw.slice(raw.indexOf('\r\n\r\n')), 'base64').toString('utf8');
const wordOf = (encoded = '') =>
  [...encoded.matchAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi)]
    .map(([, kind, text]) =>
      kind === 'B'
        ? Buffer.from(text, 'base64').toString('utf8')
        : decodeURIComponent(text.replace(/_/g, ' ').replace(/=([0-9A-F]{2})/g, '%$1')),
    )
    .join('');

describe('mail of a warning', () => {
  it('arrives over TLS, with loan and reason in the body only', async () => {
    const login = { user: 'warnings', password: PASSWORD };
    expect(await (await channel({ login })).deliver(notice('a'), none)).toEqual({ kind: 'delivered' });
    const mail = server.mails.at(-1);
    expect(mail).toMatchObject({ from: 'warnings@bank.example', to: ['owner@bank.example'], user: 'warnings', secure: true });
    const raw = mail?.raw ?? '';
    expect(wordOf(header(raw, 'Subject'))).toBe('贷后预警 红 2026-03-02');
    expect(header(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(header(raw, 'Date')).toBe('Mon, 02 Mar 2026 01:00:00 +0000');
    expect(bodyOf(raw)).toContain('新增被执行');
    expect(bodyOf(raw)).toContain('loan-7/enforced/2026-03-02');
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toMatch(/loan-7|被执行/);
  });
  it('is sent once however often it is handed over, across a restart too', async () => {
    const path = journalPath();
    const before = server.mails.length;
    const first = await channel({}, path);
    await Promise.all([first.deliver(notice('once'), none), first.deliver(notice('once'), none)]);
    expect(await (await channel({}, path)).deliver(notice('once'), none)).toEqual({ kind: 'delivered' });
    expect(server.mails.length).toBe(before + 1);
  });
  it('has a Message-ID of its key: the same when a lost journal sends again, another for another key', async () => {
    const before = server.mails.length;
    for (const key of ['贷款/1', '贷款/1', '贷款/2']) await (await channel()).deliver(notice(key), none);
    const ids = server.mails.slice(before).map(({ raw }) => header(raw, 'Message-ID'));
    expect(ids[0]).toMatch(/^<[0-9a-f]{40}@bank\.example>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });
  it('upgrades by STARTTLS before anything is said', async () => {
    const plain = await started({ secure: false });
    const login = { user: 'warnings', password: PASSWORD };
    const mail = await channel({ port: plain.port, ca: plain.ca, security: 'starttls', login });
    expect(await mail.deliver(notice('starttls'), none)).toEqual({ kind: 'delivered' });
    expect(plain.mails).toMatchObject([{ secure: true, user: 'warnings' }]);
  });
  it('goes without TLS only to this machine', async () => {
    const relay = await started({ secure: false, hideSTARTTLS: true });
    const mail = await channel({ host: '127.0.0.1', port: relay.port, security: 'local' });
    expect(await mail.deliver(notice('local'), none)).toEqual({ kind: 'delivered' });
    expect(relay.mails).toMatchObject([{ secure: false }]);
  });
});

describe('what a mail server may answer', () => {
  it.each([
    ['rcpt', 450, 'retry'],
    ['data', 451, 'retry'],
    ['rcpt', 550, 'refused'],
    ['data', 554, 'refused'],
  ] as const)('%s %i is %s, in words that name nobody', async (at, code, kind) => {
    server.answers.push({ at, code });
    expect(await (await channel()).deliver(notice('answer'), none)).toEqual({ kind, why: `the mail server answered ${code}` });
  });
  it('4xx is tried again later and then arrives once; 5xx is given up by name', async () => {
    const outbox = await openFileOutbox(join(temp.path, 'outbox.jsonl'));
    await outbox.add(notice('busy'));
    await outbox.add(notice('gone'));
    const mail = await channel();
    const before = server.mails.length;
    const run = (now: number) => dispatch(outbox, mail, clock(now), { firstWaitMs: 100 });
    server.answers.push({ at: 'data', code: 451 }, { at: 'rcpt', code: 550 });
    expect(await run(0)).toEqual({
      delivered: 0,
      waiting: 1,
      putOff: [{ key: 'busy', why: 'the mail server answered 451' }],
      givenUp: [{ key: 'gone', why: 'the mail server answered 550' }],
    });
    expect(await run(100)).toMatchObject({ delivered: 1, waiting: 0 });
    expect(await run(1e9)).toMatchObject({ delivered: 0, waiting: 0 });
    expect(server.mails.length).toBe(before + 1);
  });
  it('a crash between the mail and the outbox sends no second mail', async () => {
    const [outboxPath, sentPath] = [join(temp.path, 'crash.jsonl'), journalPath()];
    const outbox = await openFileOutbox(outboxPath);
    await outbox.add(notice('crash'));
    const before = server.mails.length;
    const crashing = { ...outbox, record: () => Promise.reject(new Error('crash')) };
    await expect(dispatch(crashing, await channel({}, sentPath), clock())).rejects.toThrow('crash');
    const again = await openFileOutbox(outboxPath);
    expect(await dispatch(again, await channel({}, sentPath), clock())).toMatchObject({ delivered: 1 });
    expect(server.mails.length).toBe(before + 1);
  });
  it('a refused login is tried again, tells no password, and sends nothing without a login', async () => {
    const before = server.mails.length;
    const login = { user: 'warnings', password: 'wrong-secret' };
    const answer = await (await channel({ login })).deliver(notice('login'), none);
    expect(answer).toEqual({ kind: 'retry', why: 'the mail server refused the login' });
    const open = await started({ disabledCommands: ['AUTH'] });
    const hidden = await (await channel({ port: open.port, ca: open.ca, login })).deliver(notice('login'), none);
    expect(hidden.kind).toBe('retry');
    expect(JSON.stringify([answer, hidden])).not.toMatch(/wrong-secret|warnings|owner/);
    expect([server.mails.length, open.mails.length]).toEqual([before, 0]);
  });
});

describe('a link that cannot be trusted', () => {
  const linkId = `<${createHash('sha256').update('link').digest('hex').slice(0, 40)}@`;
  const failing = async (changes: Partial<SmtpOptions>) =>
    (await (await channel(changes)).deliver(notice('link'), none)) as { kind: string };
  it('a certificate of somebody else, or for another name', async () => {
    const other = await started({}, ['mail.other.example']);
    const untrusted = { kind: 'retry', why: 'the mail server offers no TLS that can be trusted' };
    expect(await failing({ ca: other.ca })).toEqual(untrusted);
    expect(await failing({ port: other.port, ca: other.ca })).toEqual(untrusted);
    expect([server.mails, other.mails].flat().filter(({ raw }) => raw.includes(linkId))).toEqual([]);
  });
  it('a server that offers no STARTTLS gets nothing, least of all the password', async () => {
    const seen: string[] = [];
    const plain = await started({
      secure: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _, done) => {
        seen.push(password ?? '');
        done(null, { user: 'x' });
      },
    });
    const login = { user: 'warnings', password: PASSWORD };
    expect(await failing({ port: plain.port, ca: plain.ca, security: 'starttls', login })).toMatchObject({ kind: 'retry' });
    expect([seen, plain.mails]).toEqual([[], []]);
  });
  it('nobody there, somebody who says nothing, a caller who gives up', async () => {
    expect(await failing({ port: 9 })).toEqual({ kind: 'retry', why: 'the mail server cannot be reached' });
    const silent = createServer();
    const port = await new Promise<number>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as AddressInfo).port)),
    );
    const quiet = await channel({ host: '127.0.0.1', port, security: 'local', timeoutMs: 200 });
    expect(await quiet.deliver(notice('silent'), none)).toMatchObject({ kind: 'retry' });
    const patient = await channel({ host: '127.0.0.1', port, security: 'local' });
    expect(await patient.deliver(notice('silent'), AbortSignal.timeout(50))).toMatchObject({ kind: 'retry' });
    silent.close();
  });
});

describe('a notice or an address that is not what it should be', () => {
  const refusedFor = async (to: string | undefined, changes: Partial<AlertNotice> = {}) => {
    const before = server.mails.length;
    const answer = await (await channel({ recipient: () => to })).deliver(notice('bad', changes), none);
    expect(server.mails.length).toBe(before);
    return answer;
  };
  it.each([
    ['nobody', undefined],
    ['a second header', 'owner@bank.example\r\nBcc: thief@evil.example'],
    ['a second recipient', 'owner@bank.example, thief@evil.example'],
    ['a display name', 'Owner <owner@bank.example>'],
    ['a comment', 'owner(thief@evil.example)@bank.example'],
    ['a parameter of RCPT', 'owner@bank.example> NOTIFY=SUCCESS'],
    ['no domain', 'owner'],
    ['an endless name', `${'a'.repeat(65)}@bank.example`],
  ])('%s as recipient is refused', async (_, to) => {
    expect(await refusedFor(to)).toEqual({ kind: 'refused', why: 'the notice has no valid mail address to go to' });
  });
  it('a severity or day that is none is refused: they stand in the subject', async () => {
    const why = 'the notice has no valid severity or day';
    expect(await refusedFor('owner@bank.example', { severity: 'red\r\nBcc: x@y.example' as 'red' })).toEqual({ kind: 'refused', why });
    expect(await refusedFor('owner@bank.example', { day: '2026-03-02\r\nBcc: x@y.example' })).toEqual({ kind: 'refused', why });
  });
  it('line ends in loan and reason make no line of their own', async () => {
    const subject = '新增被执行\r\n预警 alert: loan-8/none\u2028日期 day: 2020-01-01';
    await (await channel()).deliver(notice('lines', { subject, alert: 'loan\n.\nQUIT' }), none);
    const lines = bodyOf(server.mails.at(-1)?.raw ?? '')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe('预警 alert: loan . QUIT');
  });
  it('settings are checked when the channel is made', async () => {
    const refused = expect.objectContaining({ code: 'ERR_OUTBOX_SMTP' });
    for (const changes of [
      { host: 'mail.bank.example', security: 'local' },
      { host: 'localhost', security: 'local', login: { user: 'u', password: 'p' } },
      { host: 'mail.bank.example\r\nQUIT' },
      { from: 'Warnings <warnings@bank.example>' },
      { security: 'none' },
      { port: 70_000 },
      { timeoutMs: 0 },
    ] as Partial<SmtpOptions>[])
      await expect(channel(changes)).rejects.toThrow(refused);
    await expect(channel({ retries: 3 } as never)).rejects.toThrow(/retries/);
  });
  it('a sent journal with a foreign line is refused, half a line is cut off', async () => {
    const path = journalPath();
    await (await openSentJournal(path)).add('a');
    appendFileSync(path, 'c0ffee');
    const again = await openSentJournal(path);
    expect([again.has('a'), again.has('b')]).toEqual([true, false]);
    appendFileSync(path, 'c0ffee\n');
    await expect(openSentJournal(path)).rejects.toMatchObject({
      code: 'ERR_OUTBOX_FILE',
      message: 'line 2 of the sent journal is no entry',
    });
  });
  it('is a channel of the outbox', async () => {
    const port: NoticeChannel = await channel();
    expect(port.name).toBe('smtp');
  });
});
