/**
 * 模型验证报告: fourteen parts (credit.md §2.9, after SR 11-7's conceptual soundness, monitoring and outcomes analysis) in one HTML file that needs no
 * network and no script. What the run or the samples know is filled in; what only people know is marked 待填 until it is answered. The report
 * reads no clock: the same input gives the same bytes. It shows figures and columns, never a record id.
 */
import { defaultMasterScale } from '../credit/index.ts';
import { plotter } from './charts.ts';
import { calibration, discrimination, isLabelled } from './figures.ts';
import { checkInput, openItems, type ReportInput } from './input.ts';
import { html, type Markup } from './markup.ts';
import { type Draft, type Facts, number, percent, pValue } from './parts.ts';
import { dataAndConsent, method, overview, sample, variables } from './parts-data.ts';
import { conclusionPart, limitsPart, onlinePart, stressPart } from './parts-decision.ts';
import { calibrationPart, challengerPart, concentrationPart, discriminationPart, stabilityOf, stabilityPart } from './parts-quality.ts';
import { STYLE } from './style.ts';

const PARTS = [
  overview,
  sample,
  dataAndConsent,
  variables,
  method,
  discriminationPart,
  calibrationPart,
  stabilityPart,
  concentrationPart,
  challengerPart,
  stressPart,
  onlinePart,
  limitsPart,
  conclusionPart,
] as const;

/**
 * The report as one HTML document.
 * @throws InputError `ERR_REPORT_INPUT` on lists of unequal length, PDs outside (0, 1), labels other than 0 and 1, unknown keys or items.
 */
export function runReport(input: ReportInput): string {
  checkInput(input);
  const facts = gather(input);
  const drafts = PARTS.map((part) => part(facts));
  const { say } = facts;
  const title = input.title ?? say('模型验证报告', 'Model validation report');
  const language = input.language === 'en' ? 'en' : 'zh-CN';
  const page = html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="fedcredit">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body><main>
<header><h1>${title}</h1><p class="sub">${subtitle(facts)}</p></header>
${input.synthetic ? html`<p class="banner">${say('本报告使用合成数据（凭空生成），仅供演示。', 'This report uses synthetic data (invented); it is a demonstration.')}</p>` : undefined}
${cards(facts)}
${contents(drafts, facts)}
${drafts.map((draft, i) => section(draft, i + 1, facts))}
<footer>${say('由 fedcredit 生成。图为静态 SVG,文件不含脚本、不访问网络。', 'Made by fedcredit. Plots are static SVG; the file holds no script and uses no network.')}</footer>
</main></body>
</html>
`;
  return page.markup;
}

function gather(input: ReportInput): Facts {
  const say = (zh: string, en: string): string => (input.language === 'en' ? en : zh);
  const labelled = input.samples.filter(isLabelled);
  const main = labelled.findLast(({ fitted }) => !fitted) ?? labelled.at(-1);
  return { input, say, plot: plotter(say), scale: input.scale ?? defaultMasterScale, labelled, main };
}

function subtitle({ input, say }: Facts): string {
  const { run, date } = input;
  return [
    ...(run ? [`${say('作业', 'Job')} ${run.job}`, `${run.parties.labelParty} × ${run.parties.featureHolder}`] : []),
    ...(date === undefined ? [] : [date]),
    say('按模型风险管理惯例分十四部分', 'In fourteen parts after the custom of model risk management'),
  ].join(' · ');
}

/** The first things a reader wants. */
function cards(facts: Facts): Markup {
  const { input, say, main } = facts;
  const card = (value: string, name: string, note = ''): Markup =>
    html`<div class="card"><span>${name}</span><b>${value}</b><span>${note}</span></div>`;
  const shown: Markup[] = [];
  const evaluation = input.run?.evaluation;
  // Rows the model was fitted on flatter it: they carry the headline only when there is nothing better.
  if (main && !(main.fitted && evaluation)) {
    const { auc, ks, interval } = discrimination(main);
    const note = `${main.name}${main.fitted ? say(' · 含建模样本', ' · includes rows fitted on') : ''}`;
    shown.push(
      card(auc.toFixed(3), 'AUC', `${interval.lower.toFixed(3)}–${interval.upper.toFixed(3)} · ${note}`),
      card(ks.toFixed(3), 'KS', note),
    );
  }
  if (evaluation) {
    const held = evaluation.on === 'held-out rows' ? say('留出样本', 'held out') : say('训练样本', 'training rows');
    shown.push(
      card(evaluation.joint.metrics.auc.toFixed(3), say('联合模型 AUC', 'Joint AUC'), `${held} · ${number(evaluation.joint.rows)}`),
    );
    if (evaluation.bankOnly)
      shown.push(
        card(
          `${evaluation.joint.metrics.auc >= evaluation.bankOnly.metrics.auc ? '+' : '−'}${Math.abs(evaluation.joint.metrics.auc - evaluation.bankOnly.metrics.auc).toFixed(3)}`,
          say('较银行单方', 'Over bank alone'),
          `AUC ${evaluation.bankOnly.metrics.auc.toFixed(3)}`,
        ),
      );
  }
  const fit = main && calibration(main);
  if (fit)
    shown.push(
      card(
        pValue(fit.hosmerLemeshow.pValue),
        say('校准 HL p 值', 'Calibration, HL p'),
        `PD ${percent(fit.meanPd)} / ${percent(fit.badRate)}`,
      ),
    );
  const stability = stabilityOf(facts).at(-1);
  if (stability) shown.push(card(stability.report.index.toFixed(3), say('稳定性指数', 'Stability index'), stability.name));
  if (shown.length === 0)
    shown.push(card(number(input.samples.reduce((sum, { pd }) => sum + pd.length, 0)), say('已评分户数', 'Customers scored')));
  return html`<div class="cards">${shown}</div>`;
}

type State = 'green' | 'yellow' | 'red';
function stateOf({ body, open }: Draft, { input, say }: Facts): { readonly state: State; readonly text: string } {
  const left = open.filter((item) => input.answers?.[item] === undefined).length;
  if (left === 0) return { state: 'green', text: say('● 已填', '● complete') };
  if (body.length > 0 || left < open.length) return { state: 'yellow', text: say(`◐ 待填 ${left} 项`, `◐ ${left} open`) };
  return { state: 'red', text: say(`○ 待填 ${left} 项`, `○ ${left} open`) };
}

function contents(drafts: readonly Draft[], facts: Facts): Markup {
  return html`<nav><ol>${drafts.map((draft, i) => {
    const { state, text } = stateOf(draft, facts);
    return html`<li><a href="#part-${i + 1}">${draft.title}</a> <span class="${state}" style="font-size:12px">${text}</span></li>`;
  })}</ol></nav>`;
}

function section(draft: Draft, part: number, facts: Facts): Markup {
  const { input, say } = facts;
  const { state, text } = stateOf(draft, facts);
  const items = draft.open.map((item) => {
    const [zh, en] = openItems[item];
    const answer = input.answers?.[item];
    return answer === undefined
      ? html`<div class="open"><b>${say('待填', 'Open')}</b>${say(zh, en)}</div>`
      : html`<div class="answer"><b>${say(zh, en)}</b>${answer}</div>`;
  });
  return html`<section id="part-${part}"><h2><span class="n">${part}</span>${draft.title}<span class="state ${state}">${text}</span></h2>${draft.body}${items}</section>`;
}
