/** fedcredit node: a feature holder's daemon in the foreground. */
import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '../../adapters/files/index.ts';
import { pinoLogger } from '../../adapters/logging/index.ts';
import { InputError, systemRandom } from '../../base/index.ts';
import { type LoadedConfig, loadConfig, startNode } from '../../node/index.ts';
import { wholeThreads } from '../bank.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { prepareHolder } from '../holder.ts';
import type { Ui } from '../ui.ts';

const clock = { now: (): number => Date.now() };

export const node: CommandModule = {
  name: 'node',
  define(command) {
    command
      .description('Run the node of a feature holder (特征方节点) until Ctrl-C or SIGTERM.')
      .requiredOption('-c, --config <file>', 'its configuration, e.g. platform.yaml')
      .option('--listen <host:port>', 'listen there instead of where the configuration says; port 0 takes a free one')
      .option('--ready-file <file>', 'write {"address", "pin", "pid"} there once it serves; removed at the end')
      .option('--threads <n>', 'worker threads', '2')
      .option('--grace <seconds>', 'how long sessions under way may go on after SIGTERM', '10')
      .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
      .addHelpText(
        'after',
        examples(
          ['fedcredit node -c platform/platform.yaml', 'serve what its policy allows; logs are JSON lines on standard error'],
          ['fedcredit node -c platform/platform.yaml --ready-file /run/platform.json', 'for scripts that wait for it'],
        ),
      );
  },
  async run(_args, options, { ui, signal }) {
    const loaded = await loadConfig(String(options.config), clock);
    const { host, port } = listenAddress(loaded, options.listen);
    const grace = seconds(options.grace);
    const logger = pinoLogger({ level: ui.quiet ? 'error' : level(options.logLevel) });
    const holder = await prepareHolder(loaded, { logger, progress: () => {}, threads: wholeThreads(options.threads) });
    try {
      const running = await startNode({
        party: loaded.config.party,
        identity: loaded.identity,
        peers: loaded.config.peers,
        host,
        port,
        rules: holder.rules,
        budgets: new Map(loaded.config.peers.map(({ id, bitsPerMonth }) => [id, bitsPerMonth])),
        stateFolder: loaded.stateFolder,
        handlers: holder.handlers,
        clock,
        random: systemRandom,
        logger,
        limits: loaded.config.limits,
      });
      const address = `${running.host.includes(':') ? `[${running.host}]` : running.host}:${running.port}`;
      announce(ui, loaded, address, running.pin);
      const readyFile = options.readyFile === undefined ? undefined : String(options.readyFile);
      if (readyFile !== undefined) await writeFileAtomic(readyFile, `${JSON.stringify({ address, pin: running.pin, pid: process.pid })}\n`);
      await aborted(signal);
      ui.info(`stopping; sessions under way: ${running.sessions()}`);
      await running.close(grace * 1000);
      if (readyFile !== undefined) await rm(readyFile, { force: true });
      ui.event('stopped', {});
      return EXIT.ok;
    } finally {
      await holder.close();
    }
  },
};

function announce(ui: Ui, { config }: LoadedConfig, address: string, pin: string): void {
  ui.info(`${config.party.name} (${config.party.id}) listens on ${address}`);
  ui.info(`its pin, for the configuration of its peers: ${pin}`);
  ui.event('listening', { party: config.party.id, address, pin });
}

function listenAddress({ config, file }: LoadedConfig, given: unknown): { host: string; port: number } {
  const address = typeof given === 'string' ? given : config.listen;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(address ?? '');
  if (!match) {
    throw new InputError('ERR_CONFIG_ADDRESS', `${file}: a node needs an address to listen on`, {
      help: 'Add listen: 127.0.0.1:7443 to the configuration, or use --listen.',
    });
  }
  return { host: match[1] ?? match[2], port: Number(match[3]) };
}

function seconds(given: unknown): number {
  const value = Number(given);
  if (!(Number.isFinite(value) && value >= 0)) throw new InputError('ERR_CLI_USAGE', '--grace must be a number of seconds');
  return value;
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

function level(given: unknown): (typeof LEVELS)[number] {
  const found = LEVELS.find((one) => one === given);
  if (!found) throw new InputError('ERR_CLI_USAGE', `--log-level must be one of ${LEVELS.join(', ')}`);
  return found;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
