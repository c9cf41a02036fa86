/** workers: the Executor port on worker threads. */
export { type WorkerExecutor, type WorkerExecutorOptions, workerExecutor } from './worker-executor.ts';
