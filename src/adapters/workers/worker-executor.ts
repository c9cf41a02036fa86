/**
 * The Executor port over a pool of worker threads (piscina). Inputs and outputs are structured clones; SharedArrayBuffers go by reference,
 * so resident data need not be copied. An output that is a view into a larger buffer drags the whole buffer along: tasks return slices.
 */
import { Piscina } from 'piscina';
import { type Executor, type ExecutorRunOptions, InputError, LocalProtocolError, type Task } from '../../base/index.ts';
import { restoreError } from './errors.ts';
import type { Order, Outcome } from './thread.ts';

export interface WorkerExecutorOptions {
  /** Worker threads, 1 to 256. */
  readonly threads: number;
  /** Disposes the executor; work under way is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** An executor that owns threads: dispose it, or they live as long as the process. */
export interface WorkerExecutor extends Executor {
  /** Ends every thread; resolves when they are gone. Work under way fails with `ERR_WORKERS_DISPOSED`. May be called twice. */
  dispose(): Promise<void>;
}

/** The sources run as .ts, the build as .js: the thread's file has the suffix of this one. */
const THREAD = new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/**
 * Starts the threads.
 * @throws InputError `ERR_WORKERS_OPTION` on an unknown option or a bad number of threads.
 */
export function workerExecutor(options: WorkerExecutorOptions): WorkerExecutor {
  checkOptions(options);
  const { threads, signal: life } = options;
  life?.throwIfAborted();
  const pool = new Piscina<Order, Outcome>({ filename: THREAD.href, minThreads: threads, maxThreads: threads });
  pool.on('error', () => {}); // a thread that died between tasks: the pool has replaced it and no caller waits
  let disposal: Promise<void> | undefined;
  const dispose = (): Promise<void> => {
    life?.removeEventListener('abort', onAbort);
    disposal ??= pool.destroy(); // asked a second time, the pool would answer before its threads are gone
    return disposal;
  };
  const onAbort = (): void => void dispose();
  life?.addEventListener('abort', onAbort);

  return Object.freeze({
    concurrency: threads,
    dispose,
    async run<I, O>(task: Task<I, O>, input: I, { transfer, signal }: ExecutorRunOptions = {}): Promise<O> {
      life?.throwIfAborted();
      signal?.throwIfAborted();
      if (disposal !== undefined) throw disposedError();
      const order: Order = { module: task.module, name: task.name, input };
      const outcome = await pool.run(order, { signal, transferList: transfer ? [...transfer] : undefined }).catch((error: unknown) => {
        life?.throwIfAborted();
        signal?.throwIfAborted();
        throw disposal !== undefined ? disposedError() : threadError(error, task.name);
      });
      if (!outcome.ok) throw restoreError(outcome.error, task.name);
      return outcome.value as O;
    },
  });
}

function checkOptions(options: WorkerExecutorOptions): void {
  for (const key of Object.keys(options)) {
    if (key !== 'threads' && key !== 'signal') {
      throw new InputError('ERR_WORKERS_OPTION', `unknown option "${key}"`, { help: 'Use threads and signal.' });
    }
  }
  if (!(Number.isInteger(options.threads) && options.threads >= 1 && options.threads <= 256)) {
    throw new InputError('ERR_WORKERS_OPTION', 'threads is not an integer in 1..256', { help: 'Give one thread per core you can spare.' });
  }
}

function disposedError(): LocalProtocolError {
  return new LocalProtocolError('ERR_WORKERS_DISPOSED', 'the worker threads were ended', { help: 'Make a new executor.' });
}

/** An input that cannot be cloned is the caller's mistake; everything else means that the thread died. */
function threadError(error: unknown, taskName: string): LocalProtocolError {
  if (error instanceof Error && error.name === 'DataCloneError') {
    return new LocalProtocolError('ERR_WORKERS_NOT_CLONEABLE', `the input of task ${taskName} cannot go to another thread`, {
      cause: error,
    });
  }
  return new LocalProtocolError('ERR_WORKERS_CRASHED', `the worker thread of task ${taskName} died`, {
    cause: error,
    help: 'The pool has replaced the thread. Run the step again; if it dies again, look for lack of memory.',
  });
}
