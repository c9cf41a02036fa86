/** X25519 (RFC 7748) with one scalar over many points. */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';

const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

export function x25519Batch(points: Uint8Array, scalar: Uint8Array): Uint8Array | undefined {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, scalar]), format: 'der', type: 'pkcs8' });
  const out = new Uint8Array(points.length);
  for (let at = 0; at < points.length; at += 32) {
    const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, points.subarray(at, at + 32)]), format: 'der', type: 'spki' });
    try {
      out.set(diffieHellman({ privateKey, publicKey }), at);
    } catch {
      return undefined;
    }
  }
  return out;
}
