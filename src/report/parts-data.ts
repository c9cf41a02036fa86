/** Parts 1 to 5 of the report: overview, sample, data and consent, variables, method. */

import { characteristicStability } from '../credit/index.ts';
import { disclosureBits } from '../protocol/index.ts';
import type { ReportVariable } from './input.ts';
import { html, type Markup } from './markup.ts';
import { type Draft, type Facts, number, percent, pValue, table } from './parts.ts';

export function overview({ input, say }: Facts): Draft {
  const { run } = input;
  const body = run && [
    table(
      '',
      [say('项目', 'Item'), say('内容', 'Content')],
      [
        [say('作业', 'Job'), run.job],
        [say('标签方（银行）', 'Label party (bank)'), run.parties.labelParty],
        [say('特征方（平台）', 'Feature holder (platform)'), run.parties.featureHolder],
        [say('合约指纹 SHA-256', 'Contract SHA-256'), html`<code>${run.contract}</code>`],
        [say('同态加密引擎', 'Homomorphic engine'), run.engine],
      ],
    ),
  ];
  return { title: say('概况', 'Overview'), body: body ?? [], open: ['purpose', 'owner', 'version'] };
}

export function sample({ input, say }: Facts): Draft {
  const rows = input.samples.map(({ name, pd, labels, fitted }) => {
    const bads = labels && Array.from(labels).reduce((sum, y) => sum + y, 0);
    const use = fitted ? say('含建模样本', 'includes rows fitted on') : say('未参与建模', 'not fitted on');
    return [name, pd.length, bads, bads === undefined ? undefined : percent(bads / pd.length), use];
  });
  const head = [say('样本', 'Sample'), say('户数', 'Rows'), say('坏客户', 'Bad'), say('坏账率', 'Bad rate'), say('用途', 'Use')];
  const aligned = input.run?.steps.find(({ step }) => step === 'align')?.facts;
  const found = aligned && [
    table(
      say('样本对齐（隐私求交）', 'Alignment (private set intersection)'),
      [say('银行户数', 'Bank rows'), say('平台户数', 'Platform rows'), say('共有户数', 'Common rows')],
      [[aligned.ownRows, aligned.peerRows, aligned.alignedRows]],
    ),
  ];
  return {
    title: say('样本', 'Sample'),
    body: [...(rows.length > 0 ? [table('', head, rows, [1, 2, 3])] : []), ...(found ?? [])],
    open: ['window', 'bad-definition', 'exclusions', 'out-of-time'],
  };
}

/** The leak ledger: everything a party learned beyond its own data, with its upper bound in bits. */
export function dataAndConsent({ input, say }: Facts): Draft {
  const { run } = input;
  const body: Markup[] = [];
  if (run) {
    const party = (name: string): string => (name === 'label party' ? run.parties.labelParty : run.parties.featureHolder);
    const rows = run.steps.flatMap(({ step, disclosure }) =>
      disclosure.map(({ party: who, what, count, bitsEach }) => [
        step,
        party(who),
        what,
        number(count),
        number(bitsEach),
        number(count * bitsEach),
      ]),
    );
    body.push(
      html`<p>${say(
        '可用不可见：原始记录未离开各自机构。下表逐项列出各方在自有数据之外得知的内容及其信息量上限。',
        'No record left its holder. The table lists what each party learned beyond its own data, with an upper bound in bits.',
      )}</p>`,
      table(
        '',
        [
          say('步骤', 'Step'),
          say('得知方', 'Who'),
          say('内容', 'What'),
          say('次数', 'Count'),
          say('每次比特', 'Bits each'),
          say('比特上限', 'Bits at most'),
        ],
        rows,
        [3, 4, 5],
      ),
      table(
        say('合计上限（比特）', 'Total, at most (bits)'),
        [run.parties.labelParty, run.parties.featureHolder],
        [
          (['label party', 'feature holder'] as const).map((who) =>
            number(run.steps.reduce((sum, step) => sum + disclosureBits(step.disclosure, who), 0)),
          ),
        ],
      ),
    );
  }
  return { title: say('数据质量与授权依据', 'Data quality and consent'), body, open: ['data-quality', 'consent'] };
}

const SHAPES: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  ascending: ['升', 'rises'],
  descending: ['降', 'falls'],
  peak: ['峰', 'peak'],
  valley: ['谷', 'valley'],
  mixed: ['无序', 'no order'],
  flat: ['平', 'flat'],
};

/** The card itself: points of every bin of what is in the model. */
function pointsTable(list: readonly ReportVariable[], say: Facts['say']): Markup {
  return table(
    say('评分卡：各分箱的得分', 'The scorecard: points of every bin'),
    [
      say('变量', 'Variable'),
      say('持有方', 'Holder'),
      say('分箱', 'Bin'),
      say('户数', 'Rows'),
      say('坏账率', 'Bad rate'),
      'WOE',
      say('得分', 'Points'),
    ],
    list
      .filter((variable) => variable.onCard)
      .flatMap(({ name, holder, bins }) =>
        bins.map(({ label, rows, bads, woe, points }, b) => [
          b === 0 ? name : ' ',
          b === 0 ? holder : ' ',
          label,
          rows,
          percent(rows > 0 ? bads / rows : 0),
          woe.toFixed(3),
          points,
        ]),
      ),
    [3, 4, 5, 6],
  );
}

export function variables({ input, say, plot }: Facts): Draft {
  const list = [...(input.variables ?? [])].sort((a, b) => b.informationValue - a.informationValue);
  const strength = (iv: number): string =>
    iv < 0.02
      ? say('弱，可剔除', 'drop')
      : iv < 0.1
        ? say('较弱', 'weak')
        : iv < 0.3
          ? say('中', 'medium')
          : iv < 0.5
            ? say('强', 'strong')
            : say('查泄漏', 'check for leakage');
  const csi = (bins: (typeof list)[number]['bins']): string | undefined => {
    if (bins.length === 0 || bins.some(({ laterRows }) => laterRows === undefined)) return undefined;
    const later = bins.map(({ laterRows }) => laterRows ?? 0);
    const rows = bins.map((bin) => bin.rows);
    return characteristicStability('', rows, later).index.toFixed(4);
  };
  const onCard = list.some((variable) => variable.onCard);
  const shape = (direction: string): string => {
    const [zh, en] = SHAPES[direction] ?? [direction, direction];
    return say(zh, en);
  };
  const body =
    list.length === 0
      ? []
      : [
          table(
            say('变量一览，按信息值排列', 'Variables by information value'),
            [
              say('变量', 'Variable'),
              say('含义', 'Meaning'),
              say('持有方', 'Holder'),
              'IV',
              say('强度', 'Strength'),
              say('缺失', 'Missing'),
              say('分箱', 'Bins'),
              say('风险方向', 'Risk'),
              'CSI',
              ...(onCard ? [say('入模', 'In model')] : []),
            ],
            list.map(({ name, meaning, holder, informationValue, missing, bins, direction, onCard: used }) => [
              name,
              meaning,
              holder,
              informationValue.toFixed(4),
              strength(informationValue),
              missing === undefined ? undefined : percent(missing),
              bins.length,
              direction && shape(direction),
              csi(bins),
              ...(onCard ? [used ? say('是', 'yes') : ''] : []),
            ]),
            [3, 5, 6, 8],
          ),
          ...(onCard ? [pointsTable(list, say)] : []),
          html`<div class="plots">${list
            .filter(({ bins }) => bins.length > 0)
            .slice(0, 12)
            .map((variable) => plot.bins(variable))}</div>`,
          ...(list.length > 12
            ? [
                html`<p class="note">${say(`图示前 12 个变量，共 ${list.length} 个。`, `Plots of the first 12 of ${list.length} variables.`)}</p>`,
              ]
            : []),
        ];
  return { title: say('变量', 'Variables'), body, open: ['variables', 'forbidden'] };
}

export function method({ input, say }: Facts): Draft {
  const own = Object.entries(input.parameters ?? {});
  const facts = input.run?.steps.find(({ step }) => step === 'train')?.facts ?? {};
  const rows = [...own, ...Object.entries(facts).filter(([name]) => !own.some(([other]) => other === name))];
  const body =
    rows.length > 0
      ? [
          table(
            '',
            [say('参数', 'Parameter'), say('取值', 'Value')],
            rows.map(([name, value]) => [name, value]),
          ),
        ]
      : [];
  const figures = input.run?.figures;
  const coefficients =
    figures === undefined
      ? []
      : [
          table(
            say(`系数（${figures.on === 'weight of evidence' ? 'WOE' : '标准化变量'}）`, `Coefficients on ${figures.on}`),
            [say('变量', 'Variable'), say('持有方', 'Holder'), 'β', 'SE', 'z', 'p', 'VIF'],
            figures.coefficients.map(({ name, party, coefficient, standardError, z, pValue: p, vif }) => [
              name,
              party,
              coefficient.toFixed(4),
              fixed(standardError, 4),
              fixed(z, 2),
              p === null || Number.isNaN(p) ? undefined : pValue(p),
              fixed(vif, 2),
            ]),
            [2, 3, 4, 5, 6],
          ),
          ...((figures.dropped?.length ?? 0) > 0
            ? [
                html`<p class="note">${say('因系数符号不合而剔除：', 'Left out, their coefficient had the wrong sign: ')}${figures.dropped?.join(', ')}</p>`,
              ]
            : []),
        ];
  return {
    title: say('方法与参数', 'Method and parameters'),
    body: [...body, ...coefficients],
    open: own.length > 0 ? ['sensitivity'] : ['parameters', 'sensitivity'],
  };
}

/** Nothing where there is no number: JSON has no NaN. */
const fixed = (value: number | null | undefined, places: number): string | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value.toFixed(places) : undefined;
