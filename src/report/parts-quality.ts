/** Parts 6 to 10 of the report: discrimination, calibration, stability, concentration, challengers. */
import { type StabilityReport, scoreStability } from '../credit/index.ts';
import { calibration, curve, discrimination, gradeChecks, isLabelled, type Labelled, scoreBands } from './figures.ts';
import type { ReportSample } from './input.ts';
import { html, type Markup } from './markup.ts';
import { type Draft, type Facts, percent, pValue, table } from './parts.ts';

/** Smallest segment whose AUC is shown. */
const MIN_SEGMENT_BADS = 10;

export function discriminationPart({ input, say, plot, labelled, main }: Facts): Draft {
  const head = [
    say('样本', 'Sample'),
    'AUC',
    say('95% 区间（DeLong）', '95 % interval (DeLong)'),
    'KS',
    say('AR(基尼)', 'AR (Gini)'),
    say('前 10% 提升度', 'Lift, top 10 %'),
  ];
  const row = (sample: Labelled, name: string): readonly string[] => {
    const { auc, interval, ks, gini, topLift } = discrimination(sample);
    return [
      name,
      auc.toFixed(4),
      `${interval.lower.toFixed(4)} – ${interval.upper.toFixed(4)}`,
      ks.toFixed(4),
      gini.toFixed(4),
      topLift.toFixed(2),
    ];
  };
  const body: Markup[] = [];
  const { evaluation } = input.run ?? {};
  if (evaluation) {
    const on = evaluation.on === 'held-out rows' ? say('留出样本', 'held-out rows') : say('训练样本', 'training rows');
    const quality = ({ rows, metrics: { auc, ks, gini, interval, hosmerLemeshow: fit } }: typeof evaluation.joint, name: string) => [
      name,
      rows,
      auc.toFixed(4),
      interval && `${interval.lower.toFixed(4)} – ${interval.upper.toFixed(4)}`,
      ks.toFixed(4),
      gini?.toFixed(4),
      typeof fit?.pValue === 'number' ? pValue(fit.pValue) : undefined,
    ];
    body.push(
      table(
        say(`作业内评估（${on}）`, `Evaluation inside the run (${on})`),
        [
          say('模型', 'Model'),
          say('户数', 'Rows'),
          'AUC',
          say('95% 区间（DeLong）', '95 % interval (DeLong)'),
          'KS',
          say('AR(基尼)', 'AR (Gini)'),
          'HL p',
        ],
        [
          quality(evaluation.joint, say('联合模型', 'joint model')),
          ...(evaluation.bankOnly ? [quality(evaluation.bankOnly, say('银行单方', 'bank alone'))] : []),
        ],
        [2, 3, 4, 5, 6],
      ),
    );
  }
  if (labelled.length > 0)
    body.push(
      table(
        '',
        head,
        labelled.map((sample) => row(sample, sample.name)),
        [1, 2, 3, 4, 5],
      ),
    );
  if (labelled.some(({ fitted }) => fitted))
    body.push(
      html`<p class="banner">${say(
        '标注「含建模样本」的样本，其区分能力与校准偏乐观，不能作为验证结论的依据。',
        'Figures of samples that include rows fitted on are flattering; they are no basis for a conclusion.',
      )}</p>`,
    );
  if (main) {
    const drawn = [main, ...labelled.filter((sample) => sample !== main)]
      .slice(0, 3)
      .map((sample) => ({ name: sample.name, points: curve(sample).points }));
    const { points, widest } = curve(main);
    body.push(html`<div class="plots">${plot.roc(drawn)}${plot.ks(points, widest)}</div>`);
  }
  const segments = main ? segmentRows(main, row) : [];
  if (segments.length > 0) body.push(table(say('分层', 'Segments'), [say('维度', 'By'), ...head], segments, [2, 3, 4, 5, 6]));
  return { title: say('区分能力', 'Discrimination'), body, open: segments.length > 0 ? [] : ['segments'] };
}

function segmentRows(main: Labelled, row: (sample: Labelled, name: string) => readonly string[]): readonly (readonly string[])[] {
  return Object.entries(main.segments ?? {}).flatMap(([dimension, names]) =>
    [...new Set(names)].sort().flatMap((name) => {
      const rows = names.flatMap((other, i) => (other === name ? [i] : []));
      const part: ReportSample = { name, pd: rows.map((i) => main.pd[i]), labels: rows.map((i) => main.labels[i]) };
      const bads = rows.reduce((sum, i) => sum + main.labels[i], 0);
      return bads >= MIN_SEGMENT_BADS && isLabelled(part) ? [[dimension, ...row(part, `${name} (${rows.length})`)]] : [];
    }),
  );
}

export function calibrationPart({ say, plot, labelled, main, scale }: Facts): Draft {
  const rows = labelled.flatMap((sample) => {
    const found = calibration(sample);
    if (!found) return [];
    const { hosmerLemeshow: test, brier, brierOfMean, calibrationError, meanPd, badRate } = found;
    return [
      [
        sample.name,
        percent(meanPd),
        percent(badRate),
        test.statistic.toFixed(2),
        test.degreesOfFreedom,
        pValue(test.pValue),
        `${brier.toFixed(5)} / ${brierOfMean.toFixed(5)}`,
        percent(calibrationError),
      ],
    ];
  });
  const head = [
    say('样本', 'Sample'),
    say('平均 PD', 'Mean PD'),
    say('实际违约率', 'Bad rate'),
    'HL χ²',
    say('自由度', 'df'),
    'p',
    say('Brier / 无模型', 'Brier / no model'),
    'ECE',
  ];
  const body: Markup[] = rows.length > 0 ? [table('', head, rows, [1, 2, 3, 4, 5, 6, 7])] : [];
  const found = main && calibration(main);
  if (main && found) {
    const { grades, inversions } = gradeChecks(main, scale);
    const light = { green: say('绿', 'green'), yellow: say('黄', 'yellow'), red: say('红', 'red') };
    const tested = grades.filter(({ obligors }) => obligors > 0);
    body.push(
      html`<div class="plots">${plot.calibration(found.groups)}${plot.grades(tested)}</div>`,
      table(
        say(
          `逐级检验（${main.name}）：p 小表示 PD 低估；绿 ≥ 5%，黄 1–5%，红 < 1%`,
          `By grade (${main.name}): a small p means the PD is too low; green ≥ 5 %, yellow 1 to 5 %, red < 1 %`,
        ),
        [
          say('等级', 'Grade'),
          'PD',
          say('户数', 'Obligors'),
          say('违约', 'Defaults'),
          say('违约率', 'Rate'),
          'Jeffreys p',
          say('二项 p', 'Binomial p'),
          say('灯', 'Light'),
        ],
        tested.map(({ grade, pd, obligors, defaults, rate, jeffreys, binomial, light: lamp }) => [
          grade,
          percent(pd),
          obligors,
          defaults,
          rate === undefined ? undefined : percent(rate),
          jeffreys === undefined ? undefined : pValue(jeffreys),
          binomial === undefined ? undefined : pValue(binomial),
          lamp && html`<b class="${lamp}">● ${light[lamp]}</b>`,
        ]),
        [1, 2, 3, 4, 5, 6],
      ),
    );
    if (inversions.length > 0)
      body.push(
        html`<p>${say('相邻等级违约率倒挂：', 'Neighbouring grades whose rates fall as the grade worsens: ')}${inversions.map(([a, b]) => `${a}→${b}`).join(', ')}</p>`,
      );
  }
  return { title: say('校准', 'Calibration'), body, open: ['calibration'] };
}

/** The first sample against each later one. */
export function stabilityOf({ input }: Facts): readonly { readonly name: string; readonly report: StabilityReport }[] {
  const [first, ...later] = input.samples;
  return later.map((sample) => ({
    name: sample.name,
    report: first.points && sample.points ? scoreStability(first.points, sample.points) : scoreStability(first.pd, sample.pd),
  }));
}

export function stabilityPart(facts: Facts): Draft {
  const { input, say, plot } = facts;
  const found = stabilityOf(facts);
  const verdict = { stable: say('稳定', 'stable'), watch: say('关注', 'watch'), shifted: say('变化', 'shifted') };
  const body: Markup[] =
    found.length === 0
      ? []
      : [
          table(
            say(
              `评分的稳定性指数，以「${input.samples[0].name}」为基准；惯例 < 0.10 稳定，≥ 0.25 变化`,
              `Stability index of the score against "${input.samples[0].name}"; custom: < 0.10 stable, ≥ 0.25 shifted`,
            ),
            [say('样本', 'Sample'), say('稳定性指数', 'Stability index'), say('随机波动水平', 'Level of chance'), say('判断', 'Verdict')],
            found.map(({ name, report }) => [name, report.index.toFixed(4), report.noiseLevel.toFixed(4), verdict[report.verdict]]),
            [1, 2],
          ),
          html`<div class="plots">${found.slice(0, 4).map(({ name, report }) => plot.stability(report, input.samples[0].name, name))}</div>`,
        ];
  return { title: say('稳定性', 'Stability'), body, open: ['stability'] };
}

export function concentrationPart({ input, say, plot, main, scale }: Facts): Draft {
  const shown = main ?? input.samples.at(-1);
  if (!shown) return { title: say('集中度', 'Concentration'), body: [], open: ['concentration'] };
  const { herfindahl, crowded } = gradeChecks(shown, scale);
  const warning =
    crowded.length > 0
      ? say(`超过 30% 客户集中于：${crowded.join('、')}`, `More than 30 % of customers in: ${crowded.join(', ')}`)
      : say('无等级超过 30%', 'No grade above 30 %');
  return {
    title: say('集中度', 'Concentration'),
    body: [
      html`<p>${say(`评级集中度 HHI = ${herfindahl.toFixed(3)}(${shown.name});`, `Concentration of grades, HHI = ${herfindahl.toFixed(3)} (${shown.name}); `)}${warning}</p>`,
      html`<div class="plots">${plot.bands(scoreBands(shown), shown.points !== undefined)}</div>`,
    ],
    open: ['concentration'],
  };
}

export function challengerPart({ input, say }: Facts): Draft {
  const { joint, bankOnly } = input.run?.evaluation ?? {};
  const body =
    joint && bankOnly
      ? [
          table(
            say('联合建模的增益（同一批客户）', 'What the joint model adds (same customers)'),
            [say('模型', 'Model'), 'AUC', 'KS'],
            [
              [say('银行单方', 'Bank alone'), bankOnly.metrics.auc.toFixed(4), bankOnly.metrics.ks.toFixed(4)],
              [say('联合模型', 'Joint model'), joint.metrics.auc.toFixed(4), joint.metrics.ks.toFixed(4)],
              [say('增益', 'Gain'), signed(joint.metrics.auc - bankOnly.metrics.auc), signed(joint.metrics.ks - bankOnly.metrics.ks)],
            ],
            [1, 2],
          ),
        ]
      : [];
  return { title: say('基准与挑战者', 'Benchmark and challengers'), body, open: ['challenger'] };
}

const signed = (x: number): string => `${x >= 0 ? '+' : '−'}${Math.abs(x).toFixed(4)}`;
