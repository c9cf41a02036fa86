/** A platform's node in a process of its own: writes its port, answers one block, then computes for ever. Argument: state folder. */
import { readFileSync } from 'node:fs';
import { pinoLogger } from '../../../src/adapters/logging/index.ts';
import { systemRandom } from '../../../src/base/index.ts';
import { startNode } from '../../../src/node/index.ts';

const [stateFolder = '', setupFile = ''] = process.argv.slice(2);
const setup = JSON.parse(readFileSync(setupFile, 'utf8'));
const node = await startNode({
  ...setup,
  host: '127.0.0.1',
  port: 0,
  budgets: new Map([['bank', 1_000]]),
  stateFolder,
  clock: { now: () => Date.now() },
  random: systemRandom,
  logger: pinoLogger({ level: 'silent' }),
  handlers: {
    async echo(channel) {
      await channel.send('echo/answer', await channel.receive('echo/question'));
      await channel.receive('echo/never');
    },
  },
});
process.stdout.write(`${node.port}\n`);
