/**
 * Warnings against what happened: precision, recall and lead time, rule by rule. An alert is true when its loan defaults at least `minLead`
 * and at most `horizon` months later. An alert whose horizon reaches beyond the last month observed counts as false unless the default was
 * seen, so precision is a lower bound; a default is warned when any alert of the rule is true for it.
 */
import { InputError } from '../../base/index.ts';

/** An alert as the judge needs it. */
export interface JudgedAlert {
  /** Place of the loan in the portfolio, 0 first. */
  readonly row: number;
  readonly rule: string;
  /** Month it was raised, 0 first. */
  readonly month: number;
}
/** One rule, or all together, against what happened; shares are in [0, 1]. */
export interface RuleJudgement {
  readonly rule: string;
  /** Alerts raised before the default of their loan. */
  readonly alerts: number;
  /** Of these, alerts whose loan defaulted in time. */
  readonly trueAlerts: number;
  /** undefined without alerts. */
  readonly precision: number | undefined;
  /** Defaults with a true alert. */
  readonly warned: number;
  readonly recall: number | undefined;
  /** Median months from the first true alert to the default. */
  readonly medianLead: number | undefined;
}
/** Warnings against what happened. */
export interface Judgement {
  /** Loans that defaulted, warned or not. */
  readonly defaults: number;
  /** All rules together, an alert each. */
  readonly overall: RuleJudgement;
  /**
   * A loan is warned or it is not, however many rules fired: share of warned loans that defaulted in time. Loans already in default are
   * left out on both sides.
   */
  readonly loans: { readonly warned: number; readonly truly: number; readonly precision: number | undefined };
  readonly rules: readonly RuleJudgement[];
}
/** When an alert counts as true, in months before the default. */
export interface JudgeOptions {
  /** @default 1 */
  readonly minLead?: number;
  /** @default 6 */
  readonly horizon?: number;
}

/**
 * @param defaultMonth month of default of each row, −1 for none.
 * @throws InputError `ERR_CREDIT_JUDGE`.
 */
export function judgeWarnings(
  alerts: readonly JudgedAlert[],
  defaultMonth: ArrayLike<number>,
  { minLead = 1, horizon = 6 }: JudgeOptions = {},
): Judgement {
  if (!(Number.isInteger(minLead) && Number.isInteger(horizon) && minLead >= 0 && horizon >= minLead))
    throw new InputError('ERR_CREDIT_JUDGE', 'minLead and horizon must be whole months, horizon not below minLead');
  const wild = alerts.find(({ row }) => !(row >= 0 && row < defaultMonth.length));
  if (wild) throw new InputError('ERR_CREDIT_JUDGE', `an alert of row ${wild.row}, but there are ${defaultMonth.length}`);
  const isTrue = ({ row, month }: JudgedAlert): boolean => {
    const lead = defaultMonth[row] - month;
    return defaultMonth[row] >= 0 && lead >= minLead && lead <= horizon;
  };
  const living = alerts.filter(({ row, month }) => defaultMonth[row] < 0 || month < defaultMonth[row]);
  const defaults = Array.from(defaultMonth).filter((month) => month >= 0).length;
  const judge = (rule: string, own: readonly JudgedAlert[]): RuleJudgement => {
    const right = own.filter(isTrue);
    const first = new Map<number, number>();
    for (const { row, month } of right) first.set(row, Math.max(first.get(row) ?? 0, defaultMonth[row] - month));
    const leads = [...first.values()].sort((a, b) => a - b);
    return {
      rule,
      alerts: own.length,
      trueAlerts: right.length,
      precision: own.length > 0 ? right.length / own.length : undefined,
      warned: first.size,
      recall: defaults > 0 ? first.size / defaults : undefined,
      medianLead: leads.length > 0 ? leads[leads.length >> 1] : undefined,
    };
  };
  const names = [...new Set(living.map(({ rule }) => rule))].sort();
  const warned = new Set(living.map(({ row }) => row)).size;
  const truly = new Set(living.filter(isTrue).map(({ row }) => row)).size;
  return {
    defaults,
    overall: judge('all', living),
    loans: { warned, truly, precision: warned > 0 ? truly / warned : undefined },
    rules: names.map((name) =>
      judge(
        name,
        living.filter(({ rule }) => rule === name),
      ),
    ),
  };
}
