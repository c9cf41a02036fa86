/**
 * LPR (贷款市场报价利率): the benchmark as dated data, quoted on the 20th of each month or the working day after. A table says up to which day it was
 * checked; a later day is refused, so that a stale table cannot price a loan unnoticed. A bank carries the built-in table on with one call:
 *
 * ```ts
 * const table = extendLprTable(lprTable, { file: 'lpr.yaml', text });
 * // source: 全国银行间同业拆借中心
 * // checkedUntil: 2026-12-20
 * // quotes: []            # no change since; otherwise [2025-06-20, 3.00%, 3.50%] and so on
 * ```
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, dayField, readDocument, readLocated } from '../document/index.ts';
import { formatRate, type Rate, rateField } from './rate.ts';

const tableFields = z.strictObject({
  source: z.string().min(1),
  /** Last day for which the table is known to be complete. */
  checkedUntil: dayField,
  /** Quotations, oldest first: day of publication, 1-year and over-5-year rate; a month without a change may be left out. */
  quotes: z.array(z.tuple([dayField, rateField, rateField])),
});
const lprSchema = tableFields.extend({ quotes: tableFields.shape.quotes.min(1) }).superRefine(({ quotes, checkedUntil }, context) => {
  const at = quotes.findIndex(([day], i) => i > 0 && day <= quotes[i - 1][0]);
  if (at > 0) context.addIssue({ code: 'custom', path: ['quotes', at], message: 'quotations must be in order of their days' });
  if (checkedUntil < quotes[quotes.length - 1][0])
    context.addIssue({ code: 'custom', path: ['checkedUntil'], message: 'is before the last quotation' });
});

/** Checked quotations, oldest first. */
export type LprTable = z.output<typeof lprSchema>;
/** 1Y up to and including five years, 5Y above. */
export type LprTenor = '1Y' | '5Y';

/** A whole table from a document. @throws InputError `ERR_CREDIT_LPR_TABLE` with file and line. */
export function parseLprTable(source: DocumentSource): LprTable {
  return readDocument(lprSchema, source, 'ERR_CREDIT_LPR_TABLE');
}

/**
 * A table carried on by later quotations; the document has the form of a table, with no quotations when nothing changed.
 * @throws InputError `ERR_CREDIT_LPR_TABLE` with file and line, also when a quotation is not after the table's last or nothing later was checked.
 */
export function extendLprTable(table: LprTable, source: DocumentSource): LprTable {
  const { value, locate } = readLocated(tableFields, source, 'ERR_CREDIT_LPR_TABLE');
  if (value.checkedUntil <= table.checkedUntil)
    throw notLater(`${locate(['checkedUntil'])}: checkedUntil: the table was checked to ${table.checkedUntil} already`);
  const last = table.quotes[table.quotes.length - 1][0];
  if (value.quotes.length > 0 && value.quotes[0][0] <= last)
    throw notLater(`${locate(['quotes', 0])}: quotes.0: is not after ${last}, the table's last quotation`);
  const quotes = [...table.quotes, ...value.quotes].map(([day, one, five]) => [day, formatRate(one), formatRate(five)]);
  const name = locate(['quotes']);
  return parseLprTable({ name, value: { source: `${table.source}; ${value.source}`, checkedUntil: value.checkedUntil, quotes } });
}

const notLater = (message: string): InputError =>
  new InputError('ERR_CREDIT_LPR_TABLE', message, { help: 'Give the quotations after those of the table, oldest first.' });

/** Every change since the reform of August 2019, checked to 2025-06-19. Carry it on with `extendLprTable`. */
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
      help:
        day > table.checkedUntil
          ? 'Look the quotations since up, then carry the table on: extendLprTable(table, { file, text }) with source, checkedUntil and quotes.'
          : 'LPR in this form begins on 2019-08-20; give a table of your own with parseLprTable for older contracts.',
    });
  }
  return tenor === '1Y' ? quote[1] : quote[2];
}
