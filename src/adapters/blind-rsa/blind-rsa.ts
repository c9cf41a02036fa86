/**
 * Blind signatures for vouchers: RSABSSA-SHA384-PSS-Randomized of RFC 9474 through @cloudflare/blindrsa-ts. Implements the ports of
 * credit/voucher by shape. One RSA key per voucher terms; every holder must be given the same public key, or the issuer could tell them apart.
 *
 * | party   | learns                                                                          |
 * |---------|---------------------------------------------------------------------------------|
 * | signer  | that a firm asked, and a blinded value that says nothing about message or token |
 * | verifier| message and token, and that the signer signed them; not for whom                |
 */
import type { webcrypto } from 'node:crypto';
import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { concatBytes, InputError, PeerProtocolError } from '../../base/index.ts';

type CryptoKey = webcrypto.CryptoKey;

const suite = RSABSSA.SHA384.PSS.Randomized();
/** Random prefix that the Randomized variant puts before a message. */
const PREFIX_BYTES = 32;

/** Keys by voucher terms. */
export type PublicKeys = ReadonlyMap<string, CryptoKey>;
export type PrivateKeys = ReadonlyMap<string, CryptoKey>;

/** A fresh key pair of 3072 bits by default. @param modulusLength 2048, 3072 or 4096. */
export async function generateVoucherKey(modulusLength: 2048 | 3072 | 4096 = 3072): Promise<webcrypto.CryptoKeyPair> {
  return suite.generateKey({ modulusLength, publicExponent: Uint8Array.of(1, 0, 1) });
}

/** The firm's side. @throws PeerProtocolError `ERR_PEER_BLIND_SIGNATURE` when the opened signature does not verify. */
export function blindRsaBlinder(keys: PublicKeys) {
  return Object.freeze({
    async blind(terms: string, message: Uint8Array) {
      const key = keyOf(keys, terms);
      const prepared = suite.prepare(message);
      const { blindedMsg, inv } = await suite.blind(key, prepared);
      const open = async (blindSignature: Uint8Array): Promise<Uint8Array> => {
        try {
          return concatBytes(prepared.subarray(0, PREFIX_BYTES), await suite.finalize(key, prepared, blindSignature, inv));
        } catch (cause) {
          throw new PeerProtocolError('ERR_PEER_BLIND_SIGNATURE', 'the blind signature does not verify under the published key', { cause });
        }
      };
      return { blinded: blindedMsg, open };
    },
  });
}

/** The platform's side. @throws PeerProtocolError `ERR_PEER_BLINDED_MESSAGE` for a value of the wrong length or range. */
export function blindRsaSigner(keys: PrivateKeys) {
  return Object.freeze({
    async sign(terms: string, blinded: Uint8Array): Promise<Uint8Array> {
      const key = keyOf(keys, terms);
      try {
        return await suite.blindSign(key, blinded);
      } catch (cause) {
        throw new PeerProtocolError('ERR_PEER_BLINDED_MESSAGE', 'the blinded message is not a number below the modulus', { cause });
      }
    },
  });
}

/** Anyone's side: false for anything but a genuine token. */
export function blindRsaVerifier(keys: PublicKeys) {
  return Object.freeze({
    async verify(terms: string, message: Uint8Array, token: Uint8Array): Promise<boolean> {
      const key = keys.get(terms);
      if (!key || token.length <= PREFIX_BYTES) return false;
      return suite.verify(key, token.subarray(PREFIX_BYTES), concatBytes(token.subarray(0, PREFIX_BYTES), message));
    },
  });
}

function keyOf(keys: ReadonlyMap<string, CryptoKey>, terms: string): CryptoKey {
  const key = keys.get(terms);
  if (!key)
    throw new InputError('ERR_VOUCHER_KEY', `no key for the voucher terms "${terms}"`, {
      help: 'Create one key per terms and publish its public half.',
    });
  return key;
}
