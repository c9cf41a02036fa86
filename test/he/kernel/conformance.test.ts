import { loadKernelEngine } from '../../../src/he/kernel/index.ts';
import { loadSealEngine } from '../../../src/he/seal/index.ts';
import { describeEngine } from '../conformance.ts';
import { ensureBuilt } from './lab.ts';

await ensureBuilt();

describeEngine('kernel', (options) => loadKernelEngine({ threads: 1, zeroPool: 3, ...options }), loadSealEngine);
describeEngine(
  'kernel on two threads',
  (options) => loadKernelEngine({ threads: 2, zeroPool: 0, uploadPool: 0, ...options }),
  loadSealEngine,
);
