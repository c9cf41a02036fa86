import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  certificateParty,
  certificatePin,
  createAuthority,
  isPartyId,
  isPin,
  issueCertificate,
} from '../../../src/adapters/certificates/index.ts';

const NOW = Date.UTC(2026, 5, 1);
const authority = await createAuthority({ name: '测试, "federation"', now: NOW });
const issued = await issueCertificate(authority, { party: 'bank-a', now: NOW, dnsNames: ['bank.example'], ipAddresses: ['10.0.0.7'] });

describe('the authority of a development federation', () => {
  const root = new X509Certificate(authority.certificatePem);
  const leaf = new X509Certificate(issued.certificatePem);

  it('signs leaves that hold against it, with the key that was given out', () => {
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
    expect([root.ca, leaf.ca]).toEqual([true, false]);
  });

  it('uses P-256 and names the party, its hosts and its addresses', () => {
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(leaf.subjectAltName).toBe('URI:fedcredit:party:bank-a, DNS:bank.example, IP Address:10.0.0.7');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  it('refuses a name that is not a party id', async () => {
    await expect(issueCertificate(authority, { party: '../bank', now: NOW })).rejects.toMatchObject({ code: 'ERR_CONFIG_PARTY_ID' });
  });
});

describe('a pin', () => {
  it('is the hash of the public key: the same in PEM and DER, another for another key', async () => {
    const { raw } = new X509Certificate(issued.certificatePem);
    expect(certificatePin(raw)).toBe(issued.pin);
    expect(isPin(issued.pin)).toBe(true);
    const again = await issueCertificate(authority, { party: 'bank-a', now: NOW });
    expect(again.pin).not.toBe(issued.pin);
  });

  it('comes with exactly one party', () => {
    expect(certificateParty(issued.certificatePem)).toBe('bank-a');
    expect(certificateParty(authority.certificatePem)).toBeUndefined();
  });

  it('is not read from what is no certificate', () => {
    expect(() => certificatePin('hello')).toThrow(expect.objectContaining({ code: 'ERR_CERTIFICATE_UNREADABLE' }));
  });

  it.each(['', 'UPPER', 'a b', '../x', 'a'.repeat(64)])('has no party called "%s"', (id) => {
    expect(isPartyId(id)).toBe(false);
  });
});
