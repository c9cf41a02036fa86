/**
 * Two parties on one machine: the platform's node and the bank's run as processes of their own, which talk over loopback only through TLS,
 * as they would from two houses. The demo and the examples use it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LocalProtocolError } from '../../base/index.ts';

/** The command line's own entry: sources run as .ts, the build as .js. */
const MAIN = fileURLToPath(new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
const READY_TIMEOUT_MS = 60_000;
/** Listening place of `fedcredit init`, replaced by the one the node got. */
export const PLACEHOLDER_ADDRESS = '127.0.0.1:7443';

export interface LocalNode {
  readonly address: string;
  readonly pid: number;
  /** SIGTERM, and wait. */
  stop(): Promise<void>;
}

/** Starts `fedcredit node` on a free loopback port; its log goes to a file. @throws LocalProtocolError with the end of the log */
export async function startLocalNode(config: string, folder: string, threads: number): Promise<LocalNode> {
  const logFile = join(folder, 'platform.log');
  const readyFile = join(folder, 'platform.ready');
  await rm(readyFile, { force: true });
  const log = await open(logFile, 'w', 0o600);
  const args = [MAIN, 'node', '-c', config, '--listen', '127.0.0.1:0', '--ready-file', readyFile, '--threads', String(threads)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', log.fd, log.fd] });
  const exited = exitOf(child);
  try {
    const { address } = await ready(readyFile, exited, logFile);
    return {
      address,
      pid: child.pid as number,
      async stop() {
        child.kill('SIGTERM');
        await exited;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    await log.close();
  }
}

async function ready(file: string, exited: Promise<number>, logFile: string): Promise<{ address: string }> {
  let status: number | undefined;
  void exited.then((code) => {
    status = code;
  });
  for (let waited = 0; waited < READY_TIMEOUT_MS; waited += 50) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text) return JSON.parse(text) as { address: string };
    if (status !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const tail = (await readFile(logFile, 'utf8').catch(() => '')).split('\n').slice(-8).join('\n');
  throw new LocalProtocolError('ERR_DEMO_NODE', `the platform's node did not start:\n${tail}`);
}

/** Points the bank at the node. */
export async function setPlatformAddress(bankConfig: string, address: string): Promise<void> {
  const text = await readFile(bankConfig, 'utf8');
  await writeFile(bankConfig, text.replace(PLACEHOLDER_ADDRESS, address));
}

/** One line of `--json`. */
export type BankEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/**
 * Runs a command of the bank as a process and hands over its events.
 * @throws LocalProtocolError carrying the bank's own error sentence and code
 */
export async function runBank(args: readonly string[], onEvent: (event: BankEvent, pid: number) => void): Promise<BankEvent> {
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = exitOf(child);
  let last: BankEvent | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as BankEvent;
    if (event.event === 'result' || event.event === 'error') last = event;
    onEvent(event, child.pid as number);
  }
  const status = await exited;
  if (status === 0 && last?.event === 'result') return last;
  const code = typeof last?.code === 'string' ? last.code : 'ERR_DEMO_BANK';
  throw new LocalProtocolError(
    code as `ERR_${string}`,
    `the bank's process ended with status ${status}: ${String(last?.message ?? 'no reason given')}`,
    {
      ...(typeof last?.help === 'string' && { help: last.help }),
    },
  );
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
    child.once('error', () => resolve(127));
  });
}
