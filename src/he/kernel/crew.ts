/**
 * Who does the work: the caller's thread (`threads` = 1) or worker threads on shared memory. A lane does one operation at a time; what waits,
 * waits here, so that an aborted job frees its lanes after the operation in hand. Idle work runs only when nothing else waits.
 */
import { Worker } from 'node:worker_threads';
import { InputError, LocalProtocolError, PeerProtocolError, RefusedError } from '../../base/index.ts';
import { packInput } from './hand-over.ts';
import { type InputOf, type Operation, type OutputOf, perform, type SitePlan, Sites } from './sites.ts';
import { kernelModule } from './wasm-module.ts';
import type { Reply, Request, ThreadData } from './worker.ts';

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Runs only while nothing else waits. */
  readonly idle?: boolean;
}

interface Job {
  readonly operation: Operation;
  readonly input: unknown;
  readonly options: RunOptions;
  readonly resolve: (output: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** One place where operations run, one at a time. */
interface Lane {
  attach(id: number, plan: SitePlan): void;
  detach(id: number): void;
  perform(operation: Operation, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export class Crew {
  readonly threads: number;
  readonly #lanes: readonly Lane[];
  readonly #free: Lane[];
  readonly #waiting: Job[] = [];
  readonly #idle: Job[] = [];
  readonly #running = new Set<Promise<void>>();
  #nextSite = 1;
  #closed = false;

  constructor(threads: number) {
    this.threads = threads;
    this.#lanes = threads === 1 ? [new InlineLane()] : Array.from({ length: threads }, (_, thread) => new ThreadLane(thread));
    this.#free = [...this.#lanes];
  }

  /** Makes a site known to every thread; returns its number. */
  attach(plan: SitePlan): number {
    if (this.#closed) throw disposed();
    const id = this.#nextSite++;
    for (const lane of this.#lanes) lane.attach(id, plan);
    return id;
  }

  detach(id: number): void {
    if (!this.#closed) for (const lane of this.#lanes) lane.detach(id);
  }

  run<O extends Operation>(operation: O, input: InputOf<O>, options: RunOptions = {}): Promise<OutputOf<O>> {
    return new Promise<OutputOf<O>>((resolve, reject) => {
      if (this.#closed) return reject(disposed());
      if (options.signal?.aborted) return reject(options.signal.reason);
      const job: Job = { operation, input, options, resolve: resolve as (output: unknown) => void, reject };
      (options.idle ? this.#idle : this.#waiting).push(job);
      this.#next();
    });
  }

  /**
   * Calls `work` when the operations now in hand have ended, at once if there are none: what they stand on must not be wiped under them (a
   * sampler over a prime that has become zero never ends).
   */
  whenQuiet(work: () => void): void {
    if (this.#running.size === 0) work();
    else void Promise.all(this.#running).then(work);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#waiting.splice(0), ...this.#idle.splice(0)]) job.reject(disposed());
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #next(): void {
    while (this.#free.length > 0) {
      const job = this.#waiting.shift() ?? this.#idle.shift();
      if (!job) return;
      if (job.options.signal?.aborted) {
        job.reject(job.options.signal.reason);
        continue;
      }
      const lane = this.#free.pop();
      if (lane) this.#track(this.#give(lane, job));
    }
  }

  #track(running: Promise<void>): void {
    const tracked: Promise<void> = running.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #give(lane: Lane, job: Job): Promise<void> {
    try {
      job.resolve(await lane.perform(job.operation, job.input));
    } catch (error) {
      job.reject(error);
    } finally {
      this.#free.push(lane);
      this.#next();
    }
  }
}

/** The caller's thread; the event loop gets its turn before every operation. */
class InlineLane implements Lane {
  readonly #sites = new Sites(0);

  attach(id: number, plan: SitePlan): void {
    this.#sites.attach(id, plan);
  }

  detach(id: number): void {
    this.#sites.detach(id);
  }

  async perform(operation: Operation, input: unknown): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    return perform(this.#sites, operation, input as InputOf<Operation>);
  }

  async close(): Promise<void> {}
}

/** A worker thread. It keeps the process alive only while it works. */
class ThreadLane implements Lane {
  readonly #worker: Worker;
  #pending: { resolve: (output: unknown) => void; reject: (reason: unknown) => void } | undefined;
  #closing = false;
  /** Why there is no thread any more. */
  #ended: LocalProtocolError | undefined;

  constructor(thread: number) {
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const workerData: ThreadData = { thread, module: kernelModule() };
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData, name: `he-kernel-${thread}` });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', () => this.#fail(undefined));
    // After the listeners: the first one for messages references the worker's port again.
    this.#worker.unref();
  }

  attach(id: number, plan: SitePlan): void {
    this.#post({ kind: 'attach', id, plan });
  }

  detach(id: number): void {
    this.#post({ kind: 'detach', id });
  }

  perform(operation: Operation, input: unknown): Promise<unknown> {
    // What is posted to a thread that has ended is lost without a word.
    if (this.#ended) return Promise.reject(this.#ended);
    const { value, transfer } = packInput(input);
    return new Promise((resolve, reject) => {
      // Throws where the input cannot be cloned: nothing is pending then.
      this.#post({ kind: 'run', operation, input: value }, transfer);
      this.#pending = { resolve, reject };
      this.#worker.ref();
    });
  }

  async close(): Promise<void> {
    // An unreferenced worker lets the process end before its termination is reported; a result that still arrives must not undo this.
    this.#closing = true;
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #post(request: Request, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #settle(reply: Reply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!this.#closing) this.#worker.unref();
    if (reply.kind === 'done') pending?.resolve(reply.output);
    else pending?.reject(revive(reply));
  }

  #fail(cause: unknown): void {
    this.#ended ??= new LocalProtocolError('ERR_HE_KERNEL_THREAD', 'a thread of the kernel engine ended', {
      cause,
      help: 'Dispose of the engine and load a new one.',
    });
    this.#pending?.reject(this.#ended);
    this.#pending = undefined;
  }
}

const FAMILIES = { InputError, PeerProtocolError, RefusedError, LocalProtocolError } as const;

/** An error of another thread, in its own family again: who is to blame must survive the trip. */
function revive(reply: Extract<Reply, { kind: 'failed' }>): Error {
  const { name, code, message, help } = reply.error;
  const Family = FAMILIES[name as keyof typeof FAMILIES];
  if (Family && code) return new Family(code, message, help === undefined ? {} : { help });
  return new LocalProtocolError('ERR_HE_KERNEL_THREAD', `a thread of the kernel engine failed: ${message}`);
}

const disposed = (): LocalProtocolError => new LocalProtocolError('ERR_HE_DISPOSED', 'the engine was disposed');
