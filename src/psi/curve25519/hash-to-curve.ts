/** RFC 9380 suite curve25519_XMD:SHA-512_ELL2_RO_, u-coordinates only. */
import { ed25519_hasher } from '@noble/curves/ed25519.js';

const P = 2n ** 255n - 19n;

export function hashToCurve(ids: readonly string[], dst: Uint8Array): Uint8Array {
  const out = new Uint8Array(ids.length * 32);
  ids.forEach((id, i) => {
    const { Y, Z } = ed25519_hasher.hashToCurve(Buffer.from(id), { DST: dst });
    let u = ((((Z + Y) * invert(Z - Y)) % P) + P) % P;
    for (let k = 0; k < 32; k++, u >>= 8n) out[i * 32 + k] = Number(u & 0xffn);
  });
  return out;
}
function invert(x: bigint): bigint {
  let r = 1n;
  let b = ((x % P) + P) % P;
  for (let e = P - 2n; e > 0n; e >>= 1n) {
    if (e & 1n) r = (r * b) % P;
    b = (b * b) % P;
  }
  return r;
}
