/**
 * Who we are and whom we know. TLS 1.3 only, both sides show a certificate of the federation's own authority (never the system's), and
 * both check that the key is pinned and the name in the certificate is the pin's party. Party ids come from certificates alone.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { InputError } from '../../base/index.ts';
import { certificateParty, certificatePin, isPin, type Pin } from '../certificates/pin.ts';

/** PEM texts. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
  /** The federation's authority. */
  readonly authority: string;
}

export interface PinnedPeer {
  readonly id: string;
  readonly pin: string;
}

/** Why a certificate is not accepted. */
export type CertificateProblem = 'missing' | 'authority' | 'expired' | 'pin' | 'party';

export interface CertificateVerdict {
  readonly problem?: CertificateProblem;
  readonly peer?: string;
  readonly pin?: Pin;
  readonly sentence: string;
}

/** Both ends use the same context: TLS 1.3 or nothing. */
export function secureContext({ certificate, privateKey, authority }: TlsIdentity): SecureContext {
  return createSecureContext({ cert: certificate, key: privateKey, ca: authority, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
}

/**
 * Our own files, checked before anyone connects.
 * @throws InputError `ERR_CONFIG_TLS` when they do not belong together or the certificate is not valid at `now`.
 */
export function checkIdentity({ certificate, privateKey, authority }: TlsIdentity, party: string, now: number): Pin {
  const leaf = read('certificate', () => new X509Certificate(certificate));
  const root = read('authority', () => new X509Certificate(authority));
  const key = read('private key', () => createPrivateKey(privateKey));
  if (!leaf.checkPrivateKey(key)) throw badTls('the private key does not belong to the certificate');
  if (!leaf.verify(root.publicKey)) throw badTls('the certificate was not issued by the authority');
  if (certificateParty(certificate) !== party) throw badTls(`the certificate does not name the party "${party}"`);
  if (now < Date.parse(leaf.validFrom)) throw badTls(`the certificate is not valid before ${leaf.validFrom}`);
  if (now > Date.parse(leaf.validTo)) throw badTls(`the certificate expired on ${leaf.validTo}`);
  return certificatePin(certificate);
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw badTls(`the ${what} is not readable PEM`, cause);
  }
}

function badTls(problem: string, cause?: unknown): InputError {
  return new InputError('ERR_CONFIG_TLS', problem, { cause, help: 'Check the three files under tls: cert, key and ca.' });
}

/** Pin → party id; refuses malformed and repeated pins. */
export function pinTable(peers: readonly PinnedPeer[]): ReadonlyMap<Pin, string> {
  const table = new Map<Pin, string>();
  for (const { id, pin } of peers) {
    if (!isPin(pin)) throw new InputError('ERR_CONFIG_PIN', `the pin of ${id} is not of the form sha256/<base64>`);
    if (table.has(pin)) throw new InputError('ERR_CONFIG_PIN', `${id} and ${table.get(pin)} have the same pin`);
    table.set(pin, id);
  }
  return table;
}

/** The pin and the name of a certificate whose chain TLS has already verified. */
export function judgeCertificate(raw: Uint8Array, pins: ReadonlyMap<Pin, string>): CertificateVerdict {
  const pin = certificatePin(raw);
  const party = certificateParty(raw);
  const peer = pins.get(pin);
  if (peer === undefined) {
    const expected = [...pins].map(([known, id]) => `${id} ${known}`).join(', ');
    return { problem: 'pin', pin, sentence: `its key ${pin} is not pinned here (pinned: ${expected || 'nobody'})` };
  }
  if (party !== peer) {
    return { problem: 'party', pin, sentence: `its certificate names ${party ?? 'no party'}, but its key is pinned to ${peer}` };
  }
  return { peer, pin, sentence: `it is ${peer}` };
}

/** OpenSSL's verification codes as one of ours. */
export function chainProblem(code: string): CertificateVerdict {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) return { problem: 'expired', sentence: 'its certificate has expired or is not valid yet' };
  if (/PEER_DID_NOT_RETURN|NO_CERT/.test(code)) return { problem: 'missing', sentence: 'it showed no certificate' };
  return { problem: 'authority', sentence: `its certificate was not issued by the authority of this federation (${code})` };
}
