/**
 * A process that must end by itself: it disposes of engines in the middle of their work (`node disposing.ts often`), or disposes of nothing
 * and gives a thread what cannot be sent to it (`unsendable`) or no work at all (`unused`). Says how many calls have not settled.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../../../src/base/index.ts';
import { heParameters } from '../../../../src/he/index.ts';
import { Crew } from '../../../../src/he/kernel/crew.ts';
import { loadKernelEngine } from '../../../../src/he/kernel/index.ts';
import { N, polynomialOperand } from '../../fixtures.ts';

const ROUNDS = 50;
const parameters = heParameters({ profile: 'P90', plainModulus: 65_537n });
const random = seededRandom(4, 'disposing');
const chance = (oneIn: number): boolean => random.u32() % oneIn === 0;
const plaintext = new BigUint64Array(N);
const operand = polynomialOperand(
  Array.from({ length: 12 }, () => [new Int32Array(N).fill(1)]),
  1,
);
let pending = 0;

function start(work: Promise<unknown>): void {
  pending++;
  const settled = (): void => void pending--;
  work.then(settled, settled);
}

async function disposeInTheMiddle(round: number): Promise<void> {
  const engine = await loadKernelEngine({ threads: 2 + (round % 2) });
  if (chance(6)) return engine.dispose();
  const keyHolder = await engine.keyHolder(parameters);
  if (chance(6)) return engine.dispose();
  const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
  const prepared = await engine.prepare(parameters, operand);
  const upload = await keyHolder.encrypt([plaintext]);
  if (chance(2)) start(evaluator.multiply([upload, upload], prepared, { mode: 'share', wanted: 'all' }));
  if (chance(2)) start(keyHolder.encrypt([plaintext, plaintext, plaintext]));
  if (chance(4)) start(engine.keyHolder(parameters));
  if (chance(2)) start(keyHolder.zerosFilled());
  if (chance(2)) await pause(random.u32() % 30);
  for (const each of [keyHolder, evaluator, prepared]) if (chance(2)) each.dispose();
  if (chance(4)) start(engine.dispose());
  await engine.dispose();
  for (const each of [keyHolder, evaluator, prepared]) each.dispose();
}

async function often(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await disposeInTheMiddle(round);
  await pause(0);
}

async function unsendable(): Promise<void> {
  const key = (() => undefined) as unknown as Uint8Array;
  const work = new Crew(2).run('fillZero', { site: 1, entry: 0, key });
  await work.catch((error: Error) => console.log(error.name));
}

async function unused(): Promise<void> {
  await loadKernelEngine({ threads: 2 });
}

const WAYS: Readonly<Record<string, () => Promise<void>>> = { often, unsendable, unused };
await WAYS[process.argv[2]]();
console.log(`ended ${pending}`);
