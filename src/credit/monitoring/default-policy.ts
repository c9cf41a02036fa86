/**
 * A policy to start from, over the fields that `monthlyFields` makes of the series sales_invoice, elec_kwh, ss_headcount, avg_deposit and
 * days_past_due and of seven kinds of events. Thresholds are examples set on the synthetic city, not anybody's practice: judge them on
 * your own history with `judgeWarnings` before anyone is called (benchmarks/credit-warnings.ts shows how). Two habits carry over: a fall must be
 * deeper than a usual month is noisy, and a series that many firms move in for their own reasons counts only with a second sign beside it.
 */
import { parseWarningPolicy, type WarningPolicy } from './warning-rules.ts';

const above = (field: string, value: number): unknown => ({ '>': [{ var: field }, value] });
const below = (field: string, value: number): unknown => ({ '<': [{ var: field }, value] });
const change = (label: string) => ({ type: 'number', label, min: -1, max: 9 });
const cusum = (label: string) => ({ type: 'number', label, min: 0 });
const count = (label: string) => ({ type: 'integer', label, min: 0 });

const document = {
  name: 'after-loan',
  version: 1,
  fields: {
    sales_invoice_change: change('开票额较近六月(去季节)'),
    sales_invoice_cusum: cusum('开票额累积和'),
    elec_kwh_change: change('用电量较近六月(去季节)'),
    elec_kwh_cusum: cusum('用电量累积和'),
    ss_headcount_change: change('参保人数较近六月'),
    avg_deposit_change: change('日均存款较近六月'),
    days_past_due: { type: 'number', label: '逾期天数', min: 0 },
    lawsuit_recent: count('近三月新增被诉'),
    tax_arrears_recent: count('近三月欠税'),
    utility_arrears_recent: count('近三月水电气欠费'),
    tax_grade_drop_recent: count('近三月纳税信用降级'),
    enforcement_recent: count('近三月新增被执行'),
    legal_rep_change_recent: count('近三月法定代表人变更'),
    equity_frozen_recent: count('近三月股权冻结'),
    events_recent: count('近三月负面事项种类'),
  },
  escalation: {
    red: { afterWorkdays: 1, to: ['branch-head', 'risk-department'] },
    orange: { afterWorkdays: 3, to: ['branch-head'] },
  },
  rules: [
    { name: 'past-due-30', when: above('days_past_due', 30), severity: 'red', reason: '逾期超过30天' },
    { name: 'enforcement', when: above('enforcement_recent', 0), severity: 'red', reason: '新增被执行' },
    { name: 'equity-frozen', when: above('equity_frozen_recent', 0), severity: 'red', reason: '股权冻结' },
    { name: 'several-events', when: above('events_recent', 1), severity: 'red', reason: '近三月出现两类以上负面事项' },
    { name: 'lawsuit', when: above('lawsuit_recent', 0), severity: 'yellow', reason: '新增被诉' },
    { name: 'tax-arrears', when: above('tax_arrears_recent', 0), severity: 'yellow', reason: '新增欠税' },
    {
      name: 'utility-arrears',
      when: above('utility_arrears_recent', 0),
      severity: 'yellow',
      reason: '水电气欠费',
    },
    {
      name: 'power-and-sales-fall',
      when: { and: [below('elec_kwh_change', -0.3), below('sales_invoice_change', -0.3)] },
      severity: 'orange',
      reason: '用电量与开票额同降30%以上',
    },
    {
      name: 'staff-fall',
      when: {
        and: [
          below('ss_headcount_change', -0.2),
          { or: [below('elec_kwh_change', -0.2), below('sales_invoice_change', -0.2), above('events_recent', 0)] },
        ],
      },
      severity: 'orange',
      reason: '参保人数下降20%以上,且用电、开票或负面事项印证',
    },
    { name: 'deposit-fall', when: below('avg_deposit_change', -0.75), severity: 'blue', reason: '日均存款下降75%以上' },
    { name: 'power-cusum', when: above('elec_kwh_cusum', 6), severity: 'yellow', reason: '用电量持续走低(累积和)' },
    { name: 'sales-cusum', when: above('sales_invoice_cusum', 6), severity: 'yellow', reason: '开票额持续走低(累积和)' },
    { name: 'tax-grade-drop', when: above('tax_grade_drop_recent', 0), severity: 'yellow', reason: '纳税信用降级' },
    { name: 'legal-rep-change', when: above('legal_rep_change_recent', 0), severity: 'blue', reason: '法定代表人变更' },
  ],
};

/** The example policy; see the note above. */
export const exampleWarningPolicy: WarningPolicy = parseWarningPolicy({ name: 'exampleWarningPolicy', value: document });
