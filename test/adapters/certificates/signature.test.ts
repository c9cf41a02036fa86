import 'reflect-metadata';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { identityKey, isSignedBy, keyPin, readKeyFile } from '../../../src/adapters/certificates/index.ts';

const MESSAGE = new TextEncoder().encode('{"format":"test"}');
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) };

/** A certificate on a key of this kind; heads do not care who signed it. */
async function identityOf(algorithm: webcrypto.AlgorithmIdentifier & object): Promise<{ certificate: string; privateKey: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test',
    notBefore: new Date(0),
    notAfter: new Date(Date.UTC(2100, 0)),
    signingAlgorithm: { hash: 'SHA-256', ...algorithm },
    keys,
  });
  const privateKey = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), privateKey };
}

const KINDS: readonly (readonly [string, webcrypto.AlgorithmIdentifier & object, number])[] = [
  ['Ed25519', { name: 'Ed25519' }, 64],
  ['ECDSA P-256', { name: 'ECDSA', namedCurve: 'P-256' } as webcrypto.EcKeyGenParams, 64],
  ['ECDSA P-384', { name: 'ECDSA', namedCurve: 'P-384' } as webcrypto.EcKeyGenParams, 96],
  ['ECDSA P-521', { name: 'ECDSA', namedCurve: 'P-521' } as webcrypto.EcKeyGenParams, 132],
  ['RSA 2048', { ...RSA, modulusLength: 2048 } as webcrypto.RsaHashedKeyGenParams, 256],
];

describe('a signature of an identity', () => {
  it.each(KINDS)('with %s holds under its pin, for its message, and otherwise not', async (_, algorithm, length) => {
    const { spki, sign } = identityKey(await identityOf(algorithm));
    const signature = sign(MESSAGE);
    expect(signature).toHaveLength(length);
    const pin = keyPin(spki);
    expect(isSignedBy([pin], MESSAGE, { spki, signature })).toBe(true);
    expect(isSignedBy([], MESSAGE, { spki, signature })).toBe(false);
    expect(isSignedBy([`sha256/${'A'.repeat(43)}=`], MESSAGE, { spki, signature })).toBe(false);
    expect(isSignedBy([pin], MESSAGE.subarray(1), { spki, signature })).toBe(false);
    expect(isSignedBy([pin], MESSAGE, { spki, signature: signature.map((byte) => byte ^ 1) })).toBe(false);
    expect(isSignedBy([pin], MESSAGE, { spki, signature: new Uint8Array(length) })).toBe(false);
    expect(isSignedBy([pin], MESSAGE, { spki, signature: new Uint8Array() })).toBe(false);
  });

  it('is not made or believed with a key too weak for it', async () => {
    const weak = await identityOf({ ...RSA, modulusLength: 1024 } as webcrypto.RsaHashedKeyGenParams);
    expect(() => identityKey(weak)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_TLS' }));
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect(isSignedBy([keyPin(spki)], MESSAGE, { spki, signature: new Uint8Array(128) })).toBe(false);
    const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const curve = other.export({ type: 'spki', format: 'der' });
    expect(isSignedBy([keyPin(curve)], MESSAGE, { spki: curve, signature: new Uint8Array(64) })).toBe(false);
  });

  it('is not made with what is no key', async () => {
    const identity = await identityOf({ name: 'Ed25519' });
    expect(() => identityKey({ ...identity, privateKey: 'hello' })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_TLS' }));
    expect(() => identityKey({ ...identity, certificate: 'hello' })).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_UNREADABLE' }),
    );
  });

  it('is false, not an error, for bytes that are no key', () => {
    for (const spki of [new Uint8Array(), new Uint8Array([0x30, 0x80]), new Uint8Array(91).fill(0x30)]) {
      expect(isSignedBy([keyPin(spki)], MESSAGE, { spki, signature: new Uint8Array(64) })).toBe(false);
    }
  });

  it('is never one that TLS could take for its own', async () => {
    const { sign } = identityKey(await identityOf({ name: 'Ed25519' }));
    const tls = new TextEncoder().encode(`${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`);
    expect(() => sign(tls)).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL' }));
  });
});

describe('a key file', () => {
  it('is a certificate or a public key, with one pin, and never a private key', async () => {
    const identity = await identityOf({ name: 'Ed25519' });
    const { spki } = identityKey(identity);
    const publicKey = x509.PemConverter.encode(Uint8Array.from(spki).buffer, 'PUBLIC KEY');
    expect(readKeyFile(identity.certificate).pin).toBe(keyPin(spki));
    expect(readKeyFile(publicKey)).toEqual({ pin: keyPin(spki) });
    for (const text of [identity.privateKey, 'hello', publicKey.replace(/M/g, '!')]) {
      expect(() => readKeyFile(text)).toThrow(expect.objectContaining({ code: 'ERR_CERTIFICATE_UNREADABLE' }));
    }
  });
});
