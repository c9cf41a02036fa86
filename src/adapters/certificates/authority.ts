/**
 * A certificate authority for a development federation: one private root, one leaf a party (ECDSA P-256, both client and server). A real
 * federation brings its own authority; nodes only need the three PEM files and the pins.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { InputError } from '../../base/index.ts';
import { certificatePin, isPartyId, type Pin } from './pin.ts';

x509.cryptoProvider.set(webcrypto);

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Clocks of two machines differ; a fresh certificate must already be valid at both. */
const BACKDATE_MS = 3_600_000;

export interface KeyAndCertificate {
  readonly certificatePem: string;
  /** PKCS #8. Secret: goes into a file of mode 0600 and nowhere else. */
  readonly privateKeyPem: string;
}

export interface Authority extends KeyAndCertificate {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface AuthorityOptions {
  /** Common name. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** @default 3650 */
  readonly validDays?: number;
}

/** A self-signed root that may sign leaves only (path length 0). */
export async function createAuthority({ name, now, validDays = 3650 }: AuthorityOptions): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${escapeName(name)}`,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + validDays * DAY_MS),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys, certificatePem: pem(certificate), privateKeyPem: await privatePem(keys.privateKey) };
}

export interface PartyCertificateOptions {
  /** The party's id; becomes the URI `fedcredit:party:<id>`. */
  readonly party: string;
  readonly now: number;
  /** May lie in the past: tests make expired certificates so. @default 365 */
  readonly validDays?: number;
  /** @default ['localhost'] */
  readonly dnsNames?: readonly string[];
  /** @default ['127.0.0.1', '::1'] */
  readonly ipAddresses?: readonly string[];
}

/** A fresh key and a leaf for it. */
export async function issueCertificate(authority: Authority, options: PartyCertificateOptions): Promise<KeyAndCertificate & { pin: Pin }> {
  const { party, now, validDays = 365, dnsNames = ['localhost'], ipAddresses = ['127.0.0.1', '::1'] } = options;
  if (!isPartyId(party)) {
    throw new InputError('ERR_CONFIG_PARTY_ID', `"${party}" is not a party id`, { help: 'Use lower case letters, digits and hyphens.' });
  }
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const names: x509.JsonGeneralNames = [
    { type: 'url', value: `fedcredit:party:${party}` },
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${party}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(Math.min(now, now + validDays * DAY_MS) - BACKDATE_MS),
    notAfter: new Date(now + validDays * DAY_MS),
    signingAlgorithm: SIGNATURE,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  const certificatePem = pem(certificate);
  return { certificatePem, privateKeyPem: await privatePem(keys.privateKey), pin: certificatePin(certificatePem) };
}

/** 127 random bits, positive (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem').trim()}\n`;

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY').trim()}\n`;
}

/** Characters with a meaning in RFC 4514 names. */
const escapeName = (name: string): string => name.replace(/[\\,+"<>;=#]/g, (character) => `\\${character}`);
