import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { report as reportCommand } from '../../src/cli/commands/report.ts';
import { createUi } from '../../src/cli/ui.ts';
import { openItems, type ReportInput, readRun, runReport } from '../../src/report/index.ts';
import { tempFolder } from '../support/temp.ts';
import { exampleInput, exampleRun } from './example.ts';

const temp = tempFolder();
/** A whole page in a failure message helps nobody: show the place. */
const found = (page: string, pattern: RegExp): string | undefined => {
  const at = page.search(pattern);
  return at < 0 ? undefined : page.slice(Math.max(0, at - 60), at + 120);
};
const lacking = (page: string, ...texts: readonly string[]): readonly string[] => texts.filter((text) => !page.includes(text));
const input = exampleInput();
const refused = expect.objectContaining({ code: 'ERR_REPORT_INPUT' });

describe('the validation report', () => {
  const page = runReport(input);
  it('has its fourteen parts, filled or marked open', () => {
    expect([...page.matchAll(/<section id="part-(\d+)">/g)].map(([, n]) => Number(n))).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
    expect(lacking(page, '待填')).toEqual([]);
    for (const [zh] of Object.values(openItems))
      if (!['方法与参数', '分层区分能力（行业、规模、地区）'].includes(zh)) expect(lacking(page, zh)).toEqual([]);
  });
  it('shows an answer instead of the open mark, and refuses answers to nothing', () => {
    const answers = Object.fromEntries(Object.keys(openItems).map((item) => [item, `答:${item}`]));
    const full = runReport({ ...input, answers });
    expect(lacking(full, 'class="open"')).toHaveLength(1);
    expect(lacking(full, '答:conclusion')).toEqual([]);
    expect(() => runReport({ ...input, answers: { owners: 'x' } })).toThrow(refused);
  });
  it('needs no network and no script', () => {
    expect(found(page, /<script|javascript:|\son\w+=|@import|<iframe|<object/i)).toBeUndefined();
    const addresses = [...page.matchAll(/\b(?:src|href)="([^"]*)"|url\(["']?([^"')]*)/g)].map(([, attribute, style]) => attribute ?? style);
    expect(addresses.filter((address) => !address.startsWith('#') && address !== 'data:,')).toEqual([]);
    expect(lacking(page, "default-src 'none'")).toEqual([]);
  });
  it('draws ROC, KS, score bands, calibration, stability and bins', () => {
    for (const title of ['ROC 曲线', 'KS = ', '评分分布与坏账率', '校准：预测与实际', '稳定性指数', '近12月开票额'])
      expect(lacking(page, title)).toEqual([]);
    expect(page.match(/<svg /g)?.length).toBeGreaterThanOrEqual(8);
    expect(found(page, /NaN|undefined|\[object/)).toBeUndefined();
  });
  it('is the same bytes for the same input, whatever was drawn before', () => {
    expect(runReport(input) === page).toBe(true);
    expect(runReport({ ...input, language: 'en' }) === page).toBe(false);
    expect(runReport(input) === page).toBe(true);
  });
  it('speaks English all through when asked', () => {
    const english = runReport({ ...input, language: 'en', variables: [], answers: {} });
    const words = english.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/开发|留出|制造|批发/g, '');
    expect(found(words, /[\u4e00-\u9fff]/)).toBeUndefined();
    expect(lacking(english, 'Model validation report')).toEqual([]);
  });
  it('treats hostile names as text', () => {
    const name = '<script>alert(1)</script>"\'&';
    const [variable] = input.variables!;
    const hostile: ReportInput = {
      ...input,
      title: name,
      samples: input.samples.map((sample) => ({ ...sample, name: sample.name + name })),
      variables: [{ ...variable, name, meaning: name, holder: name, bins: variable.bins.map((bin) => ({ ...bin, label: name })) }],
      answers: { owner: name },
      parameters: { [name]: name },
      run: { ...exampleRun, job: name, parties: { labelParty: name, featureHolder: name } },
    };
    expect(found(runReport(hostile), /<script|alert\(1\)<\/script>/)).toBeUndefined();
    expect(found(runReport(hostile), /aria-label="[^"]*<[^"]*"/)).toBeUndefined();
  });
  it('warns where figures flatter, and lets only unseen rows carry the headline', () => {
    expect(lacking(page, '偏乐观')).toEqual([]);
    const cards = (of: ReportInput): string => /<div class="cards">[\s\S]*?<nav>/.exec(runReport(of))?.[0] ?? '';
    const { run: _, ...alone } = input;
    const [development, held] = input.samples;
    expect(lacking(cards(alone), '>留出<', '含建模样本')).toEqual(['含建模样本']);
    expect(lacking(cards({ ...alone, samples: [held, development] }), '>留出<', '含建模样本')).toEqual(['含建模样本']);
    expect(lacking(cards({ ...input, samples: [development] }), '联合模型 AUC', '含建模样本')).toEqual(['含建模样本']);
    expect(lacking(cards({ ...alone, samples: [development] }), '含建模样本')).toEqual([]);
  });
  it('stands with a run alone, with scores alone, and with nothing', () => {
    expect(lacking(runReport({ samples: [], run: exampleRun }), '可用不可见')).toEqual([]);
    expect(lacking(runReport({ samples: [{ name: 's', pd: [0.1, 0.2] }] }), '没有带标签的样本')).toEqual([]);
    expect(lacking(runReport({ samples: [] }), 'part-14')).toEqual([]);
  });
  it('refuses what it cannot read', () => {
    const one = (sample: object) => () => runReport({ samples: [{ name: 's', pd: [0.1, 0.2], ...sample }] });
    expect(one({ pd: [] })).toThrow(refused);
    expect(one({ pd: [0, 0.5] })).toThrow(refused);
    expect(one({ labels: [1] })).toThrow(refused);
    expect(one({ labels: [1, 2] })).toThrow(refused);
    expect(one({ points: [Number.NaN, 1] })).toThrow(refused);
    expect(() => runReport({ samples: [], langauge: 'en' } as never)).toThrow(/unknown key "langauge"/);
    expect(() =>
      runReport({
        samples: [
          { name: 's', pd: [0.1] },
          { name: 's', pd: [0.1] },
        ],
      }),
    ).toThrow(/one name/);
  });
});

describe('fedcredit report', () => {
  const run = (args: readonly string[], options: Record<string, unknown>) => {
    const written: string[] = [];
    const sink = { write: (text: string) => written.push(text) };
    const ui = createUi({ json: true, quiet: false, debug: false }, { out: sink, err: sink });
    return reportCommand
      .run(args, { language: 'zh', id: 'uscc', label: 'bad_12m', ...options }, { ui, signal: new AbortController().signal })
      .then((code) => ({ code, written }));
  };
  const random = seededRandom(2, 'run');
  const rows = Array.from({ length: 400 }, (_, i) => ({ id: `firm-${i}`, pd: 0.01 + 0.4 * random.uniform() }));
  temp.write('summary.json', JSON.stringify(exampleRun));
  temp.write(
    'scores.csv',
    `id,score_units,pd,points\n${rows.map(({ id, pd }, i) => (i === 7 ? `${id},,,` : `${id},1,${pd},${Math.round(600 - 200 * pd)}`)).join('\n')}\n`,
  );
  temp.write('labels.csv', `uscc,bad_12m\n${rows.map(({ id, pd }) => `${id},${Number(random.uniform() < pd)}`).join('\n')}\n`);

  it('makes report.html of a run folder, and leaves out rows nobody answered', async () => {
    expect((await run([temp.path], {})).code).toBe(0);
    const page = readFileSync(join(temp.path, 'report.html'), 'utf8');
    expect(lacking(page, 'first-limits')).toEqual([]);
    expect(lacking(page, 'firm-3')).toHaveLength(1);
    const { samples } = await readRun(temp.path, { held: 'held', fitted: 'all' });
    expect(samples.map(({ pd }) => pd.length)).toEqual([399]);
  });
  it('adds curves with labels, and answers from a file', async () => {
    const answers = temp.write('answers.yaml', 'purpose: 预授信演示\n');
    const out = join(temp.path, 'full.html');
    await run([temp.path], { labels: join(temp.path, 'labels.csv'), answers, out, synthetic: true });
    const page = readFileSync(out, 'utf8');
    for (const text of ['ROC 曲线', '预授信演示', '合成数据']) expect(lacking(page, text)).toEqual([]);
  });
  it('splits held-out rows where the run says which they are', async () => {
    const folder = tempFolder();
    folder.write('summary.json', JSON.stringify(exampleRun));
    folder.write(
      'scores.csv',
      `id,pd,points,held_out\n${rows.map(({ id, pd }, i) => `${id},${pd},500,${i % 4 === 0 ? 1 : 0}`).join('\n')}\n`,
    );
    const { samples } = await readRun(folder.path, { held: 'held', fitted: 'all' });
    expect(samples.map(({ name, fitted, pd }) => [name, fitted, pd.length])).toEqual([
      ['all', true, 300],
      ['held', false, 100],
    ]);
  });
  it('says what is wrong with the folder, the labels, the answers', async () => {
    await expect(run([join(temp.path, 'nowhere')], {})).rejects.toMatchObject({ code: 'ERR_REPORT_RUN' });
    const bad = tempFolder();
    bad.write('summary.json', '{"format":"other"}');
    await expect(run([bad.path], {})).rejects.toMatchObject({ code: 'ERR_REPORT_RUN' });
    const strangers = temp.write('strangers.csv', 'uscc,bad_12m\nx,0\ny,1\n');
    await expect(run([temp.path], { labels: strangers })).rejects.toMatchObject({ code: 'ERR_REPORT_LABELS' });
    await expect(run([temp.path], { answers: temp.write('wrong.yaml', 'owners: x\n') })).rejects.toMatchObject({
      code: 'ERR_REPORT_ANSWERS',
      message: expect.stringMatching(/wrong\.yaml:1:/),
    });
    await expect(run([temp.path], { language: 'fr' })).rejects.toMatchObject({ code: 'ERR_CLI_OPTION' });
  });
});
