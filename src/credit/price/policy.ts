/**
 * Price: rate = LPR + spread(grade) + term + product − voucher − policy, never below the floor
 * funding + cost + PD·LGD + K·(hurdle − risk-free). The policy is a document; every part of a price is named and adds up exactly.
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, nameField, ratioField, readDocument } from '../document/index.ts';
import { toNumber } from '../money/index.ts';
import { corporateCapital, retailCapital } from './capital.ts';
import { type LprTable, type LprTenor, lprOn } from './lpr.ts';
import { formatRate, type Rate, rateCeilBp, rateField, rateNumber, ratePpm, sumRates } from './rate.ts';

const share = ratioField.transform(toNumber).refine((x) => x <= 1, 'must be between 0 and 1');
const priceSchema = z
  .strictObject({
    version: z.string().min(1).max(64),
    /** Spread over LPR by grade. A grade that is not listed is not priced. */
    spread: z.record(nameField, rateField),
    /** Added from this many months on; the last step that is reached counts. */
    term: z.array(z.strictObject({ fromMonths: z.int().min(1), add: rateField })).default([]),
    /** Added by product. */
    product: z.record(nameField, rateField).default({}),
    floor: z.strictObject({
      /** Funds transfer price (FTP). */
      funding: rateField,
      /** Operating cost. */
      cost: rateField,
      lgd: share,
      /** Return wanted on capital, and the risk-free rate earned on it. */
      hurdle: rateField,
      riskFree: rateField,
      capital: z.enum(['retail', 'corporate']),
    }),
    /** What to do with a price below the floor. */
    belowFloor: z.enum(['raise', 'refuse']).default('raise'),
    /** Legal or product ceiling. */
    max: rateField,
  })
  .superRefine(({ term }, context) => {
    const at = term.findIndex(({ fromMonths }, i) => i > 0 && fromMonths <= term[i - 1].fromMonths);
    if (at > 0) context.addIssue({ code: 'custom', path: ['term', at, 'fromMonths'], message: 'steps must rise' });
  });

/** A checked policy; rates in ppm a year, LGD in [0, 1]. */
export type PricePolicy = z.output<typeof priceSchema>;

/** One loan to be priced. */
export interface PriceInput {
  readonly day: string;
  readonly grade: string;
  /** PD of the grade, in (0, 1). */
  readonly pd: number;
  /** 1 to 360. */
  readonly months: number;
  readonly product: string;
  /** Reduction by a voucher, paid by someone else: it lowers the firm's rate, not the bank's income. */
  readonly voucher?: Rate;
}
/** A named part of a price; reductions are negative. */
export interface PricePart {
  readonly name: string;
  readonly rate: Rate;
}
/** A price with its derivation. */
export interface Price {
  /** What the firm pays. */
  readonly rate: Rate;
  /** What the bank earns: the rate before the voucher. */
  readonly gross: Rate;
  /** Sum to `rate`. */
  readonly parts: readonly PricePart[];
  /** Lowest gross rate that covers its costs, in whole bp. */
  readonly floor: Rate;
  readonly floorParts: readonly { readonly name: string; readonly share: number }[];
  readonly bound: 'policy' | 'floor' | 'max';
}

/** @throws InputError `ERR_CREDIT_PRICE_POLICY` with file and line. */
export function parsePricePolicy(source: DocumentSource): PricePolicy {
  return readDocument(priceSchema, source, 'ERR_CREDIT_PRICE_POLICY');
}

/**
 * @throws InputError `ERR_CREDIT_PRICE_GRADE`, `ERR_CREDIT_PRICE_INPUT`, `ERR_CREDIT_LPR_RANGE`;
 *   `ERR_CREDIT_PRICE_FLOOR` when the floor is above the ceiling, or above the price and the policy refuses.
 */
export function priceLoan(policy: PricePolicy, lpr: LprTable, input: PriceInput): Price {
  const parts = policyParts(policy, lpr, input);
  const asked = sumRates(parts.map((part) => part.rate));
  const floorParts = floorOf(policy, input);
  const floor = rateCeilBp(floorParts.reduce((sum, part) => sum + part.share, 0));
  if (floor > policy.max) refuse(`the floor ${formatRate(floor)} is above the ceiling ${formatRate(policy.max)}`);
  if (asked < floor && policy.belowFloor === 'refuse') refuse(`the price ${formatRate(asked)} is below the floor ${formatRate(floor)}`);
  const gross = ratePpm(Math.min(Math.max(asked, floor), policy.max));
  const bound = gross === asked ? 'policy' : gross === policy.max ? 'max' : 'floor';
  const adjust = gross === asked ? [] : [{ name: bound, rate: ratePpm(gross - asked) }];
  const voucher = ratePpm(Math.min(input.voucher ?? 0, gross));
  const reduction = voucher === 0 ? [] : [{ name: 'voucher', rate: ratePpm(-voucher) }];
  return { rate: ratePpm(gross - voucher), gross, parts: [...parts, ...adjust, ...reduction], floor, floorParts, bound };
}

function policyParts(policy: PricePolicy, lpr: LprTable, input: PriceInput): readonly PricePart[] {
  const { months, grade, product, voucher = 0 } = input;
  if (!(Number.isInteger(months) && months >= 1 && months <= 360) || voucher < 0) {
    throw new InputError('ERR_CREDIT_PRICE_INPUT', 'the term must be 1 to 360 whole months and a voucher not negative');
  }
  const spread = Object.hasOwn(policy.spread, grade) ? policy.spread[grade] : undefined;
  if (spread === undefined)
    throw new InputError('ERR_CREDIT_PRICE_GRADE', `the price policy has no spread for grade "${grade}"`, {
      help: 'Decline the firm, or add the grade.',
    });
  const tenor: LprTenor = months > 60 ? '5Y' : '1Y';
  const term = policy.term.findLast((step) => step.fromMonths <= months)?.add ?? ratePpm(0);
  const extra = Object.hasOwn(policy.product, product) ? policy.product[product] : ratePpm(0);
  return [
    { name: `LPR ${tenor}`, rate: lprOn(lpr, input.day, tenor) },
    { name: `grade ${grade}`, rate: spread },
    ...(term === 0 ? [] : [{ name: `term ${months} months`, rate: term }]),
    ...(extra === 0 ? [] : [{ name: `product ${product}`, rate: extra }]),
  ];
}

function floorOf({ floor }: PricePolicy, { pd, months }: PriceInput): readonly { name: string; share: number }[] {
  const capital =
    floor.capital === 'retail' ? retailCapital({ pd, lgd: floor.lgd }) : corporateCapital({ pd, lgd: floor.lgd }, 50, months / 12);
  return [
    { name: 'funding', share: rateNumber(floor.funding) },
    { name: 'cost', share: rateNumber(floor.cost) },
    { name: 'expected loss', share: pd * floor.lgd },
    { name: 'capital', share: capital * (rateNumber(floor.hurdle) - rateNumber(floor.riskFree)) },
  ];
}

function refuse(message: string): never {
  throw new InputError('ERR_CREDIT_PRICE_FLOOR', message, {
    help: 'The loan does not cover its costs under this policy: decline, or change the policy.',
  });
}
