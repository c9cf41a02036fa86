/**
 * Ports: what the pure rooms need of the outside world, as arguments. Implementations live in `adapters/`.
 */

/** Wall-clock time in milliseconds since 1970-01-01 UTC. */
export interface Clock {
  now(): number;
}

/** Structured log; `fields` never holds a record id, a cell value, a label, a score or a key. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Progress of long work; `done` counts up to `total` in the unit named by `unit` ("rows", "trees"). */
export interface ProgressEvent {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Secret-free remark shown behind the bar, e.g. a validation metric at the label party. */
  readonly note?: string;
}
export type Progress = (event: ProgressEvent) => void;

/**
 * A pure function that may run elsewhere: `module` is the `import.meta.url` of the file that exports the task under `name`.
 * Input and output are structured-cloneable.
 */
export interface Task<I, O> {
  readonly module: string;
  readonly name: string;
  readonly run: (input: I) => O | Promise<O>;
}

/** Declares a task: `export const blindBatch = defineTask(import.meta.url, 'blindBatch', (input: …) => …)`. */
export function defineTask<I, O>(module: string, name: string, run: (input: I) => O | Promise<O>): Task<I, O> {
  return Object.freeze({ module, name, run });
}

export interface ExecutorRunOptions {
  /** Buffers handed over instead of copied; the caller must not touch them again. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly signal?: AbortSignal;
}

/** Runs tasks: inline in tests, on worker threads in a node. Same bytes either way. */
export interface Executor {
  /** How many tasks may usefully be under way at once. */
  readonly concurrency: number;
  run<I, O>(task: Task<I, O>, input: I, options?: ExecutorRunOptions): Promise<O>;
}

/** Runs every task on the calling thread, one after the other. */
export const inlineExecutor: Executor = Object.freeze({
  concurrency: 1,
  async run<I, O>(task: Task<I, O>, input: I, options: ExecutorRunOptions = {}): Promise<O> {
    options.signal?.throwIfAborted();
    await Promise.resolve();
    return task.run(input);
  },
});

export const silentLogger: Logger = Object.freeze({ debug() {}, info() {}, warn() {}, error() {} });
export const noProgress: Progress = () => {};
