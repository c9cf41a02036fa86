/**
 * RFC 9380 suite curve25519_XMD:SHA-512_ELL2_RO_ for many messages, u-coordinates only. Hashing straight to a u-coordinate would put half
 * of all ids on the twist, and the class survives blinding: one bit of each id's hash for the peer.
 */
import { LocalProtocolError } from '../../base/index.ts';
import { messageExpander } from './expand-message.ts';
import { kernel, overBlocks, POINT_BYTES, UNIFORM_BYTES } from './kernel.ts';

/**
 * hash_to_curve(message) for every message (UTF-8), 32 bytes each, all in the prime-order subgroup.
 * @throws LocalProtocolError `ERR_PSI_HASH_EXCEPTIONAL` when the two mapped points coincide or cancel (probability 2^-251 an id).
 */
export function hashToCurve(messages: readonly string[], dst: Uint8Array): Uint8Array {
  const { exports, points: io, uniform } = kernel();
  const expand = messageExpander(dst);
  const out = new Uint8Array(messages.length * POINT_BYTES);
  overBlocks(messages.length, (from, count, pairs) => {
    for (let i = 0; i < count; i++) expand(messages[from + i], uniform, i * UNIFORM_BYTES);
    // The kernel works on pairs: an odd last message is paired with itself.
    if (count % 2 === 1) uniform.copyWithin(count * UNIFORM_BYTES, (count - 1) * UNIFORM_BYTES, count * UNIFORM_BYTES);
    if (exports.hashUniform(pairs) !== 0) {
      throw new LocalProtocolError('ERR_PSI_HASH_EXCEPTIONAL', 'a message has no affine u-coordinate on Curve25519');
    }
    out.set(io.subarray(0, count * POINT_BYTES), from * POINT_BYTES);
  });
  uniform.fill(0);
  return out;
}
