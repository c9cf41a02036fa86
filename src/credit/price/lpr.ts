/**
 * LPR (贷款市场报价利率): the benchmark as dated data. A table says up to which day it was checked; a later day is refused, so that a stale
 * table cannot price a loan unnoticed.
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, dayField, readDocument } from '../document/index.ts';
import { type Rate, rateField } from './rate.ts';

const lprSchema = z
  .strictObject({
    source: z.string().min(1),
    /** Last day for which the table is known to be complete. */
    checkedUntil: dayField,
    /** Quotations, oldest first: day of publication, 1-year and over-5-year rate. */
    quotes: z.array(z.tuple([dayField, rateField, rateField])).min(1),
  })
  .superRefine(({ quotes, checkedUntil }, context) => {
    const at = quotes.findIndex(([day], i) => i > 0 && day <= quotes[i - 1][0]);
    if (at > 0) context.addIssue({ code: 'custom', path: ['quotes', at], message: 'quotations must be in order of their days' });
    if (checkedUntil < quotes[quotes.length - 1][0])
      context.addIssue({ code: 'custom', path: ['checkedUntil'], message: 'is before the last quotation' });
  });

/** Checked quotations, oldest first. */
export type LprTable = z.output<typeof lprSchema>;
/** 1Y up to and including five years, 5Y above. */
export type LprTenor = '1Y' | '5Y';

/** @throws InputError `ERR_CREDIT_LPR_TABLE` with file and line. */
export function parseLprTable(source: DocumentSource): LprTable {
  return readDocument(lprSchema, source, 'ERR_CREDIT_LPR_TABLE');
}

/** Every change since the reform of August 2019. Supply a newer table for later days. */
export const lprTable: LprTable = parseLprTable({
  name: 'built-in LPR table',
  value: {
    source: '全国银行间同业拆借中心 LPR 公告, changes only',
    checkedUntil: '2025-06-19',
    quotes: [
      ['2019-08-20', '4.25%', '4.85%'],
      ['2019-09-20', '4.20%', '4.85%'],
      ['2019-11-20', '4.15%', '4.80%'],
      ['2020-02-20', '4.05%', '4.75%'],
      ['2020-04-20', '3.85%', '4.65%'],
      ['2021-12-20', '3.80%', '4.65%'],
      ['2022-01-20', '3.70%', '4.60%'],
      ['2022-05-20', '3.70%', '4.45%'],
      ['2022-08-22', '3.65%', '4.30%'],
      ['2023-06-20', '3.55%', '4.20%'],
      ['2023-08-21', '3.45%', '4.20%'],
      ['2024-02-20', '3.45%', '3.95%'],
      ['2024-07-22', '3.35%', '3.85%'],
      ['2024-10-21', '3.10%', '3.60%'],
      ['2025-05-20', '3.00%', '3.50%'],
    ],
  },
});

/** The rate in force on a day. @throws InputError `ERR_CREDIT_LPR_RANGE` before the first quotation or after `checkedUntil`. */
export function lprOn(table: LprTable, day: string, tenor: LprTenor): Rate {
  const quote = day <= table.checkedUntil ? table.quotes.findLast(([from]) => from <= day) : undefined;
  if (!quote) {
    throw new InputError('ERR_CREDIT_LPR_RANGE', `the LPR table (${table.quotes[0][0]} to ${table.checkedUntil}) does not know ${day}`, {
      help: 'Give a table that was checked up to that day.',
    });
  }
  return tenor === '1Y' ? quote[1] : quote[2];
}
