/** certificates: pins, party names, and an authority for development federations. */
export {
  type Authority,
  type AuthorityOptions,
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  type PartyCertificateOptions,
} from './authority.ts';
export { certificateParty, certificatePin, isPartyId, isPin, type Pin } from './pin.ts';
