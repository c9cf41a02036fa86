/** Job files with models: what is refused, and at which line; what the contract says of each model. No process, no network. */
import { describe, expect, it } from 'vitest';
import { contractOf, type ModelKind, modelOf, parametersOf, readJob } from '../../src/pipeline/index.ts';
import { disclosureBits } from '../../src/protocol/index.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const HEAD = 'job: j\npeer: platform\ndata: loans\npeerAsset: firms\n';
let number = 0;
const job = (text: string, model?: ModelKind) => readJob(temp.write(`job-${number++}.yaml`, HEAD + text), model);
const refused = (line: number, column: number, words: RegExp) =>
  expect.objectContaining({
    code: 'ERR_JOB_FILE',
    message: expect.stringMatching(new RegExp(`\\.yaml:${line}:${column}: .*${words.source}`)),
  });

describe('a job file', () => {
  it.each<readonly [string, string, number, number, RegExp]>([
    ['a model nobody knows', 'model: forest\n', 5, 8, /model: .*gbdt.*logistic_regression.*scorecard/],
    [
      'a mistyped section key',
      'model: scorecard\nbinning: {max_bin: 5}\n',
      6,
      11,
      /unknown key "binning\.max_bin"; did you mean "max_bins"/,
    ],
    ['too few bins', 'model: scorecard\nbinning: {max_bins: 2}\n', 6, 21, /binning\.max_bins: .*>=3/],
    ['a share above a half', 'model: scorecard\nbinning: {min_bin_size: 0.9}\n', 6, 25, /binning\.min_bin_size/],
    ['a shape that is none', 'model: scorecard\nbinning: {monotone: up}\n', 6, 21, /binning\.monotone/],
    ['another degree', 'model: logistic_regression\nregression: {degree: 7}\n', 6, 22, /regression\.degree: use 1, 5 or 9/],
    ['exact without a word', 'model: scorecard\nregression: {solver: exact}\n', 6, 22, /regression\.solver: .*allow: \[linear-predictor\]/],
    ['a closed form for a card', 'model: scorecard\nregression: {solver: moments}\n', 6, 22, /regression\.solver: .*no probabilities/],
    ['a stop that a card has not', 'model: scorecard\nregression: {tolerance: 0.1}\n', 6, 25, /regression\.tolerance/],
    ['a stop out of range', 'model: logistic_regression\nregression: {tolerance: 2}\n', 6, 25, /tolerance must be in/],
    [
      'exact for longer than its contract',
      'model: scorecard\nallow: [linear-predictor]\nregression: {solver: exact, iterations: 11}\n',
      7,
      41,
      /iterations/,
    ],
    ['a disclosure nobody knows', 'allow: [everything]\n', 5, 9, /allow\.0/],
    ['no points to double', 'points: {pdo: 0}\n', 5, 15, /points\.pdo/],
    ['trees too deep', 'train: {max_depth: 99}\n', 5, 20, /train\.max_depth: .*max_depth/],
  ])('with %s is refused at its line', async (_, text, line, column, words) => {
    await expect(job(text)).rejects.toEqual(refused(line, column, words));
  });

  it('keeps the sections of all models, and --model picks: another model is another job', async () => {
    const text = 'train: {n_estimators: 3}\nregression: {l2: 1}\npoints: {odds: 20}\n';
    const plain = await job(text);
    expect([plain.job, plain.model, plain.binning]).toEqual(['j', 'gbdt', undefined]);
    expect(await job(text, 'scorecard')).toMatchObject({
      job: 'j-scorecard',
      model: 'scorecard',
      binning: { max_bins: 6, min_bin_size: 0.05 },
    });
    expect(await job(text, 'logistic_regression')).toMatchObject({ job: 'j-lr', regression: { l2: 1, solver: 'shared' } });
    expect(await job(`${text}model: scorecard\n`, 'scorecard')).toMatchObject({ job: 'j' });
  });

  it('checks what --model makes of it', async () => {
    await expect(job('regression: {solver: moments}\n')).resolves.toMatchObject({ model: 'gbdt' });
    await expect(job('regression: {solver: moments}\n', 'scorecard')).rejects.toEqual(refused(5, 22, /no probabilities/));
  });
});

describe('the contract of a job', () => {
  const facts = { labelParty: 'bank', rows: 5000, labelColumns: 4, offered: ['a', 'b', 'c'] };
  const contract = async (text: string, model?: ModelKind) => contractOf(await job(text, model), facts);
  const saying = async (text: string, words: RegExp) => (await contract(text)).terms.disclosure.filter(({ what }) => words.test(what));

  it('names the model and its steps, and nothing of the bank alone', async () => {
    const made = await contract('model: scorecard\nbinning: {min_iv: 0.07}\npoints: {pdo: 33}\n');
    expect(made.terms).toMatchObject({ model: 'scorecard', steps: ['align', 'bin', 'train', 'score'], maxTrees: 0, maxDepth: 0 });
    expect(modelOf(made)).toBe('scorecard');
    expect(parametersOf(made)).toMatchObject({ binning: { max_bins: 6 }, regression: { solver: 'shared', labelColumns: 4 } });
    expect(new TextDecoder().decode(made.bytes)).not.toMatch(/min_iv|0\.07|pdo|33/);
    expect((await contract('model: logistic_regression\n')).terms.steps).toEqual(['align', 'train', 'score']);
    expect((await contract('binning: {}\n')).terms).toMatchObject({ model: 'gbdt', steps: ['align', 'bin', 'train', 'score'] });
  });

  it('bounds what each step discloses, in bits', async () => {
    for (const text of ['model: scorecard\n', 'model: logistic_regression\n', 'train: {n_estimators: 5}\n']) {
      const { disclosure } = (await contract(text)).terms;
      expect(disclosureBits(disclosure, 'label party')).toBeGreaterThan(5000 * 20);
      expect(disclosure.every(({ count, bitsEach }) => count > 0 && bitsEach > 0)).toBe(true);
    }
    expect(await saying('model: scorecard\n', /spacing of the weights of evidence/)).toMatchObject([{ party: 'feature holder' }]);
    expect(await saying('binning: {}\n', /spacing of the weights of evidence/)).toEqual([]);
    expect(await saying('model: scorecard\n', /part of the points/)).toMatchObject([{ party: 'label party', count: 5000, bitsEach: 20 }]);
  });

  it('counts the platform’s rows in the platform’s line, by the cap that the alignment keeps', async () => {
    const [own] = await saying('maxPeerRows: 70000\n', /own records the label party also holds/);
    expect(own).toMatchObject({ party: 'feature holder', count: 70_000, bitsEach: 1 });
    expect(parametersOf(await contract('maxPeerRows: 70000\n')).maxPeerRows).toBe(70_000);
  });

  it('says in words of its own what only an explicit consent permits, and says it only where it happens', async () => {
    const exact = 'allow: [linear-predictor, feature-names]\nregression: {solver: exact}\n';
    expect((await contract(`model: scorecard\n${exact}`)).terms.allow).toEqual(['linear-predictor', 'feature-names']);
    expect(await saying(`model: scorecard\n${exact}`, /partial score of every row/)).not.toEqual([]);
    expect(await saying(`model: scorecard\n${exact}`, /which named feature/)).toMatchObject([{ count: 3, bitsEach: 2 }]);
    expect(await saying('model: scorecard\n', /partial score of every row|which named feature/)).toEqual([]);
    expect((await contract(exact)).terms.allow).toBeUndefined();
    expect((await contract(`model: logistic_regression\n${exact}`)).terms.allow).toEqual(['linear-predictor']);
  });
});
