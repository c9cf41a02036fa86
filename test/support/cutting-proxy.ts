/**
 * A TCP proxy that cuts: on demand, or after so many bytes. What lies on its way then is lost, as on a real line. It hangs up on both sides and does
 * not reset them: a reset while Node writes may go unseen until a keepalive finds it, and no test waits so long.
 */
import { createServer, connect as dial, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly address: string;
  /** Connections that were cut. */
  cuts(): number;
  /** Connections that were made. */
  connections(): number;
  /** Cuts every connection now. */
  cut(): void;
  /** Lets nobody through, or everybody again. */
  refuse(refusing: boolean): void;
  close(): Promise<void>;
}

/** @param everyBytes cuts a connection when it has carried so many, both directions together; default never */
export async function cuttingProxy(target: string, everyBytes = Number.POSITIVE_INFINITY): Promise<CuttingProxy> {
  const [host, port] = [target.slice(0, target.lastIndexOf(':')), Number(target.slice(target.lastIndexOf(':') + 1))];
  const pairs = new Set<readonly Socket[]>();
  let cuts = 0;
  let connections = 0;
  let refusing = false;
  const hangUp = (pair: readonly Socket[]): void => {
    pairs.delete(pair);
    for (const socket of pair) socket.removeAllListeners('data').resume().end();
  };
  const cutPair = (pair: readonly Socket[]): void => {
    cuts += 1;
    hangUp(pair);
  };
  const server = createServer((near) => {
    if (refusing) {
      near.resetAndDestroy();
      return;
    }
    connections += 1;
    const far = dial(port, host);
    for (const socket of [near, far]) socket.setNoDelay(true);
    const pair = [near, far] as const;
    pairs.add(pair);
    let carried = 0;
    const carry = (to: Socket) => (data: Buffer) => {
      carried += data.length;
      if (carried <= everyBytes) {
        to.write(data);
        return;
      }
      if (pairs.has(pair)) cutPair(pair);
    };
    near.on('data', carry(far));
    far.on('data', carry(near));
    for (const socket of pair) socket.on('error', () => hangUp(pair)).on('close', () => hangUp(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = (): void => {
    for (const pair of [...pairs]) cutPair(pair);
  };
  return {
    address: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cuts: () => cuts,
    connections: () => connections,
    cut,
    refuse: (now) => {
      refusing = now;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
