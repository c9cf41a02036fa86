/**
 * What runs inside a worker thread: imports the module a task names and runs the task. Module addresses come from this process's own code
 * (`defineTask`), never from a peer.
 */
import type { Task } from '../../base/index.ts';
import { type CarriedError, carryError } from './errors.ts';

export interface Order {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: CarriedError };

export default async function runOrder({ module, name, input }: Order): Promise<Outcome> {
  try {
    const task = await loadTask(module, name);
    return { ok: true, value: await task.run(input) };
  } catch (error) {
    return { ok: false, error: carryError(error) };
  }
}

async function loadTask(module: string, name: string): Promise<Task<unknown, unknown>> {
  const exported: unknown = (await import(module))[name];
  if (typeof exported !== 'object' || exported === null || !('run' in exported) || typeof exported.run !== 'function') {
    throw new TypeError(`${name} is not an exported task of its module`);
  }
  return exported as Task<unknown, unknown>;
}
