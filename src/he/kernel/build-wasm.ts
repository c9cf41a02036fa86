/**
 * Builds build/kernel.wasm from assembly/ with the AssemblyScript compiler. `npm run build:wasm`, or `node src/he/kernel/build-wasm.ts`.
 * The module has no start code and no data, so any number of instances may share a memory.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { InputError } from '../../base/index.ts';

const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads', '--enable', 'relaxed-simd'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** Compiles and writes; returns the size in bytes. @throws InputError with the compiler's message. */
export async function buildKernel(): Promise<number> {
  const folder = fileURLToPath(new URL('./', import.meta.url));
  const output = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(['assembly/index.ts', '--baseDir', folder, '--outFile', 'kernel.wasm', ...OPTIONS], {
    writeFile: (name: string, contents: string | Uint8Array) => {
      output.set(name, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    },
  });
  const wasm = output.get('kernel.wasm');
  if (error || !wasm) throw new InputError('ERR_HE_KERNEL_BUILD', `the kernel did not compile: ${stderr.toString()}`, { cause: error });
  mkdirSync(new URL('./build/', import.meta.url), { recursive: true });
  writeFileSync(new URL('./build/kernel.wasm', import.meta.url), wasm);
  return wasm.length;
}

if (import.meta.main) await buildKernel();
