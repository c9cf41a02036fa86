/** Heads on the real path: a node and a caller over TLS, their folders afterwards, and the command line that verifies them. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterEach, describe, expect, it } from 'vitest';
import { certificatePin } from '../../../src/adapters/certificates/index.ts';
import { type Logger, PeerProtocolError, RefusedError, systemRandom } from '../../../src/base/index.ts';
import { run } from '../../../src/cli/program.ts';
import { type Caller, compareAudits, type StepHandlers, startCaller, verifyAudit } from '../../../src/node/index.ts';
import { startTestNode, systemClock, type TestNode, type TestParty, testContract, testFederation } from '../../support/federation.ts';
import { tempFolder } from '../../support/temp.ts';
import { linesOf, logOf, textOf, witnessedBy } from './party.ts';

const temp = tempFolder();
let count = 0;
let node: TestNode | undefined;
let caller: Caller | undefined;
afterEach(async () => {
  await caller?.close();
  await node?.close();
  [caller, node] = [undefined, undefined];
});

const handlers: StepHandlers = {
  async echo(channel, context) {
    await context.debit(10);
    await channel.send('echo/answer', await channel.receive('echo/question'));
  },
};

interface Here {
  readonly platform: string;
  readonly bank: string;
}
function here(): Here {
  count += 1;
  return { platform: join(temp.path, `${count}/platform`), bank: join(temp.path, `${count}/bank`) };
}

async function start({ platform: state, bank: bankState }: Here, logger?: Logger): Promise<void> {
  const { bank, platform } = await testFederation();
  node = await startTestNode(handlers, state, logger && { logger });
  caller = await startCaller({
    party: 'bank',
    identity: bank.identity,
    peer: platform,
    address: node.address,
    stateFolder: bankState,
    clock: systemClock,
    random: systemRandom,
  });
}

async function stop(): Promise<void> {
  await caller?.close();
  await node?.close();
  [caller, node] = [undefined, undefined];
}

async function ask(): Promise<void> {
  await caller?.step('echo', testContract(), async (channel) => {
    await channel.send('echo/question', new Uint8Array([7]));
    return channel.receive('echo/answer');
  });
}

/** A leaf of the test federation on an Ed25519 key. */
async function ed25519Party(id: string): Promise<TestParty> {
  const { authority } = await testFederation();
  const keys = (await webcrypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: '4a',
    subject: `CN=${id}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `fedcredit:party:${id}` }]),
    ],
  });
  const certificate = leaf.toString('pem');
  const privateKey = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { id, pin: certificatePin(certificate), identity: { certificate, privateKey, authority: authority.certificatePem } };
}

async function cli(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } });
  return { status, out, err };
}

/** `audit verify` as an auditor runs it: the log, the witness's heads, two certificates. */
async function verify({ platform, bank }: Here, ...more: string[]): ReturnType<typeof cli> {
  const federation = await testFederation();
  const certificates = [federation.platform, federation.bank].map(({ id, identity }) => temp.write(`${id}.crt`, identity.certificate));
  const keys = certificates.flatMap((file) => ['--key', file]);
  return cli('audit', 'verify', join(platform, 'audit.jsonl'), '--heads', join(bank, 'witnessed/platform.jsonl'), ...keys, ...more);
}

describe('a node and a caller', () => {
  it('witness each other at the end of every session, and an auditor can tell', async () => {
    const state = here();
    await start(state);
    await ask();
    await Promise.all([ask(), ask(), ask()]);
    await stop();
    await start(state);
    await ask();
    await stop();
    expect(linesOf(witnessedBy(state.bank, 'platform'))).toHaveLength(5);
    expect(linesOf(witnessedBy(state.platform, 'bank'))).toHaveLength(5);
    expect(compareAudits(logOf(state.platform), logOf(state.bank))).toEqual([]);
    const shown = await verify(state);
    expect(shown).toMatchObject({ status: 0, err: '' });
    expect(shown.out).toMatch(/bank +│ +5 │/);
    expect(shown.out).toContain('the log of platform: 13 events of 14 stand as witnessed');
    expect(shown.out).toContain('1 event came after the last head');
    expect(shown.out).toContain('whole and unchanged');
    const [event] = linesOf((await verify(state, '--json')).out).map((line) => JSON.parse(line));
    expect(event).toMatchObject({ event: 'result', ok: true, heads: { log: 'platform', witnessed: 13, witnesses: [{ party: 'bank' }] } });
  });

  it('fail the session loudly when the caller’s log was set back, and meet no more', async () => {
    const state = here();
    const said: string[] = [];
    const say = (message: string, fields?: object): void => void said.push(`${message} ${JSON.stringify(fields)}`);
    await start(state, { debug: () => {}, info: () => {}, warn: say, error: say });
    for (let i = 0; i < 3; i++) await ask();
    await caller?.close();
    rmSync(state.bank, { recursive: true });
    await node?.close();
    await start(state, { debug: () => {}, info: () => {}, warn: say, error: say });
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PeerProtocolError);
    expect(error).toMatchObject({ code: 'ERR_PEER_AUDIT_ROLLED_BACK' });
    const again: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(again).toBeInstanceOf(RefusedError);
    expect(again).toMatchObject({ code: 'ERR_REFUSED_AUDIT' });
    await stop();
    expect(said.join('\n')).toMatch(/bank: echo failed .*ERR_PEER_AUDIT_ROLLED_BACK.*bank shows an audit log of 2 lines, of which 6 were/);
    const events = linesOf(logOf(state.platform)).map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === 'witness-failed')).toMatchObject([{ peer: 'bank', code: 'ERR_PEER_AUDIT_ROLLED_BACK' }]);
    expect(events.filter(({ type }) => type === 'session-refused')).toMatchObject([{ peer: 'bank', code: 'ERR_REFUSED_AUDIT' }]);
  });

  it('fail it at the caller when the node’s log was, which then asks no more', async () => {
    const state = here();
    await start(state);
    for (let i = 0; i < 3; i++) await ask();
    await stop();
    rmSync(join(state.platform, 'audit.jsonl'));
    rmSync(join(state.platform, 'audit-heads.jsonl'));
    await start(state);
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_PEER_AUDIT_ROLLED_BACK' });
    await expect(ask()).rejects.toMatchObject({
      code: 'ERR_REFUSED_AUDIT',
      message: expect.stringContaining('platform has shown two heads'),
    });
    await stop();
    const events = linesOf(logOf(state.bank)).map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: 'session-refused', code: 'ERR_REFUSED_AUDIT' });
  });
});

describe('parties with Ed25519 identities', () => {
  it('connect, and sign their heads with them', async () => {
    const state = here();
    const [platform, bank] = [await ed25519Party('platform'), await ed25519Party('bank')];
    node = await startTestNode(handlers, state.platform, { identity: platform.identity, peers: [bank] });
    caller = await startCaller({
      party: 'bank',
      identity: bank.identity,
      peer: platform,
      address: node.address,
      stateFolder: state.bank,
      clock: systemClock,
      random: systemRandom,
    });
    await ask();
    await stop();
    const keys = new Map([platform, bank].map(({ id, pin }) => [id, [pin]]));
    const heads = [{ name: 'heads', text: witnessedBy(state.bank, 'platform') }];
    expect(verifyAudit(logOf(state.platform), { heads, keys }).heads).toMatchObject({ log: 'platform', witnessed: 3 });
    expect(Buffer.from(JSON.parse(heads[0].text).signature, 'base64')).toHaveLength(64);
  });
});

describe('fedcredit audit verify --heads', () => {
  it('ends with 2, the line and the head, when a log is not what its witness saw', async () => {
    const state = here();
    await start(state);
    for (let i = 0; i < 3; i++) await ask();
    await stop();
    const file = join(state.platform, 'audit.jsonl');
    const lines = linesOf(readFileSync(file, 'utf8'));
    writeFileSync(file, textOf(lines.slice(0, 5)));
    expect(await verify(state)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/the log has 5 lines, bank witnessed 7 lines.*its end was cut off/s),
    });
    const broken = linesOf((await verify(state, '--json')).out).map((line) => JSON.parse(line));
    expect(broken).toMatchObject([
      { event: 'error', code: 'ERR_AUDIT_BROKEN', details: { line: 6, head: expect.stringContaining('line 3 of') } },
    ]);
    writeFileSync(file, Buffer.concat([Buffer.from(textOf(lines)), Buffer.from([0xff])]));
    expect(await verify(state)).toMatchObject({ status: 2, err: expect.stringContaining('cannot be read') });
  });

  it('takes keys as certificates, as pins with a name, and wants one for everyone who signed', async () => {
    const state = here();
    await start(state);
    await ask();
    await stop();
    const { platform, bank } = await testFederation();
    const base = ['audit', 'verify', join(state.platform, 'audit.jsonl'), '--heads', join(state.bank, 'witnessed/platform.jsonl')];
    expect((await cli(...base, '--key', `platform=${platform.pin}`, '--key', `bank=${bank.pin}`)).status).toBe(0);
    expect(await cli(...base, '--key', `platform=${platform.pin}`)).toMatchObject({
      status: 2,
      err: expect.stringContaining('signed by bank'),
    });
    expect(await cli(...base, '--key', `platform=${bank.pin}`, '--key', `bank=${bank.pin}`)).toMatchObject({
      status: 2,
      err: expect.stringContaining('is not signed by platform'),
    });
    const certificate = temp.write('bank.crt', bank.identity.certificate);
    expect(await cli(...base, '--key', `platform=${certificate}`)).toMatchObject({ status: 2, err: expect.stringContaining('is of bank') });
    expect(await cli(...base, '--key', 'nowhere.crt')).toMatchObject({ status: 2, err: expect.stringContaining('nowhere.crt') });
  });
});
