/**
 * Pins and names. A party is its key: the pin is SHA-256 over the SubjectPublicKeyInfo (RFC 7469 §2.4), so a renewed certificate on the same
 * key keeps the pin, and no authority, mistaken or forced, can speak for a party. The party's name stands in a URI of the certificate,
 * `fedcredit:party:<id>`, and must be the one the pin belongs to.
 */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { InputError } from '../../base/index.ts';

/** "sha256/" and 43 characters of base64 with "=": public, may be logged and sent. */
export type Pin = `sha256/${string}`;

const PIN = /^sha256\/[A-Za-z0-9+/]{43}=$/;
const PARTY = /^[a-z0-9][a-z0-9-]{0,62}$/;
const PARTY_URI = 'URI:fedcredit:party:';

export const isPin = (value: string): value is Pin => PIN.test(value);
/** Lower case letters, digits and hyphens: safe in a file name, a URI and a log line. */
export const isPartyId = (value: string): boolean => PARTY.test(value);

/** @param certificate PEM text or DER bytes. */
export function certificatePin(certificate: string | Uint8Array): Pin {
  return keyPin(certificateKey(certificate));
}

/** SubjectPublicKeyInfo, DER, as the certificate holds it. */
export const certificateKey = (certificate: string | Uint8Array): Uint8Array =>
  new Uint8Array(parse(certificate).publicKey.export({ type: 'spki', format: 'der' }));

/** @param spki SubjectPublicKeyInfo, DER */
export const keyPin = (spki: Uint8Array): Pin => `sha256/${createHash('sha256').update(spki).digest('base64')}`;

/**
 * A key file as somebody hands it over: a certificate, which names its party, or a public key, which does not.
 * @throws InputError `ERR_CERTIFICATE_UNREADABLE`
 */
export function readKeyFile(pem: string): { readonly pin: Pin; readonly party?: string } {
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return { pin: certificatePin(pem), party: certificateParty(pem) };
  try {
    return { pin: keyPin(createPublicKey(pem).export({ type: 'spki', format: 'der' })) };
  } catch (cause) {
    throw new InputError('ERR_CERTIFICATE_UNREADABLE', 'a public key is not readable', { cause, help: 'Give it as PEM.' });
  }
}

/** The party named in the certificate, if exactly one is. */
export function certificateParty(certificate: string | Uint8Array): string | undefined {
  const names = (parse(certificate).subjectAltName ?? '').split(', ').filter((name) => name.startsWith(PARTY_URI));
  const party = names.length === 1 ? names[0].slice(PARTY_URI.length) : '';
  return isPartyId(party) ? party : undefined;
}

function parse(certificate: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw new InputError('ERR_CERTIFICATE_UNREADABLE', 'a certificate is not readable', {
      cause,
      help: 'Give a PEM file that starts with -----BEGIN CERTIFICATE-----.',
    });
  }
}
