/** Two real processes: what a party that dies in the middle leaves behind, and bad input before anything is sent. */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CityFederation, writeCityFederation } from '../../src/cli/demo/city-federation.ts';
import { compareInTheClear } from '../../src/cli/demo/compare.ts';
import { type BankEvent, type LocalNode, runBank, setPlatformAddress, startLocalNode } from '../../src/cli/demo/local-federation.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { tempFolder } from '../support/temp.ts';

const clock = { now: () => Date.now() };
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = tempFolder().path;
let federation: CityFederation;
let node: LocalNode;

beforeAll(async () => {
  federation = await writeCityFederation({ folder: join(folder, 'federation'), seed: 7, firms: 1500, badRate: 0.15, reach: 0.5, clock });
  const job = await readFile(federation.job, 'utf8');
  await writeFile(federation.job, job.replace('n_estimators: 30', 'n_estimators: 3').replace('max_depth: 3', 'max_depth: 2'));
  node = await startLocalNode(federation.platformConfig, folder, 1);
  await setPlatformAddress(federation.bankConfig, node.address);
  // A killed platform does not come back: there is nothing to wait for.
  await appendFile(federation.bankConfig, '\nlimits: {reattachGraceMs: 500}\n');
});
afterAll(() => node?.stop());

/** A variant of the job under another name. */
async function variant(name: string, edit: (job: string) => string): Promise<string> {
  const path = join(federation.job, '..', `${name}.yaml`);
  await writeFile(path, edit(await readFile(federation.job, 'utf8')).replace('job: first-limits', `job: ${name}`));
  return path;
}
const run = (job: string, name: string, onEvent: (event: BankEvent) => void = () => {}) =>
  runBank(['run', job, '-o', join(folder, name), '--threads', '1'], onEvent);
const left = (name: string) => readdirSync(folder).filter((file) => file.startsWith(name));

describe('a run between two processes', () => {
  it('gives every firm the score and the limit that the clear computation gives', async () => {
    const result = await run(federation.job, 'good');
    expect(result.job).toBe('first-limits');
    const { platformConfig, bankConfig, job } = federation;
    const comparison = await compareInTheClear({ platformConfig, bankConfig, job, run: join(folder, 'good'), clock });
    expect(comparison.scoredFirms).toBeGreaterThan(400);
    expect(comparison).toMatchObject({ differentScores: 0, differentLimits: 0, limitedFirms: comparison.scoredFirms });
    expect(readdirSync(join(folder, 'good')).sort()).toEqual(
      ['contract.json', 'limits.csv', 'model-bank-only.json', 'model.json', 'scores.csv', 'summary.json'].sort(),
    );
  });

  it('runs step by step to the same end, each step saying what it needs', async () => {
    const job = await variant('stepwise', (text) => text);
    const step = (name: string) => runBank([name, job, '--threads', '1'], () => {});
    await expect(step('train')).rejects.toMatchObject({ code: 'ERR_JOB_STEP_MISSING' });
    for (const name of ['align', 'train', 'score', 'evaluate', 'limit']) expect((await step(name)).event).toBe('result');
  });

  it('answers a firm four times in a job and no more, whatever is aligned and trained in between', async () => {
    // Three shallow trees may split on the bank's own columns alone, and then ask the platform nothing that could be counted.
    const job = await variant('counted', (text) =>
      text.replace('n_estimators: 3', 'n_estimators: 12').replace('max_depth: 2', 'max_depth: 3'),
    );
    const step = (name: string) => runBank([name, job, '--threads', '1'], () => {});
    const ask = async (): Promise<void> => {
      const { facts } = await step('score');
      expect((facts as { paths: number }).paths).toBeGreaterThan(0);
    };
    for (const name of ['align', 'train']) await step(name);
    for (let again = 0; again < 2; again++) await ask();
    for (const name of ['align', 'train']) await step(name);
    for (let again = 0; again < 2; again++) await ask();
    await expect(step('score')).rejects.toMatchObject({ code: 'ERR_REFUSED_ROW_BUDGET' });
  });

  it('refuses to write over an earlier run', async () => {
    await expect(run(federation.job, 'good')).rejects.toMatchObject({ code: 'ERR_FILES_EXISTS' });
  });

  it('refuses a changed job under an old name, and says what to do', async () => {
    const path = join(federation.job, '..', 'changed.yaml');
    await writeFile(path, (await readFile(federation.job, 'utf8')).replace('n_estimators: 3', 'n_estimators: 2'));
    await expect(run(path, 'changed')).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(PEER_CONTRACT|REFUSED)/) });
    expect(left('changed')).toEqual([]);
  });
});

describe('a run over a line that breaks every few hundred kilobytes', () => {
  it('ends well and exact, and says what happened', async () => {
    const proxy = await cuttingProxy(node.address, 700_000);
    const config = await readFile(federation.bankConfig, 'utf8');
    const patient = config.replace('reattachGraceMs: 500', 'reattachGraceMs: 60000');
    const job = await variant('cut-line', (text) => text);
    const notices: string[] = [];
    try {
      await writeFile(federation.bankConfig, patient.replace(node.address, proxy.address));
      await run(job, 'cut-line', ({ event, message }) => {
        if (event === 'notice') notices.push(String(message));
      });
    } finally {
      await writeFile(federation.bankConfig, config);
      await proxy.close();
    }
    expect(proxy.cuts()).toBeGreaterThan(2);
    expect(notices.join(' ')).toMatch(
      /was lost in the middle of train: waiting up to 60 s for it\. The line to platform is back: train goes on/,
    );
    const { platformConfig, bankConfig } = federation;
    const comparison = await compareInTheClear({ platformConfig, bankConfig, job, run: join(folder, 'cut-line'), clock });
    expect(comparison).toMatchObject({ differentScores: 0, differentLimits: 0 });
  });
});

describe('a party that dies in the middle of a tree', () => {
  it('bank: typed transport error, nothing half-written, and the same job runs again once the platform is back', async () => {
    const job = await variant('platform-dies', (text) => text);
    const killed = run(job, 'platform-dies', ({ event, stage }) => {
      if (event === 'progress' && stage === 'gbdt') process.kill(node.pid, 'SIGKILL');
    });
    await expect(killed).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_TRANSPORT/) });
    expect(left('platform-dies')).toEqual([]);
    const before = node.address;
    node = await startLocalNode(federation.platformConfig, folder, 1);
    await writeFile(federation.bankConfig, (await readFile(federation.bankConfig, 'utf8')).replace(before, node.address));
    expect((await run(job, 'platform-dies')).event).toBe('result');
  });

  it('platform: the node goes on and serves the next run', async () => {
    const job = await variant('bank-dies', (text) => text);
    const child = spawn(process.execPath, [MAIN, 'run', job, '-o', join(folder, 'bank-dies'), '--json', '--threads', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('"stage":"gbdt"')) child.kill('SIGKILL');
      });
      child.once('exit', () => resolve());
    });
    expect(existsSync(join(folder, 'bank-dies'))).toBe(false);
    expect((await run(job, 'bank-dies')).event).toBe('result');
  });
});

describe('bad input', () => {
  const bankData = () => federation.bankData;
  async function withData(edit: (csv: string) => string, name: string): Promise<unknown> {
    const original = await readFile(bankData(), 'utf8');
    await writeFile(bankData(), edit(original));
    try {
      return await run(await variant(name, (text) => text), name).catch((error: unknown) => error);
    } finally {
      await writeFile(bankData(), original);
    }
  }
  const lines = (csv: string) => csv.split('\n');

  it('own column that does not exist', async () => {
    const job = await variant('no-column', (text) => `${text}\ncolumns: [acct_age, no_such_column]\n`);
    await expect(run(job, 'no-column')).rejects.toMatchObject({ code: 'ERR_DATA_MISSING_COLUMN' });
  });

  it('column that the platform does not offer', async () => {
    const job = await variant('no-peer-column', (text) => `${text}\npeerColumns: [vat_12m, no_such_column]\n`);
    await expect(run(job, 'no-peer-column')).rejects.toMatchObject({ code: 'ERR_JOB_PEER_COLUMN' });
  });

  it('unknown key, and a parameter out of range, with file and line', async () => {
    await expect(run(await variant('bad-key', (text) => `${text}\nlimitt: 1\n`), 'bad-key')).rejects.toMatchObject({
      code: 'ERR_JOB_FILE',
    });
    await expect(
      run(await variant('bad-depth', (text) => text.replace('max_depth: 2', 'max_depth: 99')), 'bad-depth'),
    ).rejects.toMatchObject({
      code: 'ERR_JOB_FILE',
      message: expect.stringMatching(/bad-depth\.yaml:\d+:\d+: train\.max_depth: option max_depth/),
    });
  });

  it('a cell that is not a number, a repeated id, no common firm: no cell and no id in the error', async () => {
    const cell = await withData((csv) => {
      const [head, first, ...rest] = lines(csv);
      return [head, first.replace(/,[^,]*$/, ',hello'), ...rest].join('\n');
    }, 'not-numeric');
    expect(cell).toMatchObject({ code: 'ERR_DATA_NOT_NUMERIC' });
    expect(String(cell)).not.toContain('hello');
    const twice = await withData((csv) => {
      const [head, first, ...rest] = lines(csv);
      return [head, first, first, ...rest].join('\n');
    }, 'twice');
    expect(twice).toMatchObject({ code: 'ERR_DATA_DUPLICATE_ID' });
    const [, first] = lines(await readFile(bankData(), 'utf8'));
    expect(String(twice)).not.toContain(first.split(',')[0]);
    const strangers = await withData((csv) => {
      const [head, ...rest] = lines(csv);
      return [head, ...rest.filter((line) => line).map((line, i) => line.replace(/^[^,]*/, `STRANGER${i}`))].join('\n');
    }, 'strangers');
    expect(strangers).toMatchObject({ code: 'ERR_JOB_EMPTY_INTERSECTION' });
    expect(left('strangers')).toEqual([]);
  });
});
