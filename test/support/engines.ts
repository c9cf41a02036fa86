/** The engine that protocol tests run on: the kernel where it is built, else SEAL. FEDCREDIT_ENGINE=seal|kernel decides otherwise. */
import { existsSync } from 'node:fs';
import type { EngineName, EngineOptions, HeEngine } from '../../src/he/index.ts';

const kernelIndex = new URL('../../src/he/kernel/index.ts', import.meta.url);

export async function loadEngine(name: EngineName = defaultEngine(), options: EngineOptions = {}): Promise<HeEngine> {
  if (name === 'seal') return (await import('../../src/he/seal/index.ts')).loadSealEngine(options);
  const kernel = (await import(kernelIndex.href)) as { loadKernelEngine(options: EngineOptions): Promise<HeEngine> };
  return kernel.loadKernelEngine(options);
}

function defaultEngine(): EngineName {
  const asked = process.env.FEDCREDIT_ENGINE;
  if (asked === 'seal' || asked === 'kernel') return asked;
  return existsSync(kernelIndex) ? 'kernel' : 'seal';
}
