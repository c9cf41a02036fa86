/** fedcredit check: is the configuration right, is the peer there, is it who it should be, and what does it offer? */
import { connectPeer, LIBRARY_VERSION, PROTOCOL_VERSION } from '../../adapters/grpc/index.ts';
import { InputError, systemRandom } from '../../base/index.ts';
import { type LoadedConfig, loadConfig, type PeerConfig } from '../../node/index.ts';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Ui } from '../ui.ts';

const clock = { now: (): number => Date.now() };

export const check: CommandModule = {
  name: 'check',
  define(command) {
    command
      .description('Check a configuration and the way to every peer in it: address, certificate, version, what it offers (连通性检查).')
      .requiredOption('-c, --config <file>', 'a configuration, e.g. bank.yaml')
      .addHelpText(
        'after',
        examples(['fedcredit check -c bank/bank.yaml', 'prints the steps and columns the platform would let this bank use']),
      );
  },
  async run(_args, options, { ui }) {
    const loaded = await loadConfig(String(options.config), clock);
    ui.info(`${loaded.file} is in order; own pin: ${loaded.pin}`);
    const callable = loaded.config.peers.filter(({ address }) => address !== undefined);
    for (const peer of callable) await checkPeer(ui, loaded, peer);
    if (callable.length === 0) ui.print(`${loaded.config.party.id}: configuration in order; it calls nobody, others call it.`);
    ui.event('result', { ok: true, peers: callable.map(({ id }) => id), pin: loaded.pin });
    return EXIT.ok;
  },
};

async function checkPeer(ui: Ui, { config, identity }: LoadedConfig, peer: PeerConfig): Promise<void> {
  const { id, pin, address = '' } = peer;
  const link = connectPeer({
    party: config.party.id,
    identity,
    peer: { id, pin },
    address,
    clock,
    random: systemRandom,
    limits: config.limits,
  });
  try {
    const found = await link.describe();
    if (found.partyId !== id)
      throw new InputError('ERR_CONFIG_PEER', `${address} calls itself "${found.partyId}", the configuration calls it "${id}"`);
    ui.event('peer', { ...found, address });
    ui.print(
      `${found.partyName} (${id}) at ${address}: certificate pinned, fedcredit ${found.libraryVersion} (here ${LIBRARY_VERSION}), protocol ${found.protocolVersions.join(', ')} (here ${PROTOCOL_VERSION})`,
    );
    ui.print(`steps it allows us: ${found.steps.join(', ') || 'none'}`);
    ui.table(
      ['asset', 'columns', ''],
      found.assets.map(({ name, columns }) => [name, columns.length, shorten(columns)]),
    );
  } finally {
    link.close();
  }
}

const shorten = (columns: readonly string[]): string => (columns.length > 6 ? `${columns.slice(0, 6).join(', ')}, …` : columns.join(', '));
