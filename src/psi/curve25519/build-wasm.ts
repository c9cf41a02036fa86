/**
 * Builds build/curve25519.wasm from assembly/ with the AssemblyScript compiler: `node src/psi/curve25519/build-wasm.ts`. Level 1 on purpose:
 * from level 2 up the optimiser reorders the unrolled products, which then spill and take twice the time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { InputError } from '../../base/index.ts';

const OPTIONS = ['-O1', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'relaxed-simd', '--disableWarning', '112'];

/** Compiles and writes; returns the size in bytes. @throws InputError `ERR_PSI_KERNEL_BUILD` with the compiler's message. */
export async function buildKernel(): Promise<number> {
  const folder = fileURLToPath(new URL('./', import.meta.url));
  const output = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(['assembly/index.ts', '--baseDir', folder, '--outFile', 'curve25519.wasm', ...OPTIONS], {
    writeFile: (name: string, contents: string | Uint8Array) => {
      output.set(name, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    },
  });
  const wasm = output.get('curve25519.wasm');
  if (error || !wasm) throw new InputError('ERR_PSI_KERNEL_BUILD', `the kernel did not compile: ${stderr.toString()}`, { cause: error });
  mkdirSync(new URL('./build/', import.meta.url), { recursive: true });
  writeFileSync(new URL('./build/curve25519.wasm', import.meta.url), wasm);
  return wasm.length;
}

if (import.meta.main) await buildKernel();
