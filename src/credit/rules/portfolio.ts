/** Conditions over a whole portfolio: the same closures as for one firm, so that a back-test cannot differ from the desk. */
import { InputError } from '../../base/index.ts';
import { truthTest } from './evaluate.ts';
import { type Condition, conditionFields } from './expression.ts';
import { checkedFirm, type FieldCatalogue, type FirmFields } from './fields.ts';

/** Firms with their fields checked once, for many rules. */
export interface Portfolio {
  /** Firms. */
  readonly rows: number;
  readonly fields: FieldCatalogue;
  /** Checked against `fields`: missing is null. */
  readonly firms: readonly FirmFields[];
}

/** Truth of one condition for every row: 0 false, 1 unknown, 2 true. */
export type TruthColumn = Uint8Array;

/** Checks every firm; fields outside the catalogue are left out. @throws InputError `ERR_CREDIT_FIELD_VALUE`. */
export function portfolioOf(firms: readonly FirmFields[], fields: FieldCatalogue): Portfolio {
  return Object.freeze({ rows: firms.length, fields, firms: firms.map((firm) => checkedFirm(firm, fields)) });
}

/** @throws InputError `ERR_CREDIT_RULE_COLUMN` when the portfolio lacks a field. */
export function evaluateColumn(condition: Condition, portfolio: Portfolio): TruthColumn {
  const test = testOver(condition, portfolio);
  return Uint8Array.from(portfolio.firms, test);
}

/** A condition as a test of the portfolio's firms. @throws InputError `ERR_CREDIT_RULE_COLUMN` when the portfolio lacks a field. */
export function testOver(condition: Condition, { fields }: Portfolio): (firm: FirmFields) => number {
  const absent = conditionFields(condition).find((name) => !Object.hasOwn(fields, name));
  if (absent !== undefined)
    throw new InputError('ERR_CREDIT_RULE_COLUMN', `the portfolio has no field "${absent}"`, { details: { field: absent } });
  return truthTest(condition);
}
