/** What a report is made from: plain values, so that a federated run and a model of one's own make the same report. */
import { InputError } from '../base/index.ts';
import type { MasterScale } from '../credit/index.ts';
import type { RunSummary } from '../pipeline/index.ts';

export type Language = 'zh' | 'en';

/** Rows a model was applied to. All lists are of the same length. */
export interface ReportSample {
  /** "development", "held-out", "2025-Q3". */
  readonly name: string;
  /** Probability of default, (0, 1). */
  readonly pd: ArrayLike<number>;
  /** 1 is bad. Without labels only what needs none is shown. */
  readonly labels?: ArrayLike<number>;
  /** Score points, higher is safer. */
  readonly points?: ArrayLike<number>;
  /** Segments by dimension ("industry"), a name a row. */
  readonly segments?: Readonly<Record<string, readonly string[]>>;
  /** The model was fitted on some of these rows: figures flatter it, and the report says so. @default false */
  readonly fitted?: boolean;
}

/** One bin of a variable. */
export interface ReportBin {
  readonly label: string;
  readonly rows: number;
  readonly bads: number;
  /** ln(share of bads / share of goods). */
  readonly woe: number;
  readonly points?: number;
  /** Rows in the period compared, for the CSI. */
  readonly laterRows?: number;
}
export interface ReportVariable {
  readonly name: string;
  readonly meaning?: string;
  /** Party or department that holds it. */
  readonly holder?: string;
  /** Share of rows without a value, 0 to 1. */
  readonly missing?: number;
  readonly informationValue: number;
  /** Shape of the event rate from low values to high: "ascending", "peak". */
  readonly direction?: string;
  /** Is it in the model? */
  readonly onCard?: boolean;
  readonly bins: readonly ReportBin[];
}

/** The input of `runReport`. Everything but samples may be absent: what is not known is marked open. */
export interface ReportInput {
  /** @default 'zh' */
  readonly language?: Language;
  readonly title?: string;
  /** Day of the report, YYYY-MM-DD: the report reads no clock. */
  readonly date?: string;
  /** The data are invented; the report says so on its first page. */
  readonly synthetic?: boolean;
  /** A federated run. */
  readonly run?: RunSummary;
  /** Development first. The last labelled sample not used for fitting carries the headline. */
  readonly samples: readonly ReportSample[];
  readonly variables?: readonly ReportVariable[];
  /** Method and parameters: "max_depth" → 3. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** @default `defaultMasterScale` */
  readonly scale?: MasterScale;
  /** Encrypted scores against the same in the clear. */
  readonly equivalence?: { readonly rows: number; readonly maxError: number };
  /** Answers to the open items, by key (see `openItems`). */
  readonly answers?: Readonly<Record<string, string>>;
}

/** The fourteen parts' items that only people can know: key → question in 中文 and English. */
export const openItems = Object.freeze({
  purpose: ['模型用途与适用业务', 'Purpose and the business it serves'],
  owner: ['责任人、开发与验证分离', 'Owner; developers and validators apart'],
  version: ['模型名称与版本', 'Model name and version'],
  window: ['观察点与表现期', 'Observation date and performance window'],
  'bad-definition': ['坏的定义（如逾期90天以上）', 'Definition of bad (e.g. 90 days past due)'],
  exclusions: ['排除与抽样', 'Exclusions and sampling'],
  'out-of-time': ['跨时间窗口（OOT）样本', 'Out-of-time sample'],
  'data-quality': ['数据质量检查结果', 'Results of data quality checks'],
  consent: ['授权依据与范围', 'Consent: basis and scope'],
  variables: ['入模变量口径、单调性与业务解释', 'Variables: definition, monotonicity, business sense'],
  forbidden: ['合规禁用变量排查', 'Check for variables that must not be used'],
  parameters: ['方法与参数', 'Method and parameters'],
  sensitivity: ['敏感性分析', 'Sensitivity analysis'],
  segments: ['分层区分能力（行业、规模、地区）', 'Discrimination by segment (industry, size, region)'],
  calibration: ['校准依据与长期违约率', 'Basis of calibration, long-run default rate'],
  stability: ['跨期稳定性', 'Stability over time'],
  concentration: ['客户与敞口集中度', 'Concentration of obligors and exposure'],
  challenger: ['基准与挑战者模型', 'Benchmark and challenger models'],
  stress: ['压力情景与反事实', 'Stress scenarios and counterfactuals'],
  'online-check': ['线上线下一致性复算', 'Recalculation: online equals offline'],
  remedies: ['局限的补救与使用限额', 'Remedies of the limits; usage caps'],
  conclusion: ['验证结论（通过/有条件/不通过）', 'Conclusion (passed / with conditions / failed)'],
} as const satisfies Record<string, readonly [zh: string, en: string]>);
export type OpenItem = keyof typeof openItems;

const KEYS = ['language', 'title', 'date', 'synthetic', 'run', 'samples', 'variables', 'parameters', 'scale', 'equivalence', 'answers'];

/** @throws InputError `ERR_REPORT_INPUT`. */
export function checkInput(input: ReportInput): void {
  const unknown = Object.keys(input).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refused(`unknown key "${unknown}"`);
  if (input.language !== undefined && input.language !== 'zh' && input.language !== 'en') throw refused('language is zh or en');
  const stray = Object.keys(input.answers ?? {}).find((key) => !Object.hasOwn(openItems, key));
  if (stray !== undefined) throw refused(`no open item is called "${stray}"`, `The items are ${Object.keys(openItems).join(', ')}.`);
  if (new Set(input.samples.map(({ name }) => name)).size < input.samples.length) throw refused('two samples have one name');
  input.samples.forEach(checkSample);
}

function checkSample({ name, pd, labels, points, segments }: ReportSample): void {
  if (pd.length === 0) throw refused(`sample "${name}" has no rows`);
  for (const list of [labels, points, ...Object.values(segments ?? {})])
    if (list && list.length !== pd.length) throw refused(`sample "${name}" has lists of ${pd.length} and ${list.length}`);
  for (let i = 0; i < pd.length; i++) {
    if (!(pd[i] > 0 && pd[i] < 1)) throw refused(`sample "${name}", row ${i}: a PD must be above 0 and below 1`);
    if (labels && labels[i] !== 0 && labels[i] !== 1) throw refused(`sample "${name}", row ${i}: a label is 0 or 1`);
    if (points && !Number.isFinite(points[i])) throw refused(`sample "${name}", row ${i}: points must be a number`);
  }
}

const refused = (message: string, help = 'See ReportInput.'): InputError => new InputError('ERR_REPORT_INPUT', message, { help });
