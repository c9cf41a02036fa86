/**
 * A bank or a platform in a process of its own that kills itself at the n-th time it looks at the clock: before a line of the log, a head or a
 * counter-signature. Arguments: bank|platform, state folder, setup file, n. The platform writes its port, the bank "done" should it live.
 */
import { readFileSync } from 'node:fs';
import { pinoLogger } from '../../../src/adapters/logging/index.ts';
import { systemRandom } from '../../../src/base/index.ts';
import { readContract, startCaller, startNode } from '../../../src/node/index.ts';

const [role = '', stateFolder = '', setupFile = '', dies = '0'] = process.argv.slice(2);
const { contract, ...setup } = JSON.parse(readFileSync(setupFile, 'utf8'));
let looks = 0;
const clock = {
  now() {
    looks += 1;
    if (looks === Number(dies)) process.kill(process.pid, 'SIGKILL');
    return Date.now();
  },
};

if (role === 'platform') {
  const node = await startNode({
    ...setup,
    host: '127.0.0.1',
    port: 0,
    budgets: new Map(),
    stateFolder,
    clock,
    random: systemRandom,
    logger: pinoLogger({ level: 'silent' }),
    handlers: { echo: async (channel) => channel.send('echo/answer', await channel.receive('echo/question')) },
  });
  process.stdout.write(`${node.port}\n`);
} else {
  const caller = await startCaller({ ...setup, stateFolder, clock, random: systemRandom });
  await caller.step('echo', readContract(Buffer.from(contract, 'base64')), async (channel) => {
    await channel.send('echo/question', new Uint8Array([1]));
    return channel.receive('echo/answer');
  });
  await caller.close();
  process.stdout.write('done\n');
}
