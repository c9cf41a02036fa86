/** expand_message_xmd with SHA-512 (RFC 9380 §5.3.1) for the 96 bytes that curve25519_XMD:SHA-512_ELL2_RO_ takes, one message after the other. */
import { hash } from 'node:crypto';
import { InputError } from '../../base/index.ts';
import { UNIFORM_BYTES } from './kernel.ts';

const BLOCK = 128;
const DIGEST = 64;

/**
 * A function that writes the 96 uniform bytes of a message to `out` at `at`.
 * @param dst domain separation tag, 1 to 255 bytes.
 */
export function messageExpander(dst: Uint8Array): (message: string, out: Uint8Array, at: number) => void {
  if (dst.length === 0 || dst.length > 255) {
    throw new InputError('ERR_PSI_DST', 'the domain separation tag does not have 1 to 255 bytes', { help: 'Use a shorter tag.' });
  }
  const tail = Buffer.concat([dst, Buffer.of(dst.length)]);
  const first = Buffer.concat([Buffer.of(0, UNIFORM_BYTES, 0), tail]);
  const zeroBlock = Buffer.alloc(BLOCK);
  const chained = Buffer.concat([Buffer.alloc(DIGEST + 1), tail]);

  return (message, out, at) => {
    const b0 = hash('sha512', Buffer.concat([zeroBlock, Buffer.from(message), first]), 'buffer');
    chained.set(b0);
    chained[DIGEST] = 1;
    const b1 = hash('sha512', chained, 'buffer');
    for (let i = 0; i < DIGEST; i++) chained[i] = b0[i] ^ b1[i];
    chained[DIGEST] = 2;
    out.set(b1, at);
    out.set(hash('sha512', chained, 'buffer').subarray(0, UNIFORM_BYTES - DIGEST), at + DIGEST);
  };
}
