/** The platform's register of vouchers: how many were issued, which serials were redeemed, what each redemption has been paid. */
import { type ErrorCode, InputError, RefusedError } from '../../base/index.ts';
import { addDays, dayNumber } from '../calendar/index.ts';
import { type Fen, fen, fraction, minFen, timesRatio, timesRound, zeroFen } from '../money/index.ts';
import { rateRatio } from '../price/rate.ts';
import { type Voucher, type VoucherSigner, type VoucherTerms, type VoucherVerifier, voucherMessage } from './voucher.ts';

/** A voucher that was taken. */
export interface Redemption {
  readonly serial: string;
  readonly terms: string;
  readonly bank: string;
  readonly product: string;
  readonly day: string;
  /** Subsidy paid so far. */
  readonly paid: Fen;
  /** Last day already paid for; undefined before the first claim. */
  readonly paidUntil: string | undefined;
}
/** A stretch of days with one balance: `from` inclusive, `to` exclusive. */
export interface BalanceSpan {
  readonly from: string;
  readonly to: string;
  readonly balance: Fen;
}

const refuse = (code: ErrorCode, message: string): never => {
  throw new RefusedError(code, message, { help: 'The voucher was not used.' });
};

/** In memory; a node keeps it in its store and rebuilds it from the redemptions. */
export class VoucherRegister {
  readonly #terms: ReadonlyMap<string, VoucherTerms>;
  readonly #verifier: VoucherVerifier;
  readonly #issued = new Map<string, number>();
  readonly #holders = new Set<string>();
  readonly #redeemed = new Map<string, Redemption>();

  constructor(terms: readonly VoucherTerms[], verifier: VoucherVerifier) {
    this.#terms = new Map(terms.map((one) => [one.id, one]));
    this.#verifier = verifier;
  }

  /**
   * Signs one blinded voucher for a firm that qualifies; one per firm and terms.
   * @throws RefusedError `ERR_CREDIT_VOUCHER_ISSUED` when the firm has one, `ERR_CREDIT_VOUCHER_COUNT` when none are left.
   */
  async issue(firm: string, termsId: string, blinded: Uint8Array, signer: VoucherSigner): Promise<Uint8Array> {
    const terms = this.terms(termsId);
    const holder = JSON.stringify([termsId, firm]);
    const issued = this.#issued.get(termsId) ?? 0;
    if (this.#holders.has(holder)) refuse('ERR_CREDIT_VOUCHER_ISSUED', 'the firm already has a voucher of these terms');
    if (issued >= terms.count) refuse('ERR_CREDIT_VOUCHER_COUNT', 'every voucher of these terms was issued');
    this.#holders.add(holder);
    this.#issued.set(termsId, issued + 1);
    return signer.sign(termsId, blinded);
  }

  /**
   * Takes a voucher once.
   * @throws RefusedError `ERR_CREDIT_VOUCHER_FORGED`, `ERR_CREDIT_VOUCHER_SPENT`, `ERR_CREDIT_VOUCHER_EXPIRED`, `ERR_CREDIT_VOUCHER_PRODUCT`.
   */
  async redeem(voucher: Voucher, use: { readonly bank: string; readonly product: string; readonly day: string }): Promise<Redemption> {
    const terms = this.terms(voucher.terms);
    dayNumber(use.day);
    if (use.day < terms.from || use.day > terms.until)
      refuse('ERR_CREDIT_VOUCHER_EXPIRED', `the voucher stands from ${terms.from} to ${terms.until}`);
    if (!terms.products.includes(use.product)) refuse('ERR_CREDIT_VOUCHER_PRODUCT', `the voucher is not for "${use.product}"`);
    const genuine =
      /^[0-9a-f]{64}$/.test(voucher.serial) &&
      (await this.#verifier.verify(terms.id, voucherMessage(terms.id, voucher.serial), voucher.token));
    if (!genuine) refuse('ERR_CREDIT_VOUCHER_FORGED', 'the signature of the voucher is not ours');
    if (this.#redeemed.has(voucher.serial)) refuse('ERR_CREDIT_VOUCHER_SPENT', 'the voucher was redeemed before');
    const redemption = Object.freeze({ serial: voucher.serial, terms: terms.id, ...use, paid: zeroFen, paidUntil: undefined });
    this.#redeemed.set(voucher.serial, redemption);
    return redemption;
  }

  /**
   * The subsidy of a period: Σ balance·days·rate/360, rounded once, up to what is left of the cap. Days are paid once.
   * @param spans in order, without a gap, starting where the last claim ended.
   * @throws InputError `ERR_CREDIT_VOUCHER_SPANS`.
   */
  claim(serial: string, spans: readonly BalanceSpan[]): Fen {
    const redemption = this.redemption(serial);
    const terms = this.terms(redemption.terms);
    checkSpans(
      spans,
      redemption.paidUntil === undefined ? redemption.day : addDays(redemption.paidUntil, 1),
      redemption.paidUntil !== undefined,
    );
    const due = subsidy(spans, terms);
    const paid = minFen(due, fen(terms.cap - redemption.paid));
    const paidUntil = addDays(spans[spans.length - 1].to, -1);
    this.#redeemed.set(serial, Object.freeze({ ...redemption, paid: fen(redemption.paid + paid), paidUntil }));
    return paid;
  }

  /** Everything paid to a bank: what a monthly settlement shows. */
  paidTo(bank: string): Fen {
    return fen([...this.#redeemed.values()].reduce((sum, r) => (r.bank === bank ? sum + r.paid : sum), 0n));
  }

  /** @throws InputError `ERR_CREDIT_VOUCHER_UNKNOWN`. */
  redemption(serial: string): Redemption {
    const found = this.#redeemed.get(serial);
    if (!found) throw new InputError('ERR_CREDIT_VOUCHER_UNKNOWN', 'no such voucher was redeemed');
    return found;
  }

  /** @throws InputError `ERR_CREDIT_VOUCHER_UNKNOWN` for terms this register does not have. */
  terms(id: string): VoucherTerms {
    const found = this.#terms.get(id);
    if (!found) throw new InputError('ERR_CREDIT_VOUCHER_UNKNOWN', 'there are no such voucher terms');
    return found;
  }
}

/** Σ balance·days × rate/360 before the cap, rounded half up once. */
export function subsidy(spans: readonly BalanceSpan[], terms: Pick<VoucherTerms, 'rate'>): Fen {
  const dayBalances = spans.reduce((sum, { from, to, balance }) => sum + balance * BigInt(dayNumber(to) - dayNumber(from)), 0n);
  return timesRound(fen(1), timesRatio(fraction(dayBalances, 360), rateRatio(terms.rate)));
}

function checkSpans(spans: readonly BalanceSpan[], start: string, exactly: boolean): void {
  const bad = (problem: string): never => {
    throw new InputError('ERR_CREDIT_VOUCHER_SPANS', problem, { help: 'Give the balances day by day, in order, each day once.' });
  };
  if (spans.length === 0) bad('a claim needs a period');
  if (exactly ? spans[0].from !== start : spans[0].from < start) bad(`the period must start on ${start}${exactly ? '' : ' or later'}`);
  spans.forEach(({ from, to, balance }, i) => {
    if (dayNumber(to) <= dayNumber(from) || balance < 0n || (i > 0 && from !== spans[i - 1].to))
      bad('the spans must follow each other, with balances that are not negative');
  });
}
