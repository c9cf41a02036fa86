/**
 * Signatures with a party's identity key, the one its certificate holds and its peers have pinned. The algorithm follows from the key and is
 * never a field of a message: Ed25519 and Ed448 as they are, ECDSA with the hash of the curve's width, RSA-PSS with SHA-256.
 * TLS 1.3 signs with the same key, always over 64 spaces first (RFC 8446 §4.4.3); what is signed here must begin otherwise.
 */
import { constants, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { InputError, LocalProtocolError } from '../../base/index.ts';
import { certificateKey, keyPin } from './pin.ts';

export interface IdentityKey {
  /** SubjectPublicKeyInfo, DER: its SHA-256 is the pin. */
  readonly spki: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Hash by curve; `dsaEncoding` gives signatures of one length. */
const CURVE_HASHES: Readonly<Record<string, string>> = Object.freeze({ prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' });
const MIN_RSA_BITS = 2048;
export const SIGNATURE_ALGORITHMS = 'Ed25519, Ed448, ECDSA on P-256, P-384 or P-521, RSA of 2048 bits and more';

/**
 * @param identity PEM texts that belong together
 * @throws InputError `ERR_CONFIG_TLS` when the key is of a kind we do not sign with.
 */
export function identityKey({ certificate, privateKey }: { readonly certificate: string; readonly privateKey: string }): IdentityKey {
  const key = readPrivateKey(privateKey);
  if (!schemeOf(key)) {
    throw new InputError(
      'ERR_CONFIG_TLS',
      `the identity key is of kind ${key.asymmetricKeyType}, with which audit heads cannot be signed`,
      {
        help: `Use one of ${SIGNATURE_ALGORITHMS}.`,
      },
    );
  }
  const spki = certificateKey(certificate);
  return {
    spki,
    sign(message) {
      if (message[0] === 0x20) throw new LocalProtocolError('ERR_INTERNAL', 'a signature could be taken for one of TLS');
      const scheme = schemeOf(key) as Scheme;
      return new Uint8Array(sign(scheme.hash, message, { key, ...scheme.options }));
    },
  };
}

/**
 * Has one of the pinned keys signed the message? `spki` is what the signer says its key is: hostile, and not read before its pin is known.
 */
export function isSignedBy(
  pins: readonly string[],
  message: Uint8Array,
  { spki, signature }: { spki: Uint8Array; signature: Uint8Array },
): boolean {
  if (!pins.includes(keyPin(spki))) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const scheme = schemeOf(key);
    return scheme !== undefined && verify(scheme.hash, message, { key, ...scheme.options }, signature);
  } catch {
    return false;
  }
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new InputError('ERR_CONFIG_TLS', 'the private key is not readable PEM', { cause, help: 'Check the file under tls: key.' });
  }
}

interface Scheme {
  /** null: the algorithm hashes by itself. */
  readonly hash: string | null;
  readonly options: { readonly dsaEncoding?: 'ieee-p1363'; readonly padding?: number; readonly saltLength?: number };
}

function schemeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Scheme | undefined {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case 'ed25519':
    case 'ed448':
      return { hash: null, options: {} };
    case 'ec':
      return Object.hasOwn(CURVE_HASHES, namedCurve)
        ? { hash: CURVE_HASHES[namedCurve], options: { dsaEncoding: 'ieee-p1363' } }
        : undefined;
    case 'rsa':
    case 'rsa-pss': {
      const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return modulusLength >= MIN_RSA_BITS ? { hash: 'sha256', options } : undefined;
    }
    default:
      return undefined;
  }
}
