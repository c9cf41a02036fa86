/** A pinned node that does not behave, against a real caller: what the caller refuses to believe. */

import { createServer, type Server as TlsServer } from 'node:tls';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame, type Frame } from '../../../src/adapters/grpc/frames.ts';
import { connectPeer, type PeerLink, PROTOCOL_VERSION } from '../../../src/adapters/grpc/index.ts';
import { federationService } from '../../../src/adapters/grpc/service.ts';
import { sha256 } from '../../../src/adapters/grpc/transcript.ts';
import { systemRandom } from '../../../src/base/index.ts';
import { CONTRACT, systemClock, testFederation } from '../../support/federation.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A node with the platform's key that answers every stream with these frames. */
async function nodeThatSays(...frames: readonly Frame[]): Promise<PeerLink> {
  const { platform, bank } = await testFederation();
  const { certificate, privateKey, authority } = platform.identity;
  const server = new Server();
  server.addService(federationService, {
    Describe: () => {},
    Session: (call: ServerDuplexStream<Buffer, Uint8Array>) => {
      call.on('error', () => {});
      call.once('data', () => {
        for (const frame of frames) call.write(encodeFrame(frame));
      });
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
    limits: { openTimeoutMs: 5_000 },
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
