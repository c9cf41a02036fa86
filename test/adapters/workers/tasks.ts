/** Tasks that the executor tests send to threads. */
import { threadId } from 'node:worker_threads';
import { defineTask, PeerProtocolError } from '../../../src/base/index.ts';

export const double = defineTask(import.meta.url, 'double', (x: number) => 2 * x);
export const whoAmI = defineTask(import.meta.url, 'whoAmI', (_: null) => threadId);
export const die = defineTask(import.meta.url, 'die', (code: number): number => process.exit(code));
export const dieLater = defineTask(import.meta.url, 'dieLater', (delay: number) => {
  setTimeout(() => {
    throw new Error('too late for anyone');
  }, delay);
  return null;
});
/** Counts in shared memory for ever: a counter that moves is a thread that lives. */
export const spin = defineTask(import.meta.url, 'spin', (counter: Int32Array): number => {
  for (;;) Atomics.add(counter, 0, 1);
});
export const refuse = defineTask(import.meta.url, 'refuse', (step: string): never => {
  throw new PeerProtocolError('ERR_PEER_TEST', `refused at ${step}`, { help: 'Look closer.', details: { step } });
});
export const stumble = defineTask(import.meta.url, 'stumble', (secret: string): never => {
  throw new TypeError(`cannot read ${secret}`);
});
export const fillShared = defineTask(import.meta.url, 'fillShared', (shared: SharedArrayBuffer) => {
  new Uint8Array(shared).fill(7);
  return null;
});
export const sumBytes = defineTask(import.meta.url, 'sumBytes', (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0));
const hidden = defineTask(import.meta.url, 'hidden', (x: number) => x);
export const unexported = hidden.name === 'hidden' ? () => hidden : undefined;
