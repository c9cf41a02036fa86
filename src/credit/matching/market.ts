/**
 * A market: who is eligible for what, how a firm likes a product and how a bank likes a firm. Utilities as in credit.md §1a: the firm's
 * u = −w1·rate + w2·min(1, limit/ask) − w3·days + w4·P(approve), the bank's v = expected return on capital − concentration penalty.
 */
import { InputError } from '../../base/index.ts';
import { retailCapital } from '../price/capital.ts';
import { rateNumber } from '../price/rate.ts';
import { type Applicant, eligibilityMask } from './eligibility.ts';
import type { Catalogue, Product } from './product.ts';

/** Preferences of both sides, row-major firm × product. */
export interface Market {
  /** Rows. */
  readonly firms: number;
  /** Columns. */
  readonly products: number;
  /** 1 where a match is allowed. */
  readonly eligible: Uint8Array;
  /** The firm's utility; compared within a row. */
  readonly firmUtility: Float64Array;
  /** The bank's utility; compared within a column. */
  readonly bankUtility: Float64Array;
  readonly quotas: Uint32Array;
}

/** What a firm minds; the weights turn rates, amounts and days into one utility. */
export interface FirmWeights {
  /** Per 1 (100 %) of yearly rate. @default 10 */
  readonly rate: number;
  /** For the whole amount asked. @default 1 */
  readonly amount: number;
  /** Per working day. @default 0.02 */
  readonly days: number;
  /** For a certain approval. @default 0.5 */
  readonly approval: number;
}
/** What a bank minds. */
export interface BankView {
  /** Loss given default, [0, 1]. */
  readonly lgd: number;
  /** Funding and operating cost, yearly, as a share. */
  readonly cost: number;
  /** Penalty for an industry's share of the bank's book: v − penalty × share. */
  readonly concentrationPenalty: number;
  /** Share of the bank's book in an industry section or division. */
  readonly bookShare?: (bank: string, industry: string) => number;
  /** Chance of approval as the platform estimates it. @default 1 − min(1, PD / maxPd) / 2 */
  readonly approval?: (firm: Applicant, product: Product) => number;
}
/** 1 % of rate weighs as much as 5 working days or a tenth of the amount. */
export const defaultFirmWeights: FirmWeights = Object.freeze({ rate: 10, amount: 1, days: 0.02, approval: 0.5 });
/** LGD 45 %, cost 2.4 %, half the book share as penalty. */
export const defaultBankView: BankView = Object.freeze({ lgd: 0.45, cost: 0.024, concentrationPenalty: 0.5 });

/** Filters and scores every pair. @throws InputError `ERR_CREDIT_APPLICANT` for an applicant without a positive amount or with a PD outside [0, 1]. */
export function buildMarket(
  firms: readonly Applicant[],
  catalogue: Catalogue,
  weights: FirmWeights = defaultFirmWeights,
  bank: BankView = defaultBankView,
): Market {
  for (const firm of firms) {
    if (firm.ask <= 0n || !(firm.pd >= 0 && firm.pd <= 1))
      throw new InputError('ERR_CREDIT_APPLICANT', 'an applicant needs a positive amount and a PD in [0, 1]');
  }
  const { products } = catalogue;
  const eligible = eligibilityMask(firms, catalogue);
  const firmUtility = new Float64Array(eligible.length);
  const bankUtility = new Float64Array(eligible.length);
  for (let f = 0; f < firms.length; f++) {
    const firm = firms[f];
    const capital = Math.max(1e-6, retailCapital({ pd: Math.min(0.999, Math.max(firm.pd, 1e-5)), lgd: bank.lgd }));
    for (let p = 0; p < products.length; p++) {
      const at = f * products.length + p;
      if (eligible[at] === 0) continue;
      firmUtility[at] = firmLikes(firm, products[p], weights, bank);
      bankUtility[at] = bankLikes(firm, products[p], capital, bank);
    }
  }
  return {
    firms: firms.length,
    products: products.length,
    eligible,
    firmUtility,
    bankUtility,
    quotas: Uint32Array.from(products, (product) => product.quota),
  };
}

function firmLikes(firm: Applicant, product: Product, weights: FirmWeights, bank: BankView): number {
  const covered = Math.min(1, Number(product.amount.max) / Number(firm.ask));
  const approval = bank.approval?.(firm, product) ?? 1 - Math.min(1, product.maxPd > 0 ? firm.pd / product.maxPd : 1) / 2;
  return -weights.rate * rateNumber(product.rate) + weights.amount * covered - weights.days * product.days + weights.approval * approval;
}

function bankLikes(firm: Applicant, product: Product, capital: number, bank: BankView): number {
  const margin = (1 - firm.pd) * rateNumber(product.rate) - firm.pd * bank.lgd - bank.cost;
  return margin / capital - bank.concentrationPenalty * (bank.bookShare?.(product.bank, firm.industry) ?? 0);
}

/** The firm's best `k` eligible products, best first; ties go to the earlier product. */
export function menu(market: Market, firm: number, k: number): readonly number[] {
  return ranked(market, firm).slice(0, k);
}

/** All eligible products of a firm, best first. */
export function ranked(market: Market, firm: number): number[] {
  const row = firm * market.products;
  return choices(market, firm).sort((a, b) => market.firmUtility[row + b] - market.firmUtility[row + a] || a - b);
}

/** All eligible products of a firm, in the catalogue's order. */
export function choices(market: Market, firm: number): number[] {
  const row = firm * market.products;
  const found: number[] = [];
  for (let p = 0; p < market.products; p++) if (market.eligible[row + p] === 1) found.push(p);
  return found;
}
