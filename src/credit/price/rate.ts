/** Rate: a yearly rate as an integer number of parts per million (1 bp = 100 ppm, 3.45 % = 34,500 ppm), so that prices add up exactly. */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { signedRatioField } from '../document/index.ts';
import { type Ratio, ratioOf } from '../money/index.ts';

declare const rateBrand: unique symbol;
/** Yearly, simple, in ppm; between −100 % and 100 %. */
export type Rate = number & { readonly [rateBrand]: true };

const PPM = 1_000_000;

/** @throws InputError `ERR_CREDIT_RATE` when not a whole number of ppm within ±100 %. */
export function ratePpm(ppm: number): Rate {
  if (!Number.isInteger(ppm) || Math.abs(ppm) > PPM)
    throw new InputError('ERR_CREDIT_RATE', 'a rate must be a whole number of millionths within ±100 %');
  return ppm as Rate;
}

/** "3.45%", "45bp", 0.0345 → Rate. @throws InputError `ERR_CREDIT_RATE` when finer than a millionth. */
export function rate(value: number | string): Rate {
  return fromRatio(ratioOf(value));
}

function fromRatio({ numerator, denominator }: Ratio): Rate {
  const scaled = numerator * BigInt(PPM);
  if (scaled % denominator !== 0n) throw new InputError('ERR_CREDIT_RATE', 'a rate must be a whole number of millionths (0.0001 %)');
  return ratePpm(Number(scaled / denominator));
}

/** Smallest whole basis point not below a computed cost. */
export const rateCeilBp = (value: number): Rate => ratePpm(Math.ceil(value * 10_000 - 1e-9) * 100);
/** Exact sum. @throws InputError `ERR_CREDIT_RATE` beyond ±100 %. */
export const sumRates = (rates: readonly Rate[]): Rate => ratePpm(rates.reduce((a, b) => a + b, 0));
/** As an exact fraction of 1. */
export const rateRatio = (value: Rate): Ratio => ({ numerator: BigInt(value), denominator: BigInt(PPM) });
/** As a double, for statistics and display only. */
export const rateNumber = (value: Rate): number => value / PPM;
/** "3.45%". */
export const formatRate = (value: Rate): string => `${(value / 10_000).toFixed(4).replace(/0{1,2}$/, '')}%`;

/** A rate in a document. */
export const rateField = signedRatioField.transform((value, context): Rate => {
  try {
    return fromRatio(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a rate' });
    return z.NEVER;
  }
});
