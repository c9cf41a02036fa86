/**
 * Randomness inside a task: one 32-byte key from the engine's `SecureRandom` (the platform's generator), expanded by ChaCha20. Each use
 * inside a task has its own nonce; no key serves two tasks.
 */
import type { SecureRandom } from '../../base/index.ts';
import type { Ring } from './ring.ts';

export const STREAM_KEY_BYTES = 32;

/** Nonces of the uses of a task key; those of public seeds start at 256 (`../seed.ts`). */
export const NONCE = Object.freeze({ secret: 1, error0: 2, error1: 3, mask: 4, slotMask: 5 });

const CHUNK = 4096;

/** A `SecureRandom` over the key at `key`; `work` is scratch of 4,096 bytes. Wiped by the caller with the rest of its scratch. */
export function keyStream(ring: Ring, key: number, nonce: number, work: number): SecureRandom {
  let counter = 0;
  let held = 0;
  return {
    fill(bytes: Uint8Array): void {
      for (let at = 0; at < bytes.length; ) {
        if (held === 0) {
          ring.k.chacha20(work, CHUNK / 256, key, nonce, counter);
          counter += CHUNK / 64;
          held = CHUNK;
        }
        const take = Math.min(held, bytes.length - at);
        bytes.set(ring.bytes(work + CHUNK - held, take), at);
        held -= take;
        at += take;
      }
    },
  };
}
