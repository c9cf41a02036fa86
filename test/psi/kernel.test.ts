import { describe, expect, it } from 'vitest';
import { kernel, loadKernel } from '../../src/psi/curve25519/kernel.ts';
import { x25519Batch } from '../../src/psi/curve25519/x25519.ts';
import { toBytes } from './support.ts';

describe('Curve25519 kernel', () => {
  it('says what to do when it is not built', () => {
    expect(() => loadKernel(new URL('./nowhere.wasm', import.meta.url))).toThrow(
      expect.objectContaining({ name: 'InputError', code: 'ERR_PSI_KERNEL_NOT_BUILT', help: expect.stringContaining('npm run') }),
    );
  });

  it('keeps no scalar after a batch', () => {
    expect(x25519Batch(toBytes(9n), new Uint8Array(32).fill(0x55))).toBeDefined();
    expect(kernel().scalar.every((byte) => byte === 0)).toBe(true);
  });

  it('counts hashes whose two mapped points coincide: they have no sum by the addition formula', () => {
    const { uniform, exports } = kernel();
    uniform.fill(0).fill(7, 0, 48).fill(7, 48, 96).fill(1, 96, 192).fill(2, 96, 100);
    expect(exports.hashUniform(1)).toBe(1);
    uniform.fill(0);
  });
});
