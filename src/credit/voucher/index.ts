/** voucher: interest subsidies that are redeemed once and cannot be traced to their firm. */
export { type BalanceSpan, type Redemption, subsidy, VoucherRegister } from './registry.ts';
export {
  parseVoucherTerms,
  requestVoucher,
  type Voucher,
  type VoucherBlinder,
  type VoucherRequest,
  type VoucherSigner,
  type VoucherTerms,
  type VoucherVerifier,
  voucherMessage,
} from './voucher.ts';
