/**
 * 数字信用券: a voucher for an interest subsidy. The firm chooses a secret serial, the platform signs it blindly under the key of the
 * voucher's terms, the bank hands the opened voucher in once. The platform sees that one of its vouchers was used, not whose.
 * The signature is behind ports (RFC 9474 through a maintained library in adapters/blind-rsa): no cryptography in this wing.
 */
import { z } from 'zod';
import { randomBytes, type SecureRandom, toHex } from '../../base/index.ts';
import { type DocumentSource, dayField, moneyField, nameField, readDocument } from '../document/index.ts';
import { type Rate, rateField } from '../price/rate.ts';

const termsSchema = z
  .strictObject({
    /** One key per id: everyone who holds a voucher of these terms hides among the others. */
    id: nameField,
    /** Subsidised rate, yearly. */
    rate: rateField,
    /** Most that one voucher pays. */
    cap: moneyField,
    /** Products it may be used for. */
    products: z.array(nameField).min(1),
    from: dayField,
    /** Last day on which it may be redeemed. */
    until: dayField,
    /** Vouchers that may be issued. */
    count: z.int().min(1),
  })
  .refine(({ from, until }) => from <= until, 'until must not be before from');

/** Checked terms: the rate in ppm a year, the cap in 分. */
export type VoucherTerms = z.output<typeof termsSchema> & { readonly rate: Rate };

/** @throws InputError `ERR_CREDIT_VOUCHER_TERMS` with file and line. */
export function parseVoucherTerms(source: DocumentSource): VoucherTerms {
  return readDocument(termsSchema, source, 'ERR_CREDIT_VOUCHER_TERMS');
}

/** What the firm shows at the bank. A bearer secret until it is redeemed: never log it. */
export interface Voucher {
  readonly terms: string;
  /** 32 random bytes, hexadecimal. */
  readonly serial: string;
  readonly token: Uint8Array;
}

/** The firm's side: hides a message, opens the answer into a token, and checks it. */
export interface VoucherBlinder {
  blind(
    terms: string,
    message: Uint8Array,
  ): Promise<{ readonly blinded: Uint8Array; open(blindSignature: Uint8Array): Promise<Uint8Array> }>;
}
/** The platform's side: signs what it cannot see. */
export interface VoucherSigner {
  sign(terms: string, blinded: Uint8Array): Promise<Uint8Array>;
}
/** Anyone's side. */
export interface VoucherVerifier {
  verify(terms: string, message: Uint8Array, token: Uint8Array): Promise<boolean>;
}

/** A request on its way: send `blinded`, then `open` the answer. */
export interface VoucherRequest {
  readonly blinded: Uint8Array;
  open(blindSignature: Uint8Array): Promise<Voucher>;
}

/** The firm asks for a voucher. */
export async function requestVoucher(terms: string, blinder: VoucherBlinder, random: SecureRandom): Promise<VoucherRequest> {
  const serial = toHex(randomBytes(random, 32));
  const { blinded, open } = await blinder.blind(terms, voucherMessage(terms, serial));
  return { blinded, open: async (blindSignature) => Object.freeze({ terms, serial, token: await open(blindSignature) }) };
}

/** The signed bytes: purpose, terms and serial. */
export function voucherMessage(terms: string, serial: string): Uint8Array {
  return new TextEncoder().encode(`fedcredit/voucher/1\n${terms}\n${serial}`);
}
