/** adapters/blind-rsa: RFC 9474 blind signatures behind the voucher ports of credit/. */
export { blindRsaBlinder, blindRsaSigner, blindRsaVerifier, generateVoucherKey, type PrivateKeys, type PublicKeys } from './blind-rsa.ts';
