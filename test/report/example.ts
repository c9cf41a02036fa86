/** An invented model and run for the report's tests. */
import { seededRandom } from '../../src/base/index.ts';
import type { RunSummary } from '../../src/pipeline/index.ts';
import type { ReportInput, ReportSample } from '../../src/report/index.ts';

export const exampleRun: RunSummary = {
  format: 'fedcredit/run/1',
  job: 'first-limits',
  contract: 'f97fe04975e7cea5ee5269aec63bb0114bdffcfec9b99f1ffbaa0e46c9443be7',
  parties: { labelParty: 'bank', featureHolder: 'platform' },
  engine: 'kernel',
  steps: [
    {
      step: 'align',
      seconds: 5.7,
      bytesSent: 54993,
      bytesReceived: 163750,
      bytesByKind: {},
      disclosure: [
        { party: 'label party', protocol: 'psi', what: 'which of its own records the feature holder also holds', count: 1703, bitsEach: 1 },
      ],
      facts: { ownRows: 1703, peerRows: 3412, alignedRows: 1549 },
    },
    {
      step: 'train',
      seconds: 66.4,
      bytesSent: 74_142_305,
      bytesReceived: 24_246_885,
      bytesByKind: {},
      disclosure: [{ party: 'label party', protocol: 'gbdt', what: 'sums over candidate splits', count: 12_416, bitsEach: 33 }],
      facts: { trees: 30, candidates: 128 },
    },
  ],
  evaluation: {
    on: 'held-out rows',
    joint: { rows: 465, metrics: { auc: 0.7339, ks: 0.3932 } },
    bankOnly: { rows: 465, metrics: { auc: 0.7191, ks: 0.38 } },
  },
  limits: { firms: 1549, granted: 1201, refused: 210, noConsent: 138 },
  learnedBits: { labelParty: 411_431, featureHolder: 0 },
  seconds: 72.1,
  bytes: 98_607_933,
} as RunSummary;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

function sample(name: string, rows: number, shift: number, fitted: boolean): ReportSample {
  const random = seededRandom(11, name);
  const truth = Array.from({ length: rows }, () => -3.1 + 1.2 * random.normal() + shift);
  const pd = truth.map((x) => logistic(x + 0.3 * random.normal()));
  return {
    name,
    fitted,
    pd,
    labels: truth.map((x) => Number(random.uniform() < logistic(x))),
    points: pd.map((p) => Math.round(487.123 - 28.8539 * Math.log(p / (1 - p)))),
    segments: { industry: truth.map(() => (random.uniform() < 0.4 ? '制造' : '批发')) },
  };
}

export function exampleInput(): ReportInput {
  const bins = [
    { label: '[-inf, 12万)', rows: 700, bads: 84, woe: 0.8, points: 61, laterRows: 280 },
    { label: '[12万, 80万)', rows: 900, bads: 54, woe: 0.05, points: 74, laterRows: 350 },
    { label: '[80万, 460万)', rows: 900, bads: 27, woe: -0.68, points: 88, laterRows: 360 },
    { label: '[460万, inf)', rows: 400, bads: 6, woe: -1.41, points: 101, laterRows: 160 },
    { label: 'missing', rows: 100, bads: 7, woe: 0.21, points: 72, laterRows: 50 },
  ];
  return {
    date: '2026-11-22',
    synthetic: true,
    run: exampleRun,
    samples: [sample('开发', 3000, 0, true), sample('留出', 1200, 0.1, false)],
    variables: [
      { name: 'sales_invoice_12m', meaning: '近12月开票额', holder: 'platform', missing: 0.033, informationValue: 0.412, bins },
      {
        name: 'tax_grade',
        meaning: '纳税信用等级',
        holder: 'platform',
        missing: 0.21,
        informationValue: 0.198,
        bins: bins.map((bin, i) => ({ ...bin, label: ['A', 'B', 'M', 'C', 'D'][i] })),
      },
      { name: 'max_dpd_12m', meaning: '近12月最大逾期天数', holder: 'bank', missing: 0, informationValue: 0.09, bins: bins.slice(0, 3) },
    ],
    parameters: { method: 'GBDT (SecureBoost)', n_estimators: 30, max_depth: 3 },
    equivalence: { rows: 4200, maxError: 0 },
    answers: { purpose: '中小微企业信用贷款预授信（演示）', 'bad-definition': '12 个月内逾期 90 天以上' },
  };
}
