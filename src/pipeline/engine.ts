/** Which HE engine a node computes with: the WASM SIMD kernel where it is built, else node-seal. Both speak the same bytes. */
import { InputError, type Logger } from '../base/index.ts';
import type { HeEngine } from '../he/index.ts';
import { loadKernelEngine } from '../he/kernel/index.ts';
import { loadSealEngine } from '../he/seal/index.ts';

export type EngineChoice = 'auto' | 'kernel' | 'seal';

/** @throws InputError when the engine asked for cannot be loaded. */
export async function loadEngine(
  choice: EngineChoice,
  options: { readonly threads?: number; readonly logger?: Logger } = {},
): Promise<HeEngine> {
  if (choice === 'seal') return loadSealEngine({});
  try {
    return await loadKernelEngine(options.threads === undefined ? {} : { threads: options.threads });
  } catch (error) {
    if (choice === 'kernel' || !(error instanceof InputError)) throw error;
    options.logger?.warn('the WASM kernel is not built; node-seal computes instead, ten times slower', { code: error.code });
    return loadSealEngine({});
  }
}
