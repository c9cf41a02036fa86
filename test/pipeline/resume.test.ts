/**
 * T54: kill −9 of either process in the middle of training, at several points, then the same command. No finished tree is grown again, the
 * model is one that the clear computation confirms, and nothing is left behind on either disk.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CityFederation, writeCityFederation } from '../../src/cli/demo/city-federation.ts';
import { compareInTheClear } from '../../src/cli/demo/compare.ts';
import { type BankEvent, type LocalNode, runBank, setPlatformAddress, startLocalNode } from '../../src/cli/demo/local-federation.ts';
import { readChain } from '../../src/node/audit/log.ts';
import { tempFolder } from '../support/temp.ts';

const clock = { now: () => Date.now() };
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Enough that no kill, up to 60 ms late, comes after the tree that the next one waits for. */
const TREES = 12;
const folder = tempFolder().path;
let federation: CityFederation;
let node: LocalNode;

beforeAll(async () => {
  federation = await writeCityFederation({ folder: join(folder, 'federation'), seed: 7, firms: 1500, badRate: 0.15, reach: 0.5, clock });
  const job = await readFile(federation.job, 'utf8');
  await writeFile(federation.job, job.replace('n_estimators: 30', `n_estimators: ${TREES}`).replace('max_depth: 3', 'max_depth: 2'));
  node = await startLocalNode(federation.platformConfig, folder, 1);
  await setPlatformAddress(federation.bankConfig, node.address);
  // A killed platform does not come back: there is nothing to wait for.
  await appendFile(federation.bankConfig, '\nlimits: {reattachGraceMs: 500}\n');
});
afterAll(() => node?.stop());

const out = () => join(folder, 'out');

/** Every file below a folder. */
const files = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const inJobs = (name: string): string[] =>
  files(join(folder, 'federation')).filter((path) => path.includes('/jobs/') && path.endsWith(name));
const stored = (name: string): { value: { state: { trees: unknown[] } } } => JSON.parse(readFileSync(inJobs(name)[0], 'utf8'));

const afterTree =
  (tree: number) =>
  ({ event, stage, done }: BankEvent): boolean =>
    event === 'progress' && stage === 'gbdt' && done === tree;

/** Starts the run and kills it, or the platform, `delay` milliseconds after an event. */
async function killed(job: string, who: 'bank' | 'platform', at: (event: BankEvent) => boolean, delay: number): Promise<BankEvent[]> {
  const events: BankEvent[] = [];
  let struck = false;
  const child = spawn(process.execPath, [MAIN, 'run', job, '-o', out(), '--json', '--threads', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as BankEvent;
    events.push(event);
    if (!struck && at(event)) {
      struck = true;
      setTimeout(() => process.kill(who === 'bank' ? (child.pid as number) : node.pid, 'SIGKILL'), delay);
    }
  }
  await exited;
  expect(struck, JSON.stringify(events.at(-1))).toBe(true);
  expect(events.some(({ event }) => event === 'result')).toBe(false);
  if (who === 'platform') {
    const before = node.address;
    node = await startLocalNode(federation.platformConfig, folder, 1);
    await writeFile(federation.bankConfig, (await readFile(federation.bankConfig, 'utf8')).replace(before, node.address));
  }
  return events;
}

const firstTree = (events: readonly BankEvent[]): number =>
  Number(events.find(({ event, stage }) => event === 'progress' && stage === 'gbdt')?.done);
const saw = (events: readonly BankEvent[], start: string): boolean => events.some(({ stage }) => String(stage).startsWith(start));
const notices = (events: readonly BankEvent[]): string =>
  events
    .filter(({ event }) => event === 'notice')
    .map(({ message }) => message)
    .join(' ');

describe('a training job killed again and again', () => {
  const kept: unknown[][] = [];

  it.each([
    ['bank', 1, 0],
    ['platform', 4, 30],
    ['bank', 7, 60],
    ['platform', 10, 0],
  ] as const)('%s killed after tree %i and %i ms: the next run goes on from the last finished tree', async (who, tree, delay) => {
    const before = kept.at(-1)?.length ?? 0;
    const events = await killed(federation.job, who, afterTree(tree), delay);
    expect(saw(events, 'psi')).toBe(before === 0);
    if (before > 0) {
      expect(firstTree(events)).toBe(before + 1);
      expect(notices(events)).toContain(`after ${before} tree`);
    }
    const { trees } = stored('/training.bin').value.state;
    expect(trees.length).toBeGreaterThanOrEqual(tree);
    expect(trees.slice(0, before)).toEqual(kept.at(-1) ?? []);
    kept.push(trees);
    for (const path of [...inJobs('/training.bin'), ...inJobs('/holder-training.bin'), ...inJobs('/run.bin')]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
    expect(existsSync(out())).toBe(false);
  });

  it('ends with a model whose first trees are those that were kept, and which the clear computation confirms', async () => {
    const events: BankEvent[] = [];
    await runBank(['run', federation.job, '-o', out(), '--threads', '1'], (event) => events.push(event));
    const finished = kept.at(-1) ?? [];
    expect(firstTree(events)).toBe(finished.length + 1);
    const model = JSON.parse(readFileSync(join(out(), 'model.json'), 'utf8'));
    expect(model.trees).toHaveLength(TREES);
    expect(model.trees.slice(0, finished.length)).toEqual(finished);
    const { platformConfig, bankConfig, job } = federation;
    const comparison = await compareInTheClear({ platformConfig, bankConfig, job, run: out(), clock });
    expect(comparison).toMatchObject({ differentScores: 0, differentLimits: 0 });
  });

  it('leaves no state of an unfinished training and no half-written file at either party; every session drew its own id', () => {
    for (const name of ['/training.bin', '/holder-training.bin', '/run.bin', '.tmp']) expect(inJobs(name)).toEqual([]);
    const logs = files(join(folder, 'federation')).filter((path) => path.endsWith('audit.jsonl'));
    expect(logs).toHaveLength(2);
    for (const log of logs) {
      const opened = readChain(readFileSync(log, 'utf8')).filter(({ type, step }) => type === 'session-opened' && step === 'train');
      expect(opened.length).toBe(5);
      expect(new Set(opened.map(({ session }) => session)).size).toBe(5);
    }
  });
});

/** Another job of the same form; what the last one left is cleared away. */
async function variant(name: string): Promise<string> {
  rmSync(out(), { recursive: true, force: true });
  const path = join(federation.job, '..', `${name}.yaml`);
  await writeFile(path, (await readFile(federation.job, 'utf8')).replace('job: first-limits', `job: ${name}`));
  return path;
}
const finish = async (job: string): Promise<BankEvent[]> => {
  const events: BankEvent[] = [];
  rmSync(out(), { recursive: true, force: true });
  await runBank(['run', job, '-o', out(), '--threads', '1'], (event) => events.push(event));
  return events;
};
/** What a party keeps of a job. */
const keeps = (config: string, job: string): string[] =>
  files(dirname(config)).filter((path) => path.includes('/jobs/') && path.includes(`/${job}/`));

describe('a run killed at another step, or a platform that cannot follow', () => {
  it('killed while it scores, it neither aligns nor trains again', async () => {
    // Scoring is short: on a busy machine the signal may come when the run is over, and then another run is killed.
    for (let attempt = 0; attempt < 4; attempt++) {
      const name = `dies-scoring-${attempt}`;
      const job = await variant(name);
      await killed(job, 'bank', ({ stage }) => stage === 'score', 0);
      if (!keeps(federation.bankConfig, name).some((path) => path.endsWith('/run.bin'))) continue;
      const events = await finish(job);
      expect(notices(events)).toMatch(/broken off after "(train|score)"/);
      expect([saw(events, 'psi'), saw(events, 'gbdt')]).toEqual([false, false]);
      return;
    }
    expect.unreachable('no run was killed in time');
  });

  it('a platform that lost its half of the trees costs the trees, not the alignment', async () => {
    const job = await variant('lost-trees');
    await killed(job, 'bank', afterTree(3), 0);
    const half = keeps(federation.platformConfig, 'lost-trees').filter((path) => path.endsWith('/holder-training.bin'));
    expect(half).toHaveLength(1);
    rmSync(half[0]);
    const events = await finish(job);
    expect(notices(events)).toContain('no longer has its half');
    expect([saw(events, 'psi'), firstTree(events)]).toEqual([false, 1]);
  });

  it('a platform that lost the job costs the run: it starts anew by itself', async () => {
    const job = await variant('lost-job');
    await killed(job, 'bank', afterTree(3), 0);
    const held = keeps(federation.platformConfig, 'lost-job');
    expect(held.length).toBeGreaterThan(1);
    for (const path of held) rmSync(path);
    const events = await finish(job);
    expect(notices(events)).toContain('the run starts anew');
    expect([saw(events, 'psi'), firstTree(events)]).toEqual([true, 1]);
  });
});

describe('a regression killed while it scores', () => {
  const LINEAR = `peer: platform
data: loans
peerAsset: firms
peerColumns: [age_years, reg_capital, legal_rep_changes_24m]
columns: [util_rate, net_vol, repay_on_time_24m]
model: logistic_regression
regression: {solver: moments, l2: 1}
`;
  const fileOf = (config: string, job: string, name: string): string | undefined =>
    keeps(config, job).find((path) => path.endsWith(`/${name}.bin`));
  /** A run killed at its first scores, while the run is not at its end. Scoring is short: it may take several. */
  async function killedScoring(name: string): Promise<string> {
    for (let attempt = 0; attempt < 6; attempt++) {
      rmSync(out(), { recursive: true, force: true });
      const job = join(federation.job, '..', `${name}-${attempt}.yaml`);
      await writeFile(job, `job: ${name}-${attempt}\n${LINEAR}`);
      await killed(job, 'bank', ({ stage }) => stage === 'score', 0).catch(() => {});
      if (fileOf(federation.bankConfig, `${name}-${attempt}`, 'run')) return `${name}-${attempt}`;
    }
    return expect.unreachable('no run was killed in time');
  }
  const scored = (name: string) =>
    readChain(readFileSync(join(dirname(federation.platformConfig), 'state', 'audit.jsonl'), 'utf8')).filter(
      ({ job, step, type }) => job === name && step === 'score' && type !== 'session-opened',
    );

  it('goes on under the same registration and key, and the answers it had been given cost nothing again', async () => {
    const name = await killedScoring('dies-registered');
    const bothHalves = () => [
      readFileSync(fileOf(federation.bankConfig, name, 'registration') as string),
      readFileSync(fileOf(federation.platformConfig, name, 'holder-registration') as string),
    ];
    const before = bothHalves();
    await finish(join(federation.job, '..', `${name}.yaml`));
    expect(bothHalves()).toEqual(before);
    expect(scored(name).reduce((sum, { disclosedBits }) => sum + (Number(disclosedBits) > 0 ? 1 : 0), 0)).toBe(1);
  });

  it('does not start anew by itself where the platform lost the job: its model is registered, and what the bank has is left', async () => {
    const name = await killedScoring('lost-registered');
    for (const path of keeps(federation.platformConfig, name)) rmSync(path);
    // Killed behind its scores, the run has them and ends well without the platform; killed before, it needs it.
    const run = fileOf(federation.bankConfig, name, 'run') as string;
    const journal = JSON.parse(readFileSync(run, 'utf8')) as { value: string[] };
    writeFileSync(run, JSON.stringify({ ...journal, value: journal.value.filter((step) => step !== 'score') }));
    await expect(finish(join(federation.job, '..', `${name}.yaml`))).rejects.toMatchObject({ code: 'ERR_JOB_REGISTERED' });
    expect(['alignment', 'linear', 'registration'].map((key) => fileOf(federation.bankConfig, name, key) !== undefined)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('what does not fit is thrown away', () => {
  const remaining = async (path: string): Promise<string> => readFile(path, 'utf8');

  it('trees of other labels: training starts anew on the same alignment, and says so', async () => {
    const job = await variant('changed-data');
    const step = async (name: string, kill: boolean): Promise<BankEvent[]> => {
      const events: BankEvent[] = [];
      const run = runBank([name, job, '--threads', '1'], (event, pid) => {
        events.push(event);
        if (kill && event.event === 'progress' && event.stage === 'gbdt' && event.done === 3) process.kill(pid, 'SIGKILL');
      });
      await (kill ? expect(run).rejects.toThrow() : run);
      return events;
    };
    await step('align', false);
    await step('train', true);
    const data = await remaining(federation.bankData);
    const [head, ...rows] = data.split('\n');
    const label = head.split(',').indexOf('bad_12m');
    const flipped = rows.map((row, i) => {
      const cells = row.split(',');
      if (i % 7 === 0 && (cells[label] === '0' || cells[label] === '1')) cells[label] = cells[label] === '0' ? '1' : '0';
      return cells.join(',');
    });
    expect(flipped).not.toEqual(rows);
    await writeFile(federation.bankData, [head, ...flipped].join('\n'));
    const events = await step('train', false);
    await writeFile(federation.bankData, data);
    expect(firstTree(events)).toBe(1);
    expect(notices(events)).toContain('other data or another contract');
  });
});
