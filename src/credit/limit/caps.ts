/**
 * Caps: the declared forms of lending capacity, from one holder's own fields. A cap is data (a schema), its value exact 分. Forms and
 * sources: credit.md §3.1 (tax, invoice, social insurance, utility and peer forms are informal market practice; the turnover need is the
 * annex of 流动资金贷款管理办法). Columns hold 元, counts, days or shares as doubles; NaN is missing.
 */
import { z } from 'zod';
import { assertNever } from '../../base/index.ts';
import { moneyField, nameField, ratioField, signedRatioField } from '../document/index.ts';
import {
  type Fen,
  fen,
  fenFromYuan,
  fraction,
  minusRatio,
  plusRatio,
  type Ratio,
  ratioOf,
  timesFloor,
  timesRatio,
  zeroFen,
} from '../money/index.ts';

const missing = z.enum(['refuse', 'ignore']).default('refuse');
const columnName = z.string().min(1).max(128);

/** Σ times·column (元) × Π(1 − share) × Π factor: tax, invoice, utility and other amounts. */
const linear = z.strictObject({
  kind: z.literal('linear'),
  name: nameField,
  missing,
  terms: z
    .array(z.strictObject({ column: columnName, times: signedRatioField }))
    .min(1)
    .max(64),
  /** Columns of shares in [0,1] that shrink the sum, e.g. void_rate and red_rate of invoices. */
  lessShares: z.array(columnName).max(8).default([]),
  /** A multiplier by the value of a coded column, e.g. by industry division: {column, values: {"13": 0.2}, otherwise: 0.1}. */
  scaleBy: z.strictObject({ column: columnName, values: z.record(z.string(), ratioField), otherwise: ratioField }).optional(),
});

/** column (a count) × each: social insurance headcount × 3万. */
const count = z.strictObject({ kind: z.literal('count'), name: nameField, missing, column: columnName, each: moneyField });

/** times × the largest unsecured line elsewhere; `whenZero` for a firm that has none. */
const peer = z.strictObject({
  kind: z.literal('peer'),
  name: nameField,
  missing,
  column: columnName,
  times: ratioField,
  whenZero: moneyField,
});

/**
 * 新增流动资金贷款额度 = 上年销售×(1−利润率)×(1+增长率)×周转天数/360 − 自有资金 − 现有流贷 − 其他, 周转天数 = 存货+应收−应付+预付−预收.
 * Every entry names a column: amounts in 元, days in days, margin and growth as shares.
 */
const turnover = z.strictObject({
  kind: z.literal('turnover'),
  name: nameField,
  missing,
  sales: columnName,
  margin: columnName,
  growth: columnName,
  days: z.strictObject({
    inventory: columnName,
    receivable: columnName,
    payable: columnName,
    prepaid: columnName,
    advance: columnName,
  }),
  less: z.array(columnName).max(8).default([]),
});

/** One declared cap. `missing: refuse` makes the whole capacity zero when a field is missing, `ignore` leaves this cap out. */
export const capSchema = z.discriminatedUnion('kind', [linear, count, peer, turnover]);
/** A checked cap; amounts in 分, multipliers exact. */
export type CapForm = z.output<typeof capSchema>;

/** Reads one field of one firm; NaN means missing. */
export type FieldReader = (column: string) => number;

/** Every column a cap reads, for contracts and for checks before a run. */
export function capColumns(cap: CapForm): readonly string[] {
  switch (cap.kind) {
    case 'linear':
      return [...cap.terms.map((term) => term.column), ...cap.lessShares, ...(cap.scaleBy ? [cap.scaleBy.column] : [])];
    case 'count':
    case 'peer':
      return [cap.column];
    case 'turnover':
      return [cap.sales, cap.margin, cap.growth, ...Object.values(cap.days), ...cap.less];
    default:
      return assertNever(cap);
  }
}

/** The cap in 分, rounded down and never negative; undefined when a field it needs is missing. */
export function capAmount(cap: CapForm, read: FieldReader): Fen | undefined {
  if (capColumns(cap).some((column) => Number.isNaN(read(column)))) return undefined;
  const amount = presentCap(cap, read);
  return amount < 0n ? zeroFen : amount;
}

function presentCap(cap: CapForm, read: FieldReader): Fen {
  switch (cap.kind) {
    case 'linear':
      return linearCap(cap, read);
    case 'count':
      return timesFloor(cap.each, ratioOf(read(cap.column)));
    case 'peer': {
      const line = fenFromYuan(read(cap.column));
      return line === 0n ? cap.whenZero : timesFloor(line, cap.times);
    }
    case 'turnover':
      return turnoverCap(cap, read);
    default:
      return assertNever(cap);
  }
}

const one = fraction(1, 1);

function linearCap(cap: Extract<CapForm, { kind: 'linear' }>, read: FieldReader): Fen {
  let sum = { numerator: 0n, denominator: 1n } as Ratio;
  for (const { column, times } of cap.terms) sum = plusRatio(sum, timesRatio(fraction(fenFromYuan(read(column)), 1), times));
  for (const column of cap.lessShares) sum = timesRatio(sum, minusRatio(one, ratioOf(read(column))));
  if (cap.scaleBy) sum = timesRatio(sum, cap.scaleBy.values[String(read(cap.scaleBy.column))] ?? cap.scaleBy.otherwise);
  return timesFloor(fen(1), sum);
}

function turnoverCap(cap: Extract<CapForm, { kind: 'turnover' }>, read: FieldReader): Fen {
  const ratio = (column: string): Ratio => ratioOf(read(column));
  const { inventory, receivable, payable, prepaid, advance } = cap.days;
  const cycle = [receivable, prepaid].reduce((sum, column) => plusRatio(sum, ratio(column)), ratio(inventory));
  const days = [payable, advance].reduce((sum, column) => minusRatio(sum, ratio(column)), cycle);
  const cost = timesRatio(minusRatio(one, ratio(cap.margin)), plusRatio(one, ratio(cap.growth)));
  const need = timesFloor(fenFromYuan(read(cap.sales)), timesRatio(timesRatio(cost, days), fraction(1, 360)));
  return fen(cap.less.reduce((left, column) => left - fenFromYuan(read(column)), need as bigint));
}
