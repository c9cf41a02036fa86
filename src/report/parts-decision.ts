/** Parts 11 to 14 of the report: stress, online check, limits, conclusion. */
import { pointInTime } from '../credit/index.ts';
import { html, type Markup } from './markup.ts';
import { type Draft, type Facts, number, percent, table } from './parts.ts';

/** Asset correlation of the stress, and the years: one in six, one in a hundred, one in a thousand. */
const CORRELATION = 0.12;
const YEARS = [0, -1, -2.326, -3.09] as const;

export function stressPart({ input, say, main }: Facts): Draft {
  const shown = main ?? input.samples.at(-1);
  const body = shown
    ? [
        table(
          say(
            `平均 PD 在经济下行年份的变化（Vasicek 单因子，资产相关性 ${CORRELATION}，设 PD 为长期平均；示例情景，非监管口径）`,
            `Mean PD in bad years (Vasicek one factor, correlation ${CORRELATION}, PDs taken as long-run averages; an example, not a regulator's scenario)`,
          ),
          [say('情景', 'Year'), say('平均 PD', 'Mean PD')],
          YEARS.map((z) => {
            const name = [
              say('模型输出', 'as scored'),
              say('六年一遇', 'one in six'),
              say('百年一遇', 'one in a hundred'),
              say('千年一遇', 'one in a thousand'),
            ][YEARS.indexOf(z)];
            const pds = Array.from(shown.pd, (pd) => (z === 0 ? pd : pointInTime(pd, CORRELATION, z)));
            return [name, percent(pds.reduce((a, b) => a + b, 0) / pds.length)];
          }),
          [1],
        ),
      ]
    : [];
  return { title: say('压力与反事实', 'Stress and counterfactuals'), body, open: ['stress'] };
}

export function onlinePart({ input, say }: Facts): Draft {
  const { equivalence, run } = input;
  const body: Markup[] = [];
  if (equivalence)
    body.push(
      html`<p>${say('加密评分与明文评分逐户比对：', 'Encrypted scores beside the same in the clear: ')}${number(equivalence.rows)} ${say('户，最大差异', 'customers, largest difference')} ${String(equivalence.maxError)}</p>`,
    );
  if (run) {
    const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(2)}`;
    body.push(
      table(
        say('运行记录', 'The run'),
        [say('步骤', 'Step'), say('秒', 'Seconds'), say('发送 MB', 'Sent, MB'), say('接收 MB', 'Received, MB'), say('要点', 'Facts')],
        [
          ...run.steps.map(({ step, seconds, bytesSent, bytesReceived, facts }) => [
            step,
            seconds.toFixed(1),
            mega(bytesSent),
            mega(bytesReceived),
            Object.entries(facts)
              .map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`)
              .join(' · '),
          ]),
          [
            say('合计', 'Total'),
            run.seconds.toFixed(1),
            mega(run.steps.reduce((sum, { bytesSent }) => sum + bytesSent, 0)),
            mega(run.steps.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)),
            '',
          ],
        ],
        [1, 2, 3],
      ),
    );
    if (run.limits)
      body.push(
        table(
          say('预授信额度', 'Limits'),
          [say('询问户数', 'Asked'), say('有额度', 'Granted'), say('无额度', 'Refused'), say('无授权', 'No consent')],
          [[run.limits.firms, run.limits.granted, run.limits.refused, run.limits.noConsent]],
        ),
      );
  }
  return { title: say('上线一致性', 'Online equals offline'), body, open: ['online-check'] };
}

export function limitsPart({ input, say, main }: Facts): Draft {
  const known = [
    ...(input.synthetic
      ? [say('数据为合成数据，指标不代表任何真实客群。', 'The data are invented: no figure says anything of real customers.')]
      : []),
    ...(main
      ? []
      : [say('没有带标签的样本，区分能力与校准未经检验。', 'No labelled sample: discrimination and calibration are not tested.')]),
    ...(main?.fitted ? [say('主样本含建模样本，指标偏乐观。', 'The main sample includes rows fitted on: figures flatter.')] : []),
    ...(input.run
      ? [
          say(
            '各方得知的信息以第 3 部分的比特上限为准；授信额度等输出本身即泄露信息，与加密方式无关。',
            'What parties learn is bounded by the bits of part 3; outputs such as limits tell something whatever the cryptography.',
          ),
        ]
      : []),
    say(
      '经验阈值（KS、AUC、稳定性指数）为行业惯例，不是监管要求。',
      'Rules of thumb (KS, AUC, stability index) are custom, not regulation.',
    ),
  ];
  return {
    title: say('局限、补救与限额', 'Limits, remedies, caps'),
    body: [html`<ul>${known.map((line) => html`<li>${line}</li>`)}</ul>`],
    open: ['remedies'],
  };
}

export function conclusionPart({ say }: Facts): Draft {
  return {
    title: say('结论与签字', 'Conclusion and signatures'),
    body: [
      html`<div class="verdict"><span>${say('通过', 'passed')}</span><span>${say('有条件通过', 'with conditions')}</span><span>${say('不通过', 'failed')}</span></div>
<div class="sign"><div>${say('验证人 / 日期', 'Validator / date')}</div><div>${say('复核人 / 日期', 'Reviewer / date')}</div><div>${say('批准人 / 日期', 'Approved by / date')}</div></div>`,
    ],
    open: ['conclusion'],
  };
}
