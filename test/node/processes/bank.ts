/** A bank in a process of its own: asks once, says so, then computes for ever. Arguments: address, setup file. */
import { readFileSync } from 'node:fs';
import { connectPeer } from '../../../src/adapters/grpc/index.ts';
import { systemRandom } from '../../../src/base/index.ts';

const [address = '', setupFile = ''] = process.argv.slice(2);
const { contract, ...setup } = JSON.parse(readFileSync(setupFile, 'utf8'));
const link = connectPeer({ ...setup, address, clock: { now: () => Date.now() }, random: systemRandom });
const session = await link.open({ jobId: 'job-1', step: 'echo', contract: Buffer.from(contract, 'base64') });
await session.send('echo/question', new Uint8Array([1]));
await session.receive('echo/answer');
process.stdout.write('asked\n');
setInterval(() => {}, 1_000);
