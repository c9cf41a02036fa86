/** A TCP proxy that cuts: on demand, or after so many bytes of either direction. What lies on its way then is lost, as on a real line. */
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
    const end = (): void => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    const carry = (to: Socket) => (data: Buffer) => {
      carried += data.length;
      if (carried <= everyBytes) {
        to.write(data);
        return;
      }
      cuts += 1;
      end();
    };
    near.on('data', carry(far));
    far.on('data', carry(near));
    for (const socket of pair) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = (): void => {
    for (const pair of [...pairs]) {
      cuts += 1;
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    }
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
