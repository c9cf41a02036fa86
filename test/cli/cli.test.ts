/** The command as a process and as a function: what it prints where, and with which status it ends. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { PeerProtocolError, RefusedError, TransportError } from '../../src/base/index.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { versionProblem } from '../../src/cli/node-version.ts';
import { run } from '../../src/cli/program.ts';
import { lineProgress, ttyProgress } from '../../src/cli/progress.ts';
import { createUi } from '../../src/cli/ui.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

async function cli(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const status = await run(args, { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } });
  return { status, out, err };
}
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the command', () => {
  it('teaches with --help, in both languages, and each command with examples', async () => {
    const { status, out } = await cli('--help');
    expect(status).toBe(0);
    for (const word of ['可用不可见', 'fedcredit init', 'Exit status', 'node', 'audit']) expect(out).toContain(word);
    expect((await cli('init', '--help')).out).toMatch(/Examples:\n {2}\$ fedcredit init/);
  });

  it('ends with 2 on wrong usage and says what was meant', async () => {
    const { status, err } = await cli('chek');
    expect(status).toBe(2);
    expect(err).toContain('Did you mean check?');
  });

  it('tells machines the same as one JSON line on standard output', async () => {
    const { status, out, err } = await cli('chek', '--json');
    expect([status, err]).toEqual([2, '']);
    expect(lines(out)).toMatchObject([{ event: 'error', code: 'ERR_CLI_USAGE', exitCode: 2 }]);
  });

  it('ends with a status for each kind of error', () => {
    expect(exitCodeOf(new Error('?'))).toBe(1);
    expect(exitCodeOf(new PeerProtocolError('ERR_PEER_VERSION', ''))).toBe(3);
    expect(exitCodeOf(new TransportError('ERR_TRANSPORT_CLOSED', ''))).toBe(4);
    expect(exitCodeOf(new RefusedError('ERR_REFUSED', ''))).toBe(5);
  });

  it('shows no stack and no text of an unexpected error unless asked', () => {
    let shown = '';
    const streams = { out: { write: () => true }, err: { write: (text: string) => (shown += text) } };
    createUi({ json: false, quiet: false, debug: false }, streams).fail(new Error('cell 91350100M000100Y43'));
    expect(shown).toContain('a bug');
    expect(shown).not.toMatch(/91350100|at .*\.ts/);
    createUi({ json: false, quiet: false, debug: true }, streams).fail(new Error('cell 91350100M000100Y43'));
    expect(shown).toContain('91350100');
  });
});

describe('fedcredit init', () => {
  it('writes a federation once, with private keys that are private, and never overwrites', async () => {
    const folder = join(temp.path, 'federation');
    const first = await cli('init', folder, '--json');
    expect(first.status).toBe(0);
    expect(lines(first.out)).toMatchObject([{ event: 'result', folder }]);
    for (const key of ['authority/ca.key', 'platform/tls/platform.key', 'bank/tls/bank.key'])
      expect(statSync(join(folder, key)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'platform/tls/bank.key'))).toBe(false);
    const before = readFileSync(join(folder, 'bank/bank.yaml'), 'utf8');
    const second = await cli('init', folder);
    expect(second).toMatchObject({ status: 2, err: expect.stringContaining('ERR_FILES_EXISTS') });
    expect(readFileSync(join(folder, 'bank/bank.yaml'), 'utf8')).toBe(before);
  });

  it('leaves nothing behind when it cannot finish', async () => {
    const file = temp.write('in-the-way', '');
    expect((await cli('init', join(file, 'federation'))).status).not.toBe(0);
  });
});

describe('fedcredit node and check', () => {
  it('start, find each other over pinned TLS, and stop on SIGTERM', async () => {
    const folder = join(temp.path, 'running');
    await cli('init', folder, '--listen', '127.0.0.1:0');
    writeFileSync(join(folder, 'platform/data/firms.csv'), 'uscc,vat_12m\n91440300708461136T,5\n91110108551385082Q,7\n');
    const ready = join(temp.path, 'ready.json');
    const node = spawn(process.execPath, [MAIN, 'node', '-c', join(folder, 'platform/platform.yaml'), '--ready-file', ready, '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    node.stdout.on('data', (data) => (out += data));
    const ended = new Promise<number | null>((resolve) => node.on('exit', resolve));
    await expect.poll(() => existsSync(ready) || node.exitCode !== null, { timeout: 60_000 }).toBe(true);
    expect(node.exitCode, out).toBe(null);
    const { address, pin } = JSON.parse(readFileSync(ready, 'utf8'));
    const bank = join(folder, 'bank/bank.yaml');
    writeFileSync(bank, readFileSync(bank, 'utf8').replace('127.0.0.1:0', address));
    const found = await cli('check', '-c', bank, '--json');
    expect(found.status).toBe(0);
    expect(lines(found.out)).toMatchObject([
      { event: 'peer', partyId: 'platform', steps: ['align', 'bin', 'train', 'score', 'limit'] },
      { event: 'result', ok: true },
    ]);
    writeFileSync(bank, readFileSync(bank, 'utf8').replace(pin, `sha256/${'A'.repeat(43)}=`));
    expect(await cli('check', '-c', bank)).toMatchObject({ status: 5, err: expect.stringContaining(pin) });
    node.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(existsSync(ready)).toBe(false);
    expect(lines(out).map(({ event }) => event)).toEqual(['listening', 'stopped']);
    const audit = await cli('audit', 'verify', join(folder, 'platform/state/audit.jsonl'), '--json');
    expect(lines(audit.out)).toMatchObject([{ event: 'result', ok: true }]);
    expect((await cli('check', '-c', bank)).status).toBe(4);
  });
});

describe('fedcredit audit', () => {
  it('ends with 2 and the line when a log was touched', async () => {
    const file = temp.write('touched.jsonl', '{}\n');
    expect(await cli('audit', 'verify', file)).toMatchObject({ status: 2, err: expect.stringContaining('line 1') });
  });
});

describe('progress', () => {
  const step = (done: number) => ({ stage: 'train', done, total: 40, unit: 'trees' });

  it('is one line that redraws itself on a terminal, and fits 中文', () => {
    let shown = '';
    const bar = ttyProgress({ write: (text) => (shown += text), columns: 60 });
    bar.show({ ...step(1), note: '验证集 AUC 0.79' });
    bar.show(step(40));
    expect(shown.split('\n')).toHaveLength(2);
    expect(shown).toContain('100 %');
  });

  it('is a line for every tenth elsewhere', () => {
    const shown: string[] = [];
    const view = lineProgress((line) => shown.push(line));
    for (let done = 0; done <= 40; done++) view.show(step(done));
    expect(shown).toHaveLength(11);
  });

  it('is events for machines', () => {
    let out = '';
    const ui = createUi(
      { json: true, quiet: false, debug: false },
      { out: { write: (text) => (out += text) }, err: { write: () => true } },
    );
    ui.progress(step(3));
    expect(lines(out)).toEqual([{ event: 'progress', stage: 'train', done: 3, total: 40, unit: 'trees' }]);
  });
});

describe('the first lines of the command (T10)', () => {
  it.each([
    ['18.20.4', true],
    ['20.20.2', true],
    ['22.18.0', true],
    ['22.19.0', false],
    ['23.11.0', true],
    ['24.14.1', true],
    ['24.15.0', false],
    ['26.0.0', false],
  ])('Node %s is refused: %s', (version, refused) => {
    expect(versionProblem(version) !== undefined).toBe(refused);
  });

  const old = olderNode();
  if (old === undefined) console.warn('SKIPPED: no older Node on this machine to refuse');
  it.skipIf(old === undefined)('refuse an old Node in one sentence, with status 2', () => {
    // What the build makes of the two files, and no third: anything else would be loaded too late to refuse.
    for (const name of ['main', 'node-version']) {
      const source = readFileSync(join(import.meta.dirname, `../../src/cli/${name}.ts`), 'utf8');
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
      temp.write(
        `${name}.mjs`,
        ts.transpileModule(source, { compilerOptions: options }).outputText.replaceAll(/\.\/([\w-]+)\.ts/g, './$1.mjs'),
      );
    }
    const result = spawnSync(String(old), join(temp.path, 'main.mjs'));
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(/^fedcredit: Node\.js \d+\.\S+ cannot run it .*\n$/);
  });
});

function spawnSync(command: string, script: string): { status: number; stderr: string } {
  try {
    execFileSync(command, [script], { stdio: 'pipe', encoding: 'utf8' });
    return { status: 0, stderr: '' };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { status, stderr };
  }
}

/** A Node on the path, outside node_modules, that this package refuses. */
function olderNode(): string | undefined {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  return folders
    .map((folder) => join(folder, 'node'))
    .find(
      (file) => existsSync(file) && versionProblem(execFileSync(file, ['--version'], { encoding: 'utf8' }).slice(1).trim()) !== undefined,
    );
}
