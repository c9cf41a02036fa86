/** A node, and a bank whose way to it leads through a proxy that cuts. */
import { connectPeer, type IncomingSession, type LineNotice, type PeerLink, type SessionLimits } from '../../src/adapters/grpc/index.ts';
import { systemRandom } from '../../src/base/index.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { startServer, systemClock, type TestServer, testFederation } from './federation.ts';

export interface CutLines {
  readonly node: TestServer;
  readonly proxy: CuttingProxy;
  readonly link: PeerLink;
  /** What both sides hear of the line; `peer` tells whose word it is. */
  readonly notices: readonly LineNotice[];
  close(): Promise<void>;
}

export interface CutLinesOptions {
  /** Bytes after which a connection is cut. @default never */
  readonly everyBytes?: number;
  readonly limits?: Partial<SessionLimits>;
}

export async function cutLines(
  onSession: (incoming: IncomingSession) => Promise<void>,
  { everyBytes, limits = {} }: CutLinesOptions = {},
): Promise<CutLines> {
  const { platform, bank } = await testFederation();
  const notices: LineNotice[] = [];
  const onLine = (notice: LineNotice): void => void notices.push(notice);
  const node = await startServer(onSession, { limits, onLine });
  const proxy = await cuttingProxy(node.address, everyBytes);
  const { address } = proxy;
  const ports = { clock: systemClock, random: systemRandom };
  const link = connectPeer({ party: 'bank', identity: bank.identity, peer: platform, address, ...ports, limits, onLine });
  return {
    node,
    proxy,
    link,
    notices,
    async close() {
      link.close();
      await proxy.close();
      await node.close();
    },
  };
}
