/**
 * Scorecard and logistic regression between two processes: the platform's node is one, this test the bank. Everything goes through the command
 * line, as a bank would use it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bothSides } from '../../src/cli/demo/both-sides.ts';
import { type CityFederation, writeCityFederation } from '../../src/cli/demo/city-federation.ts';
import { compareCardInTheClear } from '../../src/cli/demo/compare-card.ts';
import { type LocalNode, setPlatformAddress, startLocalNode } from '../../src/cli/demo/local-federation.ts';
import { run } from '../../src/cli/program.ts';
import { plainParts } from '../../src/federated/vertical/logistic-regression/index.ts';
import { readChain } from '../../src/node/audit/log.ts';
import {
  BINS,
  CARD as CARD_ARTIFACT,
  HOLDER_BINS,
  HOLDER_LINEAR,
  LINEAR,
  need,
  ownPart,
  ownPoints,
  SCORES,
} from '../../src/pipeline/index.ts';
import { readRun, runReport } from '../../src/report/index.ts';
import { tempFolder } from '../support/temp.ts';
import { all, parseXml, type XmlElement } from '../support/xml.ts';

const clock = { now: () => Date.now() };
const folder = tempFolder().path;
const at = (name: string) => join(folder, name);
let federation: CityFederation;
let node: LocalNode;

const CARD = `peer: platform
data: loans
peerAsset: firms
minSupport: 40
peerColumns: [tax_grade, active_months_24, void_rate, elec_chg_3m, industry4, buyer_hhi]
columns: [util_rate, net_vol, repay_on_time_24m]
model: scorecard
binning: {max_bins: 4, max_n_prebins: 8}
regression: {degree: 5, iterations: 3}
allow: [feature-names]
`;

beforeAll(async () => {
  federation = await writeCityFederation({ folder: at('federation'), seed: 5, firms: 2400, badRate: 0.15, reach: 0.5, clock });
  const config = await readFile(federation.platformConfig, 'utf8');
  await writeFile(federation.platformConfig, config.replace('minSupport: 100', 'minSupport: 40'));
  node = await startLocalNode(federation.platformConfig, folder, 1);
  await setPlatformAddress(federation.bankConfig, node.address);
}, 300_000);
afterAll(() => node?.stop());

interface Outcome {
  readonly status: number;
  /** The last line: result or error. */
  readonly last: Record<string, unknown>;
}

async function cli(...args: readonly string[]): Promise<Outcome> {
  let out = '';
  const threads = args[0] === 'report' ? [] : ['--threads', '1'];
  const status = await run([...args, ...threads, '--json'], { out: { write: (text) => (out += text) }, err: { write: () => true } });
  return { status, last: JSON.parse(out.trim().split('\n').at(-1) ?? '{}') };
}
async function job(name: string, text: string): Promise<string> {
  const path = join(dirname(federation.job), `${name}.yaml`);
  await writeFile(path, `job: ${name}\n${text}`);
  return path;
}
const sides = (file: string, out: string) => ({ ...federation, job: file, run: at(out), clock });

describe('a scorecard between two processes', () => {
  let file: string;
  let result: Outcome;
  beforeAll(async () => {
    file = await job('card', CARD);
    result = await cli('run', file, '-o', at('card'));
  }, 300_000);

  it('is the card of one table in the clear, and gives every firm the points of the clear sum', async () => {
    expect(result.last).toMatchObject({ event: 'result', model: 'scorecard' });
    const comparison = await compareCardInTheClear(sides(file, 'card'));
    expect(comparison).toMatchObject({ differentPoints: 0, differentScores: 0 });
    expect(comparison.scoredFirms).toBeGreaterThan(800);
    expect(comparison.bins).toBeGreaterThan(15);
  });

  it('leaves model, bins, scores and a summary with coefficients of one sign', () => {
    expect(readdirSync(at('card')).sort()).toEqual(['bins.json', 'contract.json', 'model.json', 'scores.csv', 'summary.json']);
    const { figures, evaluation, learnedBits } = JSON.parse(readFileSync(at('card/summary.json'), 'utf8'));
    expect(figures.coefficients.every(({ coefficient }: { coefficient: number }) => coefficient > 0)).toBe(true);
    expect(evaluation.joint.metrics).toMatchObject({ gini: expect.any(Number), interval: { lower: expect.any(Number) } });
    expect(evaluation.bankOnly.metrics.auc).toBeGreaterThan(0.5);
    expect(learnedBits.labelParty).toBeGreaterThan(learnedBits.featureHolder);
  });

  it('shows names of the platform where the contract allows them, and never an edge', async () => {
    const bins = readFileSync(at('card/bins.json'), 'utf8');
    const { platformStore, bankStore } = await bothSides(sides(file, 'card'));
    const { variables } = JSON.parse(bins) as { variables: { own: boolean; name: string; bins: { label: string }[] }[] };
    const theirs = variables.filter(({ own }) => !own);
    expect(theirs.map(({ name }) => name).sort()).toEqual(
      ['active_months_24', 'buyer_hhi', 'elec_chg_3m', 'industry4', 'tax_grade', 'void_rate'].sort(),
    );
    expect(theirs.flatMap((variable) => variable.bins).every(({ label }) => /^(bin|missing\/special) \d$/.test(label))).toBe(true);
    const { value: kept } = await need(platformStore, HOLDER_BINS);
    const edges = kept.features.flatMap(({ cells }) => Array.from(cells.edges, String)).filter((edge) => edge.length >= 6);
    expect(edges.length).toBeGreaterThan(5);
    const results = readdirSync(at('card')).map((name) => readFileSync(join(at('card'), name), 'utf8'));
    const bank = results.join('') + new TextDecoder().decode(await bankStore.get('bins'));
    expect(edges.filter((edge) => new RegExp(`[^0-9.]${edge}[^0-9]`).test(bank))).toEqual([]);
    const held = new TextDecoder().decode(await platformStore.get('holder-bins'));
    // Nor does the platform keep anything of the bank's: no weight of evidence, no points.
    expect(held).not.toMatch(/woe|points|positives/);
  });

  it('is a report with variables, bins and points, and a card that another engine reads', async () => {
    const page = runReport(await readRun(at('card'), { held: 'held', fitted: 'all' }));
    for (const words of ['变量一览', '评分卡', 'void_rate', '系数']) expect(page.includes(words)).toBe(true);
    expect((await cli('report', at('card'), '--pmml', at('card.xml'))).status).toBe(0);
    const document = parseXml(readFileSync(at('card.xml'), 'utf8'));
    const fields = all(document, 'DataField').map(({ attributes }) => attributes.name);
    expect(fields).toContain('platform_points');
    const { ownRows, bankStore } = await bothSides(sides(file, 'card'));
    const scores = await need(bankStore, SCORES);
    const { value: card } = await need(bankStore, CARD_ARTIFACT);
    const own = ownPoints(card, ownRows);
    for (let i = 0; i < scores.rows.length; i += 7) {
      const row = scores.rows[i];
      const cell = (field: string) => (field === 'platform_points' ? scores.values[i] - own[row] : ownRows.columns.get(field)?.[row]);
      expect(pmmlScore(document, cell)).toBe(scores.values[i]);
    }
  });

  it('goes step by step, each step saying what it needs and what no longer fits', async () => {
    const path = await job('steps', CARD);
    expect((await cli('align', path)).status).toBe(0);
    expect((await cli('train', path)).last).toMatchObject({ code: 'ERR_JOB_STEP_MISSING', help: expect.stringContaining('fedcredit bin') });
    const { last } = await cli('bin', path, '-o', at('steps.json'));
    expect(last).toMatchObject({ event: 'result', step: 'bin', file: at('steps.json') });
    expect((await cli('bin', path, '-o', at('steps.json'))).last).toMatchObject({ code: 'ERR_FILES_EXISTS' });
    expect((await cli('train', path)).last).toMatchObject({ event: 'result', figures: { on: 'weight of evidence' } });
    // A bank that lost its newer half, as after a restored backup, cannot go on with the older one.
    const { bankStore } = await bothSides(sides(path, 'card'));
    const older = await need(bankStore, BINS);
    expect((await cli('bin', path, '-o', at('steps-again.json'))).status).toBe(0);
    expect((await cli('score', path)).last).toMatchObject({ code: 'ERR_JOB_STEP_MISSING' });
    const newer = await need(bankStore, BINS);
    await bankStore.put(BINS.key, BINS.encode({ ...newer, session: older.session }));
    expect((await cli('train', path)).last).toMatchObject({ code: 'ERR_REFUSED_OTHER_HALF' });
    await bankStore.put(BINS.key, BINS.encode(newer));
    expect((await cli('train', path)).status).toBe(0);
    expect((await cli('score', path)).last).toMatchObject({ event: 'result' });
    expect((await cli('evaluate', path)).last).toMatchObject({ evaluation: { joint: { metrics: { ks: expect.any(Number) } } } });
  }, 300_000);

  it('scores again as often as it likes: the same registration, key and answers, whatever was started again in between (T05)', async () => {
    const path = join(dirname(federation.job), 'steps.yaml');
    const { bankStore, platformStore } = await bothSides(sides(path, 'card'));
    const [kept, registered, counted] = await Promise.all([
      bankStore.get('registration'),
      platformStore.get('holder-registration'),
      platformStore.get('answered-scores'),
    ]);
    const { values } = await need(bankStore, SCORES);
    const again = async (): Promise<void> => {
      await bankStore.delete(SCORES.key);
      expect((await cli('score', path)).last).toMatchObject({ event: 'result' });
      expect((await need(bankStore, SCORES)).values).toEqual(values);
      expect(await bankStore.get('registration')).toEqual(kept);
      expect(await platformStore.get('holder-registration')).toEqual(registered);
      expect(await platformStore.get('answered-scores')).toEqual(counted);
    };
    for (let times = 0; times < 5; times++) await again();
    // The node starts anew, and the bank goes on with the other engine.
    const before = node.address;
    await node.stop();
    node = await startLocalNode(federation.platformConfig, folder, 1);
    await writeFile(federation.bankConfig, (await readFile(federation.bankConfig, 'utf8')).replace(before, node.address));
    const job = await readFile(path, 'utf8');
    await writeFile(path, `${job}engine: seal\n`);
    await again();
    // As after a crash of the platform before it had the registration on its disk, and its answers with it.
    await platformStore.delete('holder-registration');
    await again();
    expect(disclosed(platformFiles('audit.jsonl')[0], 'steps').filter((bits) => bits > 0)).toHaveLength(1);
    await writeFile(path, job);
  }, 300_000);

  it('keeps the key where the bank’s other secrets are, and says so when it is gone; the model of the job stays', async () => {
    const path = join(dirname(federation.job), 'steps.yaml');
    const { bankStore } = await bothSides(sides(path, 'card'));
    const [file] = filesBelow(dirname(federation.bankConfig)).filter((name) => name.endsWith('/steps/registration.bin'));
    expect(statSync(file).mode & 0o077).toBe(0);
    const kept = (await bankStore.get('registration')) as Uint8Array;
    const secret = Buffer.from(kept.subarray(100, 132));
    for (const log of [...filesBelow(dirname(federation.platformConfig)), ...filesBelow(dirname(federation.bankConfig))]) {
      if (log !== file) expect(readFileSync(log).includes(secret), log).toBe(false);
    }
    await bankStore.delete('registration');
    expect((await cli('score', path)).last).toMatchObject({ code: 'ERR_REGISTRATION_KEY_LOST', help: expect.stringContaining('backup') });
    await bankStore.put('registration', kept);
    for (const step of ['align', 'bin', 'train']) {
      const args = step === 'bin' ? [step, path, '-o', at('steps-late.json')] : [step, path];
      expect((await cli(...args)).last).toMatchObject({
        code: 'ERR_JOB_REGISTERED',
        exitCode: 2,
        help: expect.stringContaining('another name'),
      });
    }
    expect((await cli('run', path, '-o', at('steps-late'))).last).toMatchObject({ code: 'ERR_JOB_REGISTERED' });
    for (const step of ['score', 'evaluate']) expect((await cli(step, path)).last).toMatchObject({ event: 'result' });
  }, 300_000);

  it('trained anew behind its back, as after a restored backup, is refused by the platform for what it is', async () => {
    const path = join(dirname(federation.job), 'steps.yaml');
    const { bankStore } = await bothSides(sides(path, 'card'));
    await bankStore.delete('registration');
    for (const args of [
      ['align', path],
      ['bin', path, '-o', at('steps-anew.json')],
      ['train', path],
    ])
      expect((await cli(...args)).status).toBe(0);
    expect((await cli('score', path)).last).toMatchObject({ code: 'ERR_REFUSED_REGISTRATION', exitCode: 5 });
  }, 300_000);
});

describe('a logistic regression between two processes', () => {
  it('gives every firm the score of the clear sum, limits by its PD, and the bank coefficients by name', async () => {
    const text = CARD.replace('model: scorecard', 'model: logistic_regression')
      .replace(/peerColumns:.*/, 'peerColumns: [age_years, reg_capital, legal_rep_changes_24m]')
      .replace('degree: 5, iterations: 3', 'solver: moments, l2: 1')
      .replace(/binning:.*\n/, '');
    const path = await job('linear', `${text}limit: {policy: policy.yaml}\n`);
    const { last } = await cli('run', path, '-o', at('linear'));
    expect(last).toMatchObject({ event: 'result', model: 'logistic_regression', limits: { firms: expect.any(Number) } });
    const { bankStore, platformStore, ownRows, heldRows } = await bothSides(sides(path, 'linear'));
    const { value: model } = await need(bankStore, LINEAR);
    const { value: half } = await need(platformStore, HOLDER_LINEAR);
    const columns = half.map(({ name }) => heldRows.columns.get(name) as Float64Array);
    const parts = plainParts(
      Float64Array.from(model.holder, ({ weight }) => weight),
      columns,
      half.map(({ scaling }) => scaling),
    );
    const own = ownPart(model, ownRows);
    const scores = await need(bankStore, SCORES);
    expect([...scores.values]).toEqual(Array.from(scores.rows, (row) => own[row] + parts[row]));
    const names = (last.figures as { coefficients: { name: string }[] }).coefficients.map(({ name }) => name);
    expect(names).toEqual([
      '(intercept)',
      'util_rate',
      'net_vol',
      'repay_on_time_24m',
      'platform.age_years',
      'platform.reg_capital',
      'platform.legal_rep_changes_24m',
    ]);
    // The platform keeps how it scales its columns, and no weight.
    expect(new TextDecoder().decode(await platformStore.get('holder-linear'))).not.toMatch(/weight/);
    // Scored again, under the same registration: the same scores, and not a bit.
    await bankStore.delete(SCORES.key);
    expect((await cli('score', path)).last).toMatchObject({ event: 'result' });
    expect((await need(bankStore, SCORES)).values).toEqual(scores.values);
    expect(disclosed(platformFiles('audit.jsonl')[0], 'linear').map((bits) => bits > 0)).toEqual([true, false]);
  }, 300_000);

  it('refuses a gap, a category, more rows than agreed, and a disclosure the policy does not know, each by its own code', async () => {
    const linear = CARD.replace('model: scorecard', 'model: logistic_regression');
    const gap = await job('gap', linear.replace(/peerColumns:.*/, 'peerColumns: [elec_chg_3m, age_years]'));
    await cli('align', gap);
    expect((await cli('train', gap)).last).toMatchObject({ event: 'error', code: 'ERR_LEARN_MISSING' });
    const category = await job('category', linear.replace(/peerColumns:.*/, 'peerColumns: [industry4, age_years]'));
    await cli('align', category);
    expect((await cli('train', category)).last).toMatchObject({ event: 'error', code: 'ERR_JOB_CATEGORICAL' });
    const crowded = await job('crowded', `${linear}maxPeerRows: 100\n`);
    expect((await cli('align', crowded)).last).toMatchObject({ code: 'ERR_REFUSED_ROWS' });
    const exact = await job(
      'exact',
      CARD.replace('degree: 5, iterations: 3', 'solver: exact').replace('[feature-names]', '[linear-predictor]'),
    );
    expect((await cli('align', exact)).last).toMatchObject({ code: 'ERR_REFUSED_POLICY', exitCode: 5 });
  }, 300_000);

  it('has no bins to show unless the job asks for them', async () => {
    const path = await job('no-bins', CARD.replace('model: scorecard', 'model: gbdt').replace(/binning:.*\n/, ''));
    expect((await cli('align', path)).status).toBe(0);
    expect((await cli('bin', path, '-o', at('no-bins.json'))).last).toMatchObject({ code: 'ERR_JOB_NO_BINS', exitCode: 2 });
  });
});

/** Every file below a folder. */
const filesBelow = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const platformFiles = (name: string): string[] => filesBelow(dirname(federation.platformConfig)).filter((path) => path.endsWith(name));

/** What each finished score session of a job disclosed, as the audit log has it. */
const disclosed = (log: string, job: string): number[] =>
  readChain(readFileSync(log, 'utf8'))
    .filter((line) => line.type === 'session-closed' && line.step === 'score' && line.job === job)
    .map((line) => Number(line.disclosedBits));

/** PMML's meaning of what this card is made of. */
function pmmlScore(document: XmlElement, of: (field: string) => number | undefined): number {
  const holds = (predicate: XmlElement): boolean | undefined => {
    const { operator, field = '', value = '' } = predicate.attributes;
    if (predicate.name === 'True') return true;
    if (predicate.name === 'CompoundPredicate') return predicate.children.every((child) => holds(child));
    const cell = of(field);
    const missing = cell === undefined || Number.isNaN(cell);
    if (operator === 'isMissing') return missing;
    if (operator === 'isNotMissing') return !missing;
    if (missing) return undefined;
    if (operator === 'equal') return cell === Number(value);
    return operator === 'lessThan' ? cell < Number(value) : cell >= Number(value);
  };
  return all(document, 'Characteristic').reduce((sum, characteristic) => {
    const won = characteristic.children.find(({ children: [predicate] }) => holds(predicate));
    const reference = won && all(won, 'FieldRef')[0];
    return sum + (reference ? (of(reference.attributes.field) ?? Number.NaN) : Number(won?.attributes.partialScore));
  }, 0);
}
