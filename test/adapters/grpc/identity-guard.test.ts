/** T58 and T52 where other guards stand behind the one in question: each is seen alone. */
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrameLink } from '../../../src/adapters/grpc/frame-link.ts';
import { encodeFrame } from '../../../src/adapters/grpc/frames.ts';
import { pinTable } from '../../../src/adapters/grpc/identity.ts';
import { DEFAULT_LIMITS } from '../../../src/adapters/grpc/limits.ts';
import { openedSession } from '../../../src/adapters/grpc/session.ts';
import { sha256, Transcript } from '../../../src/adapters/grpc/transcript.ts';
import { startServer, type TestParty, type TestServer, testFederation } from '../../support/federation.ts';

const BINDING = {
  caller: 'bank',
  callee: 'platform',
  jobId: 'job-1',
  step: 'echo',
  sessionId: new Uint8Array(32),
  contractHash: new Uint8Array(32),
};

let running: TestServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const start = async (): Promise<TestServer> => {
  running = await startServer(async (incoming) => incoming.reject(new Error('not asked for')));
  return running;
};

interface Greeting {
  /** The handshake was completed under this protocol. */
  readonly protocol: string | undefined;
  /** Bytes that came back after the handshake. */
  readonly bytes: number;
  readonly ended: boolean;
}

/** Shakes hands as `party`, says the first words of HTTP/2, and tells what came back until the other side hung up or 700 ms passed. */
function greet({ server }: TestServer, party: TestParty, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Greeting> {
  const { certificate, privateKey } = party.identity;
  return new Promise((resolve) => {
    let protocol: string | undefined;
    let bytes = 0;
    const done = (ended: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ protocol, bytes, ended });
    };
    const timer = setTimeout(() => done(false), 700);
    const socket = connect({
      host: '127.0.0.1',
      port: server.port,
      cert: certificate,
      key: privateKey,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
      maxVersion,
    });
    socket.on('secureConnect', () => {
      protocol = socket.getProtocol() ?? undefined;
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    });
    socket.on('data', (data: Buffer) => {
      bytes += data.length;
    });
    socket.on('error', () => done(true));
    socket.on('close', () => done(true));
  });
}

describe('the door', () => {
  it('opens for a pinned caller that speaks TLS 1.3', async () => {
    const { bank } = await testFederation();
    const greeting = await greet(await start(), bank, 'TLSv1.3');
    expect(greeting).toMatchObject({ protocol: 'TLSv1.3', ended: false });
    expect(greeting.bytes).toBeGreaterThan(0);
  });

  it('a caller that offers TLS 1.2 gets no handshake (T58)', async () => {
    const { bank } = await testFederation();
    expect(await greet(await start(), bank, 'TLSv1.2')).toMatchObject({ protocol: undefined, bytes: 0, ended: true });
  });

  it('a stranger’s connection is ended, and no byte of HTTP/2 is answered (T58)', async () => {
    const { stranger } = await testFederation();
    expect(await greet(await start(), stranger, 'TLSv1.3')).toMatchObject({ bytes: 0, ended: true });
  });

  it('one key for two parties is refused at start (T58)', async () => {
    const { bank } = await testFederation();
    expect(() =>
      pinTable([
        { id: 'bank', pin: bank.pin },
        { id: 'other', pin: bank.pin },
      ]),
    ).toThrowError(expect.objectContaining({ code: 'ERR_CONFIG_PIN' }));
    expect(() => pinTable([{ id: 'bank', pin: 'sha256/short' }])).toThrowError(expect.objectContaining({ code: 'ERR_CONFIG_PIN' }));
  });
});

describe('a session', () => {
  it('nothing is delivered after a violation, however good (T52)', async () => {
    const quiet: FrameLink = { write: async () => {}, end() {}, destroy() {}, pause() {}, resume() {}, listen() {} };
    const { session, input } = openedSession(quiet, { role: 'callee', peer: 'bank', binding: BINDING, limits: DEFAULT_LIMITS });
    input.frame(encodeFrame({ type: 'message', sequence: 5, kind: 'talk/line', length: 1, transcript: new Uint8Array(32) }));
    const body = Uint8Array.of(1);
    const transcript = new Transcript(BINDING, 'caller').append('talk/line', 1, sha256(body));
    input.frame(encodeFrame({ type: 'message', sequence: 0, kind: 'talk/line', length: 1, transcript }));
    input.frame(encodeFrame({ type: 'chunk', sequence: 0, offset: 0, body }));
    await expect(session.receive('talk/line')).rejects.toMatchObject({ code: 'ERR_PEER_ALTERED' });
  });
});
