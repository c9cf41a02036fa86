/**
 * The government platform's table: 31 fields of tax, social insurance, utilities, housing fund, registries and courts. The platform
 * sees health and compliance through noise; utilities reach it for 60 % of firms, the housing fund for 25 %, tax for 95 %.
 */
import type { SeededRandom } from '../../base/index.ts';
import { drawBernoulli, drawLogNormal, drawPoisson } from '../../math/index.ts';
import { department, type Field, fieldSchema, makeLink, ratio, type Sight, yuan } from './field.ts';
import { type Firm, sigmoid } from './firms.ts';
import { CITY_INDUSTRIES, CITY_REGIONS } from './industries.ts';

export interface PlatformSight extends Sight {
  readonly firm: Firm;
  readonly health: number;
  readonly compliance: number;
  readonly taxKnown: boolean;
  readonly utilitiesKnown: boolean;
  readonly fundKnown: boolean;
}

/** @param noise standard deviation of the platform's noise on each latent, whose own is 1. */
export function platformSight(stream: SeededRandom, k: number, firm: Firm, noise: number): PlatformSight {
  const random = stream.split(`firm/${k}`);
  const scale = Math.sqrt(1 + noise * noise);
  return {
    random,
    link: makeLink(random),
    firm,
    health: (firm.health + noise * random.normal()) / scale,
    compliance: (firm.compliance + noise * random.normal()) / scale,
    taxKnown: random.uniform() >= 0.05,
    utilitiesKnown: random.uniform() >= 0.4,
    fundKnown: random.uniform() < 0.25 * Math.min(2, 0.6 + 0.1 * firm.staff),
  };
}

const when = (known: boolean, value: number): number => (known ? value : Number.NaN);
const months = (firm: Firm, window: number): number => Math.min(window, Math.floor(firm.ageYears * 12));
const TAX_GRADES = ['D', 'C', 'M', 'B', 'A'];
/** Normal quantiles of 4, 10, 38 and 88 %. */
const TAX_CUTS = [-1.7507, -1.2816, -0.3055, 1.175];
const SME = ['微型', '小型', '中型'];

const registry = department<PlatformSight>('市监');
const tax = department<PlatformSight>('税务');
const social = department<PlatformSight>('人社');
const fund = department<PlatformSight>('公积金');
const utility = department<PlatformSight>('水电气');
const estate = department<PlatformSight>('自然资源');
const court = department<PlatformSight>('司法');
const patent = department<PlatformSight>('知识产权');
const PUBLIC = { sensitivity: 1 } as const;
const MONEY = { unit: '元' } as const;

export const PLATFORM_FIELDS: readonly Field<PlatformSight>[] = [
  registry('region6', '行政区划', 0, ({ firm }) => CITY_REGIONS.indexOf(firm.region6), { levels: CITY_REGIONS, ...PUBLIC }),
  registry('industry4', '行业', 0, ({ firm }) => firm.industry, { levels: CITY_INDUSTRIES.map(({ code }) => code), ...PUBLIC }),
  registry('age_years', '成立年限', -1, ({ firm }) => firm.ageYears, { unit: '年', ...PUBLIC }),
  registry('reg_capital', '注册资本', -1, ({ firm }) => firm.registeredCapital, { unit: '万元', ...PUBLIC }),
  registry(
    'sme_class',
    '企业规模',
    0,
    ({ firm }) => (firm.sales > 5e7 && firm.staff > 20 ? 2 : firm.sales > 1e7 && firm.staff >= 5 ? 1 : 0),
    {
      levels: SME,
      kind: 'ordinal',
      ...PUBLIC,
    },
  ),
  registry(
    'legal_rep_changes_24m',
    '近24月法定代表人变更次数',
    1,
    ({ random, compliance }) => drawPoisson(random, 0.24 * Math.exp(-0.3 * compliance)),
    PUBLIC,
  ),
  registry('invest_cnt', '对外投资数', -1, ({ random }) => (drawBernoulli(random, 0.07) ? 1 + drawPoisson(random, 0.8) : 0), PUBLIC),
  tax(
    'tax_grade',
    '纳税信用等级',
    -1,
    ({ firm, compliance, link, taxKnown }) => {
      const x = link(compliance, 0.75);
      const grade = TAX_CUTS.filter((cut) => x >= cut).length;
      return when(taxKnown, firm.ageYears < 1.5 && grade > 2 ? 2 : grade);
    },
    { levels: TAX_GRADES, kind: 'ordinal' },
  ),
  tax(
    'vat_12m',
    '近12月增值税',
    -1,
    ({ random, firm, health, taxKnown }) => {
      const vat = drawBernoulli(random, 0.18) ? 0 : firm.sales * 0.014 * Math.exp(0.6 * random.normal() + 0.15 * health);
      return when(taxKnown, yuan(vat));
    },
    MONEY,
  ),
  tax(
    'cit_12m',
    '近12月企业所得税',
    -1,
    ({ random, firm, health, taxKnown }) => {
      const none = drawBernoulli(random, sigmoid(-0.3 - 0.5 * health));
      const cit = none ? 0 : firm.sales * 0.003 * Math.exp(0.8 * random.normal() + 0.3 * health);
      return when(taxKnown, yuan(cit));
    },
    MONEY,
  ),
  tax('tax_months_filed_24', '近24月申报月数', -1, ({ random, firm, compliance, link, taxKnown }) =>
    when(taxKnown, Math.max(0, months(firm, 24) - drawPoisson(random, 1.1 * Math.exp(-0.7 * link(compliance, 0.8))))),
  ),
  tax('late_filings', '逾期申报次数', 1, ({ random, compliance, link, taxKnown }) =>
    when(taxKnown, drawPoisson(random, 0.5 * Math.exp(-0.7 * link(compliance, 0.85)))),
  ),
  tax(
    'arrears_amt',
    '欠税余额',
    1,
    ({ random, compliance, link, firm, taxKnown }) => {
      const owes = drawBernoulli(random, sigmoid(-3.9 - 0.9 * link(compliance, 0.85)));
      const amount = drawLogNormal(random, 0.004 * firm.sales + 2_000, 1);
      return when(taxKnown, owes ? yuan(amount) : 0);
    },
    { ...MONEY, sensitivity: 4 },
  ),
  tax(
    'sales_invoice_12m',
    '近12月开票销售额',
    -1,
    ({ random, firm, taxKnown }) => when(taxKnown, yuan(drawLogNormal(random, firm.sales, 0.2))),
    { ...MONEY, sensitivity: 4 },
  ),
  tax('void_rate', '作废发票率', 1, ({ health, link, taxKnown }) => when(taxKnown, ratio(sigmoid(-2.31 - 0.8 * link(health, 0.6))))),
  tax('buyer_hhi', '下游集中度', 1, ({ health, link, taxKnown }) => when(taxKnown, ratio(sigmoid(-1.8 - 1 * link(health, 0.3))))),
  tax('active_months_24', '近24月开票月数', -1, ({ firm, health, link, taxKnown }) =>
    when(taxKnown, Math.round(months(firm, 24) * sigmoid(2 + 1.2 * link(health, 0.75)))),
  ),
  social('ss_headcount', '社保参保人数', -1, ({ random, firm }) => Math.max(0, Math.round(drawLogNormal(random, firm.staff, 0.2))), {
    unit: '人',
  }),
  social('ss_headcount_chg_12m', '近12月参保人数变化率', -1, ({ health, link }) => ratio(Math.max(-1, 0.02 + 0.18 * link(health, 0.7)))),
  social('ss_months_paid', '近12月社保缴纳月数', -1, ({ random, firm, compliance, link }) =>
    Math.max(0, months(firm, 12) - drawPoisson(random, 0.5 * Math.exp(-0.6 * link(compliance, 0.7)))),
  ),
  fund(
    'hf_headcount',
    '公积金缴存人数',
    -1,
    ({ random, firm, fundKnown }) => when(fundKnown, Math.max(1, Math.round(firm.staff * (0.4 + 0.5 * random.uniform())))),
    { unit: '人' },
  ),
  utility(
    'elec_kwh_12m',
    '近12月用电量',
    -1,
    ({ random, firm, utilitiesKnown }) =>
      when(utilitiesKnown, Math.round(drawLogNormal(random, firm.sales * CITY_INDUSTRIES[firm.industry].kwhPerYuan, 0.5))),
    { unit: '千瓦时' },
  ),
  utility('elec_chg_3m', '近3月用电变化率', -1, ({ health, link, utilitiesKnown }) =>
    when(utilitiesKnown, ratio(0.15 * link(health, 0.75))),
  ),
  utility('util_late_cnt', '水电气欠费次数', 1, ({ random, health, compliance, link, utilitiesKnown }) =>
    when(utilitiesKnown, drawPoisson(random, 0.4 * Math.exp(-0.6 * link((health + compliance) / Math.SQRT2, 0.75)))),
  ),
  estate(
    'realestate_value',
    '不动产评估值',
    -1,
    ({ random, firm }) => (drawBernoulli(random, 0.09) ? Math.round(drawLogNormal(random, 200 * (firm.sales / 4e6) ** 0.3, 0.8)) : 0),
    {
      unit: '万元',
      sensitivity: 4,
    },
  ),
  registry(
    'admin_penalty_24m',
    '近24月行政处罚次数',
    1,
    ({ random, compliance }) => drawPoisson(random, 0.032 * Math.exp(-0.8 * compliance)),
    PUBLIC,
  ),
  registry(
    'abnormal_list',
    '经营异常名录',
    1,
    ({ random, compliance, link }) => Number(drawBernoulli(random, sigmoid(-3 - 0.9 * link(compliance, 0.85)))),
    PUBLIC,
  ),
  court(
    'lawsuit_def_24m',
    '近24月被诉次数',
    1,
    ({ random, health, compliance }) => drawPoisson(random, 0.1 * Math.exp(-0.5 * health - 0.5 * compliance)),
    PUBLIC,
  ),
  court(
    'enforced_cnt',
    '被执行次数',
    1,
    ({ random, health, compliance }) =>
      drawBernoulli(random, sigmoid(-4.3 - 0.6 * health - 0.7 * compliance)) ? 1 + drawPoisson(random, 1.4) : 0,
    PUBLIC,
  ),
  court('dishonest', '失信被执行人', 1, ({ random }, cells) => Number(cells.enforced_cnt > 0 && drawBernoulli(random, 0.14)), PUBLIC),
  patent(
    'patents',
    '有效专利数',
    -1,
    ({ random, firm }) =>
      drawBernoulli(random, firm.industry === 5 || firm.industry === 8 ? 0.15 : 0.02)
        ? Math.max(1, Math.round(drawLogNormal(random, 16, 1)))
        : 0,
    PUBLIC,
  ),
];

export const PLATFORM_SCHEMA = fieldSchema('uscc', PLATFORM_FIELDS);
