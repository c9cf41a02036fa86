/**
 * The plots of a report as SVG, drawn by echarts without a browser. No script is left in the result, colours survive a grey printer by weight
 * and dash, and ids are numbered by the report, so that the same input gives the same bytes.
 */
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { StabilityReport } from '../credit/index.ts';
import { BLUE, bar, category, FONTS, frame, INK, line, PALE, percent, RED, SOFT, shares, titled, whiskers } from './chart-parts.ts';
import type { CalibrationGroup, CurvePoint, ScoreBand } from './figures.ts';
import type { ReportVariable } from './input.ts';
import { escapeMarkup, type Markup } from './markup.ts';

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const SIZE = { width: 470, height: 300 };
type Say = (zh: string, en: string) => string;

/** Draws one chart after another, numbering them. */
export interface Plotter {
  readonly roc: (curves: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[]) => Markup;
  readonly ks: (points: readonly CurvePoint[], widest: CurvePoint) => Markup;
  readonly bands: (bands: readonly ScoreBand[], inPoints: boolean) => Markup;
  readonly calibration: (groups: readonly CalibrationGroup[]) => Markup;
  readonly stability: (report: StabilityReport, expected: string, actual: string) => Markup;
  readonly bins: (variable: ReportVariable) => Markup;
  readonly grades: (grades: readonly { readonly grade: string; readonly obligors: number; readonly rate: number | undefined }[]) => Markup;
}

export function plotter(say: Say): Plotter {
  let number = 0;
  const draw = (title: string, option: EChartsCoreOption, size = SIZE): Markup => {
    number++;
    const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
    try {
      chart.setOption({ animation: false, textStyle: { fontFamily: FONTS, color: INK }, title: titled(title), ...option });
      const svg = chart
        .renderToSVGString()
        // Hover rules are of no use without a pointer, and their numbers depend on what was drawn before.
        .replace(/<style ?>[\s\S]*?<\/style>\s*/g, '')
        .replace(/ (?:class|ecmeta_\w+|xmlns:xlink|baseProfile|version|pointer-events|xml:space)="[^"]*"/g, '')
        .replace(/\bzr\d+-c(\d+)/g, `c${number}-$1`)
        .replace('<svg ', `<svg role="img" aria-label="${escapeMarkup(title)}" `);
      return { markup: `<figure>${svg}</figure>` };
    } finally {
      chart.dispose();
    }
  };
  return Object.freeze({
    roc: (curves) =>
      draw(say('ROC 曲线', 'ROC curve'), {
        ...frame({ legend: true }),
        xAxis: percent(say('误报率', 'False positive rate')),
        yAxis: percent(say('坏客户捕获率', 'True positive rate')),
        series: [
          ...curves.map(({ name, points }, i) =>
            line(
              name,
              points.map(({ goods, bads }) => [goods, bads]),
              i === 0 ? BLUE : SOFT,
              i > 0,
            ),
          ),
          {
            ...line(
              '',
              [
                [0, 0],
                [1, 1],
              ],
              '#cbd2d9',
              true,
            ),
            silent: true,
          },
        ],
      }),
    ks: (points, widest) =>
      draw(`KS = ${(widest.bads - widest.goods).toFixed(3)}`, {
        ...frame({ legend: true }),
        xAxis: percent(say('按风险从高到低的客户占比', 'Share of customers, riskiest first')),
        yAxis: percent(say('累计占比', 'Cumulative share')),
        series: [
          line(
            say('坏客户', 'Bad'),
            points.map(({ depth, bads }) => [depth, bads]),
            RED,
            false,
          ),
          line(
            say('好客户', 'Good'),
            points.map(({ depth, goods }) => [depth, goods]),
            BLUE,
            false,
          ),
          {
            ...line(
              '',
              [
                [widest.depth, widest.goods],
                [widest.depth, widest.bads],
              ],
              INK,
              true,
            ),
            silent: true,
          },
        ],
      }),
    bands: (bands, inPoints) =>
      draw(
        inPoints ? say('评分分布与坏账率', 'Score distribution and bad rate') : say('风险十分位与坏账率', 'Tenths by risk and bad rate'),
        {
          ...frame({ legend: true, right: 52 }),
          xAxis: category(
            bands.map(({ label }) => label),
            inPoints ? say('评分（高分风险低）', 'Score (higher is safer)') : say('十分位（1 风险最高）', 'Tenth (1 is riskiest)'),
          ),
          yAxis: [percent(say('客户占比', 'Share'), 'auto'), { ...percent(say('坏账率', 'Bad rate'), 'auto'), splitLine: { show: false } }],
          series: [
            bar(
              say('客户占比', 'Share'),
              bands.map(({ share }) => share),
              PALE,
            ),
            ...(bands.some(({ badRate }) => badRate !== undefined)
              ? [
                  {
                    ...line(
                      say('坏账率', 'Bad rate'),
                      bands.map(({ badRate }) => badRate ?? null),
                      RED,
                      false,
                    ),
                    yAxisIndex: 1,
                    symbol: 'circle',
                    symbolSize: 6,
                    showSymbol: true,
                  },
                ]
              : []),
          ],
        },
      ),
    calibration: (groups) =>
      draw(say('校准：预测与实际（90% 区间）', 'Calibration: predicted and observed (90 % interval)'), {
        ...frame({ legend: true }),
        xAxis: category(
          groups.map((_, i) => String(i + 1)),
          say('按预测违约率分组（10 组）', 'Ten groups by predicted PD'),
        ),
        yAxis: percent(say('违约率', 'Default rate'), 'auto'),
        series: [
          whiskers(groups),
          {
            ...bar(
              say('实际', 'Observed'),
              groups.map(({ observed }) => observed),
              PALE,
            ),
            z: 1,
          },
          {
            ...line(
              say('预测', 'Predicted'),
              groups.map(({ predicted }) => predicted),
              BLUE,
              false,
            ),
            symbol: 'diamond',
            symbolSize: 8,
            showSymbol: true,
            z: 4,
          },
        ],
      }),
    stability: (report, expected, actual) =>
      draw(`${say('稳定性指数', 'Stability index')} = ${report.index.toFixed(4)}`, {
        ...frame({ legend: true }),
        xAxis: category(
          report.bins.map((_, i) => String(i + 1)),
          say('分箱（按开发样本十分位）', 'Bins (tenths of the development sample)'),
        ),
        yAxis: percent(say('占比', 'Share'), 'auto'),
        series: [
          bar(
            expected,
            report.bins.map(({ expectedShare }) => expectedShare),
            PALE,
          ),
          bar(
            actual,
            report.bins.map(({ actualShare }) => actualShare),
            BLUE,
          ),
        ],
      }),
    bins: ({ name, meaning, bins }) =>
      draw(meaning ? `${meaning} · ${name}` : name, {
        ...frame({ legend: true, right: 52, bottom: 62 }),
        xAxis: category(
          bins.map(({ label }) => label),
          '',
          24,
        ),
        yAxis: [percent(say('占比', 'Share'), 'auto'), { ...percent(say('坏账率', 'Bad rate'), 'auto'), splitLine: { show: false } }],
        series: [
          bar(say('占比', 'Share'), shares(bins.map(({ rows }) => rows)), PALE),
          {
            ...line(
              say('坏账率', 'Bad rate'),
              bins.map(({ rows, bads }) => (rows > 0 ? bads / rows : null)),
              RED,
              false,
            ),
            yAxisIndex: 1,
            symbol: 'circle',
            symbolSize: 6,
            showSymbol: true,
          },
        ],
      }),
    grades: (grades) =>
      draw(say('评级分布', 'Grades'), {
        ...frame({ legend: true, right: 52 }),
        xAxis: category(
          grades.map(({ grade }) => grade),
          '',
        ),
        yAxis: [
          percent(say('客户占比', 'Share'), 'auto'),
          { ...percent(say('违约率', 'Default rate'), 'auto'), splitLine: { show: false } },
        ],
        series: [
          bar(say('客户占比', 'Share'), shares(grades.map(({ obligors }) => obligors)), PALE),
          ...(grades.some(({ rate }) => rate !== undefined)
            ? [
                {
                  ...line(
                    say('实际违约率', 'Observed default rate'),
                    grades.map(({ rate }) => rate ?? null),
                    RED,
                    false,
                  ),
                  yAxisIndex: 1,
                  symbol: 'circle',
                  symbolSize: 6,
                  showSymbol: true,
                },
              ]
            : []),
        ],
      }),
  } satisfies Plotter);
}
