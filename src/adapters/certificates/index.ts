/** certificates: pins, party names, signatures of identities, and an authority for development federations. */
import type { Authority, AuthorityOptions, KeyAndCertificate, PartyCertificateOptions } from './authority.ts';
import type { Pin } from './pin.ts';

export type { Authority, AuthorityOptions, KeyAndCertificate, PartyCertificateOptions } from './authority.ts';
export { certificateParty, certificatePin, isPartyId, isPin, keyPin, type Pin, readKeyFile } from './pin.ts';
export { type IdentityKey, identityKey, isSignedBy, SIGNATURE_ALGORITHMS } from './signature.ts';

// The library that writes certificates takes 0.2 s to load; a node, which only reads them, does not pay for it.
const authority = (): Promise<typeof import('./authority.ts')> => import('./authority.ts');

/** A self-signed root that may sign leaves only. */
export const createAuthority = async (options: AuthorityOptions): Promise<Authority> => (await authority()).createAuthority(options);

/** A fresh key and a leaf for it. */
export const issueCertificate = async (issuer: Authority, options: PartyCertificateOptions): Promise<KeyAndCertificate & { pin: Pin }> =>
  (await authority()).issueCertificate(issuer, options);
