/** One federated training, both parties in one process over memory channels or in two processes over mutual TLS, and what it cost. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectPeer } from '../../src/adapters/grpc/index.ts';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { systemRandom } from '../../src/base/index.ts';
import { featureHolder, type LabelPartyResult, labelParty } from '../../src/federated/vertical/gbdt/index.ts';
import type { EngineName, HeEngine } from '../../src/he/index.ts';
import type { GbdtParams } from '../../src/learn/trees/index.ts';
import { type MeteredChannel, type Traffic, totalBytes } from '../../src/protocol/index.ts';
import { testFederation } from '../../test/support/federation.ts';
import { type DataSpec, dataOf, tableOf } from './gbdt-data.ts';
import type { FromPlatform, ToPlatform } from './gbdt-platform.ts';

export interface GbdtJob {
  readonly data: DataSpec;
  readonly params: GbdtParams;
  readonly engine: EngineName;
  /** Bits a second that the job states of its link. */
  readonly bandwidth: number | undefined;
  readonly threads: number;
}

/** What a process used: seconds of processor time, 4 KiB pages it touched for the first time, peak resident bytes. */
export interface Usage {
  readonly user: number;
  readonly system: number;
  readonly pageFaults: number;
  readonly peakBytes: number;
}

export interface GbdtRun {
  readonly bank: LabelPartyResult;
  /** Wall-clock seconds from the proposal to the finished model. */
  readonly seconds: number;
  /** Wall-clock second at which each tree was finished. */
  readonly treeSeconds: readonly number[];
  readonly usage: readonly Usage[];
  readonly traffic: Traffic;
  readonly bytesATree: number;
}

export function usageSince(start: NodeJS.ResourceUsage): Usage {
  const end = process.resourceUsage();
  return {
    user: (end.userCPUTime - start.userCPUTime) / 1e6,
    system: (end.systemCPUTime - start.systemCPUTime) / 1e6,
    pageFaults: end.minorPageFault - start.minorPageFault,
    peakBytes: end.maxRSS * 1024,
  };
}

export async function runInProcess(job: GbdtJob, engine: HeEngine): Promise<GbdtRun> {
  const data = dataOf(job.data);
  const held = tableOf(data, data.held);
  const { a, b } = channelPair();
  const start = process.resourceUsage();
  const [run] = await Promise.all([trainBank(job, engine, a), featureHolder(b, { table: held }, { engine, random: systemRandom })]);
  return { ...run, usage: [usageSince(start)] };
}

/** The platform runs in a process of its own; every answer's bits are debited on its disk before it leaves. */
export async function runOverTls(job: GbdtJob, engine: HeEngine): Promise<GbdtRun> {
  const { platform, bank } = await testFederation();
  const child = fork(fileURLToPath(new URL('./gbdt-platform.ts', import.meta.url)));
  const says = <K extends FromPlatform['kind']>(kind: K): Promise<Extract<FromPlatform, { kind: K }>> =>
    new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the platform's process ended with ${code}`)));
      child.on('message', (message: FromPlatform) => message.kind === kind && resolve(message as Extract<FromPlatform, { kind: K }>));
    });
  const listening = says('listening');
  const order: ToPlatform = { identity: platform.identity, bankPin: bank.pin, data: job.data, engine: job.engine, threads: job.threads };
  child.send(order);
  const link = connectPeer({
    party: 'bank',
    identity: bank.identity,
    peer: { id: 'platform', pin: platform.pin },
    address: `127.0.0.1:${(await listening).port}`,
    clock: { now: Date.now },
    random: systemRandom,
  });
  try {
    const done = says('done');
    const start = process.resourceUsage();
    const session = await link.open({ jobId: 'bench', step: 'train', contract: new TextEncoder().encode('{}') });
    const run = await trainBank(job, engine, session);
    await session.close();
    return { ...run, usage: [usageSince(start), (await done).usage] };
  } finally {
    link.close();
    child.removeAllListeners('exit');
    child.disconnect();
  }
}

async function trainBank(job: GbdtJob, engine: HeEngine, channel: MeteredChannel): Promise<Omit<GbdtRun, 'usage'>> {
  const data = dataOf(job.data);
  const table = tableOf(data, data.own);
  const started = performance.now();
  const treeSeconds: number[] = [];
  const input = {
    table,
    labels: data.labels,
    params: job.params,
    ...(job.bandwidth !== undefined && { bandwidth: job.bandwidth }),
    checkpoint: () => void treeSeconds.push((performance.now() - started) / 1000),
  };
  const bank = await labelParty([{ holder: 'platform', channel }], input, { engine, random: systemRandom });
  const traffic = channel.traffic();
  const bytesATree = (totalBytes(traffic.sent) + totalBytes(traffic.received)) / bank.model.trees.length;
  return { bank, seconds: (performance.now() - started) / 1000, treeSeconds, traffic, bytesATree };
}
