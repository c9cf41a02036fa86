/**
 * A bank's table: which firms bank there, what their accounts show, and whom its old credit policy let in. The bank sees health and
 * liquidity through noise of its own. Everything draws from streams named by bank and firm: another bank changes nothing here.
 */
import type { SeededRandom } from '../../base/index.ts';
import { drawBernoulli, drawBeta, drawLogNormal, drawPoisson } from '../../math/index.ts';
import { department, type Field, fieldSchema, makeLink, ratio, type Sight, yuan } from './field.ts';
import { type Firm, sigmoid } from './firms.ts';

export interface BankSight extends Sight {
  readonly firm: Firm;
  readonly health: number;
  readonly liquidity: number;
  /** Part of the firm's turnover that goes through this bank. */
  readonly wallet: number;
  /** The bank's own view of risk when it decided: higher is safer. Standard normal, half of it noise. */
  readonly policyScore: number;
  readonly consents: boolean;
}

/** True when firm `k` is a customer; larger firms bank with more banks. */
export function isCustomer(stream: SeededRandom, k: number, firm: Firm, reach: number): boolean {
  const size = 0.12 * Math.log(firm.sales / 4e6);
  return drawBernoulli(stream.split(`customer/${k}`), Math.min(0.98, Math.max(0.02, reach * (1 + size))));
}

export function bankSight(stream: SeededRandom, k: number | string, firm: Firm, noise: number, consentRate: number): BankSight {
  const random = stream.split(`account/${k}`);
  const scale = Math.sqrt(1 + noise * noise);
  const health = (firm.health + noise * random.normal()) / scale;
  const liquidity = (firm.liquidity + noise * random.normal()) / scale;
  const seen = (0.9 * health + 0.7 * liquidity) / Math.hypot(0.9, 0.7);
  return {
    random,
    link: makeLink(random),
    firm,
    health,
    liquidity,
    wallet: drawBeta(random, 1.5, 2),
    policyScore: Math.SQRT1_2 * (seen + random.normal()),
    consents: drawBernoulli(random, consentRate),
  };
}

const account = department<BankSight>('银行账户');
const credit = department<BankSight>('银行信贷');
const bureau = department<BankSight>('征信');
const MONEY = { unit: '元', sensitivity: 4 } as const;

export const BANK_FIELDS: readonly Field<BankSight>[] = [
  account('acct_age', '开户年限', -1, ({ random, firm }) => Math.round(firm.ageYears * (0.3 + 0.7 * random.uniform()) * 10) / 10, {
    unit: '年',
  }),
  account(
    'inflow_12m',
    '近12月流入',
    -1,
    ({ random, firm, wallet, health }) => yuan(firm.sales * wallet * Math.exp(0.25 * random.normal() + 0.1 * health)),
    MONEY,
  ),
  account(
    'outflow_12m',
    '近12月流出',
    1,
    ({ liquidity, link }, { inflow_12m }) => yuan(inflow_12m * Math.exp(-0.08 * link(liquidity, 0.5))),
    MONEY,
  ),
  account(
    'avg_dep_90d',
    '近90日日均存款',
    -1,
    ({ liquidity, link }, { inflow_12m }) => yuan(inflow_12m * 0.04 * Math.exp(0.8 * link(liquidity, 0.75))),
    MONEY,
  ),
  account('net_vol', '净流量波动率', 1, ({ liquidity, link }) => ratio(Math.exp(-1 - 0.4 * link(liquidity, 0.65)))),
  account('corp_counterparty_ratio', '对公交易占比', -1, ({ health, link }) => ratio(sigmoid(0.8 + 0.8 * link(health, 0.6)))),
  credit(
    'loans_out',
    '贷款余额',
    0,
    ({ random, firm, liquidity }) => yuan(firm.sales * 0.1 * Math.exp(0.7 * random.normal() - 0.15 * liquidity)),
    MONEY,
  ),
  credit('unsecured_out', '信用贷款余额', 1, ({ random }, { loans_out }) => yuan(loans_out * drawBeta(random, 1, 1.5)), MONEY),
  credit('util_rate', '授信使用率', 1, ({ liquidity, link }) => ratio(sigmoid(0.3 - 1 * link(liquidity, 0.8)))),
  credit('repay_on_time_24m', '近24月按期还款率', -1, ({ health, link }) => ratio(sigmoid(2.4 + 1.1 * link(health, 0.75)))),
  credit(
    'max_dpd_12m',
    '近12月最长逾期天数',
    1,
    ({ random, health, liquidity }) =>
      drawBernoulli(random, sigmoid(-2.9 - 0.6 * health - 0.6 * liquidity))
        ? Math.min(89, Math.max(1, Math.round(drawLogNormal(random, 9, 1))))
        : 0,
    { unit: '天' },
  ),
  bureau('bureau_inq_3m', '近3月征信查询次数', 1, ({ random, liquidity, link }) =>
    drawPoisson(random, 0.8 * Math.exp(-0.5 * link(liquidity, 0.75))),
  ),
  bureau(
    'guarantee_out',
    '对外担保余额',
    1,
    ({ random, firm }) => (drawBernoulli(random, 0.12) ? yuan(drawLogNormal(random, firm.sales * 0.08, 0.8)) : 0),
    MONEY,
  ),
];

export const BANK_SCHEMA = fieldSchema('uscc', BANK_FIELDS);
