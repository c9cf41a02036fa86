import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { loadSealEngine } from '../../src/he/seal/index.ts';
import { describeEngine } from './conformance.ts';
import { ensureBuilt } from './kernel/lab.ts';

await ensureBuilt();

describeEngine('seal', loadSealEngine, () => loadKernelEngine({ threads: 1, zeroPool: 0, uploadPool: 0 }));
