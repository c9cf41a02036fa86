/** The platform's process of the two-process benchmark: a node's server, one session, durable debits. Told by its parent what to do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IncomingSession, serveFederation, type TlsIdentity } from '../../src/adapters/grpc/index.ts';
import { systemRandom } from '../../src/base/index.ts';
import { featureHolder } from '../../src/federated/vertical/gbdt/index.ts';
import type { EngineName } from '../../src/he/index.ts';
import { fileBudgets } from '../../src/node/budget.ts';
import { loadEngine } from '../../src/pipeline/engine.ts';
import { type DataSpec, dataOf, tableOf } from './gbdt-data.ts';
import { type Usage, usageSince } from './gbdt-run.ts';

export interface ToPlatform {
  readonly identity: TlsIdentity;
  readonly bankPin: string;
  readonly data: DataSpec;
  readonly engine: EngineName;
  readonly threads: number;
}

export type FromPlatform = { readonly kind: 'listening'; readonly port: number } | { readonly kind: 'done'; readonly usage: Usage };

const say = (message: FromPlatform): void => void process.send?.(message);

process.once('message', async (order: ToPlatform) => {
  const { identity, bankPin, engine: name, threads } = order;
  const data = dataOf(order.data);
  const table = tableOf(data, data.held);
  const engine = await loadEngine(name, { threads });
  const folder = await mkdtemp(join(tmpdir(), 'fedcredit-bench-'));
  const budget = fileBudgets({ folder, clock: { now: Date.now }, bitsPerMonth: new Map([['bank', 1e15]]) }).of('bank');
  const onSession = async (incoming: IncomingSession): Promise<void> => {
    const start = process.resourceUsage();
    const session = await incoming.accept();
    const ports = { engine, random: systemRandom, signal: session.signal, debit: (bits: number) => budget.debit(bits) };
    await featureHolder(session, { table }, ports);
    await session.close();
    say({ kind: 'done', usage: usageSince(start) });
  };
  const server = await serveFederation({
    party: 'platform',
    identity,
    peers: [{ id: 'bank', pin: bankPin }],
    host: '127.0.0.1',
    port: 0,
    clock: { now: Date.now },
    random: systemRandom,
    describe: () => ({ partyId: 'platform', partyName: 'platform', assets: [], steps: [] }),
    onSession,
  });
  say({ kind: 'listening', port: server.port });
  process.once('disconnect', async () => {
    await server.close(0);
    await engine.dispose();
    await rm(folder, { recursive: true });
  });
});
