/** fedcredit init: a development federation of two parties, ready to run and to read. */
import { relative } from 'node:path';
import { type CommandModule, examples } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { writeFederation } from '../init/write-federation.ts';

export const init: CommandModule = {
  name: 'init',
  define(command) {
    command
      .description('Write a development federation: an authority, certificates, and commented configuration for a platform and a bank.')
      .argument('[folder]', 'where to; must not hold a federation yet', 'federation')
      .option('--platform <name>', 'name of the platform (平台名称)', '示范市公共信用信息平台')
      .option('--bank <name>', 'name of the bank (银行名称)', '示范银行')
      .option('--listen <host:port>', 'where the platform listens', '127.0.0.1:7443')
      .addHelpText(
        'after',
        examples(
          ['fedcredit init federation', 'two folders, platform/ and bank/, each with everything that party needs and nothing of the other'],
          ['fedcredit init federation --listen 0.0.0.0:7443', 'a platform that other machines can reach'],
        ),
      );
  },
  async run([folder = 'federation'], options, { ui }) {
    const written = await writeFederation({
      folder,
      platformName: String(options.platform),
      bankName: String(options.bank),
      listen: String(options.listen),
      clock: { now: () => Date.now() },
    });
    for (const file of written.files) ui.info(`wrote ${relative('.', file)}`);
    ui.print(`\nNext:
  1. put the platform's table at ${relative('.', written.platformData)} and the bank's at ${relative('.', written.bankData)}
     (CSV or Parquet; name the columns in platform.yaml and bank.yaml)
  2. fedcredit node -c ${relative('.', written.platformConfig)}
  3. fedcredit check -c ${relative('.', written.bankConfig)}
  4. fedcredit run ${relative('.', written.job)}
The folder authority/ can make new members of this federation: keep it away from both parties.`);
    ui.event('result', { ...written });
    return EXIT.ok;
  },
};
