/** A pinned peer that does not behave: raw frames over real gRPC and TLS, against a real server (T48, T50, T52, T61). */

import { connect } from 'node:http2';
import { createSecureContext, connect as tlsConnect } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type Frame } from '../../../src/adapters/grpc/frames.ts';
import { type IncomingSession, PROTOCOL_VERSION, type SessionLimits } from '../../../src/adapters/grpc/index.ts';
import { SESSION_PATH } from '../../../src/adapters/grpc/service.ts';
import { CONTRACT, startServer, type TestServer, testFederation } from '../../support/federation.ts';

let running: TestServer | undefined;
const clients: Client[] = [];
const failures: { peer: string; code: unknown }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await running?.close();
  running = undefined;
  failures.length = 0;
});

const echo = async (incoming: IncomingSession): Promise<void> => {
  const session = await incoming.accept();
  await session.send('echo/answer', await session.receive('echo/question'));
  await session.close();
};

async function start(limits: Partial<SessionLimits> = {}, onSession = echo): Promise<TestServer> {
  running = await startServer(onSession, {
    limits,
    onFailedOpening: (peer, error) => failures.push({ peer, code: error instanceof Error && 'code' in error ? error.code : undefined }),
  });
  return running;
}

/** The node still serves an honest caller. */
async function expectServing({ link }: TestServer): Promise<void> {
  const session = await link().open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
  await session.send('echo/question', new Uint8Array([7]));
  expect(await session.receive('echo/answer')).toEqual(new Uint8Array([7]));
  await session.close();
}

const bytes = (value: Uint8Array): Buffer => Buffer.from(value);
type Raw = ClientDuplexStream<Uint8Array, Buffer>;

/** The bank's certificate in the hands of somebody who writes his own frames. */
async function rawStream({ address }: TestServer, metadata = new Metadata()): Promise<Raw> {
  const { bank } = await testFederation();
  const { certificate, privateKey, authority } = bank.identity;
  const context = createSecureContext({ cert: certificate, key: privateKey, ca: authority });
  const secure = credentials.createFromSecureContext(context, { checkServerIdentity: () => undefined });
  const client = new Client(address, secure, { 'grpc.ssl_target_name_override': 'fedcredit', 'grpc.use_local_subchannel_pool': 1 });
  clients.push(client);
  return client.makeBidiStreamRequest(SESSION_PATH, bytes, (raw: Buffer) => raw, metadata);
}

/** Everything the server says until it ends the session, and hangs up then. */
function answers(stream: Raw): Promise<Frame[]> {
  const frames: Frame[] = [];
  return new Promise((resolve) => {
    stream.on('data', (raw: Buffer) => {
      const frame = decodeFrame(raw);
      if (frame.type === 'end') stream.end();
      else frames.push(frame);
    });
    stream.on('error', () => resolve(frames));
    stream.on('end', () => resolve(frames));
  });
}

const open = (changes: Partial<Extract<Frame, { type: 'open' }>> = {}): Uint8Array =>
  encodeFrame({
    type: 'open',
    protocolVersion: PROTOCOL_VERSION,
    libraryVersion: '0.1.0',
    jobId: 'job-1',
    sessionId: new Uint8Array(32).fill(9),
    step: 'echo',
    contract: CONTRACT,
    ...changes,
  });

describe('a node and a peer that misbehaves', () => {
  it.each([
    ['bytes that are no frame', new Uint8Array([255, 255, 255, 1, 2]), 'ERR_PEER_MALFORMED_FRAME'],
    ['an empty frame', new Uint8Array(), 'ERR_PEER_MALFORMED_FRAME'],
    ['an unknown field', new Uint8Array([...open(), 0x7a, 1, 0]), 'ERR_PEER_MALFORMED_FRAME'],
    [
      'two contents in one frame',
      new Uint8Array([...open(), ...encodeFrame({ type: 'failure', code: 'ERR_X', sentence: '' })]),
      'ERR_PEER_MALFORMED_FRAME',
    ],
    ['deeply nested groups', new Uint8Array(5_000).fill(0x0b), 'ERR_PEER_MALFORMED_FRAME'],
    ['a short session id', open({ sessionId: new Uint8Array(31) }), 'ERR_PEER_MALFORMED_FRAME'],
    ['a job id that is a path', open({ jobId: '../../etc' }), 'ERR_PEER_MALFORMED_FRAME'],
    ['another protocol version', open({ protocolVersion: PROTOCOL_VERSION + 1 }), 'ERR_PEER_VERSION'],
    ['the protocol version before this', open({ protocolVersion: PROTOCOL_VERSION - 1 }), 'ERR_PEER_VERSION'],
    [
      'a message before the opening',
      encodeFrame({ type: 'chunk', sequence: 0, offset: 0, body: new Uint8Array(1) }),
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
    ['a contract above the limit', open({ contract: new Uint8Array(262_145) }), 'ERR_PEER_TOO_LARGE'],
  ])('refuses %s as opening, with a public sentence, and serves the next', async (_, first, code) => {
    const node = await start();
    const stream = await rawStream(node);
    stream.write(first);
    expect(await answers(stream)).toMatchObject([{ type: 'rejected', code, protocolVersion: PROTOCOL_VERSION }]);
    expect(failures).toEqual([{ peer: 'bank', code }]);
    await expectServing(node);
  });

  it.each([
    ['a second opening', open(), 'ERR_PEER_UNEXPECTED_MESSAGE'],
    [
      'an answer only the callee gives',
      encodeFrame({
        type: 'accepted',
        protocolVersion: PROTOCOL_VERSION,
        libraryVersion: '1',
        contractHash: new Uint8Array(32),
        graceMs: 0,
        token: new Uint8Array(),
      }),
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
    ['a piece without its head', encodeFrame({ type: 'chunk', sequence: 0, offset: 0, body: new Uint8Array(3) }), 'ERR_PEER_ALTERED'],
    [
      'a message out of sequence',
      encodeFrame({ type: 'message', sequence: 3, kind: 'echo/question', length: 1, transcript: new Uint8Array(32) }),
      'ERR_PEER_ALTERED',
    ],
    [
      'a message of 4 GB',
      encodeFrame({ type: 'message', sequence: 0, kind: 'echo/question', length: 0xffffffff, transcript: new Uint8Array(32) }),
      'ERR_PEER_TOO_LARGE',
    ],
    [
      'a kind that is not a name',
      encodeFrame({ type: 'message', sequence: 0, kind: '../x y', length: 1, transcript: new Uint8Array(32) }),
      'ERR_PEER_MALFORMED_FRAME',
    ],
    [
      'a false transcript',
      encodeFrame({ type: 'message', sequence: 0, kind: 'echo/question', length: 0, transcript: new Uint8Array(32) }),
      'ERR_PEER_ALTERED',
    ],
    [
      'a close that does not add up',
      encodeFrame({ type: 'close', sent: 5, received: 0, sentTranscript: new Uint8Array(32), receivedTranscript: new Uint8Array(32) }),
      'ERR_PEER_ALTERED',
    ],
  ])('ends a session on %s and serves the next', async (_, second, code) => {
    const node = await start();
    const stream = await rawStream(node);
    stream.write(open());
    stream.write(second);
    expect(await answers(stream)).toMatchObject([{ type: 'accepted' }, { type: 'failure', code }]);
    await expectServing(node);
  });

  it('drops a frame above the limit', async () => {
    const node = await start();
    const stream = await rawStream(node);
    stream.write(open());
    stream.write(new Uint8Array(1_000_000));
    expect((await answers(stream)).length).toBeLessThanOrEqual(2);
    await expectServing(node);
  });

  it('does not unpack a compressed bomb', async () => {
    const node = await start();
    const before = process.memoryUsage().rss;
    await sendCompressed(node, gzipSync(new Uint8Array(64 * 1024 * 1024)));
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
    await expectServing(node);
  });

  it('hangs up on a stream that never opens a session', async () => {
    const node = await start({ openTimeoutMs: 500 });
    const stream = await rawStream(node);
    expect(await answers(stream)).toMatchObject([{ type: 'rejected', code: 'ERR_TRANSPORT_TIMEOUT' }]);
    await expectServing(node);
  });

  it('hangs up on a peer that goes silent in the middle of a message', async () => {
    const node = await start({ idleTimeoutMs: 500 });
    const stream = await rawStream(node);
    stream.write(open());
    stream.write(encodeFrame({ type: 'message', sequence: 0, kind: 'echo/question', length: 10, transcript: new Uint8Array(32) }));
    expect(await answers(stream)).toMatchObject([{ type: 'accepted' }, { type: 'failure', code: 'ERR_TRANSPORT_TIMEOUT' }]);
    await expectServing(node);
  });

  it('lets no peer have more sessions than its share, and says so', async () => {
    const node = await start({ maxSessionsPerPeer: 2 });
    const link = node.link();
    const sessions = await Promise.all([1, 2].map(() => link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT })));
    await expect(link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT })).rejects.toMatchObject({ code: 'ERR_REFUSED_BUSY' });
    for (const session of sessions) session.abort(new Error('enough'));
    await expect.poll(() => node.server.sessions()).toBe(0);
    await expectServing(node);
  });

  it('stops reading when a peer sends faster than the step receives', async () => {
    let release: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const node = await start({ maxBufferedBytes: 1_000_000 }, async (incoming) => {
      const session = await incoming.accept();
      await wait;
      for (let i = 0; i < 30; i++) await session.receive('flood/block');
      await session.close();
    });
    const session = await node.link().open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
    let sent = 0;
    const flood = (async () => {
      for (let i = 0; i < 30; i++) {
        await session.send('flood/block', new Uint8Array(1_000_000));
        sent += 1;
      }
      await session.close();
    })();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sent).toBeLessThan(30);
    release();
    await flood;
  });
});

/** One gRPC message with the compressed flag, by hand. */
async function sendCompressed({ server }: TestServer, packed: Uint8Array): Promise<void> {
  const { bank } = await testFederation();
  const { certificate, privateKey, authority } = bank.identity;
  const socket = tlsConnect({
    host: '127.0.0.1',
    port: server.port,
    cert: certificate,
    key: privateKey,
    ca: authority,
    ALPNProtocols: ['h2'],
    checkServerIdentity: () => undefined,
  });
  const session = connect('https://fedcredit', { createConnection: () => socket });
  const headers = { ':method': 'POST', ':path': SESSION_PATH, 'content-type': 'application/grpc', te: 'trailers', 'grpc-encoding': 'gzip' };
  const stream = session.request(headers);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(1, 0);
  prefix.writeUInt32BE(packed.length, 1);
  stream.end(Buffer.concat([prefix, packed]));
  stream.resume();
  await new Promise<void>((resolve) => {
    stream.on('error', () => resolve());
    stream.on('close', () => resolve());
  });
  session.destroy();
}
