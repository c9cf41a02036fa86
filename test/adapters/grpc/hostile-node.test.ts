/** A pinned node that does not behave, against a real caller: what the caller refuses to believe. */

import { createServer, type Server as TlsServer } from 'node:tls';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type Frame, type ReattachFrame } from '../../../src/adapters/grpc/frames.ts';
import { connectPeer, type PeerLink, PROTOCOL_VERSION, type Session } from '../../../src/adapters/grpc/index.ts';
import { reattachProof } from '../../../src/adapters/grpc/reattach-proof.ts';
import { federationService } from '../../../src/adapters/grpc/service.ts';
import { sha256 } from '../../../src/adapters/grpc/transcript.ts';
import { systemRandom } from '../../../src/base/index.ts';
import { CONTRACT, systemClock, testFederation } from '../../support/federation.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A node with the platform's key that answers every stream with these frames. */
const nodeThatSays = (...frames: readonly Frame[]): Promise<PeerLink> =>
  nodeThat((call) => {
    for (const frame of frames) say(call, frame);
  });

type Call = ServerDuplexStream<Buffer, Uint8Array>;
const say = (call: Call, frame: Frame): void => void call.write(encodeFrame(frame));

/** A node with the platform's key that does this with the first frame of every stream. */
async function nodeThat(answer: (call: Call, first: Frame) => void): Promise<PeerLink> {
  const { platform, bank } = await testFederation();
  const { certificate, privateKey, authority } = platform.identity;
  const server = new Server();
  server.addService(federationService, {
    Describe: () => {},
    Session: (call: Call) => {
      call.on('error', () => {});
      call.once('data', (first: Buffer) => answer(call, decodeFrame(first)));
    },
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const door: TlsServer = createServer(
    { cert: certificate, key: privateKey, ca: authority, ALPNProtocols: ['h2'], requestCert: true },
    (socket) => injector.injectConnection(socket),
  );
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = door.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const link = connectPeer({
    party: 'bank',
    identity: bank.identity,
    peer: platform,
    address: `127.0.0.1:${port}`,
    clock: systemClock,
    random: systemRandom,
    limits: { openTimeoutMs: 5_000, idleTimeoutMs: 5_000 },
  });
  ends.push(() => {
    link.close();
    injector.destroy();
    server.forceShutdown();
    door.close();
  });
  return link;
}

const accepted = (changes: Partial<Extract<Frame, { type: 'accepted' }>> = {}): Frame => ({
  type: 'accepted',
  protocolVersion: PROTOCOL_VERSION,
  libraryVersion: '9.9.9',
  contractHash: sha256(CONTRACT),
  graceMs: 0,
  token: new Uint8Array(),
  ...changes,
});
const OTHER_VERSION = PROTOCOL_VERSION + 1;
const open = (link: PeerLink): Promise<unknown> => link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });

describe('a caller and a node that misbehaves', () => {
  it('believes an answer that fits', async () => {
    await expect(open(await nodeThatSays(accepted()))).resolves.toBeDefined();
  });

  it('refuses a node that read another contract', async () => {
    const link = await nodeThatSays(accepted({ contractHash: sha256(new Uint8Array([1])) }));
    await expect(open(link)).rejects.toMatchObject({ code: 'ERR_PEER_CONTRACT' });
  });

  it.each([
    ['accepts in', accepted({ protocolVersion: OTHER_VERSION })],
    [
      'asks for',
      { type: 'rejected', code: 'ERR_PEER_VERSION', sentence: '', protocolVersion: OTHER_VERSION, libraryVersion: '9.9.9' } as const,
    ],
  ])('refuses a node that %s another version, and names both', async (_, answer) => {
    const error: unknown = await open(await nodeThatSays(answer)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_PEER_VERSION',
      details: { ownProtocolVersion: PROTOCOL_VERSION, peerProtocolVersion: OTHER_VERSION, peerLibraryVersion: '9.9.9' },
    });
    expect(String(error)).toMatch(new RegExp(`version ${PROTOCOL_VERSION} .*speaks ${OTHER_VERSION} \\(fedcredit 9\\.9\\.9\\)`));
  });

  it('refuses an answer that is none', async () => {
    const link = await nodeThatSays({ type: 'chunk', sequence: 0, offset: 0, body: new Uint8Array(1) });
    await expect(open(link)).rejects.toMatchObject({ code: 'ERR_PEER_UNEXPECTED_MESSAGE' });
  });

  it('passes on a report of an unknown code as the peer’s words, and never as its own code', async () => {
    const link = await nodeThatSays({ type: 'failure', code: 'ERR_DATA_MISSING_COLUMN', sentence: 'something else' });
    await expect(open(link)).rejects.toMatchObject({
      code: 'ERR_PEER_REPORTED',
      details: { peerCode: 'ERR_DATA_MISSING_COLUMN', peerSentence: 'something else' },
    });
  });
});

describe('a caller whose line was lost, and a node that answers falsely', () => {
  const TOKEN = new Uint8Array(32).fill(5);
  const reattached = ({ sessionId, attempt }: ReattachFrame, received: number, token = TOKEN): Frame => {
    const proof = reattachProof(token, { from: 'callee', sessionId, attempt, received });
    return { type: 'reattached', received, proof };
  };

  /** A node that accepts, hangs up at the caller's first word, and answers its coming back like this. */
  async function sessionWith(answer: (frame: ReattachFrame) => Frame, heard: (frame: Frame) => void = () => {}): Promise<Session> {
    const link = await nodeThat((call, first) => {
      if (first.type === 'open') {
        say(call, accepted({ graceMs: 60_000, token: TOKEN }));
        call.once('data', () => call.end());
      } else if (first.type === 'reattach') {
        say(call, answer(first));
        call.on('data', (bytes: Buffer) => heard(decodeFrame(bytes)));
      }
    });
    return link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
  }

  it.each([
    [
      'without proof of the token',
      (frame: ReattachFrame) =>
        reattached(
          frame,
          0,
          TOKEN.map((b) => b ^ 1),
        ),
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
    [
      'with the caller’s own proof',
      (frame: ReattachFrame): Frame => ({ type: 'reattached', received: 0, proof: frame.proof }),
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
    ['with more frames than it was sent', (frame: ReattachFrame) => reattached(frame, 7), 'ERR_PEER_ALTERED'],
    ['with another frame', (): Frame => ({ type: 'ack', received: 0 }), 'ERR_PEER_UNEXPECTED_MESSAGE'],
  ] as const)('ends the session %s, and tells the node', async (_, answer, code) => {
    const heard: Frame[] = [];
    const session = await sessionWith(answer, (frame) => heard.push(frame));
    await expect(session.receive('echo/answer')).rejects.toMatchObject({ code, blame: 'peer' });
    await expect.poll(() => heard).toMatchObject([{ type: 'failure', code }]);
  });

  it('that knows nothing of the session: the line is lost, as ever', async () => {
    const unknown = { type: 'rejected', code: 'ERR_REFUSED_REATTACH', sentence: '', protocolVersion: 3, libraryVersion: '9.9.9' } as const;
    const session = await sessionWith(() => unknown);
    await expect(session.receive('echo/answer')).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED', blame: 'transport' });
  });

  it('that is busy is asked again', async () => {
    const busy = { type: 'rejected', code: 'ERR_REFUSED_BUSY', sentence: '', protocolVersion: 3, libraryVersion: '9.9.9' } as const;
    const attempts: number[] = [];
    const session = await sessionWith((frame) => {
      attempts.push(frame.attempt);
      return frame.attempt < 3 ? busy : reattached(frame, 0);
    });
    await expect.poll(() => attempts).toEqual([1, 2, 3]);
    expect(session.signal.aborted).toBe(false);
  });
});
