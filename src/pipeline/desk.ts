/** Opening a bank's desk: configuration, job, own rows, link to the platform, contract. One place for every command of the bank. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { lineSentence } from '../adapters/grpc/index.ts';
import { type WorkerExecutor, workerExecutor } from '../adapters/workers/index.ts';
import { type Clock, InputError, type Logger, type Progress, type SecureRandom } from '../base/index.ts';
import { type LimitPolicy, parseLimitPolicy } from '../credit/index.ts';
import type { HeEngine } from '../he/index.ts';
import { type Caller, fileJobStores, type JsonValue, type LoadedConfig, loadConfig, readYaml, startCaller } from '../node/index.ts';
import { assetLibrary } from './assets.ts';
import { contractOf } from './contract.ts';
import { loadEngine } from './engine.ts';
import { type JobSpec, jobSchemaFor, withModel } from './job.ts';
import type { ModelKind } from './model-sections.ts';
import type { BankDesk } from './step.ts';

export interface DeskOptions {
  /** bank.yaml */
  readonly config: string;
  /** job.yaml */
  readonly job: string;
  /** Instead of the one in the job file. */
  readonly model?: ModelKind;
  /** Worker threads. @default 2 */
  readonly threads?: number;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly progress: Progress;
  readonly logger: Logger;
  readonly notice?: (sentence: string) => void;
}

export interface OpenDesk extends BankDesk {
  readonly loaded: LoadedConfig;
  close(): Promise<void>;
}

/** @throws InputError on a file that cannot be used; TransportError | RefusedError when the platform cannot be reached or refuses us. */
export async function openDesk(options: DeskOptions): Promise<OpenDesk> {
  const loaded = await loadConfig(options.config, options.clock);
  const job = await readJob(options.job, options.model);
  const policyFile = job.limit && resolve(dirname(options.job), job.limit.policy);
  const policyText = policyFile && (await readText(policyFile, 'ERR_CREDIT_LIMIT_POLICY'));
  const policy: LimitPolicy | undefined = policyFile && policyText ? parseLimitPolicy({ file: policyFile, text: policyText }) : undefined;
  const asset = await assetLibrary(loaded).load(job.data);
  const peer = loaded.peer(job.peer);
  if (!peer.address) {
    throw new InputError('ERR_CONFIG_ADDRESS', `${options.config}: the peer "${peer.id}" has no address`, {
      help: 'Write where its node listens: "address: host:port".',
    });
  }
  const caller = await startCaller({
    party: loaded.config.party.id,
    identity: loaded.identity,
    peer: { id: peer.id, pin: peer.pin },
    address: peer.address,
    stateFolder: loaded.stateFolder,
    clock: options.clock,
    random: options.random,
    limits: loaded.config.limits,
    onLine: (notice) => options.notice?.(lineSentence(notice)),
  });
  return withClosing(caller, async (own) => {
    const offered = (await caller.describe()).assets.find(({ name }) => name === job.peerAsset);
    if (!offered) {
      throw new InputError('ERR_JOB_PEER_ASSET', `${peer.id} offers no asset "${job.peerAsset}" to this party`, {
        help: 'Ask its operator for a policy rule, or correct peerAsset.',
      });
    }
    const contract = contractOf(job, {
      labelParty: loaded.config.party.id,
      rows: asset.table.rows,
      labelColumns: job.columns?.length ?? asset.table.columns.size,
      offered: offered.columns,
      ...(policyText && { capacity: capacityPart(policyText) }),
    });
    const engine: HeEngine = await loadEngine(job.engine, { threads: options.threads, logger: options.logger });
    own.push(() => engine.dispose());
    const executor: WorkerExecutor = workerExecutor({ threads: options.threads ?? 2 });
    own.push(() => executor.dispose());
    const store = fileJobStores({ folder: join(loaded.stateFolder, 'jobs') }).of(peer.id, job.job);
    return { ...options, loaded, job, contract, caller, store, asset, policy, engine, executor };
  });
}

type Desk = Omit<OpenDesk, 'close'>;

/** What was opened is closed again, on failure at once, else by `close`. */
async function withClosing(caller: Caller, open: (own: (() => Promise<void>)[]) => Promise<Desk>): Promise<OpenDesk> {
  const own: (() => Promise<void>)[] = [() => caller.close()];
  const close = async (): Promise<void> => {
    for (const release of own.splice(0).reverse()) await release();
  };
  try {
    return { ...(await open(own)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws InputError `ERR_JOB_FILE` with file, line and column */
export async function readJob(file: string, model?: ModelKind): Promise<JobSpec> {
  return withModel(readYaml(jobSchemaFor(model), file, await readText(file, 'ERR_JOB_FILE'), 'ERR_JOB_FILE'), model);
}

/** The capacity part as written: what the contract carries. The policy has been checked before. */
function capacityPart(policyText: string): JsonValue {
  return (parse(policyText) as { capacity: JsonValue }).capacity;
}

function readText(file: string, code: 'ERR_JOB_FILE' | 'ERR_CREDIT_LIMIT_POLICY'): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError(code, `${file} cannot be read`, {
      cause,
      help: 'Check the path; "fedcredit init" writes a job and a policy to start from.',
    });
  });
}
