/** A thread of the kernel engine: attaches sites on shared memory and performs one operation after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, FedcreditError, LocalProtocolError } from '../../base/index.ts';
import { resultBuffers } from './hand-over.ts';
import { type InputOf, type Operation, perform, type SitePlan, Sites } from './sites.ts';
import type { WasmModule } from './wasm-api.ts';
import { adoptModule } from './wasm-module.ts';

export interface ThreadData {
  readonly thread: number;
  /** The kernel, compiled by the thread that starts this one. */
  readonly module: WasmModule;
}

export type Request =
  | { readonly kind: 'attach'; readonly id: number; readonly plan: SitePlan }
  | { readonly kind: 'detach'; readonly id: number }
  | { readonly kind: 'run'; readonly operation: Operation; readonly input: unknown };

export type Reply =
  | { readonly kind: 'done'; readonly output: unknown }
  | {
      readonly kind: 'failed';
      readonly error: { readonly name: string; readonly code?: ErrorCode; readonly message: string; readonly help?: string | undefined };
    };

const port = parentPort;
if (!port) throw new LocalProtocolError('ERR_HE_KERNEL_THREAD', 'worker.ts runs only as a worker thread');
const { thread, module } = workerData as ThreadData;
adoptModule(module);
const sites = new Sites(thread);

port.on('message', (request: Request) => {
  if (request.kind === 'attach') sites.attach(request.id, request.plan);
  else if (request.kind === 'detach') sites.detach(request.id);
  else reply(run(request.operation, request.input));
});

function reply(answer: Reply): void {
  port?.postMessage(answer, answer.kind === 'done' ? resultBuffers(answer.output) : []);
}

function run(operation: Operation, input: unknown): Reply {
  try {
    return { kind: 'done', output: perform(sites, operation, input as InputOf<Operation>) };
  } catch (error) {
    if (error instanceof FedcreditError) {
      return { kind: 'failed', error: { name: error.name, code: error.code, message: error.message, help: error.help } };
    }
    return { kind: 'failed', error: { name: 'Error', message: error instanceof Error ? error.message : 'unknown' } };
  }
}
