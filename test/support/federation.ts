/**
 * A federation in one process: an authority, a platform and a bank with certificates of one day, a server on a free loopback port, links to
 * it. Certificates are made once a test file.
 */

import { type Authority, createAuthority, issueCertificate, type Pin } from '../../src/adapters/certificates/index.ts';
import {
  connectPeer,
  type FederationServer,
  type IncomingSession,
  type PeerLink,
  type ServeOptions,
  type SessionLimits,
  serveFederation,
  type TlsIdentity,
} from '../../src/adapters/grpc/index.ts';
import { type Clock, systemRandom } from '../../src/base/index.ts';

export const systemClock: Clock = { now: () => Date.now() };

export interface TestParty {
  readonly id: string;
  readonly pin: Pin;
  readonly identity: TlsIdentity;
}

export interface TestFederation {
  readonly authority: Authority;
  readonly platform: TestParty;
  readonly bank: TestParty;
  /** A member of the federation whom nobody has pinned. */
  readonly stranger: TestParty;
  issue(id: string, options?: { validDays?: number; authority?: Authority }): Promise<TestParty>;
}

let shared: Promise<TestFederation> | undefined;

/** The certificates, made once a process. */
export function testFederation(): Promise<TestFederation> {
  shared ??= makeFederation();
  return shared;
}

async function makeFederation(): Promise<TestFederation> {
  const now = Date.now();
  const authority = await createAuthority({ name: 'test federation', now, validDays: 1 });
  const issue: TestFederation['issue'] = async (id, { validDays = 1, authority: issuer = authority } = {}) => {
    const { certificatePem, privateKeyPem, pin } = await issueCertificate(issuer, { party: id, now, validDays });
    return { id, pin, identity: { certificate: certificatePem, privateKey: privateKeyPem, authority: issuer.certificatePem } };
  };
  return { authority, platform: await issue('platform'), bank: await issue('bank'), stranger: await issue('stranger'), issue };
}

export interface TestServer {
  readonly server: FederationServer;
  readonly address: string;
  /** A link of the bank, or of whoever is given. */
  link(options?: LinkOptions): PeerLink;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly as?: TestParty;
  readonly expect?: { readonly id: string; readonly pin: string };
  readonly limits?: Partial<SessionLimits>;
}

/** Serves sessions of the bank at the platform. */
export async function startServer(
  onSession: (incoming: IncomingSession) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const { platform, bank } = await testFederation();
  const server = await serveFederation({
    party: 'platform',
    identity: platform.identity,
    peers: [{ id: 'bank', pin: bank.pin }],
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    describe: () => ({ partyId: 'platform', partyName: '测试平台', assets: [], steps: [] }),
    onSession,
    ...options,
  });
  const address = `127.0.0.1:${server.port}`;
  const links: PeerLink[] = [];
  return {
    server,
    address,
    link({ as = bank, expect = platform, limits } = {}) {
      const link = connectPeer({
        party: as.id,
        identity: as.identity,
        peer: { id: expect.id, pin: expect.pin },
        address,
        clock: systemClock,
        random: systemRandom,
        limits,
      });
      links.push(link);
      return link;
    },
    async close() {
      for (const link of links) link.close();
      await server.close(0);
    },
  };
}

export const CONTRACT = new TextEncoder().encode('{"test":true}');
