/**
 * A federation in one process: an authority, a platform and a bank with certificates of one day, a server on a free loopback port, links to
 * it. Certificates are made once a test file.
 */

import { type Authority, createAuthority, issueCertificate, type Pin } from '../../src/adapters/certificates/index.ts';
import {
  connectPeer,
  type FederationServer,
  type IncomingSession,
  type LastWords,
  type PeerLink,
  type ServeOptions,
  type Session,
  type SessionLimits,
  serveFederation,
  type TlsIdentity,
} from '../../src/adapters/grpc/index.ts';
import { type Clock, silentLogger, systemRandom } from '../../src/base/index.ts';
import {
  type Audit,
  type Contract,
  type ContractTerms,
  makeContract,
  type NodeOptions,
  openAudit,
  type PolicyRule,
  type RunningNode,
  type StepHandlers,
  startNode,
} from '../../src/node/index.ts';

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
    random: systemRandom,
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
      const link = linkTo(address, { as, expect, limits });
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

/** Terms that `testRules` allow. */
export function testContract(changes: Partial<ContractTerms> = {}): Contract {
  return makeContract({
    format: 'fedcredit/contract/1',
    jobId: 'job-1',
    caller: 'bank',
    callee: 'platform',
    purpose: '测试 (a test)',
    asset: 'firms',
    columns: ['social_insurance_headcount'],
    steps: ['echo', 'again'],
    maxRows: 1_000,
    maxTrees: 30,
    maxDepth: 3,
    minSupport: 100,
    parameters: {},
    disclosure: [],
    ...changes,
  });
}

export const testRules: readonly PolicyRule[] = [
  {
    peer: 'bank',
    steps: ['echo', 'again'],
    asset: 'firms',
    columns: ['social_insurance_headcount', 'electricity_kwh'],
    maxRows: 100_000,
    maxTrees: 100,
    maxDepth: 6,
    minSupport: 100,
  },
];

export interface TestNode {
  readonly node: RunningNode;
  readonly address: string;
  readonly stateFolder: string;
  link(options?: LinkOptions): PeerLink;
  /** Opens a session under `testContract(changes)`; its close exchanges audit heads with the bank's own log, beside the node's state. */
  open(step: string, changes?: Partial<ContractTerms>): Promise<Session>;
  close(): Promise<void>;
}

/** A whole node of the platform with these handlers, on a free loopback port, and the bank's way to it. */
export async function startTestNode(handlers: StepHandlers, stateFolder: string, options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const { platform, bank } = await testFederation();
  const node = await startNode({
    party: { id: 'platform', name: '测试平台' },
    identity: platform.identity,
    peers: [{ id: 'bank', pin: bank.pin }],
    host: '127.0.0.1',
    port: 0,
    rules: testRules,
    budgets: new Map([['bank', 1_000]]),
    stateFolder,
    handlers,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    ...options,
  });
  const address = `127.0.0.1:${node.port}`;
  let bankAudit: Promise<Audit> | undefined;
  const bankLastWords: LastWords = async (receipt, farewell) => {
    const peers = [{ id: 'platform', pin: platform.pin }];
    bankAudit ??= openAudit({ stateFolder: `${stateFolder}-bank`, party: 'bank', identity: bank.identity, peers, clock: systemClock });
    const audit = await bankAudit;
    await audit.log.append('session-closed', { ...receipt });
    await audit.exchangeHeads('platform', farewell);
  };
  const links: PeerLink[] = [];
  const link: TestNode['link'] = (linkOptions = {}) => {
    const made = linkTo(address, { as: bank, expect: platform, ...linkOptions });
    links.push(made);
    return made;
  };
  return {
    node,
    address,
    stateFolder,
    link,
    async open(step, changes) {
      const contract = testContract(changes);
      const session = await link().open({ jobId: contract.terms.jobId, step, contract: contract.bytes });
      return { ...session, close: (lastWords) => session.close(lastWords ?? bankLastWords) };
    },
    async close() {
      for (const open of links) open.close();
      await node.close(500);
    },
  };
}

function linkTo(address: string, { as, expect, limits }: Required<Pick<LinkOptions, 'as' | 'expect'>> & LinkOptions): PeerLink {
  return connectPeer({
    party: as.id,
    identity: as.identity,
    peer: { id: expect.id, pin: expect.pin },
    address,
    clock: systemClock,
    random: systemRandom,
    limits,
  });
}
